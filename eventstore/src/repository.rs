//! The log as a repository of stock cqrs-es, so that its frameworks and tools run on our history.
//! The product's own commands go through the writer; this decides one aggregate at a time.
//!
//! Snapshots are not supported, on purpose: cqrs-es 0.5 applies events twice before it saves one.
//! Use `PersistedEventStore::new_event_store`.

mod stored;

use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayFeed, ReplayStream, SerializedEvent,
    SerializedSnapshot,
};
use deadpool_postgres::Pool;
use serde_json::Value;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{DatabaseError, Log, Recorded};
use stored::{Batch, serialized, stream_id};

/// Events read at once, and buffered, while streaming.
const PAGE: usize = 500;

/// One stream, Exact, without a key, claims or the vault.
const APPEND: &str = "select conflicts is null from es.append(
    batch => $1, seen => null, stream_types => array[$2::text], stream_ids => array[$3::uuid],
    expected => array[$4::bigint], sure => '{false}',
    scopes => '{}', keys => '{}', request_hashes => '{}', outcomes => '{}', steps => '{}',
    bodies => '{}',
    claim_scopes => '{}', claim_values => '{}', claim_expects => '{}',
    before_types => '{}', before_ids => '{}', after_types => '{}', after_ids => '{}',
    vault_kinds => '{}', vault_keys => '{}', vault_bytes => '{}', vault_dues => '{}',
    event_streams => array_fill(1, array[cardinality($5::uuid[])]),
    event_steps => array(select generate_series(1, cardinality($5::uuid[]))),
    event_units => array(select generate_series(1, cardinality($5::uuid[]))),
    event_ids => $5::uuid[], event_types => $6::text[], event_versions => $7::int[],
    payloads => $8::text[]::json[], metadatas => $9::text[]::json[], leaves => $10)";

/// The log, as cqrs-es wants it.
#[derive(Debug, Clone)]
pub struct Repository {
    pool: Pool,
    log: Log,
}

/// What is read: one stream by sequence, or every stream of a kind by position.
#[derive(Debug, Clone, Copy)]
enum Source {
    Stream(&'static str, Uuid),
    Kind(&'static str),
}

impl Source {
    fn one<A: Aggregate>(aggregate_id: &str) -> Result<Self, PersistenceError> {
        Ok(Self::Stream(A::TYPE, stream_id(aggregate_id)?))
    }

    fn has(self, event: &Recorded) -> bool {
        let (Self::Stream(kind, _) | Self::Kind(kind)) = self;
        event.stream_type == kind
    }

    fn cursor(self, event: &Recorded) -> i64 {
        match self {
            Self::Stream(..) => event.sequence,
            Self::Kind(_) => event.position,
        }
    }
}

impl Repository {
    /// Appends and reads through this pool, one for [`crate::database::Purpose::Append`].
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { log: Log::new(pool.clone()), pool }
    }

    /// A page after a cursor, and where the next begins if there may be one.
    async fn page(
        &self,
        source: Source,
        after: i64,
    ) -> Result<(Vec<SerializedEvent>, Option<i64>), PersistenceError> {
        let events = match source {
            Source::Stream(kind, id) => self.log.stream(kind, id, after, PAGE as i64).await,
            Source::Kind(_) => self.log.range(after, PAGE as i64).await,
        };
        let events = events.map_err(unreachable)?;
        let last = events.last().filter(|_| events.len() == PAGE);
        let next = last.map(|event| source.cursor(event));
        let own = events.iter().filter(|event| source.has(event));
        Ok((own.map(serialized).collect::<Result<_, _>>()?, next))
    }

    async fn read(
        &self,
        source: Source,
        after: i64,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let (mut events, mut next) = self.page(source, after).await?;
        while let Some(after) = next {
            let page;
            (page, next) = self.page(source, after).await?;
            events.extend(page);
        }
        Ok(events)
    }

    fn replay(&self, source: Source) -> ReplayStream {
        let (mut feed, stream) = ReplayStream::new(PAGE);
        let repository = self.clone();
        tokio::spawn(async move {
            if let Err(fault) = repository.pump(source, &mut feed).await {
                // The reader gets the fault instead of an end that looks whole, unless it has left.
                let _ = feed.push(Err(fault)).await;
            }
        });
        stream
    }

    async fn pump(&self, source: Source, feed: &mut ReplayFeed) -> Result<(), PersistenceError> {
        let mut next = Some(0);
        while let Some(after) = next {
            let page;
            (page, next) = self.page(source, after).await?;
            for event in page {
                feed.push(Ok(event)).await?;
            }
        }
        Ok(())
    }

    /// Whether the batch was written; if not, somebody else wrote the stream meanwhile.
    async fn append(&self, batch: &Batch) -> Result<bool, DatabaseError> {
        let Batch { kind, stream, expected, ids, types, versions, payloads, metadatas, leaves } =
            batch;
        let id = Uuid::now_v7();
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(APPEND).await?;
        let values: [&(dyn ToSql + Sync); 10] =
            [&id, kind, stream, expected, ids, types, versions, payloads, metadatas, leaves];
        Ok(client.query_one(&statement, &values).await?.try_get(0)?)
    }
}

impl PersistedEventRepository for Repository {
    async fn get_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.read(Source::one::<A>(aggregate_id)?, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.read(Source::one::<A>(aggregate_id)?, last_sequence as i64).await
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot.is_some() {
            return Err(PersistenceError::UnknownError("snapshots are not supported".into()));
        }
        let Some(batch) = Batch::of(events)? else { return Ok(()) };
        match self.append(&batch).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(PersistenceError::OptimisticLockError),
            Err(error) => Err(unreachable(error)),
        }
    }

    async fn stream_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        Ok(self.replay(Source::one::<A>(aggregate_id)?))
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Ok(self.replay(Source::Kind(A::TYPE)))
    }
}

fn unreachable(error: DatabaseError) -> PersistenceError {
    PersistenceError::ConnectionError(error.into())
}
