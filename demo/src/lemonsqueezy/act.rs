//! What can happen to a subscription, by its owner's hand or in the course of time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// The period ends, and the next one is paid.
    Renew,
    /// The period ends, and the payment fails.
    Fail,
    /// The payment that failed is made.
    Recover,
    /// The last try to have it paid fails too.
    GiveUp,
    /// It shall end with the period.
    Cancel,
    /// It shall not end after all.
    Resume,
    /// The period of a cancelled one, or the patience with an unpaid one, is over.
    Expire,
    /// Nothing is collected.
    Pause(Pause),
    /// Collection goes on.
    Unpause,
    /// Another plan or cycle.
    Change {
        /// Which.
        variant: u64,
        /// Whether the difference is paid at once.
        at_once: bool,
    },
    /// The last invoice is paid back: so many cents more, or all that is left.
    Refund {
        /// How many.
        cents: Option<i64>,
    },
}

/// How a subscription rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What is offered meanwhile.
    pub mode: PauseMode,
    /// When collection goes on by itself.
    #[serde(default)]
    pub resumes_at: Option<DateTime<Utc>>,
}

/// What is offered while nothing is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseMode {
    /// Nothing.
    Void,
    /// The same, for nothing.
    Free,
}
