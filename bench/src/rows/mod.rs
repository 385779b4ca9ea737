//! One file per row or group of rows that share a world.

pub mod command;
pub mod generation;
pub mod http;
pub mod replay;
pub mod spend;
pub mod visible;

use std::time::Duration;

use anyhow::{Result, ensure};
use api::app::App;
use eventstore::position::Waited;

use crate::load::Run;
use crate::servers::Servers;

/// How long read tables may take to catch up with the seed.
const CATCH_UP: Duration = Duration::from_secs(120);

/// What every row is measured with.
pub struct Setting {
    /// Where databases come from.
    pub servers: Servers,
    /// How long one run of one side takes.
    pub length: Duration,
    /// How often both sides run, in turn.
    pub repetitions: usize,
    /// How long the log is that is read again.
    pub events: i64,
}

/// Waits until the wallets' tables have everything up to `head`.
async fn caught_up(app: &App, head: i64) -> Result<()> {
    let waited = app.watcher.wait_for(&["wallets"], head, CATCH_UP).await;
    ensure!(matches!(waited, Waited::Reached), "the read tables do not catch up: {waited:?}");
    Ok(())
}

fn latencies(run: Option<&Run>) -> String {
    run.map_or_else(String::new, |run| {
        let ms = |percent| run.percentile(percent).as_secs_f64() * 1e3;
        format!("p50 {:.2} ms, p99 {:.2} ms", ms(50.0), ms(99.0))
    })
}
