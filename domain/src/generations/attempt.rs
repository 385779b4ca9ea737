//! What follows a failed attempt: another try after a pause, or the end (P5.4).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::end::close;
use super::timers::{LEASE_LOST, set_retry};
use super::{FailureCode, Generation, GenerationCommand, GenerationEvent, Lease, Status};
use crate::GenerationId;
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};

/// The pause before each further try. As many tries as pauses, after the first (GEN-02).
pub const RETRY_DELAYS: [TimeDelta; 3] =
    [TimeDelta::seconds(5), TimeDelta::seconds(20), TimeDelta::seconds(60)];

impl FailureCode {
    /// Whether another try may help; `None` where only the worker can tell.
    #[must_use]
    pub const fn is_retryable(self) -> Option<bool> {
        match self {
            Self::GpuOom | Self::Timeout | Self::WorkerLost | Self::ModelDownload => Some(true),
            Self::NsfwBlocked | Self::InvalidInput | Self::ModelMissing => Some(false),
            Self::Internal => None,
        }
    }
}

/// The events of a failed attempt. `why` is the code and what the worker thinks of another try.
pub(super) fn after_failure(
    generation: GenerationId,
    attempt: u32,
    why: (FailureCode, bool),
    at: DateTime<Utc>,
) -> Vec<GenerationEvent> {
    let (code, worker_says) = why;
    let retryable = code.is_retryable().unwrap_or(worker_says);
    let failed = GenerationEvent::AttemptFailed { generation, attempt, code, retryable };
    match retryable.then(|| pause_after(attempt)).flatten() {
        Some(pause) => {
            let (attempt, not_before) = (attempt.saturating_add(1), at + pause);
            vec![failed, GenerationEvent::RetryScheduled { generation, attempt, not_before }]
        }
        None => vec![failed, GenerationEvent::Failed { generation, code }],
    }
}

/// The pause after this attempt; `None` after the last.
fn pause_after(attempt: u32) -> Option<TimeDelta> {
    let index = usize::try_from(attempt).ok()?.checked_sub(1)?;
    RETRY_DELAYS.get(index).copied()
}

/// The next try, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// The attempt to come.
    pub attempt: u32,
    /// Not before.
    pub not_before: DateTime<Utc>,
}

/// A worker reports that its attempt failed. Answers with the next try; none means the generation
/// failed for good and everything held went back.
#[derive(Debug, Clone)]
pub struct FailAttempt {
    /// Which.
    pub generation: GenerationId,
    /// Who reports.
    pub lease: Lease,
    /// Why.
    pub code: FailureCode,
    /// Whether another try may help; heard only for [`FailureCode::Internal`].
    pub retryable: bool,
}

impl Decision for FailAttempt {
    type Reply = Option<Retry>;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Generation>(self.generation)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Option<Retry>, Halt> {
        let Self { generation, lease, code, retryable } = self.clone();
        let at = work.at();
        let command = GenerationCommand::FailAttempt { generation, lease, code, retryable, at };
        work.decide::<Generation>(generation, command)?;

        if work.state::<Generation>(generation)?.status() == Status::Failed {
            close(work, generation, 0)?;
            return Ok(None);
        }
        let pause = pause_after(lease.attempt).unwrap_or_default();
        let retry = Retry { attempt: lease.attempt.saturating_add(1), not_before: at + pause };
        work.forget(LEASE_LOST, generation.to_string());
        set_retry(work, generation, retry)?;
        Ok(Some(retry))
    }
}

/// The timer of a lease rang: its worker vanished. Nothing happens if the attempt is over.
#[derive(Debug, Clone)]
pub struct LoseLease {
    /// Which.
    pub generation: GenerationId,
    /// Whose lease, on which attempt.
    pub lease: Lease,
}

impl Decision for LoseLease {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Generation>(self.generation)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { generation, lease } = self.clone();
        if work.state::<Generation>(generation)?.leased_to(lease).is_err() {
            return Ok(());
        }
        let code = FailureCode::WorkerLost;
        FailAttempt { generation, lease, code, retryable: true }.decide(work)?;
        Ok(())
    }
}

/// The timer of a pause rang: back into the queue. Nothing happens if it no longer waits for this.
#[derive(Debug, Clone)]
pub struct RequeueGeneration {
    /// Which.
    pub generation: GenerationId,
    /// The attempt that waits.
    pub attempt: u32,
}

impl Decision for RequeueGeneration {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Generation>(self.generation)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { generation, attempt } = *self;
        work.decide::<Generation>(generation, GenerationCommand::Requeue(generation, attempt))?;
        Ok(())
    }
}
