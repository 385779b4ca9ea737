//! States of streams in memory. A wrong or missing entry costs a round, never an answer.
//!
//! Some entries are sure: an append that was written has seen under the log's lock that nothing
//! comes after them, and whoever appended since was this writer. The log's last hash, which names
//! all history before it, tells whether that still holds; `es.append` compares it under the lock.

use std::collections::HashMap;

use domain::aggregate::State;
use domain::{DecodeError, Stream, StreamId};

use super::append::TailEvent;
use super::fold;

/// Estimated cost of an entry besides its state.
const ENTRY_BYTES: usize = 256;
/// A state is measured again when this many bytes of payload were applied to it.
const GROWTH_BYTES: usize = 4096;

/// A bounded map of stream to state, in two generations: when the young one holds half the
/// bound it becomes the old one, and the old one, unused since, is dropped.
#[derive(Debug)]
pub(super) struct Cache {
    young: HashMap<StreamId, Entry>,
    old: HashMap<StreamId, Entry>,
    young_bytes: usize,
    old_bytes: usize,
    bytes_max: usize,
    /// The log's last hash as this writer's last append left it.
    seen: Option<Vec<u8>>,
    /// Counts how often somebody else had appended meanwhile: entries of an earlier age are not
    /// sure any more.
    age: u64,
}

/// The age of entries that no append has seen: before any.
const UNSEEN: u64 = 0;

/// A state and how far its stream has come.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) state: Box<dyn State>,
    pub(super) sequence: i64,
    measured: usize,
    grown: usize,
    /// The age in which an append saw that this is the end of the stream.
    sure_in: u64,
}

impl Entry {
    fn new(state: Box<dyn State>, sequence: i64) -> Self {
        let measured = ENTRY_BYTES + 2 * state.snapshot().len();
        Self { state, sequence, measured, grown: 0, sure_in: UNSEEN }
    }

    /// As last measured: most events change a state without making it larger.
    fn bytes(&self) -> usize {
        self.measured
    }

    fn replace(&mut self, state: Box<dyn State>, sequence: i64, payload_bytes: usize) {
        self.grown += payload_bytes;
        if self.grown > GROWTH_BYTES {
            *self = Self::new(state, sequence);
        } else {
            self.state = state;
            self.sequence = sequence;
        }
    }
}

impl Cache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
            old_bytes: 0,
            bytes_max,
            seen: None,
            age: UNSEEN + 1,
        }
    }

    /// The log's last hash when this writer's last append was written; what is sure is sure as
    /// long as it is the last.
    pub(super) fn seen(&self) -> Option<&[u8]> {
        self.seen.as_deref()
    }

    /// Whether the cached sequence is the stream's last while [`Cache::seen`] is the last hash.
    pub(super) fn is_sure(&self, stream: &StreamId) -> bool {
        self.get(stream).is_some_and(|entry| entry.sure_in == self.age)
    }

    /// An append was written and left the log with this hash. If this writer was not alone, only
    /// what that append saw is sure.
    pub(super) fn leave(&mut self, hash: Vec<u8>, alone: bool) {
        self.seen = Some(hash);
        if !alone {
            self.age += 1;
        }
    }

    /// The append that was just written saw that the stream ends at `sequence`.
    pub(super) fn confirm(&mut self, stream: &StreamId, sequence: i64) {
        let age = self.age;
        let entry = self.young.get_mut(stream).or_else(|| self.old.get_mut(stream));
        if let Some(entry) = entry.filter(|entry| entry.sequence == sequence) {
            entry.sure_in = age;
        }
    }

    /// The estimated size.
    pub(super) fn bytes(&self) -> usize {
        self.young_bytes + self.old_bytes
    }

    pub(super) fn get(&self, stream: &StreamId) -> Option<&Entry> {
        self.young.get(stream).or_else(|| self.old.get(stream))
    }

    /// Whether the stream is here; if so, it stays for a while. One that the command begins is
    /// taken to be empty.
    pub(super) fn holds(&mut self, stream: &Stream) -> bool {
        if self.young.contains_key(&stream.id) {
            return true;
        }
        if let Some(entry) = self.remove(&stream.id) {
            self.insert(stream.id, entry);
            return true;
        }
        if stream.beginning {
            self.insert(stream.id, Entry::new((stream.fold.fresh)(), 0));
        }
        stream.beginning
    }

    /// Puts in what was loaded, unless something at least as new is there.
    pub(super) fn install(&mut self, stream: StreamId, state: Box<dyn State>, sequence: i64) {
        if self.get(&stream).is_none_or(|entry| entry.sequence < sequence) {
            self.remove(&stream);
            self.insert(stream, Entry::new(state, sequence));
        }
    }

    /// Puts in what was just committed, `payload_bytes` after what was there: it is sure.
    pub(super) fn put(
        &mut self,
        stream: StreamId,
        state: Box<dyn State>,
        sequence: i64,
        payload_bytes: usize,
    ) {
        let mut entry = match self.remove(&stream) {
            Some(mut entry) => {
                entry.replace(state, sequence, payload_bytes);
                entry
            }
            None => Entry::new(state, sequence),
        };
        entry.sure_in = self.age;
        self.insert(stream, entry);
    }

    /// Applies what others wrote after the cached sequence.
    ///
    /// # Errors
    /// A stored event does not decode; the entry is gone.
    pub(super) fn apply(
        &mut self,
        stream: &StreamId,
        tail: &[TailEvent],
    ) -> Result<(), DecodeError> {
        let Some(mut entry) = self.remove(stream) else { return Ok(()) };
        entry.sure_in = UNSEEN; // Since the lock was given back there may be more.
        for event in tail {
            let payload = event.payload.get();
            fold::apply(&mut *entry.state, &event.event_type, event.version, payload)?;
            entry.sequence += 1;
            entry.grown += payload.len();
        }
        self.insert(*stream, entry);
        Ok(())
    }

    pub(super) fn evict(&mut self, stream: &StreamId) {
        self.remove(stream);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.bytes_max);
    }

    /// Keeps the bound. Called between batches only, so nothing vanishes under a decision.
    pub(super) fn trim(&mut self) {
        if self.young_bytes > self.bytes_max / 2 {
            let dropped = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            self.old_bytes = std::mem::take(&mut self.young_bytes);
            // Freeing many small things takes a while; the next batch need not wait for it.
            tokio::task::spawn_blocking(move || drop(dropped));
        }
    }

    fn insert(&mut self, stream: StreamId, entry: Entry) {
        self.young_bytes += entry.bytes();
        self.young.insert(stream, entry);
    }

    fn remove(&mut self, stream: &StreamId) -> Option<Entry> {
        if let Some(entry) = self.young.remove(stream) {
            self.young_bytes -= entry.bytes();
            return Some(entry);
        }
        let entry = self.old.remove(stream)?;
        self.old_bytes -= entry.bytes();
        Some(entry)
    }
}
