//! What is kept of a device is kept no longer than the session could have lived (SEC-06).

use super::{Session, SessionCommand};
use crate::{Decision, Halt, SessionId, Stream, Work};

/// Vault kind of the timer at the end of a session's longest life; its key is the session's id.
pub const SESSION_END: &str = "session-end";

/// The timer at the end of a session's longest life rang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForgetSession {
    /// Which.
    pub session: SessionId,
}

impl ForgetSession {
    /// What a timer asks for; `None` when it is not of sessions, or names none.
    #[must_use]
    pub fn read(kind: &str, key: &str) -> Option<Self> {
        let session = (kind == SESSION_END).then(|| key.parse().ok()).flatten()?;
        Some(Self { session: SessionId(session) })
    }
}

impl Decision for ForgetSession {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Session>(self.session)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        work.decide::<Session>(self.session, SessionCommand::Forget)?;
        work.forget(SESSION_END, self.session.to_string());
        Ok(())
    }
}
