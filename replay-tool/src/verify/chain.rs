//! The chain holds: positions are dense, each event hashes to its leaf, each block to its hash over
//! the one before, and all events of a block share its time (D5).

use std::collections::VecDeque;

use eventstore::Recorded;
use eventstore::hash::{self, HASH_BYTES, Hash, Leaf};
use eventstore::read::Block;
use uuid::Uuid;

use super::finding::Findings;

const CHECK: &str = "chain";

/// Walks events and blocks side by side.
#[derive(Debug)]
pub struct Chain {
    previous: Hash,
    head: i64,
    waiting: VecDeque<Block>,
    current: Option<Open>,
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
        Self { previous: expected, head: 0, waiting: VecDeque::new(), current: None }
    }

    /// The last position whose block is known, read or waiting.
    pub fn covered(&self) -> i64 {
        let last = self.waiting.back().or(self.current.as_ref().map(|open| &open.block));
        last.map_or(self.head, |block| block.header.first + i64::from(block.header.count) - 1)
    }

    /// Adds blocks, in order.
    pub fn extend(&mut self, blocks: Vec<Block>) {
        self.waiting.extend(blocks);
    }

    /// Hex hash of the last complete block: an anchor to keep outside.
    pub fn hash(&self) -> String {
        self.previous.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks one event; answers whether it ends its block.
    pub fn see(&mut self, event: &Recorded, findings: &mut Findings) -> bool {
        let next = self.head + self.current.as_ref().map_or(0, Open::seen) + 1;
        if event.position != next {
            findings.at(CHECK, event.position, format!("position {next} was expected here"));
            return false;
        }
        let Some(mut open) = self.current.take().or_else(|| self.open(next, findings)) else {
            return false;
        };
        open.see(event, findings);
        let ends = open.seen() == i64::from(open.block.header.count);
        if ends {
            self.close(&open, findings);
        } else {
            self.current = Some(open);
        }
        ends
    }

    /// At the end no block is half read and none is left over.
    pub fn finish(&self, findings: &mut Findings) {
        if let Some(open) = &self.current {
            findings.at(CHECK, open.block.header.first, "the block's last events are missing");
        }
        if let Some(block) = self.waiting.front() {
            findings.at(CHECK, block.header.first, "the block has no events");
        }
    }

    fn open(&mut self, first: i64, findings: &mut Findings) -> Option<Open> {
        let Some(block) = self.waiting.pop_front() else {
            findings.at(CHECK, first, "the event belongs to no block");
            return None;
        };
        if block.header.first != first {
            let found = block.header.first;
            findings.at(CHECK, first, format!("the next block begins at {found}"));
            return None;
        }
        let capacity = block.leaves.len();
        Some(Open { block, leaves: Vec::with_capacity(capacity) })
    }

    fn close(&mut self, open: &Open, findings: &mut Findings) {
        let header = &open.block.header;
        let hash = hash::block(&self.previous, header, &open.leaves);
        if open.block.hash != hash {
            let last = header.first + i64::from(header.count) - 1;
            let detail = format!("the hash of block {}..={last} does not follow", header.first);
            findings.at(CHECK, header.first, detail);
        }
        self.head = header.first + i64::from(header.count) - 1;
        // What is stored, so that one broken block is one finding and not one per later block.
        self.previous = Hash::try_from(open.block.hash.as_slice()).unwrap_or(hash);
    }
}

impl Open {
    fn seen(&self) -> i64 {
        i64::try_from(self.leaves.len() / HASH_BYTES).unwrap_or(i64::MAX)
    }

    fn see(&mut self, event: &Recorded, findings: &mut Findings) {
        let leaf = Leaf::from(event).hash();
        let at = self.leaves.len();
        if self.block.leaves.get(at..at + HASH_BYTES) != Some(leaf.as_slice()) {
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
