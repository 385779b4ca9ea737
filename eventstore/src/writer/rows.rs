//! The events of a batch as columns, the way the append takes them.

use bytes::{BufMut, BytesMut};
use domain::work::NewEvent;
use tokio_postgres::types::{IsNull, ToSql, Type, accepts, to_sql_checked};
use uuid::Uuid;

use crate::hash::{HASH_BYTES, Leaf};
use crate::upcast::current_version;

/// Events in order of their positions; streams and units are named by places that count from 1.
#[derive(Debug, Default)]
pub(super) struct EventRows {
    pub(super) streams: Vec<i32>,
    pub(super) steps: Vec<i32>,
    pub(super) units: Vec<i32>,
    pub(super) ids: Vec<Uuid>,
    pub(super) types: Vec<&'static str>,
    pub(super) versions: Vec<i32>,
    pub(super) payloads: Vec<Json>,
    /// One for each unit that has events.
    pub(super) metadatas: Vec<Json>,
    pub(super) leaves: Vec<u8>,
}

impl EventRows {
    /// How many there are.
    pub(super) fn count(&self) -> i32 {
        ordinal(self.ids.len())
    }

    /// Adds an event of the unit at hand to the stream at `place`, as its `step`th of the batch.
    pub(super) fn push(
        &mut self,
        event: NewEvent,
        (place, step): (usize, i32),
        metadata: &str,
    ) -> Uuid {
        let event_id = Uuid::now_v7();
        let event_version = current_version(event.event_type);
        let leaf = Leaf {
            stream_type: event.stream.kind,
            stream_id: event.stream.id,
            event_type: event.event_type,
            event_version,
            event_id,
            payload: &event.payload,
            metadata,
        };
        self.leaves.reserve(HASH_BYTES);
        self.leaves.extend_from_slice(&leaf.hash());
        self.streams.push(ordinal(place + 1));
        self.steps.push(step);
        self.units.push(ordinal(self.metadatas.len() + 1));
        self.ids.push(event_id);
        self.types.push(event.event_type);
        self.versions.push(event_version);
        self.payloads.push(Json(event.payload));
        event_id
    }

    /// Ends the unit at hand; `metadata` is that of its events, if it had any.
    pub(super) fn close_unit(&mut self, metadata: String) {
        if self.units.last().is_some_and(|last| *last > ordinal(self.metadatas.len())) {
            self.metadatas.push(Json(metadata));
        }
    }
}

/// A count that the writer's bounds keep far below 2^31.
fn ordinal(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// A text bound as `json`, byte for byte: the hash covers the bytes.
#[derive(Debug)]
pub(super) struct Json(pub(super) String);

impl ToSql for Json {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.put_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    accepts!(JSON);
    to_sql_checked!();
}
