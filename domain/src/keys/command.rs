//! What can be asked of a person's keys.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{KeyMode, Scope};
use crate::{KeyId, Sealed, Sha256, UserId};

/// What is kept of a secret that is shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its first characters, by which a person knows it again.
    pub prefix: String,
    /// Its hash.
    pub sha256: Sha256,
}

/// See the module.
#[derive(Debug, Clone)]
pub enum KeyCommand {
    /// Make a key.
    Create {
        /// Whose.
        user: UserId,
        /// Drawn at the edge.
        key: KeyId,
        /// For people; a [`super::KeyName`], sealed for its person.
        name: Sealed,
        /// Whether it can change anything.
        mode: KeyMode,
        /// What it may do; at least one.
        scopes: BTreeSet<Scope>,
        /// Drawn at the edge.
        secret: Secret,
        /// From when on it does not work.
        expires_at: Option<DateTime<Utc>>,
    },
    /// Give a key another secret; the old one works for a while beside it.
    Rotate {
        /// Whose.
        user: UserId,
        /// Which.
        key: KeyId,
        /// The new one.
        secret: Secret,
        /// Until when the old one works.
        previous_until: DateTime<Utc>,
    },
    /// Neither secret works any more.
    Revoke {
        /// Whose.
        user: UserId,
        /// Which.
        key: KeyId,
    },
}
