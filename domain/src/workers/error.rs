//! Why a worker's command can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum WorkerError {
    /// No key was issued to it.
    #[error("there is no such worker")]
    NotFound,
    /// The id has a key.
    #[error("a key was already issued to this worker")]
    AlreadyIssued,
    /// Its key no longer works.
    #[error("this worker is retired")]
    Retired,
    /// It has not said what it is.
    #[error("the worker must register before it takes jobs")]
    NotRegistered,
    /// An old key ends some day.
    #[error("the old key works for at most {days} days more")]
    OverlapTooLong {
        /// How many.
        days: i64,
    },
    /// More classes than anybody needs.
    #[error("at most {max} classes are possible")]
    TooManyClasses {
        /// How many.
        max: usize,
    },
}
