//! Putting rebuilt tables in the place of the live ones, in one transaction (log protocol, A1).

use std::time::Duration;

use deadpool_postgres::Transaction;
use eventstore::checkpoint::{self, Checkpoint, LIVE};
use eventstore::follow::Mark;
use futures::TryStreamExt;
use tokio_postgres::error::SqlState;

use super::pages::pages;
use super::{Built, RebuildError, Workshop};
use crate::frame::Store;
use crate::projector::record;

/// Events that may still be missing when the swap begins; they are applied under its lock, while
/// the live projector waits.
const MISSING_MAX: i64 = 500;
/// Events of one transaction of catching up.
const STEP: i64 = 2_000;
/// How often a swap is tried: readers of the old tables keep it waiting, and it must not keep
/// those waiting who come after them.
const TRIES_MAX: u32 = 300;
const PAUSE: Duration = Duration::from_millis(50);
const LOCK_TIMEOUT: &str = "set local lock_timeout = '200ms'";

/// Lets rebuilt tables catch up with the live ones and puts them in their place. A checkpoint never
/// goes back by this. Answers the generation that is live now.
///
/// # Errors
/// [`RebuildError::TooBusy`] when readers never let go, poison, or a database fault; then the live
/// tables are still the old ones.
pub(super) async fn promote(shop: &Workshop, mut built: Built) -> Result<i32, RebuildError> {
    let name = built.projector.name();
    for _ in 0..TRIES_MAX {
        let live = {
            let client = shop.pool.get().await?;
            checkpoint::find_or_create(&client, name, LIVE, Mark::GENESIS).await?
        };
        while live.mark.position - built.mark.position > MISSING_MAX {
            let until = live.mark.position.min(built.mark.position + STEP);
            catch_up(shop, &mut built, until).await?;
        }
        match try_swap(shop, &mut built, live).await {
            Ok(true) => {
                sweep(shop, &built, live.generation).await?;
                return Ok(built.generation);
            }
            Ok(false) => {}
            Err(RebuildError::Database(error))
                if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {}
            Err(error) => return Err(error),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(RebuildError::TooBusy(name))
}

async fn catch_up(shop: &Workshop, built: &mut Built, until: i64) -> Result<(), RebuildError> {
    let mut client = shop.pool.get().await?;
    let tx = client.transaction().await?;
    let mark = apply(shop, &tx, built, until).await?;
    tx.commit().await?;
    built.mark = mark;
    Ok(())
}

/// Applies the events after what is built; the lock on its checkpoint points at its tables.
async fn apply(
    shop: &Workshop,
    tx: &Transaction<'_>,
    built: &Built,
    until: i64,
) -> Result<Mark, RebuildError> {
    let name = built.projector.name();
    checkpoint::lock(tx, name, built.generation).await?;
    let mut mark = built.mark;
    let pages: Vec<_> = pages(&shop.log, mark.position, until).try_collect().await?;
    for page in pages {
        let batch = record(built.projector, &page.entries, &shop.keyring).await?;
        Store::live().flush(tx, batch).await?;
        mark = page.mark;
    }
    checkpoint::advance(tx, name, built.generation, mark).await?;
    Ok(mark)
}

/// `false`: the live tables moved too far on, or were swapped by somebody else.
async fn try_swap(
    shop: &Workshop,
    built: &mut Built,
    live: Checkpoint,
) -> Result<bool, RebuildError> {
    let name = built.projector.name();
    let mut client = shop.pool.get().await?;
    let tx = client.transaction().await?;
    tx.batch_execute(LOCK_TIMEOUT).await?;
    let Some(now) = checkpoint::lock(&tx, name, live.generation).await? else {
        return Ok(false);
    };
    if now.position - built.mark.position > MISSING_MAX {
        return Ok(false);
    }
    let until = now.position.max(built.mark.position);
    let mark = apply(shop, &tx, built, until).await?;
    let retired = retired(name, live.generation);
    tx.batch_execute(&format!("create schema \"{retired}\"")).await?;
    for table in built.projector.tables() {
        let (table, schema) = (table.name, &built.schema);
        let statements = format!(
            "alter table if exists \"{LIVE}\".{table} set schema \"{retired}\"; \
            alter table \"{schema}\".{table} set schema \"{LIVE}\""
        );
        tx.batch_execute(&statements).await?;
    }
    checkpoint::promote(&tx, name, live.generation, built.generation).await?;
    tx.commit().await?;
    built.mark = mark;
    Ok(true)
}

/// Removes the old tables. Somebody may still be reading them; then they go with the next rebuild.
async fn sweep(shop: &Workshop, built: &Built, old: i32) -> Result<(), RebuildError> {
    let (schema, retired) = (&built.schema, retired(built.projector.name(), old));
    let client = shop.pool.get().await?;
    let statement = format!("drop schema \"{retired}\" cascade; drop schema \"{schema}\"");
    match client.batch_execute(&statement).await {
        Err(error) if error.code() != Some(&SqlState::LOCK_NOT_AVAILABLE) => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Where the tables of a generation go that is no longer live.
fn retired(name: &str, generation: i32) -> String {
    format!("build_{name}_{generation}")
}
