//! One file per row or group of rows that share a world.

pub mod command;
pub mod generation;
pub mod http;
pub mod replay;
pub mod seal;
pub mod spend;
pub mod visible;
pub mod webhooks;

use std::time::Duration;

use anyhow::{Result, ensure};
use api::app::App;
use eventstore::position::Waited;

use crate::load::Run;
use crate::servers::Servers;

/// How long the service may take to catch up.
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

/// Who follows the log because of what a row does.
const FOLLOWERS: &[&str] = &["users", "wallets", "ledger", "process:sign-up"];

/// Waits until nothing is left to do about what has happened, so that no row pays for the seed (whose
/// users are all granted a welcome), nor for the row before.
async fn settled(app: &App) -> Result<()> {
    loop {
        let head = app.log.head().await?;
        let waited = app.watcher.wait_for(FOLLOWERS, head, CATCH_UP).await;
        ensure!(matches!(waited, Waited::Reached), "the service does not catch up: {waited:?}");
        if app.log.head().await? == head {
            return Ok(());
        }
    }
}

fn latencies(run: Option<&Run>) -> String {
    run.map_or_else(String::new, |run| {
        let ms = |percent| run.percentile(percent).as_secs_f64() * 1e3;
        format!("p50 {:.2} ms, p99 {:.2} ms", ms(50.0), ms(99.0))
    })
}
