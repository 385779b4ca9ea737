//! The writer's loop: one task that decides and appends, batch after batch, without a timer. While
//! an append is under way the next batch gathers in the queue.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use domain::{DecodeError, Stream, StreamId};
use metrics::gauge;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};

use super::beside::Beside;
use super::cache::Cache;
use super::config::WriterConfig;
use super::load::Loading;
use super::session::Session;
use super::unit::Unit;
use super::{RETRY_AFTER, Signals};
use crate::command::WriterError;

/// How often a unit may be found to need yet another stream.
const LOADS_MAX: u32 = 16;

/// Everything the writer knows; nobody else touches it.
pub(super) struct Actor {
    pub(super) config: WriterConfig,
    pub(super) queue: mpsc::Receiver<Unit>,
    pub(super) signals: Signals,
    pub(super) beside: Beside,
    /// The connection that appends; `None` while it has to be made anew.
    pub(super) session: Option<Session>,
    pub(super) cache: Cache,
    /// Units whose streams are loaded, in the order they will be decided.
    pub(super) ready: VecDeque<Unit>,
    /// Tasks that answer the callers of batches that are in the log.
    pub(super) answering: JoinSet<()>,
    loads: JoinSet<Loads>,
    /// Units that wait for a load, by the task that does it.
    parked: HashMap<Id, Vec<Unit>>,
    parked_count: usize,
}

type Loads = Result<Vec<Loading>, WriterError>;

impl Actor {
    pub(super) fn new(
        config: WriterConfig,
        queue: mpsc::Receiver<Unit>,
        signals: Signals,
        (beside, session): (Beside, Session),
    ) -> Self {
        let cache = Cache::new(config.cache_bytes_max);
        Self {
            config,
            queue,
            signals,
            beside,
            session: Some(session),
            cache,
            ready: VecDeque::new(),
            answering: JoinSet::new(),
            loads: JoinSet::new(),
            parked: HashMap::new(),
            parked_count: 0,
        }
    }

    /// Runs until the queue is closed and everything in it is answered.
    pub(super) async fn run(mut self) {
        self.work().await;
        while self.answering.join_next().await.is_some() {}
    }

    async fn work(&mut self) {
        let mut arrived = Vec::with_capacity(self.config.batch_units_max);
        loop {
            if self.signals.closing.requested() {
                self.queue.close();
            }
            while let Some(loaded) = self.loads.try_join_next_with_id() {
                self.unpark(loaded);
            }
            while self.answering.try_join_next().is_some() {}
            self.receive(&mut arrived);
            self.admit(&mut arrived);
            self.measure();
            if !self.ready.is_empty() {
                let units = self.next_batch();
                self.append_all(units).await;
                continue;
            }
            let open = !(self.queue.is_closed() && self.queue.is_empty());
            tokio::select! {
                count = self.queue.recv_many(&mut arrived, 1), if open && self.parked_fits() => {
                    if count == 0 && self.parked_count == 0 { return; }
                }
                Some(loaded) = self.loads.join_next_with_id() => self.unpark(loaded),
                () = self.signals.closing.wait(), if !self.queue.is_closed() => {}
                else => return,
            }
            self.admit(&mut arrived);
        }
    }

    /// Before each batch and before each wait, so that an idle writer says that nothing waits.
    fn measure(&self) {
        gauge!("folio_writer_queue_depth").set(count(self.queue.len() + self.ready.len()));
        gauge!("folio_writer_parked").set(count(self.parked_count));
    }

    /// The units of the next batch.
    pub(super) fn next_batch(&mut self) -> Vec<Unit> {
        let count = self.ready.len().min(self.config.batch_units_max);
        self.ready.drain(..count).collect()
    }

    /// Sends a unit to load what it was found to miss; it joins again when that is there.
    pub(super) fn park_for(&mut self, mut unit: Unit, missing: Stream) {
        if !unit.streams.iter().any(|stream| stream.id == missing.id) {
            unit.streams.push(missing);
        }
        // What it was promised to find empty is looked for in earnest now.
        for stream in &mut unit.streams {
            stream.beginning = stream.beginning && stream.id != missing.id;
        }
        self.park(vec![unit]);
    }

    fn parked_fits(&self) -> bool {
        self.parked_count < self.config.queue_max
    }

    /// Takes what is waiting, without waiting.
    fn receive(&mut self, arrived: &mut Vec<Unit>) {
        while self.ready.len() + arrived.len() < self.config.batch_units_max && self.parked_fits() {
            match self.queue.try_recv() {
                Ok(unit) => arrived.push(unit),
                Err(_) => break,
            }
        }
    }

    /// Lets units in whose streams are in the cache; the others load theirs beside, together.
    fn admit(&mut self, arrived: &mut Vec<Unit>) {
        if arrived.is_empty() {
            return;
        }
        let mut cold = Vec::new();
        for unit in arrived.drain(..) {
            let missing = unit.streams.iter().filter(|stream| !self.cache.holds(stream)).count();
            if missing == 0 {
                self.ready.push_back(unit);
            } else {
                cold.push(unit);
            }
        }
        if !cold.is_empty() {
            self.park(cold);
        }
    }

    /// All streams of a unit that comes a second time are loaded again, so that none of them can
    /// be evicted for ever while it waits for the others.
    fn park(&mut self, units: Vec<Unit>) {
        let mut wanted = HashSet::new();
        let mut streams = Vec::new();
        let mut parked = Vec::with_capacity(units.len());
        for mut unit in units {
            unit.loads += 1;
            if unit.loads > LOADS_MAX {
                let reason = format!("it needed ever more streams, {} so far", unit.streams.len());
                unit.fail(&WriterError::Fault(reason));
                continue;
            }
            for stream in &unit.streams {
                let cold = unit.loads > 1 || self.cache.get(&stream.id).is_none();
                if cold && !stream.beginning && wanted.insert(stream.id) {
                    streams.push(*stream);
                }
            }
            parked.push(unit);
        }
        self.parked_count += parked.len();
        let (beside, patience) = (self.beside.clone(), self.config.parked_max);
        let task = self.loads.spawn(async move { load(&beside, &streams, patience).await });
        self.parked.insert(task.id(), parked);
    }

    fn unpark(&mut self, loaded: Result<(Id, Loads), JoinError>) {
        let (task, loaded) = match loaded {
            Ok(done) => done,
            Err(panic) => (panic.id(), Err(WriterError::Fault(format!("loading: {panic}")))),
        };
        let units = self.parked.remove(&task).unwrap_or_default();
        self.parked_count -= units.len();
        let poison = match loaded {
            Ok(loaded) => self.install(loaded),
            Err(error) => return units.into_iter().for_each(|unit| unit.fail(&error)),
        };
        for unit in units {
            match poison.iter().find(|(id, _)| unit.streams.iter().any(|s| s.id == *id)) {
                Some((_, error)) => unit.fail(&WriterError::Fault(error.to_string())),
                None => {
                    for stream in &unit.streams {
                        self.cache.holds(stream);
                    }
                    self.ready.push_back(unit);
                }
            }
        }
    }

    /// Puts loaded streams into the cache, and says which of them are poison.
    pub(super) fn install(&mut self, loaded: Vec<Loading>) -> Vec<(StreamId, DecodeError)> {
        let mut poison = Vec::new();
        for Loading { stream, state, sequence, poison: found, .. } in loaded {
            match found {
                Some(error) => {
                    tracing::error!(stream = %stream.id, %error, "a stream cannot be folded");
                    poison.push((stream.id, error));
                }
                None => self.cache.install(stream.id, state, sequence),
            }
        }
        poison
    }
}

/// Loads streams within `patience`.
pub(super) async fn load(
    beside: &Beside,
    streams: &[Stream],
    patience: Duration,
) -> Result<Vec<Loading>, WriterError> {
    match tokio::time::timeout(patience, beside.load(streams)).await {
        Ok(Ok(loaded)) => Ok(loaded),
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "streams were not loaded");
            Err(WriterError::Busy { retry_after: RETRY_AFTER })
        }
        Err(_) => Err(WriterError::Busy { retry_after: RETRY_AFTER }),
    }
}

/// A count for a gauge.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}
