//! Reading the log: by position, by stream, by block. Always in pages, never under a long
//! snapshot: rows are immutable and positions dense, so pages fit together by themselves, and a
//! snapshot held long would slow every append (log protocol, A6).

use std::error::Error;

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use domain::Decide;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql, Type};
use uuid::Uuid;

use crate::database::DatabaseError;
use crate::hash::BlockHeader;
use crate::{Recorded, RecordedRef};

/// Most events or blocks of one page; a larger limit is cut to it.
pub const PAGE_MAX: i64 = 20_000;

const STORE: &str = "select store_id, created_at from es.log";

const HEAD: &str = "select first + count - 1 from es.blocks order by first desc limit 1";

const RANGE: &str = "select position, recorded_at, event_id, stream_type, stream_id, sequence,
    event_type, event_version, payload, metadata
from es.events where position > $1 order by position limit $2";

/// Until the end of the append that holds position $1 + $2, or until the head.
const APPENDS: &str = "select position, recorded_at, event_id, stream_type, stream_id, sequence,
    event_type, event_version, payload, metadata
from es.events
where position > $1 and position <= (
    select first + count - 1 from es.blocks where first <= $1 + $2 order by first desc limit 1)
order by position";

const STREAM: &str = "select position, recorded_at, event_id, stream_type, stream_id, sequence,
    event_type, event_version, payload, metadata
from es.events where stream_type = $1 and stream_id = $2 and sequence > $3
order by sequence limit $4";

const AT_POSITION: &str =
    "select position, recorded_at, event_id, stream_type, stream_id, sequence,
    event_type, event_version, payload, metadata
from es.events where position = $1";

const OF_KINDS: &str = "select position, recorded_at, event_id, stream_type, stream_id, sequence,
    event_type, event_version, payload, metadata
from es.events where (stream_type = any ($1) or event_type = any ($2)) and position > $3
order by position limit $4";

const BLOCKS: &str = "select first, count, recorded_at, hash, leaves
from es.blocks where first > $1 order by first limit $2";

const POSITION_AT: &str = "select first + count - 1 from es.blocks
where recorded_at <= $1 order by first desc limit 1";

/// Events say which claims were taken with them; those the stream still has are its own.
const CLAIMS_OF: &str = "select distinct c.scope, c.value
from es.events as e
cross join lateral json_array_elements(e.metadata -> 'claims' -> 'taken') as t (claim)
join es.claims as c on c.scope = t.claim ->> 0 and c.value = t.claim ->> 1
where e.stream_type = $1 and e.stream_id = $2 and c.stream_type = $1 and c.stream_id = $2
order by c.scope, c.value";

/// The log, for reading.
#[derive(Debug, Clone)]
pub struct Log {
    pub(crate) pool: Pool,
}

/// Which log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    /// Drawn when the log was made; part of position tokens and of NATS names.
    pub id: Uuid,
    /// When the log was made.
    pub created_at: DateTime<Utc>,
}

/// One append as the chain keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its extent and time.
    pub header: BlockHeader,
    /// Its hash as stored; `hash::block` recomputes it.
    pub hash: Vec<u8>,
    /// The leaves' hashes in a row, as stored, so that a changed event can be named.
    pub leaves: Vec<u8>,
}

impl Log {
    /// Reads through this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// Which log this is.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn store(&self) -> Result<Store, DatabaseError> {
        let rows = self.rows(STORE, &[]).await?;
        let row = rows.first().ok_or(DatabaseError::NoLog)?;
        Ok(Store { id: row.try_get(0)?, created_at: row.try_get(1)? })
    }

    /// The log's id.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn store_id(&self) -> Result<Uuid, DatabaseError> {
        Ok(self.store().await?.id)
    }

    /// The claims a stream holds now, as (scope, value), among those its own events took.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn claims_of<A: Decide>(
        &self,
        id: impl Into<Uuid>,
    ) -> Result<Vec<(String, String)>, DatabaseError> {
        let rows = self.rows(CLAIMS_OF, &[&A::TYPE, &id.into()]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// The position of the newest committed event; 0 while there is none.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn head(&self) -> Result<i64, DatabaseError> {
        self.number(HEAD, &[]).await?.ok_or(DatabaseError::NoLog)
    }

    /// The position of the last event recorded at or before a time, for questions "as of"; 0 if
    /// there was none. Times never go back along the log, so it is a clean cut.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn position_at(&self, time: DateTime<Utc>) -> Result<i64, DatabaseError> {
        Ok(self.number(POSITION_AT, &[&time]).await?.unwrap_or(0))
    }

    /// Events after a position, ascending.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn range(&self, after: i64, limit: i64) -> Result<Vec<Recorded>, DatabaseError> {
        self.events(RANGE, &[&after, &limit.min(PAGE_MAX)]).await
    }

    /// As [`Log::range`], left in the rows they came in.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn rows_after(&self, after: i64, limit: i64) -> Result<EventRows, DatabaseError> {
        Ok(EventRows(self.rows(RANGE, &[&after, &limit.min(PAGE_MAX)]).await?))
    }

    /// Events after a position until the end of an append: what was written together is read
    /// together. `limit` is reached if there are as many, and passed by the rest of the last append.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn appends(&self, after: i64, limit: i64) -> Result<Vec<Recorded>, DatabaseError> {
        self.events(APPENDS, &[&after, &limit.min(PAGE_MAX)]).await
    }

    /// Events of one stream after a sequence, ascending.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn stream(
        &self,
        kind: &str,
        id: Uuid,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Recorded>, DatabaseError> {
        self.events(STREAM, &[&kind, &id, &after, &limit.min(PAGE_MAX)]).await
    }

    /// Events of these kinds of streams, and events of these types, after a position, ascending.
    /// Looks at every event after it: for short pasts.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn of_kinds(
        &self,
        (kinds, types): (&[&str], &[&str]),
        after: i64,
        limit: i64,
    ) -> Result<Vec<Recorded>, DatabaseError> {
        self.events(OF_KINDS, &[&kinds, &types, &after, &limit.min(PAGE_MAX)]).await
    }

    /// The event at a position, if there is one.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn at_position(&self, position: i64) -> Result<Option<Recorded>, DatabaseError> {
        Ok(self.events(AT_POSITION, &[&position]).await?.pop())
    }

    /// Blocks that begin after a position, ascending; after -1 begins with block 0.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn blocks(&self, after: i64, limit: i64) -> Result<Vec<Block>, DatabaseError> {
        let rows = self.rows(BLOCKS, &[&after, &limit.min(PAGE_MAX)]).await?;
        Ok(rows.iter().map(block).collect::<Result<_, _>>()?)
    }

    async fn events(
        &self,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Recorded>, DatabaseError> {
        let rows = self.rows(statement, values).await?;
        Ok(rows.iter().map(|row| recorded(row).map(Recorded::from)).collect::<Result<_, _>>()?)
    }

    async fn number(
        &self,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<i64>, DatabaseError> {
        let rows = self.rows(statement, values).await?;
        Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
    }

    async fn rows(
        &self,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DatabaseError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(statement).await?;
        Ok(client.query(&statement, values).await?)
    }
}

/// Events in the rows they came in, ascending.
#[derive(Debug)]
pub struct EventRows(Vec<Row>);

impl EventRows {
    /// Each event.
    ///
    /// # Errors
    /// A row has other columns.
    pub fn iter(&self) -> impl Iterator<Item = Result<RecordedRef<'_>, tokio_postgres::Error>> {
        self.0.iter().map(recorded)
    }

    /// The last one's position; none if there are no events.
    ///
    /// # Errors
    /// The row has other columns.
    pub fn last_position(&self) -> Result<Option<i64>, tokio_postgres::Error> {
        self.0.last().map(|row| row.try_get(0)).transpose()
    }
}

/// An event in a row with the columns of [`Recorded`] in order.
fn recorded(row: &Row) -> Result<RecordedRef<'_>, tokio_postgres::Error> {
    Ok(RecordedRef {
        position: row.try_get(0)?,
        recorded_at: row.try_get(1)?,
        event_id: row.try_get(2)?,
        stream_type: row.try_get(3)?,
        stream_id: row.try_get(4)?,
        sequence: row.try_get(5)?,
        event_type: row.try_get(6)?,
        event_version: row.try_get(7)?,
        payload: row.try_get::<_, Stored<'_>>(8)?.0,
        metadata: row.try_get::<_, Stored<'_>>(9)?.0,
    })
}

/// A stored text. Asked for as the `json` it is, it travels as the bytes that are stored; a cast to
/// `text` would give the same bytes and copy them twice more.
struct Stored<'a>(&'a str);

impl<'a> FromSql<'a> for Stored<'a> {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(bytes)?))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }
}

fn block(row: &Row) -> Result<Block, tokio_postgres::Error> {
    let header = BlockHeader {
        first: row.try_get(0)?,
        count: row.try_get(1)?,
        recorded_at: row.try_get(2)?,
    };
    Ok(Block { header, hash: row.try_get(3)?, leaves: row.try_get(4)? })
}
