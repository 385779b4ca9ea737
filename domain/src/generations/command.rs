//! What can be asked of a generation alone. Money, leases and pictures are the decisions'.

use chrono::{DateTime, Utc};

use super::{FailureCode, Lane, Line, Output, Parameters, Settlement};
use crate::{GenerationId, ModelId, Sealed, StyleId, UserId, WorkerId};

/// Who works on which attempt: what a worker must name to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who.
    pub worker: WorkerId,
    /// The attempt, from 1.
    pub attempt: u32,
}

/// A request with everything looked up.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who asks and pays.
    pub user: UserId,
    /// With which style.
    pub style: StyleId,
    /// Whose style.
    pub artist: UserId,
    /// With which weights.
    pub model: ModelId,
    /// What is wanted.
    pub parameters: Parameters,
    /// What it costs.
    pub lines: Vec<Line>,
    /// The platform's share of the artist's line.
    pub fee_basis_points: u32,
    /// Publish when done.
    pub is_public: bool,
    /// Which queue.
    pub lane: Lane,
    /// Which ended generation it asks for once more.
    pub retried_from: Option<GenerationId>,
}

/// See the module. Events carry their generation, so commands bring it.
#[derive(Debug, Clone)]
pub enum GenerationCommand {
    /// Ask for a picture, and queue it.
    Request(GenerationId, Box<Order>),
    /// Begin the next attempt.
    Claim(GenerationId, WorkerId, DateTime<Utc>),
    /// Ask whether the lease still holds; changes nothing.
    CheckLease(Lease),
    /// The attempt failed.
    FailAttempt {
        /// Which.
        generation: GenerationId,
        /// Who says so.
        lease: Lease,
        /// Why.
        code: FailureCode,
        /// Whether another try may help; only [`FailureCode::Internal`] leaves it to the worker.
        retryable: bool,
        /// Now.
        at: DateTime<Utc>,
    },
    /// Its pause is over: back into the queue. Nothing happens if it no longer waits for this.
    Requeue(GenerationId, u32),
    /// The pictures are there.
    Complete {
        /// Which.
        generation: GenerationId,
        /// Who says so.
        lease: Lease,
        /// The pictures.
        outputs: Vec<Output>,
        /// GPU milliseconds.
        gpu_ms: u64,
    },
    /// The owner steps back.
    Cancel(GenerationId, UserId),
    /// It waited too long. One that is being painted is ended only if told to `give_up`.
    Expire {
        /// Which.
        generation: GenerationId,
        /// Whether not even a running attempt may go on.
        give_up: bool,
    },
    /// The money is where it belongs.
    Settle(GenerationId, Settlement),
    /// The owner says something about it, or nothing any more.
    Describe(GenerationId, UserId, Option<Sealed>),
    /// The owner shows it to everybody.
    Publish(GenerationId, UserId),
    /// The owner keeps it to themselves.
    Unpublish(GenerationId, UserId),
}
