//! Why a session's command can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SessionError {
    /// It was never opened, or it is somebody else's.
    #[error("there is no such session")]
    NotFound,
    /// The id is in use.
    #[error("this session is open already")]
    AlreadyOpen,
    /// It was ended by its owner, by a changed password, by the platform, or because an old token
    /// came back.
    #[error("the session was ended: log in again")]
    Ended,
    /// What showed who they are was replaced or taken away before they were in.
    #[error("what showed who you are does so no longer: begin anew")]
    ProofVoid,
    /// Nobody used it for too long, or it reached its longest life.
    #[error("the session has expired: log in again")]
    Expired,
}
