//! What webhooks missed is found by asking (d2.2): a timer that sets itself anew, so that one
//! process asks at a time and an outage only delays it; and timers of their own for looks that
//! somebody asks for, so that none takes another's place.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Decision, Halt, Stream, Work};

/// The kind of the timers; their bytes are a [`Poll`].
pub const POLL: &str = "subscription-poll";
/// The key of the timer that sets itself anew.
pub const REGULAR: &str = super::PROVIDER;
/// The key of a look at what changed that somebody asked for.
const ASKED: &str = "asked";
/// The key of a look at everything that somebody asked for.
const ASKED_FOR_ALL: &str = "asked-for-all";

/// What the next poll has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// What changed before was looked at; nothing was, if not said.
    pub since: Option<DateTime<Utc>>,
}

/// Sets the next regular poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchedulePoll {
    /// When.
    pub due: DateTime<Utc>,
    /// Of what.
    pub poll: Poll,
}

/// A look could not be taken: it is taken later, by the timer that asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutOffPoll {
    /// The timer's key.
    pub key: String,
    /// When.
    pub due: DateTime<Utc>,
    /// Of what.
    pub poll: Poll,
}

/// Has a look taken now; the next regular one stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskForPoll {
    /// Now.
    pub due: DateTime<Utc>,
    /// At what.
    pub poll: Poll,
}

impl Decision for SchedulePoll {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        self.poll.set(work, REGULAR, self.due)
    }
}

impl Decision for PutOffPoll {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        self.poll.set(work, &self.key, self.due)
    }
}

impl Decision for AskForPoll {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let key = if self.poll.since.is_some() { ASKED } else { ASKED_FOR_ALL };
        self.poll.set(work, key, self.due)
    }
}

impl Poll {
    fn set(self, work: &mut Work<'_>, key: &str, due: DateTime<Utc>) -> Result<(), Halt> {
        let bytes = serde_json::to_vec(&self).map_err(|e| Halt::Fault(e.to_string()))?;
        work.schedule(POLL, key, due, bytes);
        Ok(())
    }
}
