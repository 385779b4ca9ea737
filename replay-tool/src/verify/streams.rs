//! Streams are contiguous: sequences 1, 2, 3, … in the order of positions, all events of one kind.

use std::collections::HashMap;

use eventstore::RecordedRef;
use uuid::Uuid;

use super::finding::Findings;

/// The last sequence of every stream seen, by type and id. There are few types, so they are walked
/// through, not hashed.
#[derive(Debug, Default)]
pub struct Streams {
    last: Vec<(String, HashMap<Uuid, i64>)>,
}

impl Streams {
    /// Counts one event.
    pub fn see(&mut self, event: RecordedRef<'_>, findings: &mut Findings) {
        let known = self.last.iter().position(|(kind, _)| kind == event.stream_type);
        let known = known.unwrap_or_else(|| {
            self.last.push((event.stream_type.to_owned(), HashMap::new()));
            self.last.len() - 1
        });
        let last = self.last[known].1.entry(event.stream_id).or_default();
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
        if context != Some(event.stream_type) {
            let detail = format!("{} is no event of its stream's kind", event.event_type);
            findings.at("streams", event.position, detail);
        }
    }

    /// The last sequence of a stream; 0 if it was not met.
    pub fn last(&self, kind: &str, id: Uuid) -> i64 {
        let streams = self.last.iter().find(|(known, _)| known == kind);
        streams.and_then(|(_, streams)| streams.get(&id)).copied().unwrap_or_default()
    }

    /// How many streams there are.
    pub fn count(&self) -> usize {
        self.last.iter().map(|(_, streams)| streams.len()).sum()
    }
}
