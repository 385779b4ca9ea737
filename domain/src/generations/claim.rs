//! A worker takes a job, and keeps it as long as it says it lives.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::timers::set_lease;
use super::{Generation, GenerationCommand, Lease};
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};
use crate::workers::Worker;
use crate::{GenerationId, WorkerId};

/// How long a worker may be silent (P5.3).
pub const LEASE: TimeDelta = TimeDelta::seconds(60);

/// A worker takes a queued generation; of two that try, one gets it.
#[derive(Debug, Clone, Copy)]
pub struct ClaimGeneration {
    /// Which.
    pub generation: GenerationId,
    /// Who.
    pub worker: WorkerId,
    /// For how long without a word; [`LEASE`].
    pub lease: TimeDelta,
}

/// What the worker was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// Which.
    pub generation: GenerationId,
    /// The attempt, from 1; to be named in every later word on this job.
    pub attempt: u32,
    /// When it is lost without a word.
    pub lease_until: DateTime<Utc>,
}

impl Decision for ClaimGeneration {
    type Reply = Claimed;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Generation>(self.generation), Stream::of::<Worker>(self.worker)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Claimed, Halt> {
        let Self { generation, worker, lease } = *self;
        work.state::<Worker>(worker)?.may_claim()?;
        let claim = GenerationCommand::Claim(generation, worker, work.at());
        work.decide::<Generation>(generation, claim)?;

        let attempt = work.state::<Generation>(generation)?.attempt;
        let lease_until = work.at() + lease;
        set_lease(work, generation, Lease { worker, attempt }, lease_until)?;
        Ok(Claimed { generation, attempt, lease_until })
    }
}

/// A worker says it still lives: the lease's timer moves. No event, since nothing happened (b1).
#[derive(Debug, Clone, Copy)]
pub struct ExtendLease {
    /// Which.
    pub generation: GenerationId,
    /// Who, on which attempt.
    pub lease: Lease,
    /// For how much longer from now; [`LEASE`].
    pub by: TimeDelta,
}

impl Decision for ExtendLease {
    /// When the lease is lost without another word.
    type Reply = DateTime<Utc>;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Generation>(self.generation)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<DateTime<Utc>, Halt> {
        let Self { generation, lease, by } = *self;
        work.decide::<Generation>(generation, GenerationCommand::CheckLease(lease))?;
        let lease_until = work.at() + by;
        set_lease(work, generation, lease, lease_until)?;
        Ok(lease_until)
    }
}
