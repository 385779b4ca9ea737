//! The rule book of one generation.

use chrono::{DateTime, Utc};

use super::attempt::after_failure;
use super::{FailureCode, Generation, GenerationCommand, GenerationError, GenerationEvent};
use super::{Lease, OUTPUTS_MAX, Order, Output, Settlement, Status};
use crate::aggregate::Decide;
use crate::{GenerationId, ImageId, UserId, WorkerId};

type Decided = Result<Vec<GenerationEvent>, GenerationError>;

impl Decide for Generation {
    const STATE_VERSION: u32 = 2; // It knows its style, whatever that costs.

    fn decide(&self, command: GenerationCommand) -> Decided {
        match command {
            GenerationCommand::Request(generation, order) => self.request(generation, *order),
            GenerationCommand::Claim(generation, worker, at) => self.claim(generation, worker, at),
            GenerationCommand::CheckLease(lease) => self.leased_to(lease).map(|_| vec![]),
            GenerationCommand::FailAttempt { generation, lease, code, retryable, at } => {
                self.leased_to(lease)?;
                Ok(after_failure(generation, lease.attempt, (code, retryable), at))
            }
            GenerationCommand::Requeue(generation, attempt) => self.requeue(generation, attempt),
            GenerationCommand::Complete { generation, lease, outputs, gpu_ms } => {
                self.complete(generation, lease, outputs, gpu_ms)
            }
            GenerationCommand::Cancel(generation, user) => self.cancel(generation, user),
            GenerationCommand::Expire { generation, give_up } => self.expire(generation, give_up),
            GenerationCommand::Settle(generation, money) => self.settle(generation, money),
            GenerationCommand::Describe(generation, user, description) => {
                self.owned_by(user)?;
                Ok(vec![GenerationEvent::Described { generation, description }])
            }
            GenerationCommand::Publish(generation, user) => {
                self.show(user, true, GenerationEvent::Published { generation })
            }
            GenerationCommand::Unpublish(generation, user) => {
                self.show(user, false, GenerationEvent::Unpublished { generation })
            }
        }
    }
}

impl Generation {
    fn request(&self, generation: GenerationId, order: Order) -> Decided {
        if self.job.is_some() {
            return Err(GenerationError::AlreadyRequested);
        }
        let requested = GenerationEvent::Requested {
            generation,
            user: order.user,
            style: Some(order.style),
            artist: Some(order.artist),
            model: Some(order.model),
            parameters: Box::new(order.parameters),
            lines: order.lines,
            fee_basis_points: order.fee_basis_points,
            is_public: order.is_public,
            retried_from: order.retried_from,
        };
        let (lane, priority) = (order.lane.name.to_owned(), order.lane.priority);
        Ok(vec![requested, GenerationEvent::Queued { generation, lane, priority, attempt: 1 }])
    }

    fn claim(&self, generation: GenerationId, worker: WorkerId, at: DateTime<Utc>) -> Decided {
        self.job()?;
        match self.status {
            Status::Queued => {
                let attempt = self.attempt.saturating_add(1);
                let at = Some(at);
                Ok(vec![GenerationEvent::Started { generation, attempt, worker, at }])
            }
            status => Err(GenerationError::NotClaimable { status }),
        }
    }

    fn requeue(&self, generation: GenerationId, attempt: u32) -> Decided {
        let job = self.job()?;
        if self.status != Status::Retrying || attempt != self.attempt.saturating_add(1) {
            return Ok(vec![]);
        }
        let (lane, priority) = (job.lane.clone(), job.priority);
        Ok(vec![GenerationEvent::Queued { generation, lane, priority, attempt }])
    }

    /// The same completion again, for example because its answer was lost, changes nothing.
    fn complete(
        &self,
        generation: GenerationId,
        lease: Lease,
        outputs: Vec<Output>,
        gpu_ms: u64,
    ) -> Decided {
        if self.status == Status::Completed && self.last_lease() == Some(lease) {
            return Ok(vec![]);
        }
        self.leased_to(lease)?;
        let mut images: Vec<ImageId> = outputs.iter().map(|output| output.image).collect();
        images.sort_unstable();
        images.dedup();
        if images.len() != outputs.len() || !(1..=OUTPUTS_MAX).contains(&outputs.len()) {
            return Err(GenerationError::Outputs { max: OUTPUTS_MAX });
        }
        Ok(vec![GenerationEvent::Completed { generation, attempt: lease.attempt, outputs, gpu_ms }])
    }

    fn cancel(&self, generation: GenerationId, user: UserId) -> Decided {
        self.owned_by(user)?;
        match self.status {
            status if status.is_terminal() => Err(GenerationError::AlreadyTerminal { status }),
            _ => Ok(vec![GenerationEvent::Canceled { generation }]),
        }
    }

    fn expire(&self, generation: GenerationId, give_up: bool) -> Decided {
        self.job()?;
        let (attempt, code) = (self.attempt, FailureCode::Timeout);
        Ok(match self.status {
            Status::Queued | Status::Retrying => vec![GenerationEvent::Canceled { generation }],
            Status::Processing if give_up => vec![
                GenerationEvent::AttemptFailed { generation, attempt, code, retryable: false },
                GenerationEvent::Failed { generation, code },
            ],
            Status::Processing | Status::Completed | Status::Failed | Status::Canceled => vec![],
        })
    }

    /// Once, after the end: so no artist is paid twice whoever asks.
    fn settle(&self, generation: GenerationId, money: Settlement) -> Decided {
        if self.settled || !self.status.is_terminal() {
            return Ok(vec![]);
        }
        let Settlement { captured, released, artist_paid, credits_captured, credits_released } =
            money;
        Ok(vec![GenerationEvent::Settled {
            generation,
            captured,
            released,
            artist_paid,
            credits_captured,
            credits_released,
        }])
    }

    fn show(&self, user: UserId, published: bool, event: GenerationEvent) -> Decided {
        self.owned_by(user)?;
        match self.status {
            Status::Completed if self.published == published => Ok(vec![]),
            Status::Completed => Ok(vec![event]),
            status => Err(GenerationError::NotCompleted { status }),
        }
    }
}
