//! Sessions: one login on one device, kept alive by refresh tokens of which each works once
//! (IAM-17, RFC 9700 4.14.2).
//!
//! The log only knows hashes. A token that comes back within [`REUSE_GRACE`] of being replaced is
//! a lost answer or a second tab, and gets the same successor again; later it is theft, and ends
//! the session for both who hold its tokens.

mod command;
mod error;
mod event;
mod forget;
mod open;
mod proof;
mod refresh;
mod rights;
#[cfg(test)]
mod tests;

pub use command::SessionCommand;
pub use error::SessionError;
pub use event::*;
pub use forget::{ForgetSession, SESSION_END};
pub use open::OpenSession;
pub use proof::{Proof, SpendCode};
pub use refresh::{RefreshSession, Refreshed};
pub use rights::Rights;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::{SessionId, Sha256, UserId};

/// How long a session lasts after it was last refreshed.
pub const IDLE_MAX: Duration = Duration::days(30);
/// How long it lasts in any case.
pub const LIFE_MAX: Duration = Duration::days(90);
/// How long a replaced token still gets its successor.
pub const REUSE_GRACE: Duration = Duration::seconds(30);
/// Replaced tokens that are remembered; whoever refreshes more often within the grace is no tab.
const REPLACED_MAX: usize = 8;

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    opened: Option<Opened>,
    revoked: bool,
    forgotten: bool,
}

/// A session that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Opened {
    session: SessionId,
    user: UserId,
    epoch: u32,
    token_hash: String,
    counter: u32,
    /// Hashes of replaced tokens and when each was, youngest last.
    replaced: Vec<(String, DateTime<Utc>)>,
    expires_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

aggregate!(Session, "session", SessionCommand, SessionEvent, SessionError);

impl Session {
    /// When it was opened.
    #[must_use]
    pub fn opened_at(&self) -> Option<DateTime<Utc>> {
        self.opened.as_ref().map(|opened| opened.ends_at - LIFE_MAX)
    }
}

impl Decide for Session {
    fn decide(&self, command: SessionCommand) -> Result<Vec<SessionEvent>, SessionError> {
        match (command, &self.opened) {
            (SessionCommand::Open { .. }, Some(_)) => Err(SessionError::AlreadyOpen),
            (SessionCommand::Open { session, user, method, token_hash, epoch, at }, None) => {
                Ok(vec![SessionEvent::Opened {
                    session,
                    user,
                    method,
                    token_hash: token_hash.into(),
                    epoch,
                    opened_at: at,
                    expires_at: at + IDLE_MAX,
                    ends_at: at + LIFE_MAX,
                }])
            }
            (_, None) => Err(SessionError::NotFound),
            (SessionCommand::Refresh { .. }, _) if self.revoked => Err(SessionError::Ended),
            (SessionCommand::Refresh { presented, next, at }, Some(opened)) => {
                opened.refresh(&presented, next, at)
            }
            (SessionCommand::Revoke { user, .. }, Some(opened)) if user != opened.user => {
                Err(SessionError::NotFound)
            }
            (SessionCommand::Revoke { .. }, _) if self.revoked => Ok(vec![]),
            (SessionCommand::Revoke { reason, .. }, Some(opened)) => {
                Ok(vec![opened.revoked(reason)])
            }
            (SessionCommand::Forget, _) if self.forgotten => Ok(vec![]),
            (SessionCommand::Forget, Some(opened)) => {
                Ok(vec![SessionEvent::Forgotten { session: opened.session }])
            }
        }
    }
}

impl Opened {
    fn refresh(
        &self,
        presented: &Sha256,
        next: Sha256,
        at: DateTime<Utc>,
    ) -> Result<Vec<SessionEvent>, SessionError> {
        if at >= self.expires_at {
            return Err(SessionError::Expired);
        }
        if presented.as_str() == self.token_hash {
            return Ok(vec![SessionEvent::Refreshed {
                session: self.session,
                token_hash: next.into(),
                counter: self.counter.saturating_add(1),
                refreshed_at: at,
                expires_at: (at + IDLE_MAX).min(self.ends_at),
            }]);
        }
        let replaced = self.replaced.iter().find(|(hash, _)| presented.as_str() == hash);
        if replaced.is_some_and(|(_, since)| at - *since <= REUSE_GRACE) {
            return Ok(vec![]); // The edge makes the current token again: nothing changes.
        }
        let detected =
            SessionEvent::RefreshReuseDetected { session: self.session, user: self.user };
        Ok(vec![detected, self.revoked(RevokeReason::RefreshReused)])
    }

    fn revoked(&self, reason: RevokeReason) -> SessionEvent {
        SessionEvent::Revoked { session: self.session, user: self.user, reason }
    }

    fn replace(&mut self, token_hash: String, at: DateTime<Utc>) {
        let old = std::mem::replace(&mut self.token_hash, token_hash);
        self.replaced.retain(|(_, since)| at - *since <= REUSE_GRACE);
        self.replaced.push((old, at));
        if self.replaced.len() > REPLACED_MAX {
            self.replaced.remove(0);
        }
    }
}

impl Session {
    fn evolve(&mut self, event: SessionEvent) {
        match (event, &mut self.opened) {
            (
                SessionEvent::Opened {
                    session, user, token_hash, epoch, expires_at, ends_at, ..
                },
                _,
            ) => {
                self.opened = Some(Opened {
                    session,
                    user,
                    epoch,
                    token_hash,
                    counter: 0,
                    replaced: Vec::new(),
                    expires_at,
                    ends_at,
                });
            }
            (
                SessionEvent::Refreshed { token_hash, counter, refreshed_at, expires_at, .. },
                Some(opened),
            ) => {
                opened.replace(token_hash, refreshed_at);
                (opened.counter, opened.expires_at) = (counter, expires_at);
            }
            (SessionEvent::Refreshed { .. } | SessionEvent::RefreshReuseDetected { .. }, _) => {}
            (SessionEvent::Revoked { .. }, _) => self.revoked = true,
            (SessionEvent::Forgotten { .. }, _) => self.forgotten = true,
        }
    }
}
