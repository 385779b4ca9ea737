//! States of long streams, kept beside the log so that loading one is short. A snapshot is a
//! guess: it names the event it stands on and the shape it was folded with, and is ignored when
//! either differs.

use domain::Stream;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::database::DatabaseError;
use crate::hash::sha256;
use crate::read::Log;
use crate::upcast;

/// A state worth keeping.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Whose.
    pub stream: Stream,
    /// After which event.
    pub sequence: i64,
    /// That event's id.
    pub event_id: Uuid,
    /// The state, JSON.
    pub state: String,
}

const KEEP: &str = "
    insert into es.snapshots (stream_type, stream_id, fingerprint, sequence, event_id, state)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (stream_type, stream_id, fingerprint) do update
    set sequence = excluded.sequence, event_id = excluded.event_id, state = excluded.state
    where snapshots.sequence <> excluded.sequence or snapshots.event_id <> excluded.event_id";

/// Only one that stands on an event that is there.
const FIND: &str = "
    select p.sequence, p.event_id, p.state
    from es.snapshots p
    where p.stream_type = $1 and p.stream_id = $2 and p.fingerprint = $3 and exists (
        select from es.events e
        where e.stream_type = p.stream_type and e.stream_id = p.stream_id
            and e.sequence = p.sequence and e.event_id = p.event_id)";

const DROP: &str = "delete from es.snapshots where stream_id = $1";

impl Log {
    /// The snapshot of a stream, if one fits it as it is folded here.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn snapshot(&self, stream: Stream) -> Result<Option<Snapshot>, DatabaseError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(FIND).await?;
        let print = fingerprint(&stream);
        let row = client.query_opt(&statement, &[&stream.id.kind, &stream.id.id, &print]).await?;
        let Some(row) = row else { return Ok(None) };
        let (sequence, event_id, state) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        Ok(Some(Snapshot { stream, sequence, event_id, state }))
    }

    /// Keeps a snapshot. Nothing depends on it.
    ///
    /// # Errors
    /// The database cannot be asked, or the role may not.
    pub async fn keep_snapshot(&self, snapshot: &Snapshot) -> Result<(), DatabaseError> {
        let client = self.pool.get().await?;
        Ok(keep(&client, snapshot).await?)
    }

    /// Drops every snapshot of the streams of an id, whoever folded it. Nothing depends on one.
    ///
    /// # Errors
    /// The database cannot be asked, or the role may not.
    pub async fn drop_snapshots(&self, id: Uuid) -> Result<(), DatabaseError> {
        let client = self.pool.get().await?;
        client.execute(DROP, &[&id]).await?;
        Ok(())
    }
}

/// Keeps a snapshot, after the events it stands on were committed.
///
/// # Errors
/// The driver's; nothing depends on it.
pub async fn keep(client: &Client, snapshot: &Snapshot) -> Result<(), tokio_postgres::Error> {
    let Snapshot { stream, sequence, event_id, state } = snapshot;
    let print = fingerprint(stream);
    client
        .execute(KEEP, &[&stream.id.kind, &stream.id.id, &print, sequence, event_id, state])
        .await?;
    Ok(())
}

/// Names how a stream's state is folded: the aggregate, the version of its meaning, the shape of
/// its fresh state, the upcasters. Whoever folds otherwise never sees the snapshot.
#[must_use]
pub fn fingerprint(stream: &Stream) -> String {
    let shape = (stream.fold.fresh)().snapshot();
    let version = stream.fold.state_version;
    let text = format!("{}\n{version}\n{shape}\n{}", stream.id.kind, upcast::fingerprint());
    sha256(text.as_bytes())[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
