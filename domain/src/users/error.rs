//! Why a user's command can be refused.

use serde::{Deserialize, Serialize};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum UserError {
    /// Nobody has this id.
    #[error("there is no such user")]
    NotFound,
    /// The id is in use.
    #[error("this user has already signed up")]
    AlreadyRegistered,
    /// Another user has the handle, whatever its case (IAM-02).
    #[error("the username is taken")]
    UsernameTaken,
    /// Another user has the address; the api must not say so to strangers (c2).
    #[error("the e-mail address is taken")]
    EmailTaken,
}
