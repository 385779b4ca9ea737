//! The race: the connection breaks while an append is under way. Whether it was committed is found
//! out by the batch's id, never guessed.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use eventstore::WriterError;
use eventstore::writer::Writer;
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Database, Role, database};
use crate::writer_ground::{client_key, command, moves, number, run, sound, writer};
use crate::writer_proxy::{Proxy, Wire};

/// A writer behind a proxy, with a warm purse of 100.
async fn behind_proxy(database: &Database) -> (Proxy, Writer, Uuid) {
    let (proxy, config) = Proxy::before(database).await;
    let (writer, _) = Writer::start(config).await.unwrap();
    let purse = Uuid::now_v7();
    run(&writer, moves(purse, 100)).await.unwrap();
    (proxy, writer, purse)
}

async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come about in 3 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_answered_as_what_it_was() {
    let database = database().await;
    let (proxy, writer, purse) = behind_proxy(&database).await;
    let client = database.client(Role::Superuser).await;

    proxy.set(Wire::LosesAnswers);
    let spending = tokio::spawn({
        let writer = writer.clone();
        async move { run(&writer, moves(purse, -1)).await }
    });
    eventually(async || number(&client, "select count(*) from es.events").await == 2).await;
    proxy.set(Wire::Whole);
    proxy.cut();

    let answer = spending.await.unwrap().unwrap();
    assert_eq!((answer.position, answer.replayed, answer.outcome.unwrap()), (2, false, 99));
    assert_eq!(run(&writer, moves(purse, -1)).await.unwrap().outcome.unwrap(), 98);
    assert_eq!(sound(&client).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_arrives_after_its_batch_was_given_up_can_never_commit() {
    let database = database().await;
    let (proxy, writer, purse) = behind_proxy(&database).await;
    let client = database.client(Role::Superuser).await;

    proxy.set(Wire::HoldsRequests);
    let spending = tokio::spawn({
        let writer = writer.clone();
        async move { run(&writer, moves(purse, -1)).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    proxy.set(Wire::Whole);
    proxy.cut();
    let answer = spending.await.unwrap().unwrap();
    assert_eq!((answer.position, answer.outcome.unwrap()), (2, 99));

    proxy.deliver_late().await;

    assert_eq!(number(&client, "select count(*) from es.batches where void").await, 1);
    assert_eq!(run(&writer, moves(purse, -1)).await.unwrap().outcome.unwrap(), 98);
    assert_eq!(sound(&client).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_still_waiting_for_the_lock_when_its_connection_breaks_happens_once() {
    let database = database().await;
    let (proxy, writer, purse) = behind_proxy(&database).await;
    let mut holder = database.client(Role::Superuser).await;
    let client = database.client(Role::Superuser).await;
    let lock = holder.transaction().await.unwrap();
    lock.execute("select from es.log for update", &[]).await.unwrap();

    let spending = tokio::spawn({
        let writer = writer.clone();
        async move { run(&writer, moves(purse, -1)).await }
    });
    const WAITING: &str = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    eventually(async || number(&client, WAITING).await == 1).await;
    proxy.cut();
    eventually(async || number(&client, WAITING).await == 2).await;
    lock.commit().await.unwrap();

    let answer = spending.await.unwrap().unwrap();
    assert_eq!((answer.position, answer.outcome.unwrap()), (2, 99));
    assert_eq!(sound(&client).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_answered_while_the_database_comes_and_goes_is_in_the_log_once() {
    let database = database().await;
    let (proxy, writer, purse) = behind_proxy(&database).await;
    let cutting = async {
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(120)).await;
            proxy.set(Wire::Down);
            proxy.cut();
            tokio::time::sleep(Duration::from_millis(120)).await;
            proxy.set(Wire::Whole);
        }
    };
    let spend = |caller: usize| {
        let writer = writer.clone();
        async move {
            let mut answered = 0;
            for n in 0..40 {
                let spending = command(client_key(format!("{caller}-{n}")), moves(purse, 1));
                match writer.execute(spending).await {
                    Ok(answer) => answered += i64::from(answer.outcome.is_ok()),
                    Err(WriterError::Busy { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            answered
        }
    };

    let (answered, ()) = tokio::join!(join_all((0..32).map(spend)), cutting);

    let answered: i64 = answered.iter().sum();
    let client = database.client(Role::Superuser).await;
    assert_eq!(sound(&client).await, 1 + answered);
    assert_eq!(run(&writer, moves(purse, 0)).await.unwrap().outcome.unwrap(), 100 + answered);
    assert!(answered > 32 * 20, "only {answered} commands got through");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failover_under_64_callers_loses_and_doubles_nothing() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    let spend = |_| {
        let writer = writer.clone();
        async move {
            let mut answered = 0;
            for _ in 0..20 {
                match run(&writer, moves(purse, 1)).await {
                    Ok(answer) => answered += i64::from(answer.outcome.is_ok()),
                    Err(WriterError::Busy { .. }) => {} // Its stream could not be loaded.
                    Err(error) => panic!("{error}"),
                }
            }
            answered
        }
    };
    let breaking = async {
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(30)).await;
            database.disconnect_everybody().await;
        }
    };

    let (answered, ()) = tokio::join!(join_all((0..64).map(spend)), breaking);

    let client = database.client(Role::Superuser).await;
    assert_eq!(sound(&client).await, answered.iter().sum::<i64>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_whose_deadline_passes_meanwhile_finds_the_truth_under_its_key() {
    let database = database().await;
    let (proxy, mut config) = Proxy::before(&database).await;
    config.deadline = Duration::from_millis(300);
    let (writer, _) = Writer::start(config).await.unwrap();
    let purse = Uuid::now_v7();
    run(&writer, moves(purse, 100)).await.unwrap();
    proxy.set(Wire::LosesAnswers);

    let lost = writer.execute(command(client_key("lost"), moves(purse, -1))).await;
    assert!(matches!(lost, Err(WriterError::OutcomeUnknown)), "{lost:?}");
    proxy.set(Wire::Down);
    proxy.cut();
    let queued = run(&writer, moves(purse, -1)).await;
    assert!(matches!(queued, Err(WriterError::Busy { .. })), "{queued:?}");
    proxy.set(Wire::Whole);

    let client = database.client(Role::Superuser).await;
    eventually(async || run(&writer, moves(purse, 0)).await.is_ok()).await;
    let found = writer.execute(command(client_key("lost"), moves(purse, -1))).await.unwrap();
    assert_eq!((found.position, found.replayed, found.outcome.unwrap()), (2, true, 99));
    assert_eq!(sound(&client).await, 2);
}
