//! Events as they come out of the log.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{DecodeError, Event, Metadata};
use uuid::Uuid;

use crate::seal;
use crate::upcast::upcast;

/// One stored event. Texts are the stored bytes, never a re-serialised value: the hash covers them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Place in the log: 1, 2, 3, … without gaps.
    pub position: i64,
    /// The log's own time, never going back; shared by all events of a block.
    pub recorded_at: DateTime<Utc>,
    /// UUIDv7 drawn by the writer.
    pub event_id: Uuid,
    /// The aggregate's type, for example `wallet`.
    pub stream_type: String,
    /// The aggregate's id.
    pub stream_id: Uuid,
    /// Place in the stream: 1, 2, 3, …
    pub sequence: i64,
    /// For example `wallet.held`.
    pub event_type: String,
    /// Version of the payload's shape; upcasters lift older ones when they are read.
    pub event_version: i32,
    /// The event's fields, JSON.
    pub payload: String,
    /// [`Metadata`] plus what the writer adds (command key, claims), JSON.
    pub metadata: String,
}

/// A stored event whose texts lie where they were read, for those who read very many and keep none:
/// most of what [`Recorded`] costs is copying them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of Recorded")]
pub struct RecordedRef<'a> {
    pub position: i64,
    pub recorded_at: DateTime<Utc>,
    pub event_id: Uuid,
    pub stream_type: &'a str,
    pub stream_id: Uuid,
    pub sequence: i64,
    pub event_type: &'a str,
    pub event_version: i32,
    pub payload: &'a str,
    pub metadata: &'a str,
}

impl From<RecordedRef<'_>> for Recorded {
    fn from(event: RecordedRef<'_>) -> Self {
        Self {
            position: event.position,
            recorded_at: event.recorded_at,
            event_id: event.event_id,
            stream_type: event.stream_type.to_owned(),
            stream_id: event.stream_id,
            sequence: event.sequence,
            event_type: event.event_type.to_owned(),
            event_version: event.event_version,
            payload: event.payload.to_owned(),
            metadata: event.metadata.to_owned(),
        }
    }
}

/// A stored event with what it means, decoded once per process and shared by all consumers.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// As stored.
    pub recorded: Recorded,
    /// As decoded.
    pub event: Event,
    /// As decoded; the events of a command share it.
    pub metadata: Arc<Metadata>,
    /// Whose sealed fields it carries, metadata apart.
    pub persons: Vec<Uuid>,
}

impl Entry {
    /// Decodes a stored event.
    ///
    /// # Errors
    /// No context knows it: poison for whoever must apply it.
    pub fn decode(recorded: Recorded) -> Result<Arc<Self>, DecodeError> {
        Decoder::default().decode(recorded)
    }
}

/// Decodes events one after another. Those of one command carry the same metadata, so it is read
/// once for them: it takes as long to read as the event itself.
#[derive(Debug, Default)]
pub struct Decoder {
    last: Option<Arc<Entry>>,
}

impl Decoder {
    /// Decodes the next event.
    ///
    /// # Errors
    /// As [`Entry::decode`].
    pub fn decode(&mut self, recorded: Recorded) -> Result<Arc<Entry>, DecodeError> {
        let Recorded { event_type, event_version, payload, .. } = &recorded;
        let event = Event::decode(event_type, &upcast(event_type, *event_version, payload)?)?;
        let metadata = match &self.last {
            Some(last) if last.recorded.metadata == recorded.metadata => Arc::clone(&last.metadata),
            Some(_) | None => Arc::new(metadata(&recorded)?),
        };
        let persons = seal::persons(&recorded.payload);
        let entry = Arc::new(Entry { recorded, event, metadata, persons });
        self.last = Some(Arc::clone(&entry));
        Ok(entry)
    }
}

fn metadata(recorded: &Recorded) -> Result<Metadata, DecodeError> {
    serde_json::from_str(&recorded.metadata).map_err(|e| DecodeError {
        event_type: recorded.event_type.clone(),
        reason: format!("metadata: {e}"),
    })
}
