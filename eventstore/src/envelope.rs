//! An event on the wire: one JSON object in which the stored texts are embedded as they are.

use async_nats::HeaderMap;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::Recorded;

/// Header: the event's position.
pub(crate) const POSITION: &str = "Folio-Position";
/// Header: the store's id.
pub(crate) const STORE: &str = "Folio-Store";
/// Header: the event's id, by which the server drops a repetition.
pub(crate) const EVENT_ID: &str = "Nats-Msg-Id";

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    position: i64,
    recorded_at: DateTime<Utc>,
    event_id: Uuid,
    stream_type: &'a str,
    stream_id: Uuid,
    sequence: i64,
    event_type: &'a str,
    event_version: i32,
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(borrow)]
    metadata: &'a RawValue,
    ends_append: bool,
}

/// The message's body. `ends_append`: whether the next event was written by a later append.
///
/// # Errors
/// A stored text is not JSON, which the database does not let happen.
pub(crate) fn encode(event: &Recorded, ends_append: bool) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Envelope {
        position: event.position,
        recorded_at: event.recorded_at,
        event_id: event.event_id,
        stream_type: &event.stream_type,
        stream_id: event.stream_id,
        sequence: event.sequence,
        event_type: &event.event_type,
        event_version: event.event_version,
        payload: serde_json::from_str(&event.payload)?,
        metadata: serde_json::from_str(&event.metadata)?,
        ends_append,
    })
}

/// The event a body stands for, and whether an append ends with it.
///
/// # Errors
/// The body is not one of ours.
pub(crate) fn decode(body: &[u8]) -> serde_json::Result<(Recorded, bool)> {
    let envelope: Envelope<'_> = serde_json::from_slice(body)?;
    let event = Recorded {
        position: envelope.position,
        recorded_at: envelope.recorded_at,
        event_id: envelope.event_id,
        stream_type: envelope.stream_type.to_owned(),
        stream_id: envelope.stream_id,
        sequence: envelope.sequence,
        event_type: envelope.event_type.to_owned(),
        event_version: envelope.event_version,
        payload: envelope.payload.get().to_owned(),
        metadata: envelope.metadata.get().to_owned(),
    };
    Ok((event, envelope.ends_append))
}

/// What the relay must find again on the last message of the stream.
pub(crate) fn headers(event: &Recorded, store: Uuid) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(POSITION, event.position.to_string());
    headers.insert(STORE, store.to_string());
    headers.insert(EVENT_ID, event.event_id.to_string());
    headers
}

/// Position, store and event id of a message, if it has all three.
pub(crate) fn read_headers(headers: &HeaderMap) -> Option<(i64, Uuid, Uuid)> {
    let text = |name: &str| headers.get(name).map(|value| value.as_str());
    Some((text(POSITION)?.parse().ok()?, text(STORE)?.parse().ok()?, text(EVENT_ID)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn stored_texts_travel_byte_for_byte() {
        let event = Recorded {
            position: 7,
            recorded_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            event_id: Uuid::from_u128(1),
            stream_type: "like".to_owned(),
            stream_id: Uuid::from_u128(2),
            sequence: 1,
            event_type: "like.added".to_owned(),
            event_version: 1,
            payload: "{\"b\": 1.50 , \"a\":\"\\u00e9\"}".to_owned(),
            metadata: "{}".to_owned(),
        };
        for ends_append in [true, false] {
            let body = encode(&event, ends_append).unwrap();
            assert_eq!(decode(&body).unwrap(), (event.clone(), ends_append));
        }
        let found = read_headers(&headers(&event, Uuid::from_u128(3)));
        assert_eq!(found, Some((7, Uuid::from_u128(3), Uuid::from_u128(1))));
    }
}
