//! The chain holds: positions are dense, each event hashes to its leaf, each block to its hash over
//! the one before, and all events of a block share its time (D5).

use std::collections::VecDeque;

use eventstore::RecordedRef;
use eventstore::hash::{self, HASH_BYTES, Hash, Leaf};
use eventstore::read::Block;
use uuid::Uuid;

use super::finding::Findings;

const CHECK: &str = "chain";

/// Walks events and blocks side by side. What is missing on one side is named once and stepped
/// over, so that one deleted event is one finding and everything after it is still checked.
#[derive(Debug)]
pub struct Chain {
    /// Hash of the last block met.
    previous: Hash,
    /// The next position.
    next: i64,
    /// Last position of all blocks given so far.
    covered: i64,
    waiting: VecDeque<Block>,
    current: Option<Open>,
    /// Until here it is known, and said, that no block exists.
    bare_until: i64,
}

/// A block whose events are being read.
#[derive(Debug)]
struct Open {
    block: Block,
    leaves: Vec<u8>,
}

impl Chain {
    /// Begins with block 0, which binds the chain to its store.
    pub fn new(store_id: Uuid, zero: Option<&Block>, findings: &mut Findings) -> Self {
        let expected = hash::block_zero(store_id);
        match zero {
            Some(block) if block.header.first == 0 && block.hash == expected => {}
            Some(_) | None => findings.at(CHECK, 0, "block 0 is not that of this store"),
        }
        Self {
            previous: expected,
            next: 1,
            covered: 0,
            waiting: VecDeque::new(),
            current: None,
            bare_until: 0,
        }
    }

    /// The last position whose block is known.
    pub fn covered(&self) -> i64 {
        self.covered
    }

    /// Adds blocks, in order.
    pub fn extend(&mut self, blocks: Vec<Block>) {
        self.covered = blocks.last().map_or(self.covered, |block| last(block).max(self.covered));
        self.waiting.extend(blocks);
    }

    /// Hex hash of the last complete block: an anchor to keep outside.
    pub fn hash(&self) -> String {
        self.previous.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks one event; answers whether it ends its block.
    pub fn see(&mut self, event: RecordedRef<'_>, findings: &mut Findings) -> bool {
        self.pass_over_missing(event.position - 1, findings);
        if event.position != self.next {
            let next = self.next;
            let detail = format!("position {next} was expected here");
            findings.at(CHECK, event.position, detail);
            return false;
        }
        self.step(Some(event), findings)
    }

    /// At the end every position up to the head has been met. Blocks beyond it are younger than
    /// this pass.
    pub fn finish(&mut self, head: i64, findings: &mut Findings) {
        self.pass_over_missing(head, findings);
    }

    /// Names the positions up to `until` that have a block and no event, and takes their leaves as
    /// they are stored.
    fn pass_over_missing(&mut self, until: i64, findings: &mut Findings) {
        let (first, until) = (self.next, until.min(self.covered));
        if until < first {
            return;
        }
        let more = if first == until { String::new() } else { format!(" and all until {until}") };
        findings.at(CHECK, first, format!("the event at this position{more} is missing"));
        while self.next <= until {
            self.step(None, findings);
        }
    }

    fn step(&mut self, event: Option<RecordedRef<'_>>, findings: &mut Findings) -> bool {
        let position = self.next;
        self.next += 1;
        let Some(mut open) = self.current.take().or_else(|| self.open(position, findings)) else {
            return false;
        };
        open.take_in(event, findings);
        let ends =
            open.leaves.len() / HASH_BYTES >= usize::try_from(open.block.header.count).unwrap_or(0);
        if ends {
            self.close(&open, findings);
        } else {
            self.current = Some(open);
        }
        ends
    }

    /// The block that begins at `first`.
    fn open(&mut self, first: i64, findings: &mut Findings) -> Option<Open> {
        if first <= self.bare_until {
            return None;
        }
        while self.waiting.front().is_some_and(|block| block.header.first < first) {
            findings.at(CHECK, first, "two blocks claim this position");
            self.waiting.pop_front();
        }
        match self.waiting.front().map(|block| block.header.first) {
            Some(begins) if begins == first => {}
            Some(begins) => {
                findings.at(
                    CHECK,
                    first,
                    format!("no block until the one that begins at {begins}"),
                );
                self.bare_until = begins - 1;
                return None;
            }
            None => {
                findings.at(CHECK, first, "the event and all after it belong to no block");
                self.bare_until = i64::MAX;
                return None;
            }
        }
        let block = self.waiting.pop_front()?;
        let capacity = block.leaves.len();
        Some(Open { block, leaves: Vec::with_capacity(capacity) })
    }

    fn close(&mut self, open: &Open, findings: &mut Findings) {
        let header = &open.block.header;
        let hash = hash::block(&self.previous, header, &open.leaves);
        if open.block.hash != hash {
            let last = last(&open.block);
            let detail = format!("the hash of block {}..={last} does not follow", header.first);
            findings.at(CHECK, header.first, detail);
        }
        // What is stored, so that one broken block is one finding and not one per later block.
        self.previous = Hash::try_from(open.block.hash.as_slice()).unwrap_or(hash);
    }
}

impl Open {
    /// Adds the leaf of the next event, or the stored one in place of an event that is missing.
    fn take_in(&mut self, event: Option<RecordedRef<'_>>, findings: &mut Findings) {
        let at = self.leaves.len();
        let stored = self.block.leaves.get(at..at + HASH_BYTES);
        let Some(event) = event else {
            self.leaves.extend_from_slice(stored.unwrap_or(&[0; HASH_BYTES]));
            return;
        };
        let leaf = Leaf::from(event).hash();
        if stored != Some(leaf.as_slice()) {
            let detail = format!(
                "the stored bytes of {} ({}-{} sequence {}) do not hash to their leaf",
                event.event_type, event.stream_type, event.stream_id, event.sequence
            );
            findings.at(CHECK, event.position, detail);
        }
        if event.recorded_at != self.block.header.recorded_at {
            findings.at(CHECK, event.position, "the event's time is not its block's");
        }
        self.leaves.extend_from_slice(&leaf);
    }
}

fn last(block: &Block) -> i64 {
    block.header.first + i64::from(block.header.count) - 1
}
