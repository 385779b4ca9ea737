//! What webhooks missed is found by asking (d2.2): a timer that sets itself anew, so that one
//! process asks at a time and an outage only delays it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Decision, Halt, Stream, Work};

/// The kind of the timer; its bytes are a [`Poll`].
pub const POLL: &str = "subscription-poll";

/// What the next poll has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// What changed before was looked at; nothing was, if not said.
    pub since: Option<DateTime<Utc>>,
}

/// Sets the next poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchedulePoll {
    /// When.
    pub due: DateTime<Utc>,
    /// Of what.
    pub poll: Poll,
}

impl Decision for SchedulePoll {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let bytes = serde_json::to_vec(&self.poll).map_err(|e| Halt::Fault(e.to_string()))?;
        work.schedule(POLL, super::PROVIDER, self.due, bytes);
        Ok(())
    }
}
