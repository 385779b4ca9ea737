//! `generation_request`: hold, request and queue in one append, against the seeds' transaction.

use std::sync::Arc;

use anyhow::Result;
use uuid::Uuid;

use super::{Setting, latencies};
use crate::crud::Crud;
use crate::folio::{Folio, World};
use crate::load::{closed_loop, median};
use crate::report::Row;

/// Measures it.
///
/// # Errors
/// A command fails, or the peer's books are wrong.
pub async fn row(setting: &Setting) -> Result<Row> {
    let world = Arc::new(World::new());
    let folio = Folio::start(&setting.servers.database("generation_folio").await?).await?;
    folio.seed(&world).await?;
    let ids: Vec<Uuid> = world.users.iter().map(|user| user.0).collect();
    let crud = Crud::create(&setting.servers.database("generation_crud").await?, &ids).await?;
    let (mut ours, mut peers, mut answered, mut last) = (Vec::new(), Vec::new(), 0, None);
    for _ in 0..setting.repetitions {
        let (peer, there) = (crud.clone(), Arc::clone(&world));
        let run = closed_loop(setting.length, move |n| {
            let (peer, there) = (peer.clone(), Arc::clone(&there));
            async move { peer.transfer(Uuid::now_v7(), there.payer(n).0, there.other(n).0).await }
        })
        .await?;
        answered += run.count();
        peers.push(run.rate);
        let (own, there) = (folio.clone(), Arc::clone(&world));
        let run = closed_loop(setting.length, move |n| {
            let (own, there) = (own.clone(), Arc::clone(&there));
            async move { own.request(there.payer(n), &there).await.map(|_| ()) }
        })
        .await?;
        ours.push(run.rate);
        last = Some(run);
    }
    crud.check(answered).await?;
    let row = Row::against("generation_request", "requests/s", median(ours), median(peers), 3.0);
    Ok(row.note(latencies(last.as_ref())))
}
