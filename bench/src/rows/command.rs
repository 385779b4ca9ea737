//! `command_vs_cqrs_es`: a keyed command of one event, on 10,000 wallets.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use domain::one::One;
use domain::wallets::{Earn, Wallet, WalletCommand, WalletKey};
use domain::{Amount, GenerationId, StyleId};
use uuid::Uuid;

use super::{Setting, latencies};
use crate::folio::{Folio, World};
use crate::library::Library;
use crate::load::{Run, closed_loop, median};
use crate::report::Row;

/// Measures it.
///
/// # Errors
/// A command fails, or the peer's rows are not what it answered.
pub async fn row(setting: &Setting) -> Result<Row> {
    let world = Arc::new(World::new());
    let folio = Folio::start(&setting.servers.database("command_folio").await?).await?;
    let library =
        Arc::new(Library::create(&setting.servers.database("command_library").await?).await?);
    let (mut ours, mut peers, mut answered) = (Vec::new(), Vec::new(), 0);
    let mut last = None;
    for _ in 0..setting.repetitions {
        let run = peer_run(&library, &world, setting.length).await?;
        answered += run.count();
        peers.push(run.rate);
        let run = folio_run(&folio, &world, setting.length).await?;
        ours.push(run.rate);
        last = Some(run);
    }
    library.check(answered).await?;
    let row = Row::against("command_vs_cqrs_es", "commands/s", median(ours), median(peers), 8.0);
    Ok(row.note(latencies(last.as_ref())))
}

async fn folio_run(folio: &Folio, world: &Arc<World>, length: Duration) -> Result<Run> {
    let (folio, world) = (folio.clone(), Arc::clone(world));
    closed_loop(length, move |n| {
        let (folio, world) = (folio.clone(), Arc::clone(&world));
        async move {
            let artist = world.user(n);
            let one = One::<Wallet>::of(WalletKey::earning(artist), earn(&world, n));
            folio.run("bench:earn", artist, one).await.map(|_| ())
        }
    })
    .await
}

async fn peer_run(library: &Arc<Library>, world: &Arc<World>, length: Duration) -> Result<Run> {
    let (library, world) = (Arc::clone(library), Arc::clone(world));
    closed_loop(length, move |n| {
        let (library, world) = (Arc::clone(&library), Arc::clone(&world));
        async move { library.earn(world.user(n), &earn(&world, n)).await }
    })
    .await
}

fn earn(world: &World, n: u64) -> WalletCommand {
    WalletCommand::Earn(Earn {
        artist: world.user(n),
        generation: GenerationId(Uuid::now_v7()),
        style: StyleId(world.style.0),
        payer: world.other(n),
        gross: Amount::new(10).unwrap_or(Amount::ZERO),
        fee_basis_points: 1_000,
    })
}
