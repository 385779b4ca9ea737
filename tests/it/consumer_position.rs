//! Reading one's own writes: a token is believed only if it is of this log, and a reader waits for
//! the tables it names, wherever they are written, but never for ever.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::{Duration, Instant};

use eventstore::position::{CheckError, Position, TokenError, Waited, Watcher};
use uuid::Uuid;

use crate::consumer_ground::{Ground, SOON, Tally, ground, until_done};
use crate::support::Role;

const MOMENT: Duration = Duration::from_millis(150);

/// What a process that serves queries has.
async fn watcher(ground: &Ground) -> Watcher {
    let process = ground.process(None).await;
    Watcher::new(&process, ground.database.pool(Role::Api)).await.unwrap()
}

#[tokio::test]
async fn a_token_is_believed_up_to_the_head_of_its_own_log() {
    let ground = ground().await;
    ground.append(3).await;
    let watcher = watcher(&ground).await;
    assert_eq!(watcher.check(&watcher.token(3)).await.unwrap(), 3);
    let beyond = watcher.check(&watcher.token(4)).await;
    assert!(matches!(beyond, Err(CheckError::BeyondHead)));
    ground.append(1).await;
    assert_eq!(watcher.check(&watcher.token(4)).await.unwrap(), 4, "known before the next poll");
    let other = Position { store: Uuid::from_u128(7), position: 1 }.to_string();
    let refused = watcher.check(&other).await;
    assert!(matches!(refused, Err(CheckError::Token(TokenError::OtherStore))));
    let refused = watcher.check("1").await;
    assert!(matches!(refused, Err(CheckError::Token(TokenError::Malformed))));
}

#[tokio::test]
async fn a_reader_waits_for_the_consumers_of_its_own_process() {
    let ground = ground().await;
    for table in ["tally", "slow"] {
        ground.table("read", table).await;
    }
    let process = ground.process(None).await;
    let watcher = Watcher::new(&process, ground.database.pool(Role::Api)).await.unwrap();
    let task = Tally::of("tally").start(&process);
    ground.append(5).await;
    assert_eq!(watcher.wait_for(&["tally"], 5, SOON).await, Waited::Reached);
    assert_eq!(watcher.wait_for(&["tally"], 6, MOMENT).await, Waited::Lagging);
    let both = watcher.wait_for(&["tally", "slow"], 5, MOMENT).await;
    assert_eq!(both, Waited::Lagging, "nobody fills the second table yet");
    let slow = Tally::of("slow").start(&process);
    assert_eq!(watcher.wait_for(&["tally", "slow"], 5, SOON).await, Waited::Reached);
    task.abort();
    slow.abort();
}

#[tokio::test]
async fn a_reader_waits_for_the_consumers_of_another_process() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    let watcher = watcher(&ground).await;
    let elsewhere = ground.process(None).await;
    let task = Tally::of("tally").start(&elsewhere);
    ground.append(5).await;
    until_done(&elsewhere, "tally", 5).await;
    let started = Instant::now();
    assert_eq!(watcher.wait_for(&["tally"], 5, SOON).await, Waited::Reached);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(watcher.wait_for(&["tally"], 6, MOMENT).await, Waited::Lagging);
    task.abort();
}

#[tokio::test]
async fn when_the_own_consumer_stopped_another_process_may_still_get_there() {
    let ground = ground().await;
    ground.table("read", "tally").await;
    let process = ground.process(None).await;
    let watcher = Watcher::new(&process, ground.database.pool(Role::Api)).await.unwrap();
    let stopped = Tally { poison: Some(2), ..Tally::of("tally") }.start(&process);
    ground.append(3).await;
    assert_eq!(watcher.wait_for(&["tally"], 3, MOMENT).await, Waited::Lagging);
    stopped.await.unwrap();
    let elsewhere = ground.process(None).await;
    let task = Tally::of("tally").start(&elsewhere);
    assert_eq!(watcher.wait_for(&["tally"], 3, SOON).await, Waited::Reached);
    task.abort();
}
