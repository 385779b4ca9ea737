//! One consumer at work: from its checkpoint on, until something is wrong.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Client, Object};
use futures::FutureExt;
use tokio::time::Instant;

use super::Consumer;
use super::fault::Fault;
use crate::Entry;
use crate::board::Place;
use crate::checkpoint::{self, Checkpoint, LIVE};
use crate::follow::{BATCH_EVENTS_MAX, Batch, Follower, Mark};
use crate::source::Source;

/// How often a checkpoint that moved over unwanted events only is written.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// The least time between two transactions of a consumer that keeps up. The first event after a
/// pause is applied at once; under load, what gathers meanwhile shares one transaction, which costs
/// about as much as a transaction for one event and leaves the machine to those who write.
const APPLY_EVERY: Duration = Duration::from_millis(5);

pub(super) struct Worker<C> {
    consumer: C,
    source: Source,
    place: Place,
    /// A statement's plan was out of date and has been dropped; a second time is a fault.
    replanned: bool,
}

/// The checkpoint as it was last seen on disk.
struct Saved {
    checkpoint: Checkpoint,
    at: Instant,
}

/// What became of a transaction.
#[derive(PartialEq, Eq)]
enum Applied {
    Done,
    /// The checkpoint was moved or swapped by somebody else: read it again.
    Elsewhere,
}

impl<C: Consumer> Worker<C> {
    pub(super) fn new(consumer: C, source: Source, place: Place) -> Self {
        Self { consumer, source, place, replanned: false }
    }

    /// Works until something is wrong. Whatever it was, beginning anew from the checkpoint is safe.
    pub(super) async fn work(&mut self) -> Result<Infallible, Fault> {
        let mut saved = self.find().await?;
        let mut follower = Follower::new(&self.source, saved.checkpoint.mark);
        let mut next_at = Instant::now();
        loop {
            tokio::time::sleep_until(next_at).await;
            let consumer = &self.consumer;
            let batch = follower.next(&|event_type| consumer.wants(event_type)).await?;
            if !batch.entries.is_empty() && batch.entries.len() < BATCH_EVENTS_MAX {
                next_at = Instant::now() + APPLY_EVERY;
            }
            if self.take(&batch, &mut saved).await? == Applied::Elsewhere {
                saved = self.find().await?;
                follower.seek(saved.checkpoint.mark);
            }
            self.place.reached(follower.done().position);
        }
    }

    async fn find(&self) -> Result<Saved, Fault> {
        let client = self.source.pool.get().await?;
        let name = self.consumer.name();
        let checkpoint = checkpoint::find_or_create(&client, name, LIVE, Mark::GENESIS).await?;
        Ok(Saved { checkpoint, at: Instant::now() })
    }

    /// Applies a batch. If the consumer refuses it, halves of it, so that everything before the
    /// poison is applied and the poison is named.
    async fn take(&mut self, batch: &Batch, saved: &mut Saved) -> Result<Applied, Fault> {
        let moved = batch.until != saved.checkpoint.mark;
        if batch.entries.is_empty() {
            return match moved && saved.at.elapsed() >= SAVE_EVERY {
                true => self.transact(&[], batch.until, saved).await,
                false => Ok(Applied::Done),
            };
        }
        let (mut rest, mut size) = (&batch.entries[..], batch.entries.len());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(size.min(rest.len()));
            let last = if later.is_empty() { None } else { now.last() };
            let until = last.map_or(batch.until, |entry| Mark::at(&entry.recorded));
            match self.transact(now, until, saved).await {
                Ok(Applied::Done) => rest = later,
                Ok(Applied::Elsewhere) => return Ok(Applied::Elsewhere),
                Err(fault) if fault.is_final() && now.len() > 1 => size = now.len() / 2,
                Err(fault) => return Err(fault),
            }
        }
        Ok(Applied::Done)
    }

    async fn transact(
        &mut self,
        entries: &[Arc<Entry>],
        until: Mark,
        saved: &mut Saved,
    ) -> Result<Applied, Fault> {
        let mut client = self.source.pool.get().await?;
        match self.transact_on(&mut client, entries, until, saved).await {
            // A swap put other tables behind a prepared statement: a fresh connection has none.
            Err(fault) if fault.is_stale_plan() && !self.replanned => {
                self.replanned = true;
                drop(Object::take(client));
                let mut client = self.source.pool.get().await?;
                self.transact_on(&mut client, entries, until, saved).await
            }
            outcome => outcome,
        }
    }

    async fn transact_on(
        &mut self,
        client: &mut Client,
        entries: &[Arc<Entry>],
        until: Mark,
        saved: &mut Saved,
    ) -> Result<Applied, Fault> {
        let (name, generation) = (self.consumer.name(), saved.checkpoint.generation);
        let tx = client.transaction().await?;
        // Between what was saved and the first entry there is nothing this consumer wants, so
        // wherever in there another process left the checkpoint is as good.
        let first = entries.first().map_or(until.position, |entry| entry.recorded.position - 1);
        let from = saved.checkpoint.mark.position..=first;
        if !checkpoint::step(&tx, name, generation, from, until).await? {
            return Ok(Applied::Elsewhere);
        }
        if let Some(entry) = entries.first() {
            AssertUnwindSafe(self.consumer.apply(&tx, entries))
                .catch_unwind()
                .await
                .unwrap_or_else(|panic| Err(panic.into()))
                .map_err(|error| Fault::apply(entry.recorded.position, error))?;
        }
        tx.commit().await?;
        self.replanned = false;
        *saved = Saved { checkpoint: Checkpoint { generation, mark: until }, at: Instant::now() };
        metrics::counter!("folio_consumer_events_total", "consumer" => name)
            .increment(entries.len() as u64);
        Ok(Applied::Done)
    }
}
