//! A batch being decided: what its units read and changed, over the cache (log protocol, B5-B7).

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use domain::aggregate::State;
use domain::work::{Base, Changes, Touched, VaultChange};
use domain::{Halt, Refusal, Stream, StreamId, Work};
use uuid::Uuid;

use super::bounds;
use super::cache::Cache;
use super::claims::Claims;
use super::config::WriterConfig;
use super::fold::panicked;
use super::rows::EventRows;
use super::stamp;
use super::unit::Unit;
use crate::command::WriterError;

/// A batch on its way to the append. Nothing of it is true before the commit.
pub(super) struct Batch {
    pub(super) id: Uuid,
    /// Every stream that any unit looked at: the check list.
    pub(super) slots: Vec<Slot>,
    places: HashMap<StreamId, usize>,
    pub(super) claims: Claims,
    pub(super) vault: HashMap<(&'static str, String), Option<Kept>>,
    pub(super) events: EventRows,
    /// One for each unit, in order.
    pub(super) decided: Vec<Decided>,
    /// Payloads, metadata and answers.
    pub(super) bytes: usize,
}

/// One stream in a batch.
pub(super) struct Slot {
    pub(super) stream: Stream,
    /// The sequence the decisions saw; `None` while it was only appended to blindly.
    pub(super) expected: Option<i64>,
    /// Whether the cache knows for sure that this is the last one.
    sure: bool,
    /// The state with the batch's events, if it was loaded.
    pub(super) written: Option<Box<dyn State>>,
    /// Events of the batch.
    pub(super) added: i32,
    /// The last of them.
    pub(super) last_event: Uuid,
    /// Bytes of their payloads.
    pub(super) bytes: usize,
}

/// A record of the vault as the batch leaves it.
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) due: Option<DateTime<Utc>>,
}

/// The outcome of one unit, if the batch commits.
pub(super) struct Decided {
    pub(super) refusal: Option<Refusal>,
    /// Events of the batch up to here: what was seen, and the unit's own.
    pub(super) step: i32,
    pub(super) body: Option<String>,
}

/// Why a unit is not part of the batch.
pub(super) enum Stop {
    /// It needs a stream first.
    Missing(Stream),
    /// It has no outcome.
    Failed(WriterError),
}

impl Batch {
    /// An empty batch that knows what earlier rounds learnt of claims.
    pub(super) fn new(claims: Claims) -> Self {
        Self {
            id: Uuid::now_v7(),
            slots: Vec::new(),
            places: HashMap::new(),
            claims,
            vault: HashMap::new(),
            events: EventRows::default(),
            decided: Vec::new(),
            bytes: 0,
        }
    }

    /// Whether the next unit belongs into another batch.
    pub(super) fn is_full(&self, config: &WriterConfig) -> bool {
        self.decided.len() >= config.batch_units_max
            || self.events.ids.len() >= config.batch_events_max
            || self.bytes >= config.batch_bytes_max
    }

    /// The streams whose sequences are checked.
    pub(super) fn checked(&self) -> impl Iterator<Item = Stream> {
        let checked = self.slots.iter().filter(|slot| slot.expected.is_some());
        checked.map(|slot| slot.stream)
    }

    /// Decides a unit on what the earlier ones left. A refusal is an outcome too, and all it read
    /// is checked; whoever is stopped leaves no trace.
    pub(super) fn decide(&mut self, unit: &mut Unit, cache: &Cache) -> Result<(), Stop> {
        let view = View { batch: self, cache };
        let mut work = Work::new(&view, unit.at);
        let result = catch_unwind(AssertUnwindSafe(|| unit.decide(&mut work)))
            .unwrap_or_else(|panic| Err(Halt::Fault(panicked(&*panic))));
        let changes = work.into_changes();
        match result {
            Ok(body) => self.accept(unit, changes, body, cache),
            Err(Halt::Refused(refusal)) => self.refuse(unit, &changes.streams, refusal, cache),
            Err(Halt::Missing(stream)) => Err(Stop::Missing(stream)),
            Err(Halt::Fault(reason)) => Err(Stop::Failed(WriterError::Fault(reason))),
        }
    }

    fn accept(
        &mut self,
        unit: &Unit,
        mut changes: Changes,
        body: Option<String>,
        cache: &Cache,
    ) -> Result<(), Stop> {
        bounds::check(&changes).map_err(|e| Stop::Failed(WriterError::OutOfBounds(e)))?;
        let fault = |reason: String| Stop::Failed(WriterError::Fault(reason));
        let metadata = match changes.events.is_empty() {
            true if changes.claims.is_empty() => String::new(),
            true => return Err(fault("a claim needs the event that justifies it".to_owned())),
            false => {
                stamp::metadata(&unit.stamp, &changes.claims).map_err(|e| fault(e.to_string()))?
            }
        };
        if bounds::has_nul(&metadata) {
            let reason = "the metadata contain U+0000".to_owned();
            return Err(Stop::Failed(WriterError::OutOfBounds(reason)));
        }
        present(&changes.streams, cache)?;
        let claims = self.claims.stage(std::mem::take(&mut changes.claims)).map_err(fault)?;

        self.claims.merge(claims);
        self.bytes += body.as_ref().map_or(0, String::len) + metadata.len();
        let places: Vec<usize> = changes.streams.iter().map(|t| self.check(t, cache)).collect();
        let place_of = |stream: &StreamId| {
            let at = changes.streams.iter().position(|touched| touched.stream.id == *stream);
            at.map(|at| places[at]) // `Work` touches a stream before it records an event of it.
        };
        for event in std::mem::take(&mut changes.events) {
            let Some(place) = place_of(&event.stream) else { continue };
            let slot = &mut self.slots[place];
            slot.added += 1;
            slot.bytes += event.payload.len();
            self.bytes += event.payload.len();
            slot.last_event = self.events.push(event, (place, slot.added), &metadata);
        }
        self.events.close_unit(metadata);
        for (touched, place) in changes.streams.into_iter().zip(&places) {
            if touched.written.is_some() {
                self.slots[*place].written = touched.written;
            }
        }
        for change in changes.vault {
            self.change_vault(change);
        }
        self.decided.push(Decided { refusal: None, step: self.events.count(), body });
        Ok(())
    }

    fn refuse(
        &mut self,
        unit: &Unit,
        read: &[Touched],
        refusal: Refusal,
        cache: &Cache,
    ) -> Result<(), Stop> {
        let body = match unit.keeps_answer() {
            true => Some(serde_json::to_string(&refusal).map_err(|e| {
                Stop::Failed(WriterError::Fault(format!("the refusal does not serialize: {e}")))
            })?),
            false => None,
        };
        present(read, cache)?;
        for touched in read.iter().filter(|touched| !touched.blind) {
            self.check(touched, cache);
        }
        let step = self.events.count();
        self.decided.push(Decided { refusal: Some(refusal), step, body });
        Ok(())
    }

    /// The stream's place in the check list. A blind append is checked like any other as soon as
    /// one unit looks at the stream (log protocol, A12).
    fn check(&mut self, touched: &Touched, cache: &Cache) -> usize {
        let id = touched.stream.id;
        let slots = &mut self.slots;
        let place = *self.places.entry(id).or_insert_with(|| {
            slots.push(Slot::new(touched.stream));
            slots.len() - 1
        });
        let slot = &mut self.slots[place];
        if !touched.blind && slot.expected.is_none() {
            slot.expected = cache.get(&id).map(|entry| entry.sequence);
            slot.sure = cache.is_sure(&id);
        }
        place
    }

    fn change_vault(&mut self, change: VaultChange) {
        match change {
            VaultChange::Keep { kind, key, bytes, due } => {
                self.bytes += bytes.len();
                self.vault.insert((kind, key), Some(Kept { bytes, due }));
            }
            VaultChange::Forget { kind, key } => {
                self.vault.insert((kind, key), None);
            }
        }
    }
}

impl Slot {
    fn new(stream: Stream) -> Self {
        Self {
            stream,
            expected: None,
            sure: false,
            written: None,
            added: 0,
            last_event: Uuid::nil(),
            bytes: 0,
        }
    }

    /// Whether the append need not look up the sequence: nobody can have moved it, or this batch
    /// begins the stream and the unique index looks.
    pub(super) fn is_sure(&self) -> bool {
        self.sure || (self.expected == Some(0) && self.added > 0)
    }
}

/// Whatever was looked at is loaded: a decision that swallowed [`Halt::Missing`] comes again.
fn present(streams: &[Touched], cache: &Cache) -> Result<(), Stop> {
    let mut looked_at = streams.iter().filter(|touched| !touched.blind);
    let absent = looked_at.find(|touched| cache.get(&touched.stream.id).is_none());
    absent.map_or(Ok(()), |touched| Err(Stop::Missing(touched.stream)))
}

/// What a unit sees: the batch so far, over the cache.
struct View<'a> {
    batch: &'a Batch,
    cache: &'a Cache,
}

impl Base for View<'_> {
    fn state(&self, stream: &StreamId) -> Option<&dyn State> {
        let slot = self.batch.places.get(stream).map(|at| &self.batch.slots[*at]);
        match slot.and_then(|slot| slot.written.as_deref()) {
            Some(written) => Some(written),
            None => self.cache.get(stream).map(|entry| &*entry.state),
        }
    }

    fn claim(&self, scope: &str, value: &str) -> Option<Option<StreamId>> {
        self.batch.claims.holder(scope, value)
    }
}
