//! What the stand-in is told to do with a payment: each trouble of d1.8 is one script.

use serde::{Deserialize, Serialize};

/// How one confirmation goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// What becomes of the payment.
    pub outcome: Outcome,
    /// What the shop hears of it.
    pub answer: Answer,
    /// Milliseconds between the outcome and the answer; its webhook is sent meanwhile.
    pub answer_after_ms: u64,
    /// How often the change is announced, each time as a delivery with an id of its own.
    pub webhooks: u32,
    /// Won added to what the payment says it was about: a forgery the shop must see.
    pub amount_skew: i64,
    /// How its cancels go.
    pub cancel: CancelScript,
}

/// How a cancel goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CancelScript {
    /// What becomes of it.
    pub outcome: CancelOutcome,
    /// What the shop hears of it.
    pub answer: Answer,
    /// Milliseconds between the outcome and the answer; its webhooks are sent meanwhile.
    pub answer_after_ms: u64,
}

/// What becomes of a cancel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelOutcome {
    /// The money goes back, if it may.
    #[default]
    Done,
    /// Nothing happens.
    Untouched,
}

/// What becomes of the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Outcome {
    /// Paid.
    Done,
    /// A virtual account is given out; nothing is paid.
    WaitingForDeposit,
    /// Refused for good, by a code of d1.7.
    Declined {
        /// For example `REJECT_CARD_COMPANY`.
        code: String,
    },
    /// The ten minutes to confirm are over; Toss has forgotten the session.
    SessionGone,
    /// Nothing happens to it.
    Untouched,
}

/// What the shop hears.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Answer {
    /// The outcome.
    #[default]
    Truth,
    /// An error, whatever the outcome.
    Error {
        /// The HTTP status.
        status: u16,
        /// A code of d1.7.
        code: String,
    },
    /// Nothing: the connection breaks.
    Lost,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            outcome: Outcome::Done,
            answer: Answer::Truth,
            answer_after_ms: 0,
            webhooks: 1,
            amount_skew: 0,
            cancel: CancelScript::default(),
        }
    }
}

impl Script {
    /// Paid and answered at once.
    #[must_use]
    pub fn ok() -> Self {
        Self::default()
    }

    /// Paid, and answered late: the webhook is there first.
    #[must_use]
    pub fn late_answer(after_ms: u64) -> Self {
        Self { answer_after_ms: after_ms, ..Self::default() }
    }

    /// Paid, and the connection breaks before the answer.
    #[must_use]
    pub fn lost_answer() -> Self {
        Self { answer: Answer::Lost, ..Self::default() }
    }

    /// Paid, and announced this many times.
    #[must_use]
    pub fn repeated_webhooks(webhooks: u32) -> Self {
        Self { webhooks, ..Self::default() }
    }

    /// Refused by the card company.
    #[must_use]
    pub fn declined() -> Self {
        let code = "REJECT_CARD_COMPANY".to_owned();
        Self { outcome: Outcome::Declined { code }, ..Self::default() }
    }

    /// Paid, and answered with an internal error.
    #[must_use]
    pub fn error_then_done() -> Self {
        let code = "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING".to_owned();
        Self { answer: Answer::Error { status: 500, code }, ..Self::default() }
    }

    /// Not paid, and answered with an internal error.
    #[must_use]
    pub fn error_untouched() -> Self {
        Self { outcome: Outcome::Untouched, ..Self::error_then_done() }
    }

    /// A virtual account instead of a payment.
    #[must_use]
    pub fn waiting_for_deposit() -> Self {
        Self { outcome: Outcome::WaitingForDeposit, ..Self::default() }
    }

    /// Paid; cancels go this way.
    #[must_use]
    pub fn with_cancel(self, cancel: CancelScript) -> Self {
        Self { cancel, ..self }
    }

    /// Not paid, and answered with this code.
    #[must_use]
    pub fn refused_with(status: u16, code: &str) -> Self {
        let answer = Answer::Error { status, code: code.to_owned() };
        Self { outcome: Outcome::Untouched, answer, ..Self::default() }
    }

    /// Confirmed after the ten minutes.
    #[must_use]
    pub fn session_gone() -> Self {
        Self { outcome: Outcome::SessionGone, ..Self::default() }
    }

    /// Paid, but the payment says it was about another amount.
    #[must_use]
    pub fn other_amount(skew: i64) -> Self {
        Self { amount_skew: skew, ..Self::default() }
    }
}
