//! What can be asked of a session.

use chrono::{DateTime, Utc};

use super::{Method, RevokeReason};
use crate::{SessionId, Sha256, UserId};

/// See the module. [`super::OpenSession`] and [`super::RefreshSession`] also look at the person.
#[derive(Debug, Clone)]
pub enum SessionCommand {
    /// Somebody proved who they are.
    Open {
        /// Which; drawn at the edge.
        session: SessionId,
        /// Who.
        user: UserId,
        /// How they proved it.
        method: Method,
        /// Hash of the first refresh token.
        token_hash: Sha256,
        /// [`crate::users::User::epoch`] at that time.
        epoch: u32,
        /// When.
        at: DateTime<Utc>,
    },
    /// A refresh token was presented. That it is one of this session's is proven at the edge.
    Refresh {
        /// Hash of the token that was presented.
        presented: Sha256,
        /// Hash of the token that would follow the current one.
        next: Sha256,
        /// When.
        at: DateTime<Utc>,
    },
    /// It must end.
    Revoke {
        /// Whose it must be.
        user: UserId,
        /// Why.
        reason: RevokeReason,
    },
    /// Its longest life is over: the device list forgets it, with address and program (SEC-06).
    Forget,
}
