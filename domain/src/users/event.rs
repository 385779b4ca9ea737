//! What happens to a user.

use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{Sealed, UserId};

/// A role beside that of a plain user (IAM-07). Artists are those with an artist stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Publishes styles; granted by registering as an artist.
    Artist,
    /// Runs the place.
    Admin,
    /// Helps users.
    Support,
    /// Hides what must not be shown.
    Moderator,
    /// Reads everything, changes nothing.
    Auditor,
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserEvent {
    /// A person signed up with e-mail and password. The hash lies in the vault, never here.
    Registered {
        /// Who; also the stream's id.
        user: UserId,
        /// The handle, unique without regard to case (IAM-02).
        username: String,
        /// The login address (IAM-03).
        email: Sealed,
        /// The free name (IAM-05).
        display_name: Sealed,
    },
    /// A role was added to the set.
    RoleGranted {
        /// Whose.
        user: UserId,
        /// Which.
        role: Role,
    },
    /// A role was taken from the set.
    RoleRevoked {
        /// Whose.
        user: UserId,
        /// Which.
        role: Role,
    },
}

event_types!(UserEvent {
    Registered => "user.registered",
    RoleGranted => "user.role_granted",
    RoleRevoked => "user.role_revoked",
});
