//! Events as they come out of the log.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{DecodeError, Event, Metadata};
use uuid::Uuid;

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

/// A stored event with what it means, decoded once per process and shared by all consumers.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// As stored.
    pub recorded: Recorded,
    /// As decoded.
    pub event: Event,
    /// As decoded.
    pub metadata: Metadata,
}

impl Entry {
    /// Decodes a stored event.
    ///
    /// # Errors
    /// No context knows it: poison for whoever must apply it.
    pub fn decode(recorded: Recorded) -> Result<Arc<Self>, DecodeError> {
        let Recorded { event_type, event_version, payload, .. } = &recorded;
        let event = Event::decode(event_type, &upcast(event_type, *event_version, payload)?)?;
        let metadata = serde_json::from_str(&recorded.metadata).map_err(|e| DecodeError {
            event_type: recorded.event_type.clone(),
            reason: format!("metadata: {e}"),
        })?;
        Ok(Arc::new(Self { recorded, event, metadata }))
    }
}
