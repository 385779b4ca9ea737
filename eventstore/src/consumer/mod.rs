//! The one loop behind every projection: take a batch, work out what it means, and in one
//! transaction lock and move the checkpoint, and apply. Loss, repetition and reordering of deliveries end before it.

mod fault;
mod worker;

use std::sync::Arc;

use deadpool_postgres::Transaction;

use crate::Entry;
use crate::backoff::Backoff;
use crate::board::{State, reason};
use crate::source::Source;

pub use fault::ConsumerError;
use worker::Worker;

/// Applies events to tables of its own, in two steps: first it works out what they mean, and only if
/// that is anything is there a transaction.
///
/// It keeps nothing in memory that a rolled-back transaction would have to undo: the same events
/// come again after any failure, and in smaller batches after its own.
pub trait Consumer: Send + Sync {
    /// What it is going to write.
    type Work: Send;

    /// Names its checkpoint; never changes.
    fn name(&self) -> &'static str;

    /// Whether it has an interest in events of this type. The checkpoint moves over the others.
    fn wants(&self, event_type: &str) -> bool {
        let _ = event_type;
        true
    }

    /// Works out what events mean, from them alone; `None` if nothing is to be written. The
    /// checkpoint moves over those as over events it has no interest in. Events come in order.
    fn prepare(
        &mut self,
        entries: &[Arc<Entry>],
    ) -> impl Future<Output = Result<Option<Self::Work>, ConsumerError>> + Send;

    /// Writes it, in the transaction that moves the checkpoint. `search_path` points at its tables.
    /// Each event takes effect once: if the checkpoint turns out to be elsewhere, what was done is
    /// rolled back, whatever is answered.
    fn apply(
        &mut self,
        tx: &Transaction<'_>,
        work: Self::Work,
    ) -> impl Future<Output = Result<(), ConsumerError>> + Send;
}

/// Feeds a consumer for as long as it can; returns when it had to stop: a poison event, or a
/// forked history. The reason is in the log, on the board, and in the metrics; other consumers go
/// on.
///
/// Dropping the future is a clean stop: a transaction in flight rolls back.
pub async fn run<C: Consumer>(consumer: C, source: Source) {
    let name = consumer.name();
    let place = source.board.join(name);
    let mut worker = Worker::new(consumer, source, place.clone());
    let mut backoff = Backoff::new();
    loop {
        let started_at = place.position();
        let Err(fault) = worker.work().await;
        let reason = reason(&fault);
        if fault.is_final() {
            tracing::error!(consumer = name, reason, "the consumer stopped");
            metrics::counter!("folio_consumer_stopped_total", "consumer" => name).increment(1);
            place.is(State::Stopped(reason));
            return;
        }
        tracing::warn!(consumer = name, reason, "the consumer tries again");
        place.is(State::Retrying(reason));
        if place.position() > started_at {
            backoff.reset();
        }
        backoff.wait().await;
    }
}
