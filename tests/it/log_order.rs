//! The order of the log (O1): dense positions that become visible in order, whatever happens to
//! those who append.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventstore::{Log, Recorded};
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::log_append::{append, somebody_waits};
use crate::support::{Database, Role, database};

/// Callers that append at the same time.
const APPENDERS: u64 = 16;
/// Appends of each, those that are rolled back included.
const APPENDS: u64 = 40;

async fn appends_behind(database: &Database) -> JoinHandle<i64> {
    let second = database.client(Role::Writer).await;
    tokio::spawn(async move { append(&second, Uuid::now_v7(), 1).await.unwrap() })
}

async fn log(database: &Database) -> Log {
    Log::new(database.pool(Role::Auditor))
}

#[tokio::test]
async fn a_second_appender_waits_until_the_first_has_committed() {
    let database = database().await;
    let observer = database.client(Role::Superuser).await;
    let mut first = database.client(Role::Writer).await;
    let held = first.transaction().await.unwrap();
    assert_eq!(append(&held, Uuid::now_v7(), 3).await.unwrap(), 1);
    let second = appends_behind(&database).await;
    somebody_waits(&observer).await;
    assert_eq!(log(&database).await.head().await.unwrap(), 0, "nothing is visible before commit");
    held.commit().await.unwrap();
    assert_eq!(second.await.unwrap(), 4);
    assert_eq!(log(&database).await.head().await.unwrap(), 4);
}

#[tokio::test]
async fn positions_of_an_append_that_is_rolled_back_are_taken_by_the_next() {
    let database = database().await;
    let observer = database.client(Role::Superuser).await;
    let mut first = database.client(Role::Writer).await;
    let held = first.transaction().await.unwrap();
    append(&held, Uuid::now_v7(), 3).await.unwrap();
    let second = appends_behind(&database).await;
    somebody_waits(&observer).await;
    held.rollback().await.unwrap();
    assert_eq!(second.await.unwrap(), 1);
    assert_eq!(log(&database).await.head().await.unwrap(), 1);
}

#[tokio::test]
async fn positions_of_an_appender_that_is_killed_are_taken_by_the_next() {
    let database = database().await;
    let observer = database.client(Role::Superuser).await;
    let mut first = database.client(Role::Writer).await;
    let held = first.transaction().await.unwrap();
    append(&held, Uuid::now_v7(), 3).await.unwrap();
    let pid: i32 = held.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    let second = appends_behind(&database).await;
    somebody_waits(&observer).await;
    observer.execute("select pg_terminate_backend($1)", &[&pid]).await.unwrap();
    assert_eq!(second.await.unwrap(), 1);
    assert!(held.commit().await.is_err(), "the killed append cannot commit any more");
    assert_eq!(log(&database).await.head().await.unwrap(), 1);
}

#[tokio::test]
async fn an_append_gives_up_when_the_log_stays_locked() {
    let database = database().await;
    let mut first = database.client(Role::Writer).await;
    let held = first.transaction().await.unwrap();
    append(&held, Uuid::now_v7(), 1).await.unwrap();
    let second = database.client(Role::Writer).await;
    let refused = append(&second, Uuid::now_v7(), 1).await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "55P03", "lock_not_available");
    held.commit().await.unwrap();
    assert_eq!(append(&second, Uuid::now_v7(), 1).await.unwrap(), 2);
}

#[tokio::test]
async fn an_append_under_an_old_snapshot_is_refused_instead_of_deciding_on_it() {
    let database = database().await;
    let writer = database.client(Role::Writer).await;
    writer.batch_execute("begin isolation level repeatable read").await.unwrap();
    assert!(append(&writer, Uuid::now_v7(), 1).await.is_err());
}

#[tokio::test]
async fn a_polling_reader_never_sees_a_hole_or_an_inversion() {
    let database = database().await;
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(poll(log(&database).await, done.clone()));
    let streams: Arc<[Uuid]> = (0..4).map(|_| Uuid::now_v7()).collect();
    let mut appenders = Vec::new();
    for seed in 1..=APPENDERS {
        let client = database.client(Role::Writer).await;
        appenders.push(tokio::spawn(append_at_random(client, streams.clone(), seed)));
    }
    let mut committed = 0;
    for appender in appenders {
        committed += appender.await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let seen = reader.await.unwrap();
    assert_eq!(
        seen.len(),
        committed,
        "what was answered is in the log, what was rolled back is not"
    );
    for stream in streams.iter() {
        let own = seen.iter().filter(|event| event.stream_id == *stream);
        let sequences: Vec<i64> = own.map(|event| event.sequence).collect();
        assert_eq!(sequences, (1..).take(sequences.len()).collect::<Vec<i64>>());
    }
}

/// Appends one to three events to a random stream, again and again, and rolls a third back.
async fn append_at_random(mut client: Client, streams: Arc<[Uuid]>, seed: u64) -> usize {
    let mut chance = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut below = move |bound: u64| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance % bound).unwrap()
    };
    let mut committed = 0;
    for _ in 0..APPENDS {
        let (stream, count) = (streams[below(4)], 1 + below(3));
        let transaction = client.transaction().await.unwrap();
        append(&transaction, stream, count).await.unwrap();
        if below(3) == 0 {
            transaction.rollback().await.unwrap();
        } else {
            transaction.commit().await.unwrap();
            committed += count;
        }
    }
    committed
}

/// Reads on from the last position seen until the appenders are done and the head is reached.
async fn poll(log: Log, done: Arc<AtomicBool>) -> Vec<Recorded> {
    let mut seen: Vec<Recorded> = Vec::new();
    loop {
        let last_round = done.load(Ordering::SeqCst);
        let after = seen.last().map_or(0, |event| event.position);
        let page = log.range(after, 500).await.unwrap();
        for (event, position) in page.iter().zip(after + 1..) {
            assert_eq!(event.position, position, "a hole or an inversion");
        }
        let times = page.iter().map(|event| event.recorded_at);
        assert!(times.is_sorted(), "the log's time went back");
        if page.is_empty() && last_round {
            assert_eq!(log.head().await.unwrap(), after);
            return seen;
        }
        seen.extend(page);
    }
}
