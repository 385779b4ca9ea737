//! One consumer at work: from its checkpoint on, until something is wrong.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Client, Object};
use futures::FutureExt;
use futures::future::join;
use tokio::time::Instant;

use super::Consumer;
use super::fault::Fault;
use crate::Entry;
use crate::board::Place;
use crate::checkpoint::{self, Checkpoint, LIVE};
use crate::follow::{BATCH_EVENTS_MAX, Batch, Follower, Mark};
use crate::source::Source;

/// How often a checkpoint that moved over events without consequence is written.
const SAVE_EVERY: Duration = Duration::from_millis(200);
/// The least time between two looks of a consumer that keeps up. The first event after a pause is
/// applied at once; under load, what gathers meanwhile shares one transaction, which costs about as
/// much as a transaction for one event and leaves the machine to those who write.
const REST_MIN: Duration = Duration::from_millis(3);
/// A consumer rests as long as its last transaction took, so that on a busy machine transactions
/// become fewer and larger; but never longer than this.
const REST_MAX: Duration = Duration::from_millis(20);

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

/// What a consumer is going to write about some events.
struct Work<C: Consumer> {
    /// The position of the first of them.
    first: i64,
    events: u64,
    work: C::Work,
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
        loop {
            let consumer = &self.consumer;
            let batch = follower.next(&|event_type| consumer.wants(event_type)).await?;
            let began = Instant::now();
            if self.take(&batch, &mut saved).await? == Applied::Elsewhere {
                saved = self.find().await?;
                follower.seek(saved.checkpoint.mark);
            }
            self.place.reached(follower.done().position);
            if batch.entries.len() < BATCH_EVENTS_MAX {
                tokio::time::sleep(began.elapsed().clamp(REST_MIN, REST_MAX)).await;
            }
        }
    }

    async fn find(&self) -> Result<Saved, Fault> {
        let client = self.source.pool.get().await?;
        let name = self.consumer.name();
        let checkpoint = checkpoint::find_or_create(&client, name, LIVE, Mark::GENESIS).await?;
        Ok(Saved::now(checkpoint.generation, checkpoint.mark))
    }

    /// Applies a batch. If the consumer refuses it, halves of it, so that everything before the
    /// poison is applied and the poison is named.
    async fn take(&mut self, batch: &Batch, saved: &mut Saved) -> Result<Applied, Fault> {
        let (mut rest, mut size) = (&batch.entries[..], batch.entries.len());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(size.min(rest.len()));
            let last = if later.is_empty() { None } else { now.last() };
            let until = last.map_or(batch.until, |entry| Mark::at(&entry.recorded));
            match self.apply(now, until, saved).await {
                Ok(Applied::Done) => rest = later,
                Ok(Applied::Elsewhere) => return Ok(Applied::Elsewhere),
                Err(fault) if fault.is_final() && now.len() > 1 => size = now.len() / 2,
                Err(fault) => return Err(fault),
            }
        }
        let moved = batch.until != saved.checkpoint.mark;
        if moved && saved.at.elapsed() >= SAVE_EVERY {
            return self.save(batch.until, saved).await;
        }
        Ok(Applied::Done)
    }

    /// Moves the checkpoint over events without consequence: one statement, which is done when it
    /// is answered.
    async fn save(&self, until: Mark, saved: &mut Saved) -> Result<Applied, Fault> {
        let client = self.source.pool.get().await?;
        let Checkpoint { generation, mark } = saved.checkpoint;
        let (name, from) = (self.consumer.name(), mark.position..=until.position);
        let step = checkpoint::step_statement(&client).await?;
        if !checkpoint::step(&client, &step, (name, generation), from, until).await? {
            return Ok(Applied::Elsewhere);
        }
        *saved = Saved::now(generation, until);
        Ok(Applied::Done)
    }

    async fn apply(
        &mut self,
        entries: &[Arc<Entry>],
        until: Mark,
        saved: &mut Saved,
    ) -> Result<Applied, Fault> {
        let Some(work) = self.prepare(entries).await? else { return Ok(Applied::Done) };
        let mut client = self.source.pool.get().await?;
        match self.transact(&mut client, work, until, saved).await {
            // A swap put other tables behind a prepared statement: fresh connections have none.
            Err(fault) if fault.is_stale_plan() && !self.replanned => {
                self.replanned = true;
                drop(Object::take(client));
                self.source.pool.retain(|_, _| false);
                let mut client = self.source.pool.get().await?;
                let Some(work) = self.prepare(entries).await? else { return Ok(Applied::Done) };
                self.transact(&mut client, work, until, saved).await
            }
            outcome => outcome,
        }
    }

    /// What is to be written about some events, with the place of the first one.
    async fn prepare(&mut self, entries: &[Arc<Entry>]) -> Result<Option<Work<C>>, Fault> {
        let Some(first) = entries.first().map(|entry| entry.recorded.position) else {
            return Ok(None);
        };
        let prepared = AssertUnwindSafe(self.consumer.prepare(entries)).catch_unwind().await;
        let prepared = prepared.unwrap_or_else(|panic| Err(panic.into()));
        let work = prepared.map_err(|error| Fault::apply(first, error))?;
        Ok(work.map(|work| Work { first, events: entries.len() as u64, work }))
    }

    async fn transact(
        &mut self,
        client: &mut Client,
        Work { first, events, work }: Work<C>,
        until: Mark,
        saved: &mut Saved,
    ) -> Result<Applied, Fault> {
        let (name, generation) = (self.consumer.name(), saved.checkpoint.generation);
        let tx = client.transaction().await?;
        // Between what was saved and the first entry nothing changes this consumer's tables, so
        // wherever in there another process left the checkpoint is as good.
        let from = saved.checkpoint.mark.position..=first - 1;
        // Both are sent at once, and the server does them in this order: what is applied is applied
        // under the checkpoint's lock, and rolled back if that is elsewhere.
        let step = checkpoint::step_statement(&tx).await?;
        let stepping = checkpoint::step(&tx, &step, (name, generation), from, until);
        let applying = AssertUnwindSafe(self.consumer.apply(&tx, work)).catch_unwind();
        let (stepped, applied) = join(stepping, applying).await;
        if !stepped? {
            return Ok(Applied::Elsewhere);
        }
        let applied = applied.unwrap_or_else(|panic| Err(panic.into()));
        applied.map_err(|error| Fault::apply(first, error))?;
        tx.commit().await?;
        metrics::counter!("folio_consumer_events_total", "consumer" => name).increment(events);
        self.replanned = false;
        *saved = Saved::now(generation, until);
        Ok(Applied::Done)
    }
}

impl Saved {
    fn now(generation: i32, mark: Mark) -> Self {
        Self { checkpoint: Checkpoint { generation, mark }, at: Instant::now() }
    }
}
