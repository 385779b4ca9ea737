//! Why an adjustment can be refused.

use serde::{Deserialize, Serialize};

use super::Status;

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentError {
    /// `not-found`, 404.
    #[error("there is no such adjustment")]
    Unknown,
    /// `not-found`, 404: nobody of this id is registered.
    #[error("there is no such user")]
    NobodyThere,
    /// The id is in use.
    #[error("this adjustment was already asked for")]
    AlreadyRequested,
    /// Earnings are made by work alone.
    #[error("earnings are made by work alone and not corrected: correct token or credit")]
    OnlyEarned,
    /// It would be over before it is there.
    #[error("a time that is still to come is needed")]
    EndsTooSoon,
    /// `forbidden`, 403: nobody gives to himself.
    #[error("nobody adjusts a wallet of their own")]
    OwnWallet,
    /// `forbidden`, 403: two pairs of eyes are needed.
    #[error("who asked for it does not decide about it: somebody else has to")]
    SamePerson,
    /// `conflict`, 409: it was decided otherwise.
    #[error("the adjustment is already {}", .status.word())]
    NotInState {
        /// Where it stands.
        status: Status,
    },
}
