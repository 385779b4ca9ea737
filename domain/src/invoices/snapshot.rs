//! An invoice of a subscription as Lemon Squeezy shows it (d2.4).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{InvoiceId, SubscriptionId};

/// What an invoice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingReason {
    /// The first one.
    Initial,
    /// A further month or year.
    Renewal,
    /// A change of the plan in between.
    Updated,
}

impl BillingReason {
    /// Lemon Squeezy's word, and ours in routes and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Renewal => "renewal",
            Self::Updated => "updated",
        }
    }

    /// The reason of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Initial, Self::Renewal, Self::Updated];
        all.into_iter().find(|reason| reason.word() == word)
    }
}

/// How far an invoice has come. The order is the order of life: none goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    /// Not paid: tried, or to be tried again.
    Pending,
    /// Never to be paid.
    Void,
    /// Paid.
    Paid,
    /// Paid, and part of it given back.
    PartialRefund,
    /// Paid, and all of it given back.
    Refunded,
}

impl InvoiceStatus {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Void, Self::Paid, Self::PartialRefund, Self::Refunded];

    /// Lemon Squeezy's word, and ours in routes and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Void => "void",
            Self::Paid => "paid",
            Self::PartialRefund => "partial_refund",
            Self::Refunded => "refunded",
        }
    }

    /// The status of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether money came in, whatever became of it later.
    #[must_use]
    pub fn was_paid(self) -> bool {
        self >= Self::Paid
    }
}

/// An invoice object. Ids are Lemon Squeezy's numbers, amounts minor units of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceSnapshot {
    /// `data.id`: one for all tries to have it paid.
    pub lemon_id: u64,
    /// `subscription_id`: never mistake one for the other.
    pub lemon_subscription: u64,
    /// `store_id`.
    pub store: u64,
    /// `billing_reason`.
    pub reason: BillingReason,
    /// `status`.
    pub status: InvoiceStatus,
    /// `currency`, ISO 4217.
    pub currency: String,
    /// What was asked for before discounts, in minor units: `subtotal`, with the tax where the price
    /// includes it.
    pub asked: i64,
    /// `total`, in minor units; zero for what a voucher paid.
    pub total: i64,
    /// `refunded_amount`: all that was given back so far, in minor units.
    pub refunded: i64,
    /// `created_at`: when what it pays for began.
    pub created_at: DateTime<Utc>,
    /// `updated_at`.
    pub updated_at: DateTime<Utc>,
    /// `test_mode`: no money.
    pub test_mode: bool,
}

impl InvoiceSnapshot {
    /// Our id of it.
    #[must_use]
    pub fn id(&self) -> InvoiceId {
        InvoiceId::of(self.lemon_id)
    }

    /// Our id of its subscription.
    #[must_use]
    pub fn subscription(&self) -> SubscriptionId {
        SubscriptionId::of(self.lemon_subscription)
    }
}
