//! The clocks a generation sets: vault records that ring until their command has an outcome.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ExpireQueuedGeneration, Lease, LoseLease, RequeueGeneration, Retry};
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};
use crate::{GenerationId, WorkerId};

/// Vault kind of a lease; it rings when the worker has been silent too long (P5.3).
pub const LEASE_LOST: &str = "generation-lease";
/// Vault kind of the pause before another try (P5.4).
pub const RETRY: &str = "generation-retry";
/// Vault kind of the watchdog over the queue (P5.8).
pub const QUEUE_EXPIRY: &str = "generation-queue-expiry";

#[derive(Serialize, Deserialize)]
struct LeaseRecord {
    worker: WorkerId,
    attempt: u32,
}

#[derive(Serialize, Deserialize)]
struct RetryRecord {
    attempt: u32,
}

#[derive(Serialize, Deserialize)]
struct QueueExpiryRecord {
    gives_up_at: DateTime<Utc>,
}

/// What a timer of this context asks for when it rings.
#[derive(Debug, Clone)]
pub enum TimerCommand {
    /// [`LEASE_LOST`] rang.
    LoseLease(LoseLease),
    /// [`RETRY`] rang.
    Requeue(RequeueGeneration),
    /// [`QUEUE_EXPIRY`] rang.
    ExpireQueued(ExpireQueuedGeneration),
}

/// A timer's record that cannot be read: a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum TimerError {
    /// The key is no generation.
    #[error("the timer {kind} has the key {key:?}, which is no generation")]
    Key {
        /// Its kind.
        kind: String,
        /// Its key.
        key: String,
    },
    /// The bytes are no record of this kind.
    #[error("the record of the timer {kind} cannot be read")]
    Record {
        /// Its kind.
        kind: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// What a timer asks for; `None` when its kind is another context's.
///
/// # Errors
/// It is ours but cannot be read.
pub fn timer(kind: &str, key: &str, bytes: &[u8]) -> Result<Option<TimerCommand>, TimerError> {
    if ![LEASE_LOST, RETRY, QUEUE_EXPIRY].contains(&kind) {
        return Ok(None);
    }
    let generation = Uuid::try_parse(key)
        .map(GenerationId)
        .map_err(|_| TimerError::Key { kind: kind.to_owned(), key: key.to_owned() })?;
    Ok(Some(match kind {
        LEASE_LOST => {
            let LeaseRecord { worker, attempt } = read(kind, bytes)?;
            TimerCommand::LoseLease(LoseLease { generation, lease: Lease { worker, attempt } })
        }
        RETRY => {
            let RetryRecord { attempt } = read(kind, bytes)?;
            TimerCommand::Requeue(RequeueGeneration { generation, attempt })
        }
        _ => {
            let QueueExpiryRecord { gives_up_at } = read(kind, bytes)?;
            TimerCommand::ExpireQueued(ExpireQueuedGeneration { generation, gives_up_at })
        }
    }))
}

impl Decision for TimerCommand {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        match self {
            Self::LoseLease(decision) => decision.streams(),
            Self::Requeue(decision) => decision.streams(),
            Self::ExpireQueued(decision) => decision.streams(),
        }
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        match self {
            Self::LoseLease(decision) => decision.decide(work),
            Self::Requeue(decision) => decision.decide(work),
            Self::ExpireQueued(decision) => decision.decide(work),
        }
    }
}

pub(super) fn set_lease(
    work: &mut Work<'_>,
    generation: GenerationId,
    lease: Lease,
    until: DateTime<Utc>,
) -> Result<(), Halt> {
    let record = LeaseRecord { worker: lease.worker, attempt: lease.attempt };
    set(work, (LEASE_LOST, generation), until, &record)
}

pub(super) fn set_retry(
    work: &mut Work<'_>,
    generation: GenerationId,
    retry: Retry,
) -> Result<(), Halt> {
    let record = RetryRecord { attempt: retry.attempt };
    set(work, (RETRY, generation), retry.not_before, &record)
}

pub(super) fn set_queue_expiry(
    work: &mut Work<'_>,
    generation: GenerationId,
    due: DateTime<Utc>,
    gives_up_at: DateTime<Utc>,
) -> Result<(), Halt> {
    set(work, (QUEUE_EXPIRY, generation), due, &QueueExpiryRecord { gives_up_at })
}

/// Nothing is left to wait for.
pub(super) fn stop_all(work: &mut Work<'_>, generation: GenerationId) {
    for kind in [LEASE_LOST, RETRY, QUEUE_EXPIRY] {
        work.forget(kind, generation.to_string());
    }
}

fn set(
    work: &mut Work<'_>,
    (kind, generation): (&'static str, GenerationId),
    due: DateTime<Utc>,
    record: &impl Serialize,
) -> Result<(), Halt> {
    let bytes = serde_json::to_vec(record).map_err(|fault| Halt::Fault(fault.to_string()))?;
    work.schedule(kind, generation.to_string(), due, bytes);
    Ok(())
}

fn read<T: DeserializeOwned>(kind: &str, bytes: &[u8]) -> Result<T, TimerError> {
    serde_json::from_slice(bytes)
        .map_err(|source| TimerError::Record { kind: kind.to_owned(), source })
}
