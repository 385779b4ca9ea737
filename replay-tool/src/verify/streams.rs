//! Streams are contiguous: sequences 1, 2, 3, … in the order of positions.

use std::collections::HashMap;

use eventstore::Recorded;
use uuid::Uuid;

use super::finding::Findings;

/// The last sequence of every stream seen.
#[derive(Debug, Default)]
pub struct Streams {
    last: HashMap<(String, Uuid), i64>,
}

impl Streams {
    /// Counts one event.
    pub fn see(&mut self, event: &Recorded, findings: &mut Findings) {
        let key = (event.stream_type.clone(), event.stream_id);
        let last = self.last.entry(key).or_default();
        if event.sequence != *last + 1 {
            findings.at(
                "streams",
                event.position,
                format!(
                    "{}-{} goes from sequence {last} to {}",
                    event.stream_type, event.stream_id, event.sequence
                ),
            );
        }
        *last = event.sequence;
    }

    /// How many streams there are.
    pub fn count(&self) -> usize {
        self.last.len()
    }
}
