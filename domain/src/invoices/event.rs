//! What happens to an invoice.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::InvoiceSnapshot;
use crate::aggregate::event_types;
use crate::{Amount, InvoiceId, LotId, SubscriptionId, UserId};

/// In what an invoice differs from what was agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mismatch {
    /// Another currency than plans are sold in: how much it is worth nobody agreed, so nothing is
    /// granted for it.
    Currency {
        /// ISO 4217.
        shown: String,
    },
    /// Less was asked for than the plan's version costs. A month or a year is granted: a shop may sell
    /// for less. A change in between is not, until one fits: the invoice may be another's.
    Price {
        /// In minor units.
        expected: i64,
        /// In minor units.
        shown: i64,
    },
}

impl Mismatch {
    /// What the inbox says of it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Currency { .. } => "other_currency",
            Self::Price { .. } => "other_price",
        }
    }
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceEvent {
    /// Lemon Squeezy showed something new of it.
    Observed {
        /// Which.
        invoice: InvoiceId,
        /// Of which subscription.
        subscription: SubscriptionId,
        /// Who pays.
        user: UserId,
        /// All that is known now.
        shown: InvoiceSnapshot,
    },
    /// What it paid for was granted, once.
    CreditsGranted {
        /// Which.
        invoice: InvoiceId,
        /// Of which subscription.
        subscription: SubscriptionId,
        /// Whose wallet.
        user: UserId,
        /// The lot, of a month if it paid a year; of nothing, if the plan gives no credits.
        lot: LotId,
        /// How much.
        amount: Amount,
        /// When the lot ends.
        expires_at: DateTime<Utc>,
    },
    /// What was billed is not what was agreed: people must look (d2.5).
    Mismatched {
        /// Which.
        invoice: InvoiceId,
        /// Of which subscription.
        subscription: SubscriptionId,
        /// Who pays.
        user: UserId,
        /// In what they differ.
        mismatch: Mismatch,
    },
    /// Money was given back, and its share of the credits taken back as far as it was there (P3).
    Refunded {
        /// Which.
        invoice: InvoiceId,
        /// Of which subscription.
        subscription: SubscriptionId,
        /// Whose wallet.
        user: UserId,
        /// All that was given back so far, in minor units.
        refunded: i64,
        /// Of how much.
        total: i64,
        /// The lot that credits were taken from.
        lot: LotId,
        /// The share of it that all given back so far stands for.
        share: Amount,
        /// What was taken now, of the lot and of what came of it.
        revoked: Amount,
        /// What was held, and is owed from now on.
        owed: Amount,
    },
}

event_types!(InvoiceEvent {
    Observed => "invoice.observed",
    CreditsGranted => "invoice.credits_granted",
    Mismatched => "invoice.mismatched",
    Refunded => "invoice.refunded",
});
