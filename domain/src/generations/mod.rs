//! Generations: one job from request to picture.
//!
//! Money is set aside with the request, spent with the picture, given back without one; each of
//! these is one append over all streams it touches (P5), so no job is ever half paid.

mod attempt;
mod claim;
mod command;
mod complete;
mod decide;
mod end;
mod error;
mod event;
mod funding;
mod parameters;
mod price;
mod request;
mod timers;

#[cfg(test)]
pub(crate) mod scene;
#[cfg(test)]
mod tests;

pub use attempt::{FailAttempt, LoseLease, RETRY_DELAYS, RequeueGeneration, Retry};
pub use claim::{ClaimGeneration, Claimed, ExtendLease, LEASE};
pub use command::{GenerationCommand, Lease, Order};
pub use complete::{CompleteGeneration, OUTPUTS_MAX};
pub use end::{CancelGeneration, ExpireQueuedGeneration, Settlement};
pub use error::GenerationError;
pub use event::*;
pub use funding::{Funding, gpu_credits};
pub use parameters::{Asked, Prompt, Wanted};
pub use price::{AcceptedPrice, price};
pub use request::{Accepted, Lane, QUEUE_WAIT_MAX, RequestGeneration};
pub use timers::{LEASE_LOST, QUEUE_EXPIRY, RETRY, TimerCommand, TimerError, timer};

use chrono::{DateTime, Utc};
use price::amount;
use serde::{Deserialize, Serialize};

use crate::aggregate::aggregate;
use crate::input::text;
use crate::{Amount, Asset, StyleId, UserId, WorkerId};

text!(/** What its owner says about a picture (GEN-01). */ Description, Prose, 1..=2000);

/// Only what a decision needs; the prompt is not, so it is not here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// `None` before the request.
    job: Option<Job>,
    status: Status,
    /// The attempt begun last, from 1; 0 before.
    attempt: u32,
    /// Who began it.
    worker: Option<WorkerId>,
    /// When it began.
    started_at: Option<DateTime<Utc>>,
    published: bool,
    settled: bool,
}

/// What was accepted, and never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Who asked and pays.
    pub user: UserId,
    /// The TOKEN line; zero when there is none.
    pub tokens: Amount,
    /// The CREDIT line; zero when there is none.
    pub credits: Amount,
    /// With which style, whether it costs anything or not.
    pub style: Option<StyleId>,
    /// Who earns the TOKEN line, with which style.
    pub earner: Option<(UserId, StyleId)>,
    /// The platform's share.
    pub fee_basis_points: u32,
    /// Publish when done.
    pub is_public: bool,
    /// The queue.
    pub lane: String,
    /// Higher first.
    pub priority: i32,
}

/// Where a generation stands (GEN-04).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits for a worker.
    #[default]
    Queued,
    /// An attempt failed; it waits for its next place in the queue.
    Retrying,
    /// A worker has it.
    Processing,
    /// Pictures are there.
    Completed,
    /// No picture, for good.
    Failed,
    /// Stepped back from, or waited too long.
    Canceled,
}

impl Status {
    /// The word in answers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Retrying => "retrying",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Whether nothing more will come.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

aggregate!(Generation, "generation", GenerationCommand, GenerationEvent, GenerationError);

impl Generation {
    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The attempt begun last, from 1; 0 before.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long the attempt under way has been painted at `at`, in milliseconds; zero if none is.
    #[must_use]
    pub fn painted_ms(&self, at: DateTime<Utc>) -> u64 {
        let since = self.started_at.filter(|_| self.status == Status::Processing);
        let elapsed = since.map_or(0, |since| (at - since).num_milliseconds());
        u64::try_from(elapsed).unwrap_or(0) // A clock that lags.
    }

    /// Whether everybody may see it.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.published && self.status == Status::Completed
    }

    /// What was accepted.
    ///
    /// # Errors
    /// There is no such generation.
    pub fn job(&self) -> Result<&Job, GenerationError> {
        self.job.as_ref().ok_or(GenerationError::NotFound)
    }

    /// The job, for its owner who wants the same once more.
    ///
    /// # Errors
    /// It is not theirs, or it has not ended.
    pub fn ended_for(&self, user: UserId) -> Result<&Job, GenerationError> {
        let job = self.owned_by(user)?;
        match self.status {
            status if status.is_terminal() => Ok(job),
            status => Err(GenerationError::NotEnded { status }),
        }
    }

    /// The job, for the worker that has it now. The attempt number fences: a worker that was
    /// given up on learns it here, whatever it finished meanwhile.
    ///
    /// # Errors
    /// It was canceled, or the lease is another's or over.
    pub fn leased_to(&self, lease: Lease) -> Result<&Job, GenerationError> {
        let job = self.job()?;
        match self.status {
            Status::Processing if self.last_lease() == Some(lease) => Ok(job),
            Status::Canceled => Err(GenerationError::Canceled),
            _ => Err(GenerationError::LeaseLost),
        }
    }

    /// Who began the last attempt.
    fn last_lease(&self) -> Option<Lease> {
        self.worker.map(|worker| Lease { worker, attempt: self.attempt })
    }

    /// Another's generation is answered like none: it may be private.
    fn owned_by(&self, user: UserId) -> Result<&Job, GenerationError> {
        self.job().ok().filter(|job| job.user == user).ok_or(GenerationError::NotFound)
    }

    fn evolve(&mut self, event: GenerationEvent) {
        match event {
            GenerationEvent::Requested {
                user, lines, style, fee_basis_points, is_public, ..
            } => {
                let credits = amount(&lines, Asset::Credit);
                let line = lines.into_iter().find(|line| line.asset == Asset::Token);
                self.job = Some(Job {
                    user,
                    credits,
                    tokens: line.as_ref().map_or(Amount::ZERO, |line| line.amount),
                    style,
                    earner: line.and_then(|line| line.payee).zip(style),
                    fee_basis_points,
                    is_public,
                    lane: String::new(), // Said by the event that queues it.
                    priority: 0,
                });
            }
            GenerationEvent::Described { .. } => {}
            GenerationEvent::Queued { lane, priority, .. } => {
                self.status = Status::Queued;
                if let Some(job) = &mut self.job {
                    (job.lane, job.priority) = (lane, priority);
                }
            }
            GenerationEvent::Started { attempt, worker, at, .. } => {
                self.status = Status::Processing;
                self.started_at = at;
                (self.attempt, self.worker) = (attempt, Some(worker));
            }
            // What an attempt's failure leads to is said by the next event of the same append.
            GenerationEvent::AttemptFailed { .. } => {}
            GenerationEvent::RetryScheduled { .. } => self.status = Status::Retrying,
            GenerationEvent::Completed { .. } => self.status = Status::Completed,
            GenerationEvent::Failed { .. } => self.status = Status::Failed,
            GenerationEvent::Canceled { .. } => self.status = Status::Canceled,
            GenerationEvent::Settled { .. } => self.settled = true,
            GenerationEvent::Published { .. } => self.published = true,
            GenerationEvent::Unpublished { .. } => self.published = false,
        }
    }
}
