//! What happens to a person's keys.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{KeyId, Sealed, UserId};

/// What a key may do, in small. A key never does what needs the person: passwords, keys, money
/// out, leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Balances, lots, movements, reservations.
    #[serde(rename = "wallets:read")]
    WalletsRead,
    /// One's generations and how far they are.
    #[serde(rename = "generations:read")]
    GenerationsRead,
    /// Ask for pictures, and cancel.
    #[serde(rename = "generations:write")]
    GenerationsWrite,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WalletsRead, Self::GenerationsRead, Self::GenerationsWrite];

    /// As it is stored, shown, and declared beside a route.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::WalletsRead => "wallets:read",
            Self::GenerationsRead => "generations:read",
            Self::GenerationsWrite => "generations:write",
        }
    }
}

/// Whether a key can change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyMode {
    /// `sk_live_…`: does what its scopes say.
    Live,
    /// `sk_test_…`: only reads, whatever its scopes say; for building against.
    Test,
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyEvent {
    /// A person made a key. Only the hash of its secret is kept.
    Created {
        /// Whose; also the stream's id.
        user: UserId,
        /// Which.
        key: KeyId,
        /// For people.
        name: Sealed,
        /// Whether it can change anything.
        mode: KeyMode,
        /// What it may do.
        scopes: BTreeSet<Scope>,
        /// The secret's first characters.
        prefix: String,
        /// Hex SHA-256 of the secret.
        key_sha256: String,
        /// From when on it does not work.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<DateTime<Utc>>,
    },
    /// The key has another secret.
    Rotated {
        /// Whose.
        user: UserId,
        /// Which.
        key: KeyId,
        /// The new secret's first characters.
        prefix: String,
        /// Hex SHA-256 of the new secret.
        key_sha256: String,
        /// Until when the old one works.
        previous_until: DateTime<Utc>,
    },
    /// The key works no more.
    Revoked {
        /// Whose.
        user: UserId,
        /// Which.
        key: KeyId,
    },
}

event_types!(KeyEvent {
    Created => "api_key.created",
    Rotated => "api_key.rotated",
    Revoked => "api_key.revoked",
});

impl KeyEvent {
    /// Whose key.
    #[must_use]
    pub const fn user(&self) -> UserId {
        match self {
            Self::Created { user, .. }
            | Self::Rotated { user, .. }
            | Self::Revoked { user, .. } => *user,
        }
    }
}
