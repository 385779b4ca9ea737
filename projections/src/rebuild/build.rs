//! Filling fresh tables from the log, in schemas of their own.

use eventstore::checkpoint;
use eventstore::follow::Mark;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_postgres::Transaction;

use super::pages::{Page, pages};
use super::{Progress, RebuildError, Workshop};
use crate::Projector;
use crate::frame::{Batch, Store};
use crate::projector::record;
use crate::schema::use_schema;

/// Pages that wait for a projector that is slower than the others.
const WAITING_PAGES: usize = 2;

/// Rows of one table kept in memory before they are written.
const KEPT_ROWS_MAX: usize = 100_000;

const NEXT_GENERATION: &str =
    "select coalesce(max(generation), 0) + 1 from control.checkpoints where projection = $1";

/// Tables that were built beside the live ones and are not live.
pub(super) struct Built {
    /// Whose.
    pub(super) projector: &'static dyn Projector,
    /// The generation they are to be.
    pub(super) generation: i32,
    /// Where they are.
    pub(super) schema: String,
    /// The last position they are to contain.
    until: i64,
    /// The last event they contain.
    pub(super) mark: Mark,
}

/// Builds the tables of some projectors, each from the first event until the one at its position, in
/// one pass over the log that feeds them all.
///
/// # Errors
/// Poison, or a database fault. What was built so far is removed by the next attempt.
pub(super) async fn build(
    shop: &Workshop,
    targets: &[(&'static dyn Projector, i64)],
    progress: Progress<'_>,
) -> Result<Vec<Built>, RebuildError> {
    let mut workers = JoinSet::new();
    let mut feeds = Vec::new();
    for (projector, until) in targets {
        let built = begin(shop, *projector, *until).await?;
        let (feed, pages) = mpsc::channel(WAITING_PAGES);
        feeds.push(feed);
        workers.spawn(work(shop.clone(), built, pages));
    }
    let until = targets.iter().map(|(_, until)| *until).max().unwrap_or(0);
    let fed = feed(shop, &feeds, until, progress).await;
    drop(feeds);
    let mut built = Vec::new();
    while let Some(worked) = workers.join_next().await {
        built.push(worked??); // A worker's own error says more than the reader's.
    }
    fed?;
    built.sort_by_key(|built| targets.iter().position(|(p, _)| p.name() == built.projector.name()));
    Ok(built)
}

async fn feed(
    shop: &Workshop,
    feeds: &[mpsc::Sender<Page>],
    until: i64,
    progress: Progress<'_>,
) -> Result<(), RebuildError> {
    let mut pages = pages(&shop.log, 0, until);
    while let Some(page) = pages.next().await {
        let page = page?;
        for feed in feeds {
            if feed.send(page.clone()).await.is_err() {
                return Ok(()); // Its worker has failed and says why.
            }
        }
        progress(page.mark.position);
    }
    Ok(())
}

/// An empty schema with bare tables: keys and indexes come when the rows are there.
async fn begin(
    shop: &Workshop,
    projector: &'static dyn Projector,
    until: i64,
) -> Result<Built, RebuildError> {
    let mut client = shop.pool.get().await?;
    let name = projector.name();
    let generation: i32 = client.query_one(NEXT_GENERATION, &[&name]).await?.try_get(0)?;
    let schema = format!("build_{name}_{generation}");
    let tx = client.transaction().await?;
    tx.batch_execute(&format!("create schema \"{schema}\"")).await?;
    use_schema(&tx, &schema).await?;
    for table in projector.tables() {
        tx.batch_execute(&table.create()).await?;
        for statement in table.create_fence() {
            tx.batch_execute(&statement).await?; // It goes with the table when that is moved.
        }
    }
    tx.commit().await?;
    Ok(Built { projector, generation, schema, until, mark: Mark::GENESIS })
}

async fn work(
    shop: Workshop,
    mut built: Built,
    mut pages: mpsc::Receiver<Page>,
) -> Result<Built, RebuildError> {
    let mut store = Store::building(KEPT_ROWS_MAX);
    while let Some(page) = pages.recv().await {
        let until = built.until; // Another one may go further.
        let own = page.entries.partition_point(|entry| entry.recorded.position <= until);
        let batch = record(built.projector, &page.entries[..own], &shop.keyring).await?;
        if !batch.is_empty() {
            let mut client = shop.pool.get().await?;
            let tx = client.transaction().await?;
            use_schema(&tx, &built.schema).await?;
            store.spill(&tx, batch, false).await?;
            tx.commit().await?;
        }
        built.mark = page.entries[..own].last().map_or(built.mark, |last| Mark::at(&last.recorded));
    }
    let mut client = shop.pool.get().await?;
    let tx = client.transaction().await?;
    use_schema(&tx, &built.schema).await?;
    store.spill(&tx, Batch::default(), true).await?;
    index(&tx, &built).await?;
    tx.commit().await?;
    let Built { generation, schema, mark, .. } = &built;
    checkpoint::create(&client, built.projector.name(), *generation, schema, *mark).await?;
    Ok(built)
}

/// Keys where there are none yet, indexes, and statistics, without which the first plans would be
/// those of empty tables (log protocol, A1).
async fn index(tx: &Transaction<'_>, built: &Built) -> Result<(), tokio_postgres::Error> {
    const HAS_KEY: &str = "select exists (select from pg_index \
        where indrelid = to_regclass($1) and indisprimary)";
    tx.batch_execute("set local statement_timeout = 0").await?;
    for table in built.projector.tables() {
        let has_key: bool = tx.query_one(HAS_KEY, &[&table.name]).await?.try_get(0)?;
        if !has_key {
            tx.batch_execute(&table.create_key()).await?;
        }
        for index in table.create_indexes() {
            tx.batch_execute(&index).await?;
        }
        tx.batch_execute(&format!("analyze {}", table.name)).await?;
    }
    Ok(())
}
