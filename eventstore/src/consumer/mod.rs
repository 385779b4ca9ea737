//! The one loop behind every projection: take a batch, and in one transaction lock and move the
//! checkpoint, and apply. Loss, repetition and reordering of deliveries end before it.

mod fault;
mod worker;

use std::sync::Arc;

use tokio_postgres::Transaction;

use crate::Entry;
use crate::backoff::Backoff;
use crate::board::{State, reason};
use crate::source::Source;

pub use fault::ConsumerError;
use worker::Worker;

/// Applies events to tables of its own.
///
/// It keeps nothing in memory that a rolled-back transaction would have to undo: the same events
/// come again after any failure, and in smaller batches after its own.
pub trait Consumer: Send + Sync {
    /// Names its checkpoint; never changes.
    fn name(&self) -> &'static str;

    /// Whether it has an interest in events of this type. The checkpoint moves over the others.
    fn wants(&self, event_type: &str) -> bool {
        let _ = event_type;
        true
    }

    /// Writes what the events mean, in the transaction that moves the checkpoint. `search_path`
    /// points at its tables. Events come in order, and each takes effect once.
    fn apply(
        &mut self,
        tx: &Transaction<'_>,
        entries: &[Arc<Entry>],
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
