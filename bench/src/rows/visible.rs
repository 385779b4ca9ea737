//! `visible_p99_ms`: from the answer of a command to its row in the read table, at 1,000 commands
//! per second, through relay, NATS and projector.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio_postgres::NoTls;

use super::{Setting, settled};
use crate::folio::{Folio, World};
use crate::report::Row;
use crate::service::Told;

/// Commands per second beside those that are watched.
const PACE: u64 = 1_000;

/// How often the watcher looks: without a pause it would take half a core from what it watches.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The checkpoint moves in the transaction that writes the rows, so this is when they are there.
const SEEN: &str =
    "select count(*) from control.checkpoints where projection = 'wallets' and position >= $1";

/// Measures it.
///
/// # Errors
/// A command fails, or nothing becomes visible.
pub async fn row(setting: &Setting) -> Result<Row> {
    let url = setting.servers.database("visible_folio").await?;
    let folio = Folio::start(&url).await?;
    let world = Arc::new(World::new());
    folio.seed(&world).await?;
    let service = Told::new(&setting.servers, &url)?.start().await?;
    let app = service.app.clone().context("the service has an app")?;
    let folio = Folio { writer: app.writer.clone() };
    settled(&app).await?;

    let pace = tokio::spawn(pace(folio.clone(), Arc::clone(&world)));
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(connection);
    let seen = client.prepare(SEEN).await?;
    let mut latencies = Vec::new();
    let started = Instant::now();
    while started.elapsed() < setting.length * 3 {
        let n = u64::try_from(latencies.len())?;
        let position = folio.transfer(world.payer(n), world.other(n)).await?;
        let answered = Instant::now();
        while client.query_one(&seen, &[&position]).await?.get::<_, i64>(0) == 0 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        latencies.push(answered.elapsed());
    }
    pace.abort();
    service.stop().await?;
    latencies.sort_unstable();
    let ms = |percent: usize| {
        let at = (latencies.len() * percent / 100).min(latencies.len() - 1);
        latencies[at].as_secs_f64() * 1e3
    };
    let (p50, p99) = (ms(50), ms(99));
    let row = Row::figure("visible_p99_ms", "ms", p99, 50.0).lower_is_better();
    Ok(row.note(format!("p50 {p50:.2} ms (goal 10); {} samples", latencies.len())))
}

async fn pace(folio: Folio, world: Arc<World>) {
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / PACE));
    for n in 0.. {
        ticks.tick().await;
        let (folio, world) = (folio.clone(), Arc::clone(&world));
        tokio::spawn(async move { folio.transfer(world.payer(n), world.other(n)).await });
    }
}
