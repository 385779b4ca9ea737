//! Each event takes effect once in each read table, in order, whatever stops in between; here
//! without a broker, so that Postgres alone must do.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eventstore::board::State;
use eventstore::relay;

use crate::consumer_ground::{SOON, Tally, ground, until, until_done};
use crate::support::{Role, Version, nats};

#[tokio::test]
async fn past_and_new_events_are_applied_once_and_in_order_without_a_broker() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    ground.append(1_203).await;
    let process = ground.process(None).await;
    let task = Tally::of("tally").start(&process);
    until_done(&process, "tally", 1_203).await;
    for _ in 0..20 {
        ground.append(3).await;
    }
    until_done(&process, "tally", 1_263).await;
    task.abort();
    ground.assert_holds_the_log("read.tally").await;
}

#[tokio::test]
async fn nobody_ever_sees_half_of_what_happened_at_once() {
    let (ground, nats) = (ground().await, nats(Version::New));
    ground.table("read", "tally").await;
    ground.append(490).await;
    ground.append(21).await; // The first page would end within it.
    ground.append(1_300).await;
    let process = ground.process(Some(&nats.url())).await;
    let tasks = [tokio::spawn(process.relay().unwrap().run()), Tally::of("tally").start(&process)];
    until(&process, relay::NAME, |it| it.state == State::Running).await;
    for _ in 0..60 {
        ground.append(7).await;
        ground.append(130).await;
    }
    until_done(&process, "tally", 1_811 + 60 * 137).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    ground.assert_holds_the_log("read.tally").await;
    ground.assert_appends_are_whole("read.tally").await;
}

#[tokio::test]
async fn a_consumer_killed_between_apply_and_commit_applies_once() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    ground.append(10).await;
    let process = ground.process(None).await;
    let hang = Arc::new(AtomicUsize::new(1));
    let task = Tally { hang: Arc::clone(&hang), ..Tally::of("tally") }.start(&process);
    let deadline = tokio::time::Instant::now() + SOON;
    while hang.load(Ordering::SeqCst) > 0 {
        assert!(tokio::time::Instant::now() < deadline, "it was never given anything");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    task.abort();
    let again = Tally::of("tally").start(&process);
    until_done(&process, "tally", 10).await;
    again.abort();
    ground.assert_holds_the_log("read.tally").await;
}

#[tokio::test]
async fn two_processes_share_one_projection_without_applying_anything_twice() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    let (one, other) = (ground.process(None).await, ground.process(None).await);
    let tasks = [Tally::of("tally").start(&one), Tally::of("tally").start(&other)];
    for _ in 0..50 {
        ground.append(7).await;
    }
    until_done(&one, "tally", 350).await;
    until_done(&other, "tally", 350).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    ground.assert_holds_the_log("read.tally").await;
}

#[tokio::test]
async fn losing_every_connection_again_and_again_loses_no_event() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    let process = ground.process(None).await;
    let task = Tally::of("tally").start(&process);
    for _ in 0..5 {
        ground.append(40).await;
        ground.database.disconnect_everybody().await;
        ground.append(2).await;
    }
    until_done(&process, "tally", 210).await;
    task.abort();
    ground.assert_holds_the_log("read.tally").await;
}

#[tokio::test]
async fn events_of_no_interest_move_the_checkpoint_in_memory_at_once_and_soon_on_disk() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    let process = ground.process(None).await;
    let task = Tally { wants_all: false, ..Tally::of("tally") }.start(&process);
    ground.append(1).await;
    ground.append_of("like.removed", 30).await;
    until_done(&process, "tally", 31).await;
    let client = ground.database.client(Role::Superuser).await;
    let saved = "select position from control.checkpoints where projection = 'tally'";
    let deadline = tokio::time::Instant::now() + SOON;
    while client.query_one(saved, &[]).await.unwrap().get::<_, i64>(0) < 31 {
        assert!(tokio::time::Instant::now() < deadline, "the checkpoint was never written");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    task.abort();
    let written = "select count(*) from read.tally";
    assert_eq!(client.query_one(written, &[]).await.unwrap().get::<_, i64>(0), 1);
}

#[tokio::test]
async fn poison_stops_its_consumer_at_its_position_and_no_other() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    ground.table("read", "poisoned").await;
    ground.append(100).await;
    let process = ground.process(None).await;
    let poisoned = Tally { poison: Some(64), ..Tally::of("poisoned") }.start(&process);
    let task = Tally::of("tally").start(&process);
    let standing = until(&process, "poisoned", |it| matches!(it.state, State::Stopped(_))).await;
    let State::Stopped(reason) = standing.state else { unreachable!() };
    assert!(reason.contains("position 64"), "{reason}");
    tokio::time::timeout(SOON, poisoned).await.unwrap().unwrap();
    ground.append(5).await;
    until_done(&process, "tally", 105).await;
    task.abort();
    ground.assert_holds_the_log("read.tally").await;
    let client = ground.database.client(Role::Superuser).await;
    let written = "select count(*), max(position) from read.poisoned";
    let row = client.query_one(written, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), (63_i64, Some(63_i64)), "what came before it is there");
}

#[tokio::test]
async fn an_event_no_context_knows_stops_whoever_wants_it_and_nobody_else() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    ground.table("read", "curious").await;
    ground.append(3).await;
    let process = ground.process(None).await;
    let tasks = [
        Tally::of("curious").start(&process),
        Tally { wants_all: false, ..Tally::of("tally") }.start(&process),
    ];
    until_done(&process, "curious", 3).await;
    ground.append_of("like.sung", 1).await;
    ground.append(2).await;
    until_done(&process, "tally", 6).await;
    let standing = until(&process, "curious", |it| matches!(it.state, State::Stopped(_))).await;
    let State::Stopped(reason) = standing.state else { unreachable!() };
    assert!(reason.contains("event 4 does not decode"), "{reason}");
    assert_eq!(standing.position, 3);
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}
