//! The JetStream stream that carries the log: made, found again, and made anew when it holds
//! another history.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RawMessageErrorKind, StorageType};
use uuid::Uuid;

use super::RelayError;
use crate::Log;
use crate::broker::Broker;
use crate::envelope;

/// How long the broker keeps an event; whoever was away longer reads Postgres.
pub const AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// How much the broker keeps, in bytes; the oldest goes first.
pub const BYTES_MAX: i64 = 256 * 1024 * 1024;
/// How long the server remembers event ids to drop repetitions.
const REPETITION_WINDOW: Duration = Duration::from_secs(120);

/// Where a stream ends: the last event's position in the log, and its number in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tip {
    pub(super) position: i64,
    pub(super) sequence: u64,
}

/// Makes the stream if there is none, and says after which event to go on: after the last one it
/// holds. An empty stream begins at the head, for everybody reads the past from Postgres. A stream
/// that ends in another history, or without a readable end, is made anew.
pub(super) async fn resume(broker: &Broker, log: &Log) -> Result<Tip, RelayError> {
    let making = broker.jetstream().create_or_update_stream(config(broker));
    let info = making.await.map_err(refused("making the stream"))?;
    let sequence = info.state.last_sequence;
    if info.state.messages == 0 {
        return Ok(Tip { position: log.head().await?, sequence });
    }
    if let Some((position, store, event_id)) = last_event(broker, sequence).await? {
        let ours = log.at_position(position).await?.map(|event| event.event_id);
        if store == broker.store() && ours == Some(event_id) {
            return Ok(Tip { position, sequence });
        }
    }
    tracing::warn!(sequence, "the stream does not end in this log's history: making it anew");
    recreate(broker, log).await
}

/// Deletes the stream, if there is one, and makes it again.
pub(super) async fn recreate(broker: &Broker, log: &Log) -> Result<Tip, RelayError> {
    if let Err(error) = broker.jetstream().delete_stream(broker.stream()).await {
        tracing::debug!(%error, "there was no stream to delete");
    }
    let created = broker.jetstream().create_stream(config(broker)).await;
    let sequence =
        created.map_err(refused("making the stream anew"))?.cached_info().state.last_sequence;
    Ok(Tip { position: log.head().await?, sequence })
}

/// Position, store and event id of the message with this number; `None` if it is gone or not ours.
async fn last_event(
    broker: &Broker,
    sequence: u64,
) -> Result<Option<(i64, Uuid, Uuid)>, RelayError> {
    let finding = broker.jetstream().get_stream_no_info(broker.stream());
    let stream = finding.await.map_err(refused("finding the stream"))?;
    match stream.get_raw_message(sequence).await {
        Ok(message) => Ok(envelope::read_headers(&message.headers)),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(refused("reading the stream's last message")(error)),
    }
}

/// Only what nats-server 2.9 knows.
fn config(broker: &Broker) -> Config {
    Config {
        name: broker.stream(),
        subjects: vec![broker.subjects()],
        discard: DiscardPolicy::Old,
        max_age: AGE_MAX,
        max_bytes: BYTES_MAX,
        duplicate_window: REPETITION_WINDOW,
        storage: StorageType::File,
        num_replicas: 1,
        ..Config::default()
    }
}

fn refused<E>(doing: &'static str) -> impl FnOnce(E) -> RelayError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |source| RelayError::Broker { doing, source: source.into() }
}
