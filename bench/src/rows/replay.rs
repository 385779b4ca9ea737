//! `rebuild_vs_per_event`, `verify` and `rss_mib`: a long log read again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use eventstore::consumer::Consumer;
use eventstore::database::{Purpose, pool};
use eventstore::seal::{Keyring, MasterKey};
use eventstore::{Entry, Log};
use projections::rebuild::{Workshop, rebuild};
use projections::{Projection, Projector};

use super::Setting;
use crate::folio::{Folio, World};
use crate::load::closed_loop;
use crate::report::Row;
use crate::service::Told;

/// Connections for rebuilding.
const POOL: usize = 8;
/// How long the child may take to catch up with the whole log.
const CATCH_UP: Duration = Duration::from_secs(600);

/// Measures all three on one log of about `setting.events` events.
///
/// # Errors
/// Something of it fails, or the log is found broken.
pub async fn rows(setting: &Setting) -> Result<Vec<Row>> {
    let url = setting.servers.database("replay_folio").await?;
    let folio = Folio::start(&url).await?;
    let log = Log::new(pool(&url, Purpose::Log, POOL)?);
    fill(&folio, &log, setting.events).await?;
    let head = log.head().await?;
    let shop = workshop(&url, log)?;
    projections::schema::create(&mut shop.pool.get().await?).await?;

    let per_event = per_event(&shop, setting.length).await?;
    let mut rebuilds = Vec::new();
    for _ in 0..setting.repetitions {
        let begun = Instant::now();
        rebuild(&shop, projections::ALL, &|_| {}).await?;
        rebuilds.push(head as f64 / begun.elapsed().as_secs_f64());
    }
    let mut verifies = Vec::new();
    for _ in 0..setting.repetitions {
        let begun = Instant::now();
        let log_pool = pool(&url, Purpose::Log, POOL)?;
        let report = replay_tool::verify::verify(&log_pool, Default::default(), |_, _| {}).await?;
        // The seed grants tokens without a purchase, which is the one thing verify may say.
        let seeded = report.findings.iter().all(|f| f.detail.contains("granted and not paid"));
        ensure!(seeded, "the log is broken: {:?}", report.findings);
        verifies.push(head as f64 / begun.elapsed().as_secs_f64());
    }
    let rss = rss(setting, &url, head).await?;
    let events = format!("{head} events");
    let rebuilt = crate::load::median(rebuilds);
    Ok(vec![
        Row::against("rebuild_vs_per_event", "events/s", rebuilt, per_event, 30.0)
            .note(format!("{events}; goal also 60,000 events/s")),
        Row::figure("verify", "events/s", crate::load::median(verifies), 200_000.0).note(events),
        rss,
    ])
}

/// Transfers and requests, in turn, until the log is long enough.
async fn fill(folio: &Folio, log: &Log, events: i64) -> Result<()> {
    let world = Arc::new(World::new());
    folio.seed(&world).await?;
    let step = Duration::from_secs(2);
    let mut from = 0;
    while log.head().await? < events {
        let (folio, there) = (folio.clone(), Arc::clone(&world));
        let run = closed_loop(step, move |n| {
            let (folio, there, n) = (folio.clone(), Arc::clone(&there), n + from);
            async move {
                let (payer, other) = (there.payer(n), there.other(n));
                match n % 2 {
                    0 => folio.transfer(payer, other).await.map(|_| ()),
                    _ => folio.request(payer, &there).await.map(|_| ()),
                }
            }
        });
        from += u64::try_from(run.await?.count())?;
    }
    Ok(())
}

fn workshop(url: &str, log: Log) -> Result<Workshop> {
    let pool = pool(&url.replace("postgres@", "projector@"), Purpose::Project, POOL)?;
    let master = MasterKey::from_base64(&"A".repeat(43).chars().chain(['=']).collect::<String>())?;
    Ok(Workshop { log, keyring: Keyring::new(pool.clone(), master), pool })
}

/// The peer: every projector, one transaction per event and projector that wants it.
async fn per_event(shop: &Workshop, length: Duration) -> Result<f64> {
    let mut consumers: Vec<(&dyn Projector, Projection)> = projections::ALL
        .iter()
        .map(|projector| (*projector, Projection::new(*projector, shop.keyring.clone())))
        .collect();
    let page = shop.log.range(0, 20_000).await?;
    let mut client = shop.pool.get().await?;
    client.batch_execute("set synchronous_commit = on").await?;
    let (begun, mut done) = (Instant::now(), 0);
    for event in page {
        let entry = [Entry::decode(event)?];
        for (projector, consumer) in &mut consumers {
            if projections::projector::wants(*projector, &entry[0].recorded.event_type) {
                let Some(work) = consumer.prepare(&entry).await? else { continue };
                let tx = client.transaction().await?;
                consumer.apply(&tx, work).await?;
                tx.commit().await?;
            }
        }
        done += 1;
        if begun.elapsed() > length {
            break;
        }
    }
    let rate = f64::from(done) / begun.elapsed().as_secs_f64();
    empty(shop).await?;
    Ok(rate)
}

/// Read tables without rows again.
async fn empty(shop: &Workshop) -> Result<()> {
    let client = shop.pool.get().await?;
    for projector in projections::ALL {
        for table in projector.tables() {
            client.batch_execute(&format!("truncate read.{}", table.name)).await?;
        }
    }
    Ok(())
}

/// Starts the service as a child, lets it catch up with everything, and asks what it holds.
async fn rss(setting: &Setting, url: &str, head: i64) -> Result<Row> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("delete from control.checkpoints").await?;
    for projector in projections::ALL {
        for table in projector.tables() {
            client.batch_execute(&format!("truncate read.{}", table.name)).await?;
        }
    }
    let mut child = Told::new(&setting.servers, url)?.spawn()?;
    let begun = Instant::now();
    let behind = "select count(*) from control.checkpoints where position < $1
        and projection = any($2)";
    let names: Vec<&str> = projections::ALL.iter().map(|projector| projector.name()).collect();
    let all = i64::try_from(names.len())?;
    let there = "select count(*) from control.checkpoints where projection = any($1)";
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let known: i64 = client.query_one(there, &[&names]).await?.get(0);
        let late: i64 = client.query_one(behind, &[&(head - 1_000), &names]).await?.get(0);
        if known == all && late == 0 {
            break;
        }
        ensure!(begun.elapsed() < CATCH_UP, "the service does not catch up");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.split_whitespace().next()).context("no VmHWM")?;
    let mib = peak.parse::<f64>()? / 1024.0;
    child.kill()?;
    child.wait()?;
    let took = begun.elapsed().as_secs_f64();
    let row = Row::figure("rss_mib", "MiB", mib, 300.0).lower_is_better();
    Ok(row.note(format!("peak, every role in one process; caught up in {took:.0} s")))
}
