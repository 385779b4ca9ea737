//! What happens to a session.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{SessionId, UserId};

/// How somebody proved who they are (IAM-14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By e-mail and password.
    Password,
    /// By Google.
    Google,
    /// By Discord.
    Discord,
}

/// Why a session was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeReason {
    /// Its owner logged out, on it or from another device.
    LoggedOut,
    /// A refresh token came back after it had been replaced: two hold what one may have.
    RefreshReused,
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
/// Where it was opened stands sealed in the metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEvent {
    /// Somebody logged in (IAM-14).
    Opened {
        /// Which session; also the stream's id.
        session: SessionId,
        /// Who.
        user: UserId,
        /// How.
        method: Method,
        /// Hex SHA-256 of the first refresh token.
        token_hash: String,
        /// How often all sessions of this user had been ended before ([`crate::users::Access`]).
        epoch: u32,
        /// When.
        opened_at: DateTime<Utc>,
        /// When it ends unless it is refreshed.
        expires_at: DateTime<Utc>,
        /// When it ends in any case.
        ends_at: DateTime<Utc>,
    },
    /// The refresh token was replaced.
    Refreshed {
        /// Which session.
        session: SessionId,
        /// Hex SHA-256 of the token that counts now.
        token_hash: String,
        /// How many were before it.
        counter: u32,
        /// When.
        refreshed_at: DateTime<Utc>,
        /// When it ends unless it is refreshed again.
        expires_at: DateTime<Utc>,
    },
    /// A token came back after it had been replaced. [`SessionEvent::Revoked`] follows.
    RefreshReuseDetected {
        /// Which session.
        session: SessionId,
        /// Whose.
        user: UserId,
    },
    /// It was ended; its access tokens end with it.
    Revoked {
        /// Which session.
        session: SessionId,
        /// Whose.
        user: UserId,
        /// Why.
        reason: RevokeReason,
    },
    /// Its longest life is over, and the device list forgets it.
    Forgotten {
        /// Which session.
        session: SessionId,
    },
}

event_types!(SessionEvent {
    Opened => "session.opened",
    Refreshed => "session.refreshed",
    RefreshReuseDetected => "session.refresh_reuse_detected",
    Revoked => "session.revoked",
    Forgotten => "session.forgotten",
});
