//! What a checkpoint says about the log and its tables stays true: after a restore to an earlier
//! state, and while tables are swapped under a writing projector.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use deadpool_postgres::{Pool, Transaction};
use eventstore::Entry;
use eventstore::board::State;
use eventstore::checkpoint::{self, Checkpoint};
use eventstore::consumer::{Consumer, ConsumerError};
use eventstore::follow::{Mark, Plan, plan};

use crate::consumer_ground::{Tally, ground, until, until_done};
use crate::support::Role;

#[test]
fn what_a_delivery_means_depends_only_on_how_far_one_has_come() {
    let table = [
        (0, 1, Plan::Apply),
        (0, 2, Plan::Backfill),
        (7, 1, Plan::Skip),
        (7, 7, Plan::Skip),
        (7, 8, Plan::Apply),
        (7, 9, Plan::Backfill),
        (7, i64::MAX, Plan::Backfill),
    ];
    for (done, delivered, expected) in table {
        assert_eq!(plan(done, delivered), expected, "done {done}, delivered {delivered}");
    }
}

#[tokio::test]
async fn positions_issued_again_after_a_restore_stop_the_consumer_as_forked_history() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    ground.append(10).await;
    ground.append(10).await;
    let process = ground.process(None).await;
    let task = Tally::of("tally").start(&process);
    until_done(&process, "tally", 20).await;
    task.abort();
    ground.database.restore(10).await;
    ground.append(15).await;
    let process = ground.process(None).await;
    let task = Tally::of("tally").start(&process);
    let standing = until(&process, "tally", |it| matches!(it.state, State::Stopped(_))).await;
    let State::Stopped(reason) = standing.state else { unreachable!() };
    assert!(reason.contains("history forked"), "{reason}");
    task.await.unwrap();
}

#[tokio::test]
async fn a_log_that_becomes_shorter_under_a_running_consumer_stops_it() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    ground.append(10).await;
    ground.append(10).await;
    let process = ground.process(None).await;
    let task = Tally::of("tally").start(&process);
    until_done(&process, "tally", 20).await;
    ground.database.restore(10).await;
    let standing = until(&process, "tally", |it| matches!(it.state, State::Stopped(_))).await;
    let State::Stopped(reason) = standing.state else { unreachable!() };
    assert!(reason.contains("history forked"), "{reason}");
    task.await.unwrap();
}

/// Swaps the live tables for a copy in a schema of its own, as a rebuild does, once per call.
async fn swap(pool: &Pool, live: Checkpoint, column: &str) -> Checkpoint {
    let (from, to) = (live.generation, live.generation + 1);
    let build = format!("build_tally_{to}");
    let mut client = pool.get().await.unwrap();
    client.batch_execute(&format!("create schema {build}")).await.unwrap();
    checkpoint::create(&client, "tally", to, &build, Mark::GENESIS).await.unwrap();
    let tx = client.transaction().await.unwrap();
    let mark = checkpoint::lock(&tx, "tally", from).await.unwrap().unwrap();
    checkpoint::lock(&tx, "tally", to).await.unwrap().unwrap();
    checkpoint::advance(&tx, "tally", to, mark).await.unwrap();
    tx.batch_execute(&format!(
        "create table {build}.tally (position bigint primary key, event_id uuid unique{column},
             written bigint generated always as identity);
         insert into {build}.tally (position, event_id)
         select position, event_id from read.tally order by position;
         create schema retired_{from};
         alter table read.tally set schema retired_{from};
         alter table {build}.tally set schema read"
    ))
    .await
    .unwrap();
    checkpoint::promote(&tx, "tally", from, to).await.unwrap();
    tx.commit().await.unwrap();
    Checkpoint { generation: to, mark }
}

#[tokio::test]
async fn a_swap_under_a_writing_projector_loses_and_doubles_nothing() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    let process = ground.process(None).await;
    let task = Tally::of("tally").start(&process);
    ground.append(1).await;
    until_done(&process, "tally", 1).await;
    let pool = ground.database.pool(Role::Projector);
    let mut live = checkpoint::find_or_create(
        &pool.get().await.unwrap(),
        "tally",
        checkpoint::LIVE,
        Mark::GENESIS,
    )
    .await
    .unwrap();
    assert_eq!(live.generation, 1);
    let writing = async {
        for _ in 0..200 {
            ground.append(2).await;
        }
    };
    let swapping = async {
        for _ in 0..5 {
            live = swap(&pool, live, "").await;
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        }
    };
    tokio::join!(writing, swapping);
    until_done(&process, "tally", 401).await;
    task.abort();
    assert_eq!(live.generation, 6);
    ground.assert_holds_the_log("read.tally").await;
}

/// Reads back what it wrote through a statement it keeps, as a projector with prepared statements.
struct Keeper;

impl Consumer for Keeper {
    type Work = Vec<Arc<Entry>>;

    fn name(&self) -> &'static str {
        "tally"
    }

    async fn prepare(
        &mut self,
        entries: &[Arc<Entry>],
    ) -> Result<Option<Self::Work>, ConsumerError> {
        Ok(Some(entries.to_vec()))
    }

    async fn apply(
        &mut self,
        tx: &Transaction<'_>,
        entries: Self::Work,
    ) -> Result<(), ConsumerError> {
        for entry in entries {
            let (position, event_id) = (entry.recorded.position, entry.recorded.event_id);
            let insert = "insert into tally (position, event_id) values ($1, $2)";
            tx.execute(insert, &[&position, &event_id]).await?;
        }
        // A server-side prepared statement, which outlives the transaction and meets new columns.
        let known = "select 1 from pg_prepared_statements where name = 'kept'";
        if tx.query_opt(known, &[]).await?.is_none() {
            tx.batch_execute("prepare kept as select * from tally limit 1").await?;
        }
        tx.batch_execute("execute kept").await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_plan_made_before_the_swap_is_dropped_and_made_again() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    let process = ground.process(None).await;
    let task = tokio::spawn(eventstore::consumer::run(Keeper, process.clone()));
    ground.append(1).await;
    until_done(&process, "tally", 1).await;
    let pool = ground.database.pool(Role::Projector);
    let live = Checkpoint { generation: 1, mark: Mark::GENESIS };
    swap(&pool, live, ", liked boolean").await;
    ground.append(1).await;
    until_done(&process, "tally", 2).await;
    task.abort();
    ground.assert_holds_the_log("read.tally").await;
}
