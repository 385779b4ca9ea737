//! Making and rotating a key: the account must be one that may act, read in the same append.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{ApiKeys, KeyCommand, KeyError, KeyMode, OVERLAP_MAX, Scope, Secret};
use crate::aggregate::Stream;
use crate::users::{User, UserError};
use crate::work::{Decision, Halt, Work};
use crate::{KeyId, Sealed, UserId};

/// A person makes a key (c13).
#[derive(Debug, Clone)]
pub struct CreateKey {
    /// Whose.
    pub user: UserId,
    /// Drawn at the edge.
    pub key: KeyId,
    /// For people; a [`super::KeyName`], sealed for its person.
    pub name: Sealed,
    /// Whether it can change anything.
    pub mode: KeyMode,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// Drawn at the edge.
    pub secret: Secret,
    /// From when on it does not work.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Decision for CreateKey {
    type Reply = KeyId;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user), Stream::of::<ApiKeys>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<KeyId, Halt> {
        may_act(work, self.user)?;
        if self.expires_at.is_some_and(|expires_at| expires_at <= work.at()) {
            return Err(KeyError::AlreadyExpired.into());
        }
        let Self { user, key, name, mode, scopes, secret, expires_at } = self.clone();
        let create = KeyCommand::Create { user, key, name, mode, scopes, secret, expires_at };
        work.decide::<ApiKeys>(user, create)?;
        Ok(key)
    }
}

/// A person gives a key another secret.
#[derive(Debug, Clone)]
pub struct RotateKey {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub key: KeyId,
    /// The new one.
    pub secret: Secret,
    /// How long the old one works beside it, at most [`OVERLAP_MAX`].
    pub overlap: TimeDelta,
}

impl Decision for RotateKey {
    type Reply = DateTime<Utc>;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user), Stream::of::<ApiKeys>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<DateTime<Utc>, Halt> {
        may_act(work, self.user)?;
        if self.overlap > OVERLAP_MAX {
            return Err(KeyError::OverlapTooLong { days: OVERLAP_MAX.num_days() }.into());
        }
        let Self { user, key, secret, overlap } = self.clone();
        let previous_until = work.at() + overlap;
        work.decide::<ApiKeys>(user, KeyCommand::Rotate { user, key, secret, previous_until })?;
        Ok(previous_until)
    }
}

fn may_act(work: &mut Work<'_>, user: UserId) -> Result<(), Halt> {
    let person = work.state::<User>(user)?;
    if !person.is_registered() {
        return Err(UserError::NotFound.into());
    }
    Ok(person.status().may_act()?)
}
