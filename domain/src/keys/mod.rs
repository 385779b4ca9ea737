//! API keys: programs that act for a person, within scopes (c13). One aggregate per person holds
//! all their keys, which are few, so that their number is bounded in one place.

mod command;
mod error;
mod event;
mod issue;
#[cfg(test)]
mod tests;

pub use command::{KeyCommand, Secret};
pub use error::KeyError;
pub use event::*;
pub use issue::{CreateKey, RotateKey};

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::KeyId;
use crate::aggregate::{Decide, aggregate};
use crate::input::text;

text!(/** What a key is for, for people. */ KeyName, Line, 1..=100);

/// The most keys a person has that are not revoked.
pub const KEYS_MAX: usize = 20;
/// The longest a rotated key's old secret works beside the new one.
pub const OVERLAP_MAX: TimeDelta = TimeDelta::days(7);

/// A person's keys; the stream's id is the person's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeys {
    /// Those that are not revoked.
    live: BTreeMap<KeyId, ApiKey>,
}

/// A key that is not revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// Whether it can change anything.
    pub mode: KeyMode,
    /// Hex SHA-256 of its secret.
    pub key_sha256: String,
    /// The secret before the last rotation, and until when that works.
    pub previous: Option<(String, DateTime<Utc>)>,
    /// From when on it does not work; `None`: never.
    pub expires_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Until when the secret with this hash works; `None` if it is not this key's. A secret without
    /// an end works until the end of time.
    #[must_use]
    pub fn good_until(&self, key_sha256: &str) -> Option<DateTime<Utc>> {
        let expires_at = self.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        match &self.previous {
            _ if self.key_sha256 == key_sha256 => Some(expires_at),
            Some((previous, until)) if previous == key_sha256 => Some(expires_at.min(*until)),
            Some(_) | None => None,
        }
    }
}

aggregate!(ApiKeys, "api_key", KeyCommand, KeyEvent, KeyError);

impl Decide for ApiKeys {
    fn decide(&self, command: KeyCommand) -> Result<Vec<KeyEvent>, KeyError> {
        match command {
            KeyCommand::Create { key, .. } if self.live.contains_key(&key) => {
                Err(KeyError::AlreadyCreated)
            }
            KeyCommand::Create { .. } if self.live.len() >= KEYS_MAX => {
                Err(KeyError::TooMany { max: KEYS_MAX })
            }
            KeyCommand::Create { scopes, .. } if scopes.is_empty() => Err(KeyError::NoScope),
            KeyCommand::Create { user, key, name, mode, scopes, secret, expires_at } => {
                Ok(vec![KeyEvent::Created {
                    user,
                    key,
                    name,
                    mode,
                    scopes,
                    prefix: secret.prefix,
                    key_sha256: secret.sha256.into(),
                    expires_at,
                }])
            }
            KeyCommand::Rotate { key, .. } | KeyCommand::Revoke { key, .. }
                if !self.live.contains_key(&key) =>
            {
                Err(KeyError::NotFound)
            }
            KeyCommand::Rotate { user, key, secret, previous_until } => {
                Ok(vec![KeyEvent::Rotated {
                    user,
                    key,
                    prefix: secret.prefix,
                    key_sha256: secret.sha256.into(),
                    previous_until,
                }])
            }
            KeyCommand::Revoke { user, key } => Ok(vec![KeyEvent::Revoked { user, key }]),
        }
    }
}

impl ApiKeys {
    /// The keys that are not revoked.
    pub fn live(&self) -> impl Iterator<Item = (KeyId, &ApiKey)> {
        self.live.iter().map(|(id, key)| (*id, key))
    }

    fn evolve(&mut self, event: KeyEvent) {
        match event {
            KeyEvent::Created { key, mode, scopes, key_sha256, expires_at, .. } => {
                let made = ApiKey { scopes, mode, key_sha256, previous: None, expires_at };
                self.live.insert(key, made);
            }
            KeyEvent::Rotated { key, key_sha256, previous_until, .. } => {
                if let Some(key) = self.live.get_mut(&key) {
                    let old = std::mem::replace(&mut key.key_sha256, key_sha256);
                    key.previous = Some((old, previous_until));
                }
            }
            KeyEvent::Revoked { key, .. } => {
                self.live.remove(&key);
            }
        }
    }
}
