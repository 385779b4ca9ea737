//! Between cqrs-es's shape of an event (tagged payload, metadata as a map of strings) and ours.

use std::collections::BTreeMap;

use chrono::Utc;
use cqrs_es::persist::{PersistenceError, SerializedEvent};
use domain::{Actor, Metadata};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::Recorded;
use crate::hash::Leaf;
use crate::upcast::upcast;

/// Who acts when cqrs-es does not say.
const ACTOR: &str = "cqrs-es";

/// The events of one commit, as the append takes them.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) kind: String,
    pub(super) stream: Uuid,
    pub(super) expected: i64,
    pub(super) ids: Vec<Uuid>,
    pub(super) types: Vec<String>,
    pub(super) versions: Vec<i32>,
    pub(super) payloads: Vec<String>,
    pub(super) metadatas: Vec<String>,
    pub(super) leaves: Vec<u8>,
}

impl Batch {
    /// `None` if there is nothing to write.
    pub(super) fn of(events: &[SerializedEvent]) -> Result<Option<Self>, PersistenceError> {
        let Some(first) = events.first() else { return Ok(None) };
        let mut batch = Self {
            kind: first.aggregate_type.clone(),
            stream: stream_id(&first.aggregate_id)?,
            expected: first.sequence as i64 - 1,
            ids: Vec::new(),
            types: Vec::new(),
            versions: Vec::new(),
            payloads: Vec::new(),
            metadatas: Vec::new(),
            leaves: Vec::new(),
        };
        for event in events {
            batch.push(event)?;
        }
        Ok(Some(batch))
    }

    fn push(&mut self, event: &SerializedEvent) -> Result<(), PersistenceError> {
        let event_id = Uuid::now_v7();
        let event_version = event.event_version.parse().map_err(misfit)?;
        let payload = event.payload.get(tag(&event.event_type));
        let payload = payload.ok_or_else(|| misfit("the payload is not tagged by its type"))?;
        let payload = payload.to_string();
        let metadata = metadata(&event.metadata, event_id)?;
        let leaf = Leaf {
            stream_type: &self.kind,
            stream_id: self.stream,
            event_type: &event.event_type,
            event_version,
            event_id,
            payload: &payload,
            metadata: &metadata,
        };
        self.leaves.extend(leaf.hash());
        self.ids.push(event_id);
        self.types.push(event.event_type.clone());
        self.versions.push(event_version);
        self.payloads.push(payload);
        self.metadatas.push(metadata);
        Ok(())
    }
}

/// A stored event as cqrs-es reads it, in today's shape.
pub(super) fn serialized(event: &Recorded) -> Result<SerializedEvent, PersistenceError> {
    let payload = upcast(&event.event_type, event.event_version, &event.payload).map_err(misfit)?;
    let payload: Value = serde_json::from_str(&payload)?;
    Ok(SerializedEvent {
        aggregate_id: event.stream_id.to_string(),
        sequence: usize::try_from(event.sequence).map_err(misfit)?,
        aggregate_type: event.stream_type.clone(),
        event_type: event.event_type.clone(),
        event_version: event.event_version.to_string(),
        payload: json!({ tag(&event.event_type): payload }),
        metadata: serde_json::to_value(flat(&event.metadata)?)?,
    })
}

/// Streams are named by UUIDs.
pub(super) fn stream_id(aggregate_id: &str) -> Result<Uuid, PersistenceError> {
    aggregate_id.parse().map_err(misfit)
}

/// `wallet.held` is the variant `held` of the wallet's enum.
fn tag(event_type: &str) -> &str {
    event_type.split_once('.').map_or(event_type, |(_, tag)| tag)
}

/// Metadata as a map of strings, as the compatibility view shows it: what is no string is its JSON.
fn flat(stored: &str) -> Result<BTreeMap<String, String>, PersistenceError> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(stored)?;
    let text = |value: &RawValue| match value.get() {
        "null" => Ok(String::new()),
        string if string.starts_with('"') => serde_json::from_str(string),
        other => Ok(other.to_owned()),
    };
    fields.into_iter().map(|(name, value)| Ok((name, text(value)?))).collect()
}

/// The inverse of [`flat`], completed to what everybody who decodes our events expects.
fn metadata(given: &Value, event_id: Uuid) -> Result<String, PersistenceError> {
    let complete = Metadata::new(Actor::Process(ACTOR.to_owned()), Utc::now(), event_id);
    let mut fields: Map<String, Value> = serde_json::from_value(serde_json::to_value(complete)?)?;
    for (name, value) in given.as_object().into_iter().flatten() {
        let nested = value.as_str().filter(|text| text.starts_with('{'));
        let nested = nested.and_then(|text| serde_json::from_str(text).ok());
        fields.insert(name.clone(), nested.unwrap_or_else(|| value.clone()));
    }
    let text = Value::Object(fields).to_string();
    serde_json::from_str::<Metadata>(&text)?;
    Ok(text)
}

fn misfit(
    reason: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
) -> PersistenceError {
    PersistenceError::DeserializationError(reason.into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn given(payload: Value, metadata: Value) -> SerializedEvent {
        SerializedEvent {
            aggregate_id: Uuid::from_u128(7).to_string(),
            sequence: 3,
            aggregate_type: "like".to_owned(),
            event_type: "like.given".to_owned(),
            event_version: "1".to_owned(),
            payload,
            metadata,
        }
    }

    #[test]
    fn the_stored_payload_is_the_fields_alone() {
        let event = given(json!({ "given": { "image": 1 } }), json!({}));
        let batch = Batch::of(&[event]).unwrap().unwrap();
        assert_eq!(batch.payloads, [r#"{"image":1}"#]);
        assert_eq!(batch.expected, 2);
    }

    #[test]
    fn a_payload_that_no_projector_could_decode_is_not_written() {
        for payload in [json!("given"), json!({ "other": {} })] {
            assert!(Batch::of(&[given(payload, json!({}))]).is_err());
        }
        let bad = json!({ "occurred_at": "yesterday" });
        assert!(Batch::of(&[given(json!({ "given": {} }), bad)]).is_err());
    }

    #[test]
    fn metadata_survives_being_a_map_of_strings() {
        let stored = metadata(&json!({ "request_id": "r", "note": "5" }), Uuid::nil()).unwrap();
        let map = flat(&stored).unwrap();
        assert_eq!(map["actor"], r#"{"id":"cqrs-es","kind":"process"}"#);
        assert_eq!(map["note"], "5");
        let again = metadata(&serde_json::to_value(&map).unwrap(), Uuid::max()).unwrap();
        assert_eq!(stored, again);
    }

    #[test]
    fn nothing_to_write_is_no_batch() {
        assert!(Batch::of(&[]).unwrap().is_none());
    }
}
