//! Live tables compared with what the log says they must be, byte for byte.

use eventstore::checkpoint::LIVE;
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
///
/// # Errors
/// Somebody else is rebuilding one of them, poison, or a database fault.
pub async fn diff(
    shop: &Workshop,
    projectors: &[&'static dyn Projector],
    progress: Progress<'_>,
) -> Result<Vec<(&'static str, Vec<Difference>)>, RebuildError> {
    let guard = Guard::take(shop, projectors).await?;
    let mut targets = Vec::new();
    for projector in projectors {
        targets.push((*projector, copy_live(shop, *projector).await?));
    }
    let mut found = Vec::new();
    for built in build(shop, &targets, progress).await? {
        let differences = compare_all(shop, &built).await?;
        if !differences.is_empty() {
            found.push((built.projector.name(), differences));
        }
    }
    guard.release().await;
    Ok(found)
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
