//! Staying logged in.

use serde::{Deserialize, Serialize};

use super::{Rights, Session, SessionCommand, SessionError, rights};
use crate::artists::Artist;
use crate::users::User;
use crate::{Decision, Halt, SessionId, Sha256, Stream, UserId, Work};

/// A refresh token of this session was presented.
#[derive(Debug, Clone)]
pub struct RefreshSession {
    /// Which; the token says so, and that it is genuine is proven at the edge.
    pub session: SessionId,
    /// Whose; the token says that too.
    pub user: UserId,
    /// Hash of what was presented.
    pub presented: Sha256,
    /// Hash of its successor.
    pub next: Sha256,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refreshed {
    /// The session goes on.
    Renewed {
        /// What its owner may do now.
        rights: Rights,
        /// Which token counts now.
        counter: u32,
    },
    /// The token had been replaced: the session is over. Not a refusal, because it is recorded.
    Reused,
}

impl Decision for RefreshSession {
    type Reply = Refreshed;

    fn streams(&self) -> Vec<Stream> {
        vec![
            Stream::of::<Session>(self.session),
            Stream::of::<User>(self.user),
            Stream::of::<Artist>(self.user),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Refreshed, Halt> {
        let opened = work.state::<Session>(self.session)?.opened.as_ref();
        let epoch = opened.filter(|opened| opened.user == self.user).map(|opened| opened.epoch);
        let epoch = epoch.ok_or(SessionError::NotFound)?;
        let (rights, current_epoch) = rights::of(self.user, work)?;
        if epoch != current_epoch {
            Err(SessionError::Ended)?;
        }
        let command = SessionCommand::Refresh {
            presented: self.presented.clone(),
            next: self.next.clone(),
            at: work.at(),
        };
        work.decide::<Session>(self.session, command)?;
        let state = work.state::<Session>(self.session)?;
        Ok(match &state.opened {
            Some(opened) if !state.revoked => {
                Refreshed::Renewed { rights, counter: opened.counter }
            }
            Some(_) | None => Refreshed::Reused,
        })
    }
}
