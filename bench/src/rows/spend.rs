//! `spend_*`: a token from payer to artist with all invariants, against the seeds' transaction;
//! and the same with two writers, as two processes would be.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use uuid::Uuid;

use super::{Setting, latencies};
use crate::crud::Crud;
use crate::folio::{Folio, World};
use crate::load::{Run, closed_loop, median};
use crate::report::Row;

/// Who receives.
#[derive(Debug, Clone, Copy)]
enum Spread {
    /// Everybody.
    Uniform,
    /// One artist.
    One,
}

/// Measures both spreads and two writers.
///
/// # Errors
/// A command fails, or the peer's books are wrong.
pub async fn rows(setting: &Setting) -> Result<Vec<Row>> {
    let world = Arc::new(World::new());
    let url = setting.servers.database("spend_folio").await?;
    let folio = Folio::start(&url).await?;
    folio.seed(&world).await?;
    let second = Folio::join(&url).await?;
    let ids: Vec<Uuid> = world.users.iter().map(|user| user.0).collect();
    let crud = Crud::create(&setting.servers.database("spend_crud").await?, &ids).await?;

    let mut answered = 0;
    let mut rows = Vec::new();
    let mut uniform = f64::NAN;
    for (name, spread, goal) in [
        ("spend_vs_crud_uniform", Spread::Uniform, 5.0),
        ("spend_vs_crud_one_artist", Spread::One, 15.0),
    ] {
        let (mut ours, mut peers, mut last) = (Vec::new(), Vec::new(), None);
        for _ in 0..setting.repetitions {
            let run = peer_run(&crud, &world, spread, setting.length).await?;
            answered += run.count();
            peers.push(run.rate);
            let run = folio_run(vec![folio.clone()], &world, spread, setting.length).await?;
            ours.push(run.rate);
            last = Some(run);
        }
        let ours = median(ours);
        if matches!(spread, Spread::Uniform) {
            uniform = ours;
        }
        let note = latencies(last.as_ref());
        rows.push(Row::against(name, "transfers/s", ours, median(peers), goal).note(note));
    }
    crud.check(answered).await?;
    let mut both = Vec::new();
    for _ in 0..setting.repetitions {
        let writers = vec![folio.clone(), second.clone()];
        both.push(folio_run(writers, &world, Spread::Uniform, setting.length).await?.rate);
    }
    let row = Row::against("two_writers", "transfers/s", median(both), uniform, 0.5);
    rows.push(row.note("both write the same 10,000 wallets; against one writer"));
    Ok(rows)
}

async fn folio_run(
    writers: Vec<Folio>,
    world: &Arc<World>,
    spread: Spread,
    length: Duration,
) -> Result<Run> {
    let world = Arc::clone(world);
    closed_loop(length, move |n| {
        let world = Arc::clone(&world);
        let folio = writers[usize::try_from(n).unwrap_or(0) % writers.len()].clone();
        async move {
            let to = match spread {
                Spread::Uniform => world.other(n),
                Spread::One => world.users[0],
            };
            let from = world.payer(n);
            folio.transfer(from, to).await.map(|_| ())
        }
    })
    .await
}

async fn peer_run(
    crud: &Crud,
    world: &Arc<World>,
    spread: Spread,
    length: Duration,
) -> Result<Run> {
    let (crud, world) = (crud.clone(), Arc::clone(world));
    closed_loop(length, move |n| {
        let (crud, world) = (crud.clone(), Arc::clone(&world));
        async move {
            let to = match spread {
                Spread::Uniform => world.other(n),
                Spread::One => world.users[0],
            };
            crud.transfer(Uuid::now_v7(), world.payer(n).0, to.0).await
        }
    })
    .await
}
