//! What Toss can answer, whichever way we learn it: the answer to a confirm, a query after a
//! webhook, a query of the reconciler.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Payment;

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
    /// Until when a deposit is awaited.
    pub due_at: Option<DateTime<Utc>>,
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

/// Codes after which nothing was charged and nothing will be (d1.7). What is not here is in doubt,
/// `PROVIDER_ERROR` with its misleading 400 and every code invented tomorrow included.
const REFUSALS: [&str; 29] = [
    "BELOW_MINIMUM_AMOUNT",
    "EXCEED_MAX_AMOUNT",
    "EXCEED_MAX_AUTH_COUNT",
    "EXCEED_MAX_CARD_INSTALLMENT_PLAN",
    "EXCEED_MAX_DAILY_PAYMENT_COUNT",
    "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT",
    "EXCEED_MAX_ONE_DAY_AMOUNT",
    "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT",
    "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT",
    "EXCEED_MAX_PAYMENT_AMOUNT",
    "FDS_ERROR",
    "INVALID_ACCOUNT_INFO_RE_REGISTER",
    "INVALID_CARD_EXPIRATION",
    "INVALID_CARD_INSTALLMENT_PLAN",
    "INVALID_CARD_LOST_OR_STOLEN",
    "INVALID_CARD_NUMBER",
    "INVALID_PASSWORD",
    "INVALID_REJECT_CARD",
    "INVALID_STOPPED_CARD",
    "NOT_ALLOWED_POINT_USE",
    "NOT_AVAILABLE_BANK",
    "NOT_AVAILABLE_PAYMENT",
    "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT",
    "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN",
    "REJECT_ACCOUNT_PAYMENT",
    "REJECT_CARD_COMPANY",
    "REJECT_CARD_PAYMENT",
    "REJECT_TOSSPAY_INVALID_ACCOUNT",
    "RESTRICTED_TRANSFER_ACCOUNT",
];

impl PaymentResult {
    /// What an error code of Toss means. By code, never by HTTP status (d1.7).
    #[must_use]
    pub fn of_code(code: impl Into<String>) -> Self {
        let code = code.into();
        match code.as_str() {
            "NOT_FOUND_PAYMENT_SESSION" => Self::Gone { code },
            "NOT_FOUND_PAYMENT" | "NOT_FOUND" => Self::NotFound { code },
            known if REFUSALS.contains(&known) => Self::Refused { code },
            _ => Self::Unknown { code },
        }
    }
}
