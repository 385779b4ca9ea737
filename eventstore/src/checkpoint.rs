//! How far each projection is, kept beside its tables and moved in the transactions that fill them.
//!
//! A checkpoint belongs to one generation of the tables. The live generation's tables are in the
//! schema `read`; a rebuild fills the next generation in a schema of its own and is then promoted.
//! Whoever writes tables first locks the checkpoint of the generation it means, so that nobody ever
//! writes into tables that were swapped meanwhile (log protocol, A1).

use std::ops::RangeInclusive;

use deadpool_postgres::{Client, GenericClient, Transaction};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

use crate::follow::Mark;

/// The schema of the tables that are being read.
pub const LIVE: &str = "read";

const FIND: &str = "select generation, position, event_id from control.checkpoints
where projection = $1 and schema = $2";

const CREATE: &str = "insert into control.checkpoints
    (projection, generation, schema, position, event_id, updated_at)
values ($1, $2, $3, $4, $5, now())
on conflict (projection, generation) do nothing";

/// The guard makes it safe against another process that does the same at this moment.
const BEGIN: &str = "insert into control.checkpoints
    (projection, generation, schema, position, event_id, updated_at)
select $1, coalesce(max(generation), 0) + 1, $2, $3, $4, now()
from control.checkpoints where projection = $1
having count(*) filter (where schema = $2) = 0
on conflict (projection, generation) do nothing";

/// Set inside, in the locked row's name: the statements that follow find the tables of exactly this
/// generation, and their commit need not wait for the disk (a lost one is built again). The row is
/// locked before anything is set, so that what is set is what the lock saw.
const LOCK: &str = "with locked as materialized (
    select schema, position, event_id from control.checkpoints
    where projection = $1 and generation = $2 for update
)
select position, event_id,
    set_config('search_path', quote_ident(schema), true),
    set_config('synchronous_commit', 'off', true)
from locked";

/// The same in one statement for whoever knows where the checkpoint should be: the update locks the
/// row, compares, and moves it.
const STEP: &str = "update control.checkpoints
set position = $3, event_id = $4, updated_at = now()
where projection = $1 and generation = $2 and position between $5 and $6
returning set_config('search_path', quote_ident(schema), true),
    set_config('synchronous_commit', 'off', true)";

const ADVANCE: &str = "update control.checkpoints
set position = $3, event_id = $4, updated_at = now()
where projection = $1 and generation = $2";

const RETIRE: &str = "delete from control.checkpoints where projection = $1 and generation = $2";

const PROMOTE: &str = "update control.checkpoints set schema = $3, updated_at = now()
where projection = $1 and generation = $2";

const POSITIONS: &str = "select projection, position from control.checkpoints where schema = $1";

/// One generation of a projection's tables, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which build of the tables; counted from 1.
    pub generation: i32,
    /// The last event its tables contain.
    pub mark: Mark,
}

/// The checkpoint of the tables in `schema`; begins a generation at `start` if there is none.
///
/// # Errors
/// The database's.
pub async fn find_or_create(
    client: &Client,
    projection: &str,
    schema: &str,
    start: Mark,
) -> Result<Checkpoint, Error> {
    let Mark { position, event_id } = start;
    loop {
        let find = client.prepare_cached(FIND).await?;
        if let Some(row) = client.query_opt(&find, &[&projection, &schema]).await? {
            return Ok(Checkpoint { generation: row.get(0), mark: mark(&row, 1) });
        }
        let begin = client.prepare_cached(BEGIN).await?;
        client.execute(&begin, &[&projection, &schema, &position, &event_id]).await?;
    }
}

/// Begins a generation beside the live one, for a rebuild; does nothing if it is there.
///
/// # Errors
/// The database's.
pub async fn create(
    client: &Client,
    projection: &str,
    generation: i32,
    schema: &str,
    start: Mark,
) -> Result<(), Error> {
    let statement = client.prepare_cached(CREATE).await?;
    let Mark { position, event_id } = start;
    let row: [&(dyn ToSql + Sync); 5] = [&projection, &generation, &schema, &position, &event_id];
    client.execute(&statement, &row).await?;
    Ok(())
}

/// Locks a generation for writing its tables until the transaction ends, points `search_path` at
/// them, and tells how far they are. `None`: the generation was swapped away.
///
/// # Errors
/// The database's.
pub async fn lock(
    transaction: &Transaction<'_>,
    projection: &str,
    generation: i32,
) -> Result<Option<Mark>, Error> {
    let statement = transaction.prepare_cached(LOCK).await?;
    let row = transaction.query_opt(&statement, &[&projection, &generation]).await?;
    Ok(row.map(|row| mark(&row, 0)))
}

/// The statement of [`step`]: whoever has it at hand sends the step at once, and can send what
/// belongs under its lock right behind it.
///
/// # Errors
/// The database's.
pub async fn step_statement(client: &impl GenericClient) -> Result<Statement, Error> {
    client.prepare_cached(STEP).await
}

/// Begins a transaction that fills tables: locks the generation and points `search_path` at its
/// tables, as [`lock`] does, and moves the checkpoint from somewhere in `from` to `until`. `false`:
/// it was swapped away or is elsewhere, and nothing happened. Outside a transaction it only moves it.
///
/// # Errors
/// The database's.
pub async fn step(
    client: &impl GenericClient,
    statement: &Statement,
    (projection, generation): (&str, i32),
    from: RangeInclusive<i64>,
    until: Mark,
) -> Result<bool, Error> {
    let Mark { position, event_id } = until;
    let row: [&(dyn ToSql + Sync); 6] =
        [&projection, &generation, &position, &event_id, from.start(), from.end()];
    Ok(client.query_opt(statement, &row).await?.is_some())
}

/// Moves a locked generation's checkpoint.
///
/// # Errors
/// The database's.
pub async fn advance(
    transaction: &Transaction<'_>,
    projection: &str,
    generation: i32,
    Mark { position, event_id }: Mark,
) -> Result<(), Error> {
    let statement = transaction.prepare_cached(ADVANCE).await?;
    transaction.execute(&statement, &[&projection, &generation, &position, &event_id]).await?;
    Ok(())
}

/// Makes the built generation `to` the live one in place of `from`. Both are locked, equally far,
/// and the tables change schemas in the same transaction; all of that is the caller's duty.
///
/// # Errors
/// The database's.
pub async fn promote(
    transaction: &Transaction<'_>,
    projection: &str,
    from: i32,
    to: i32,
) -> Result<(), Error> {
    transaction.execute(RETIRE, &[&projection, &from]).await?;
    transaction.execute(PROMOTE, &[&projection, &to, &LIVE]).await?;
    Ok(())
}

/// How far all live projections are on disk, by name.
///
/// # Errors
/// The database's.
pub async fn live_positions(client: &Client) -> Result<Vec<(String, i64)>, Error> {
    let statement = client.prepare_cached(POSITIONS).await?;
    let rows = client.query(&statement, &[&LIVE]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn mark(row: &Row, first: usize) -> Mark {
    Mark { position: row.get(first), event_id: row.get(first + 1) }
}
