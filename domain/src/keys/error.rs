//! Why a command about keys can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum KeyError {
    /// No such key of this person, or it is revoked.
    #[error("there is no such key")]
    NotFound,
    /// The id is in use.
    #[error("this key was already created")]
    AlreadyCreated,
    /// The limit is reached.
    #[error("at most {max} keys are possible, revoke one first")]
    TooMany {
        /// How many.
        max: usize,
    },
    /// It could do nothing.
    #[error("a key needs at least one scope")]
    NoScope,
    /// It would never work.
    #[error("the end of a key must lie in the future")]
    AlreadyExpired,
    /// An old secret ends some day.
    #[error("the old secret works for at most {days} days more")]
    OverlapTooLong {
        /// How many.
        days: i64,
    },
}
