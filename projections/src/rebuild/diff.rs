//! Live tables compared with what the log says they must be, byte for byte.

use std::time::Duration;

use eventstore::checkpoint::LIVE;
use eventstore::read::PAGE_MAX;
use tokio_postgres::IsolationLevel;

use super::build::{Built, build};
use super::guard::Guard;
use super::{Progress, RebuildError, Workshop};
use crate::Projector;
use crate::frame::Definition;

/// Most differing rows that are shown of one table.
pub const DIFFERENCES_MAX: i64 = 10;

const LIVE_POSITION: &str =
    "select position from control.checkpoints where projection = $1 and schema = 'read'";

/// Both tables are read whole, which no other statement of a projector is to do.
const WHOLE_TABLES: &str = "set local statement_timeout = 0; set local enable_seqscan = on;
    set local enable_hashjoin = on; set local enable_mergejoin = on";

const LOWEST_LIVE: &str =
    "select min(position) from control.checkpoints where projection = any($1) and schema = 'read'";

/// The event with which a person's key goes.
const ERASED: &str = "user.erased";
/// How often tables are compared when people are erased meanwhile.
const PASSES_MAX: u32 = 3;
/// How often live tables are looked at until they show an erasure, and how far apart: ten seconds.
const LOOKS_MAX: u32 = 200;
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Rows that differ, by projector.
pub type Found = Vec<(&'static str, Vec<Difference>)>;

/// A row that is not what the log says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// In which table.
    pub table: &'static str,
    /// Its key, as Postgres prints it.
    pub key: String,
    /// The live row; none if it is missing.
    pub live: Option<String>,
    /// The row as it should be; none if there should be none.
    pub rebuilt: Option<String>,
}

/// The first rows of some projectors' tables that differ from what the log says, by projector; none
/// if all is well. The service goes on: the live tables and the checkpoint of each are copied in one
/// snapshot, which is given back before the log is read, once for all, up to exactly that position.
/// Where rows differ and somebody was erased meanwhile, they are compared once more.
///
/// # Errors
/// Somebody else is rebuilding one of them, poison, or a database fault.
pub async fn diff(
    shop: &Workshop,
    projectors: &[&'static dyn Projector],
    progress: Progress<'_>,
) -> Result<Found, RebuildError> {
    let guard = Guard::take(shop, projectors).await?;
    let mut suspects = projectors.to_vec();
    let mut passes = 1;
    let found = loop {
        let (since, found) = compare_pass(shop, &suspects, progress).await?;
        if found.is_empty() || passes == PASSES_MAX {
            break found;
        }
        let Some(erased) = last_erasure(shop, since).await? else { break found };
        suspects.retain(|projector| found.iter().any(|(name, _)| *name == projector.name()));
        until_live(shop, &suspects, erased).await?;
        passes += 1;
    };
    guard.release().await;
    Ok(found)
}

/// One comparison, and the lowest position at which live tables were copied.
async fn compare_pass(
    shop: &Workshop,
    projectors: &[&'static dyn Projector],
    progress: Progress<'_>,
) -> Result<(i64, Found), RebuildError> {
    let mut targets = Vec::new();
    for projector in projectors {
        targets.push((*projector, copy_live(shop, *projector).await?));
    }
    let since = targets.iter().map(|(_, position)| *position).min().unwrap_or(0);
    let mut found = Vec::new();
    for built in build(shop, &targets, progress).await? {
        let differences = compare_all(shop, &built).await?;
        if !differences.is_empty() {
            found.push((built.projector.name(), differences));
        }
    }
    Ok((since, found))
}

/// The last erasure after a position. The key of its person is gone at once, so that what is built
/// shows nothing of them where tables copied before it still did.
async fn last_erasure(shop: &Workshop, since: i64) -> Result<Option<i64>, RebuildError> {
    let mut last = None;
    loop {
        let after = last.unwrap_or(since);
        let page = shop.log.of_kinds((&[], &[ERASED]), after, PAGE_MAX).await?;
        let Some(event) = page.last() else { return Ok(last) };
        last = Some(event.position);
    }
}

/// Waits until live tables show what was erased, or for as long as is worth it: a projector that is
/// stopped does not get there.
async fn until_live(
    shop: &Workshop,
    projectors: &[&'static dyn Projector],
    position: i64,
) -> Result<(), RebuildError> {
    let client = shop.pool.get().await?;
    let names: Vec<&str> = projectors.iter().map(|projector| projector.name()).collect();
    for _ in 0..LOOKS_MAX {
        let lowest: Option<i64> = client.query_one(LOWEST_LIVE, &[&names]).await?.try_get(0)?;
        if lowest.is_none_or(|lowest| lowest >= position) {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// Where the copy of a projector's live tables is.
fn copy_of(projector: &dyn Projector) -> String {
    format!("build_{}_live", projector.name())
}

/// Compares what was built with the copy, and removes both.
async fn compare_all(shop: &Workshop, built: &Built) -> Result<Vec<Difference>, RebuildError> {
    let Built { projector, schema, .. } = built;
    let copy = copy_of(*projector);
    let mut differences = Vec::new();
    for table in projector.tables() {
        differences.extend(compare(shop, table, (&copy, schema)).await?);
    }
    let client = shop.pool.get().await?;
    let forget = "delete from control.checkpoints where projection = $1 and schema = $2";
    client.execute(forget, &[&projector.name(), schema]).await?;
    let drop_both = format!("drop schema \"{copy}\" cascade; drop schema \"{schema}\" cascade");
    client.batch_execute(&drop_both).await?;
    Ok(differences)
}

/// Copies the live tables as they are at one position, and answers it.
async fn copy_live(shop: &Workshop, projector: &dyn Projector) -> Result<i64, RebuildError> {
    let copy = copy_of(projector);
    let mut client = shop.pool.get().await?;
    let transaction = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    let tx = transaction.start().await?;
    let found = tx.query_opt(LIVE_POSITION, &[&projector.name()]).await?;
    let position = found.map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
    tx.batch_execute(&format!("create schema \"{copy}\"; set local statement_timeout = 0")).await?;
    for table in projector.tables() {
        let (name, columns) = (table.name, table.columns());
        let statement =
            format!("create table \"{copy}\".{name} as select {columns} from \"{LIVE}\".{name}");
        tx.batch_execute(&statement).await?;
    }
    tx.commit().await?;
    Ok(position)
}

async fn compare(
    shop: &Workshop,
    table: &'static Definition,
    (live, built): (&str, &str),
) -> Result<Vec<Difference>, RebuildError> {
    let (name, key) = (table.name, table.key.join(", "));
    let statement = format!(
        "select row({key})::text, live::text, built::text \
        from \"{live}\".{name} as live full join \"{built}\".{name} as built using ({key}) \
        where live::text collate \"C\" is distinct from built::text collate \"C\" \
        order by row({key})::text collate \"C\" limit $1"
    );
    let mut client = shop.pool.get().await?;
    let tx = client.transaction().await?;
    tx.batch_execute(WHOLE_TABLES).await?;
    let rows = tx.query(&statement, &[&DIFFERENCES_MAX]).await?;
    let difference = |row: &tokio_postgres::Row| {
        Ok(Difference {
            table: name,
            key: row.try_get(0)?,
            live: row.try_get(1)?,
            rebuilt: row.try_get(2)?,
        })
    };
    rows.iter().map(difference).collect()
}
