//! Logging in.

use super::{LIFE_MAX, Proof, Rights, SESSION_END, Session, SessionCommand, rights};
use crate::artists::Artist;
use crate::users::User;
use crate::{Decision, Halt, SessionId, Sha256, Stream, UserId, Work};

/// Somebody proved who they are: a session begins, unless they may not come in, or the proof is void
/// by now. That comes first: only whoever could come in learns where the account stands.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Drawn at the edge.
    pub session: SessionId,
    /// Who.
    pub user: UserId,
    /// How they proved it.
    pub proof: Proof,
    /// Hash of the first refresh token.
    pub token_hash: Sha256,
}

impl Decision for OpenSession {
    type Reply = Rights;

    fn streams(&self) -> Vec<Stream> {
        vec![
            Stream::beginning::<Session>(self.session),
            Stream::of::<User>(self.user),
            Stream::of::<Artist>(self.user),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Rights, Halt> {
        self.proof.holds(work.state::<User>(self.user)?)?;
        let (rights, epoch) = rights::of(self.user, work)?;
        let at = work.at();
        let command = SessionCommand::Open {
            session: self.session,
            user: self.user,
            method: self.proof.method(),
            token_hash: self.token_hash.clone(),
            epoch,
            at,
        };
        work.decide::<Session>(self.session, command)?;
        work.schedule(SESSION_END, self.session.to_string(), at + LIFE_MAX, Vec::new());
        Ok(rights)
    }
}
