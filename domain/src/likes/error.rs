//! Why a like can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum LikeError {
    /// There is no such picture, or it is not to be seen.
    #[error("there is no such published generation")]
    NotFound,
}
