//! Why an export's command can be refused.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ExportId;

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ExportError {
    /// One at a time.
    #[error("an export is being made, wait for it")]
    UnderWay {
        /// Which.
        export: ExportId,
    },
    /// Making one reads all there is of a person.
    #[error(
        "at most {max} exports can be asked for within a day, the next one with a new key from {} on",
        .again_at.format("%Y-%m-%dT%H:%M:%SZ")
    )]
    TooMany {
        /// How many.
        max: usize,
        /// When the first of them is a day old.
        again_at: DateTime<Utc>,
    },
    /// It expired, or its person left, while it was made.
    #[error("nobody waits for this export any more")]
    Gone,
}
