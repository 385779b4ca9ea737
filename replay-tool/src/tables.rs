//! `rebuild` and `diff`: the read tables made again from history, to replace the live ones or to be
//! compared with them (D10).

use std::io::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use anyhow::Result;
use projections::rebuild::{DIFFERENCES_MAX, Difference, Workshop, diff, rebuild};
use projections::{ALL, Projector};
use serde::Serialize;

use crate::progress::Progress;

/// Which projections: one, or all.
#[derive(Clone)]
pub struct Choice(Vec<&'static dyn Projector>);

impl Choice {
    /// Every projection.
    #[must_use]
    pub fn all() -> Self {
        Self(ALL.to_vec())
    }
}

impl std::str::FromStr for Choice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || ALL.iter().map(|projector| projector.name()).collect::<Vec<_>>().join(", ");
        let found = projections::named(name).map(|projector| Self(vec![projector]));
        found.ok_or_else(|| format!("one of {}", names()))
    }
}

/// What a rebuild did.
#[derive(Debug, Serialize)]
pub struct Rebuilt {
    /// How many events were read.
    pub events: i64,
    /// How long it took, swap included.
    pub seconds: f64,
    /// Which tables are new.
    pub projections: Vec<Generation>,
}

/// A projection's tables and how often they were built.
#[derive(Debug, Serialize)]
pub struct Generation {
    /// The projection.
    pub projection: &'static str,
    /// Counted from 1.
    pub generation: i32,
}

/// Rebuilds in one pass over the log, beside the live tables, and swaps each in.
///
/// # Errors
/// See [`rebuild`]; what was not swapped is as it was.
pub async fn rebuild_all(shop: &Workshop, choice: &Choice, quiet: bool) -> Result<Rebuilt> {
    let head = shop.log.head().await?;
    let (progress, read, begun) =
        (Progress::start("rebuild", quiet), AtomicI64::new(0), Instant::now());
    let heard = |position| {
        read.store(position, Ordering::Relaxed);
        progress.at(position, head.max(position));
    };
    let swapped = rebuild(shop, &choice.0, &heard).await;
    progress.finish();
    let projections = swapped?
        .into_iter()
        .map(|(projection, generation)| Generation { projection, generation })
        .collect();
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Rebuilt { events: read.into_inner(), seconds, projections })
}

impl Rebuilt {
    /// Prints it.
    ///
    /// # Errors
    /// It does not serialize, or nobody reads it.
    pub fn print(&self, json: bool) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if json {
            writeln!(out, "{}", serde_json::to_string(self)?)?;
            return Ok(());
        }
        let names = self.projections.iter().map(|it| it.projection.len());
        let width = names.max().unwrap_or_default();
        for Generation { projection, generation } in &self.projections {
            writeln!(out, "{projection:<width$}  generation {generation} is live")?;
        }
        let Self { events, seconds, .. } = self;
        #[expect(clippy::cast_precision_loss, reason = "a speed for people")]
        let speed = *events as f64 / seconds.max(f64::EPSILON);
        writeln!(out, "rebuilt from {events} events in {seconds:.1} s, {speed:.0} events/s")?;
        Ok(())
    }
}

/// What differs in the tables of one projection.
#[derive(Debug, Serialize)]
pub struct Differs {
    /// The projection.
    pub projection: &'static str,
    /// The first rows of each table, [`DIFFERENCES_MAX`] at most.
    pub rows: Vec<Difference>,
}

/// Compares live tables with what history says they must be.
///
/// # Errors
/// See [`diff`].
pub async fn diff_all(shop: &Workshop, choice: &Choice, quiet: bool) -> Result<Vec<Differs>> {
    let head = shop.log.head().await?;
    let progress = Progress::start("diff", quiet);
    let heard = |position: i64| progress.at(position, head.max(position));
    let found = diff(shop, &choice.0, &heard).await;
    progress.finish();
    Ok(found?.into_iter().map(|(projection, rows)| Differs { projection, rows }).collect())
}

/// Prints differences; nothing if there are none.
///
/// # Errors
/// They do not serialize, or nobody reads them.
pub fn print_differences(found: &[Differs], json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(found)?)?;
        return Ok(());
    }
    for Differs { projection, rows } in found {
        writeln!(out, "{projection} differs; of each table the first {DIFFERENCES_MAX} rows:")?;
        for Difference { table, key, live, rebuilt } in rows {
            writeln!(out, "  {table} {key}")?;
            writeln!(out, "    live    {}", live.as_deref().unwrap_or("has no such row"))?;
            writeln!(out, "    history {}", rebuilt.as_deref().unwrap_or("has no such row"))?;
        }
    }
    if !found.is_empty() {
        writeln!(out, "the log is right: `replay-tool rebuild` makes the tables again from it")?;
    }
    Ok(())
}
