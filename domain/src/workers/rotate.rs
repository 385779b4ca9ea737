//! Giving a worker another key while it paints.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Worker, WorkerCommand, WorkerError};
use crate::{Decision, Halt, Sha256, Stream, Work, WorkerId};

/// The longest a rotated key's predecessor works beside it.
pub const OVERLAP_MAX: TimeDelta = TimeDelta::days(7);

/// A worker gets another key. Answers until when the old one works.
#[derive(Debug, Clone)]
pub struct RotateKey {
    /// Which.
    pub worker: WorkerId,
    /// Hash of the new key.
    pub key_sha256: Sha256,
    /// How long the old one works beside it, at most [`OVERLAP_MAX`].
    pub overlap: TimeDelta,
}

impl Decision for RotateKey {
    type Reply = DateTime<Utc>;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Worker>(self.worker)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<DateTime<Utc>, Halt> {
        if self.overlap > OVERLAP_MAX {
            return Err(WorkerError::OverlapTooLong { days: OVERLAP_MAX.num_days() }.into());
        }
        let (worker, key_sha256) = (self.worker, self.key_sha256.clone());
        let previous_until = work.at() + self.overlap;
        let rotate = WorkerCommand::RotateKey { worker, key_sha256, previous_until };
        work.decide::<Worker>(worker, rotate)?;
        Ok(previous_until)
    }
}
