//! What Toss can answer, whichever way we learn it: the answer to a confirm, a query after a
//! webhook, a query of the reconciler.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Cancel, Payment};
use crate::Sealed;

/// What is known of a payment after asking Toss.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one lives as long as one answer is worked off")]
pub enum PaymentResult {
    /// Toss shows the payment.
    Shown(PaymentSnapshot),
    /// Toss definitely refused it.
    Refused {
        /// Toss's code.
        code: String,
    },
    /// The session is over and its data gone: nothing was or will be paid.
    Gone {
        /// Toss's code.
        code: String,
    },
    /// Toss does not know the payment. Not yet, perhaps, while the buyer still may pay.
    NotFound {
        /// Toss's code.
        code: String,
    },
    /// Anything else: nobody knows.
    Unknown {
        /// Toss's code, or what went wrong on the way, for example `timeout`.
        code: String,
    },
}

/// A payment as Toss shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentSnapshot {
    /// Our order id.
    pub order_id: String,
    /// Where it stands at Toss.
    pub status: PaymentStatus,
    /// ISO 4217.
    pub currency: String,
    /// What we keep of it.
    pub payment: Payment,
    /// `failure.code`, if it failed.
    pub failure: Option<String>,
    /// The bank a deposit goes to.
    pub bank: Option<String>,
    /// The number of the account it goes to, sealed for the buyer.
    pub account_number: Option<Sealed>,
    /// Until when a deposit is awaited.
    pub due_at: Option<DateTime<Utc>>,
    /// What deliveries about the deposit must know.
    pub secret: Option<DepositSecret>,
    /// What Toss gave back so far, as far as it is done.
    pub cancels: Vec<Cancel>,
    /// What Toss still has, whole won.
    pub balance: i64,
}

/// What only Toss and we know of a virtual account (d1.5). Lies in the vault, is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DepositSecret(pub Vec<u8>);

impl std::fmt::Debug for DepositSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DepositSecret(…)")
    }
}

/// Toss's eight statuses (d1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentStatus {
    /// The window is open.
    Ready,
    /// Authenticated, not confirmed.
    InProgress,
    /// A virtual account was issued.
    WaitingForDeposit,
    /// Paid.
    Done,
    /// Given back whole.
    Canceled,
    /// Given back in part.
    PartialCanceled,
    /// The payment failed.
    Aborted,
    /// The window closed, or ten minutes passed without a confirm.
    Expired,
}

impl PaymentStatus {
    /// Toss's word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::InProgress => "IN_PROGRESS",
            Self::WaitingForDeposit => "WAITING_FOR_DEPOSIT",
            Self::Done => "DONE",
            Self::Canceled => "CANCELED",
            Self::PartialCanceled => "PARTIAL_CANCELED",
            Self::Aborted => "ABORTED",
            Self::Expired => "EXPIRED",
        }
    }
}
