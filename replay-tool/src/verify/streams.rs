//! Streams are contiguous: sequences 1, 2, 3, … in the order of positions, all events of one kind.

use std::collections::HashMap;

use eventstore::Recorded;
use uuid::Uuid;

use super::finding::Findings;

/// The last sequence of every stream seen, by type and id.
#[derive(Debug, Default)]
pub struct Streams {
    last: HashMap<String, HashMap<Uuid, i64>>,
}

impl Streams {
    /// Counts one event.
    pub fn see(&mut self, event: &Recorded, findings: &mut Findings) {
        // Looked up before it is made: a text per event would be the dearest part of this check.
        if !self.last.contains_key(&event.stream_type) {
            self.last.insert(event.stream_type.clone(), HashMap::new());
        }
        let Some(streams) = self.last.get_mut(&event.stream_type) else { return };
        let last = streams.entry(event.stream_id).or_default();
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
        let context = event.event_type.split_once('.').map(|(context, _)| context);
        if context != Some(&event.stream_type) {
            let detail = format!("{} is no event of its stream's kind", event.event_type);
            findings.at("streams", event.position, detail);
        }
    }

    /// The last sequence of a stream; 0 if it was not met.
    pub fn last(&self, kind: &str, id: Uuid) -> i64 {
        self.last.get(kind).and_then(|streams| streams.get(&id)).copied().unwrap_or_default()
    }

    /// How many streams there are.
    pub fn count(&self) -> usize {
        self.last.values().map(HashMap::len).sum()
    }
}
