//! What callers hand to the writer, and what they get back.

use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, Utc};
use domain::{Metadata, Refusal};

/// Makes a command happen once: same key and hash, same answer; same key and other hash, refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Who may use the key, and for what: for example `user:<id>:POST /v1/transfers`, or
    /// `process:sign-up`. At most 200 bytes.
    pub scope: String,
    /// The client's `Idempotency-Key`, or a UUIDv5 of the business fact. At most 255 bytes.
    pub key: String,
    /// HMAC of what was asked (route, principal, canonical client bytes), never of ids or times
    /// drawn at the edge.
    pub request_hash: [u8; 32],
    /// Where the key came from.
    pub origin: Origin,
}

impl Key {
    /// The key of the `n`th attempt at what this key stands for, counted from 0: for an edge that
    /// decides anew when a refusal was none of its caller's doing. A repetition of the request goes
    /// through the same attempts and meets the same outcomes.
    #[must_use]
    pub fn attempt(&self, n: u32) -> Self {
        match n {
            0 => self.clone(),
            n => Self { scope: format!("{} #{n}", self.scope), ..self.clone() },
        }
    }
}

/// Who chose a key; decides what a second, different request under it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The client: another request is [`WriterError::KeyReused`]; the reply is kept for a replay.
    Client,
    /// A business fact, by a process, timer or operator: another request means it is already done,
    /// and the stored outcome is answered; the reply is kept.
    Fact,
    /// Nobody: drawn for this one attempt, so no reply is kept.
    Drawn,
}

/// One unit of work on its way to the writer.
#[derive(Debug, Clone)]
pub struct Command<D> {
    /// Exactly-once key.
    pub key: Key,
    /// Goes with every event.
    pub metadata: Metadata,
    /// What to decide; its `at` is `metadata.occurred_at`.
    pub decision: D,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<R> {
    /// Own last event; for a no-op or refusal the head at the check; for a replay the first answer's.
    pub position: i64,
    /// Whether this is the stored answer of an earlier attempt.
    pub replayed: bool,
    /// Accepted with its reply, or refused by the rules.
    pub outcome: Result<R, Refusal>,
}

/// Why a command has no outcome.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriterError {
    /// Too much is waiting: nothing was done. 503 with Retry-After.
    #[error("the writer is busy, retry in {retry_after:?}")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The database vanished mid-commit and the deadline passed before it was resolved; the same
    /// key finds the truth. 503 with Retry-After.
    #[error("the outcome is not known yet, retry with the same key")]
    OutcomeUnknown,
    /// The key was used for another request. 422.
    #[error("the key was used for another request")]
    KeyReused,
    /// The replay's body was already cleaned away by the janitor.
    #[error("the answer at position {position} is no longer kept")]
    AnswerGone {
        /// Where it happened.
        position: i64,
    },
    /// Out of bounds: too many events, too many bytes, a NUL. 500, a bug of ours.
    #[error("the unit is out of bounds: {0}")]
    OutOfBounds(String),
    /// A fault of ours: panic in a decision, poison, an SQL error that halving the batch pinned down.
    #[error("the command failed: {0}")]
    Fault(String),
    /// The writer is shutting down: nothing was done. 503.
    #[error("the writer is shutting down")]
    ShuttingDown,
}

/// Reads the clock: edges pass it down, tests drive it.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> DateTime<Utc>;

    /// Whether timers are due by this clock too, as in a test that moves time; otherwise the
    /// database's clock says so, which all processes share.
    fn rings_timers(&self) -> bool {
        false
    }
}

/// The machine's clock, in microseconds as Postgres keeps time: what is answered at once and what is
/// read later is the same instant.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}
