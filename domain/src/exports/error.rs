//! Why an export's command can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ExportError {
    /// One at a time.
    #[error("an export is being made, wait for it")]
    UnderWay,
    /// Making one reads all there is of a person.
    #[error("at most {max} exports can be asked for within a day")]
    TooMany {
        /// How many.
        max: usize,
    },
    /// It expired, or its person left, while it was made.
    #[error("nobody waits for this export any more")]
    Gone,
}
