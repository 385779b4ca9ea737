//! Building read tables again from the log: beside the live ones, at the speed of `copy`, then in
//! their place by one transaction (D10). The same projectors, so the same bytes.

mod build;
mod diff;
mod fault;
mod guard;
mod pages;
mod swap;

pub use diff::{DIFFERENCES_MAX, Difference, Found, diff};
pub use fault::RebuildError;

use deadpool_postgres::Pool;
use eventstore::Log;
use eventstore::checkpoint::{self, LIVE};
use eventstore::follow::Mark;
use eventstore::seal::Keyring;

use crate::Projector;
use build::{Built, build};
use guard::Guard;
use swap::promote;

/// What a rebuild stands on.
#[derive(Clone)]
pub struct Workshop {
    /// The history.
    pub log: Log,
    /// As the role that owns the read tables; a handful of connections is enough.
    pub pool: Pool,
    /// Opens personal fields.
    pub keyring: Keyring,
}

/// Hears how far the pass over the log is: positions, growing.
pub type Progress<'a> = &'a (dyn Fn(i64) + Send + Sync);

/// Removes tables beside the live ones that nobody works on: of a rebuild or comparison that died, or
/// retired while somebody read them. They may show people who were erased since.
///
/// # Errors
/// Somebody reads one of them, or a database fault: to be tried again.
pub async fn sweep(pool: &Pool) -> Result<(), RebuildError> {
    Guard::sweep(pool).await
}

/// Rebuilds projections in one pass over the log while the old tables serve, and swaps each in when
/// it has caught up. Answers the generation each now is.
///
/// # Errors
/// Somebody else is rebuilding one of them, an event is poison, or a database fault. What was not
/// swapped stays as it was.
pub async fn rebuild(
    shop: &Workshop,
    projectors: &[&'static dyn Projector],
    progress: Progress<'_>,
) -> Result<Vec<(&'static str, i32)>, RebuildError> {
    let guard = Guard::take(shop, projectors).await?;
    for projector in projectors {
        let client = shop.pool.get().await?;
        checkpoint::find_or_create(&client, projector.name(), LIVE, Mark::GENESIS).await?;
    }
    let until = shop.log.head().await?;
    let mut swapped = Vec::new();
    let targets: Vec<_> = projectors.iter().map(|projector| (*projector, until)).collect();
    for built in build(shop, &targets, progress).await? {
        let name = built.projector.name();
        swapped.push((name, promote(shop, built).await?));
    }
    guard.release().await;
    Ok(swapped)
}
