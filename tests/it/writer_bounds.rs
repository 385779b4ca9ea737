//! Over its limits the writer says no at once; when it ends, it ends in order.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::{Duration, Instant};

use eventstore::WriterError;
use eventstore::writer::{Health, Writer};
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Role, database};
use crate::writer_ground::{
    Does, Purse, PurseCommand, client_key, command, config, moves, on, run, sound, writer,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_said_to_be_full_at_once() {
    let database = database().await;
    let mut small = config(&database);
    (small.queue_max, small.batch_units_max) = (4, 1);
    let (writer, _) = Writer::start(small).await.unwrap();
    let purse = Uuid::now_v7();
    run(&writer, moves(purse, 1)).await.unwrap();
    let mut client = database.client(Role::Superuser).await;
    let lock = client.transaction().await.unwrap();
    lock.execute("select from es.log for update", &[]).await.unwrap();

    let asked = Instant::now();
    let waiting: Vec<_> = (0..16)
        .map(|_| {
            let writer = writer.clone();
            tokio::spawn(async move { (run(&writer, moves(purse, 1)).await, asked.elapsed()) })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    lock.commit().await.unwrap();

    let answers: Vec<_> = join_all(waiting).await.into_iter().map(Result::unwrap).collect();
    let busy: Vec<_> = answers.iter().filter(|(answer, _)| answer.is_err()).collect();
    assert!(busy.len() >= 8, "{} of 16 were turned away", busy.len());
    for (answer, after) in busy {
        assert!(matches!(answer, Err(WriterError::Busy { .. })), "{answer:?}");
        assert!(*after < Duration::from_millis(450), "turned away after {after:?}");
    }
    let done = answers.iter().filter(|(answer, _)| answer.is_ok()).count();
    assert_eq!(sound(&client).await, 1 + i64::try_from(done).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_the_lock_too_long_is_told_to_come_again() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    run(&writer, moves(purse, 1)).await.unwrap();
    let mut client = database.client(Role::Superuser).await;
    let lock = client.transaction().await.unwrap();
    lock.execute("select from es.log for update", &[]).await.unwrap();

    let refused = run(&writer, moves(purse, 1)).await;

    assert!(matches!(refused, Err(WriterError::Busy { .. })), "{refused:?}");
    let Health::Down(reason) = writer.health() else { panic!("it says that it is up") };
    assert!(reason.contains("lock timeout"), "{reason}");
    lock.commit().await.unwrap();
    assert_eq!(run(&writer, moves(purse, 1)).await.unwrap().outcome, Ok(2));
    assert_eq!(writer.health(), Health::Up);
    assert_eq!(sound(&client).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_is_answered_before_the_writer_ends() {
    let database = database().await;
    let (writer, ended) = Writer::start(config(&database)).await.unwrap();
    let purse = Uuid::now_v7();
    let asked: Vec<_> = (0..64)
        .map(|_| {
            let writer = writer.clone();
            tokio::spawn(async move { run(&writer, moves(purse, 1)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(1)).await;

    writer.shutdown().await;

    ended.await.unwrap();
    let answers = join_all(asked).await.into_iter().map(Result::unwrap);
    let (done, turned_away): (Vec<_>, Vec<_>) = answers.partition(Result::is_ok);
    assert!(turned_away.iter().all(|answer| matches!(answer, Err(WriterError::ShuttingDown))));
    let client = database.client(Role::Superuser).await;
    assert_eq!(sound(&client).await, i64::try_from(done.len()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_too_small_for_anything_changes_no_answer() {
    let database = database().await;
    let mut tiny = config(&database);
    tiny.cache_bytes_max = 1;
    let (writer, _) = Writer::start(tiny).await.unwrap();
    let purses: Vec<_> = (0..16).map(|_| Uuid::now_v7()).collect();

    for _ in 0..4 {
        let answers = join_all(purses.iter().map(|purse| run(&writer, moves(*purse, 1)))).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().outcome.is_ok()));
    }

    let balances = join_all(purses.iter().map(|purse| run(&writer, moves(*purse, 0)))).await;
    assert!(balances.into_iter().all(|answer| answer.unwrap().outcome == Ok(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_may_find_streams_it_did_not_announce() {
    let database = database().await;
    let writer = writer(&database).await;
    let purses: [Uuid; 5] = std::array::from_fn(|_| Uuid::now_v7());
    let all = Does {
        streams: vec![],
        decide: move |work: &mut domain::Work<'_>| {
            for purse in purses {
                work.decide::<Purse>(purse, PurseCommand::Move(1))?;
            }
            Ok(5)
        },
    };

    assert_eq!(run(&writer, all).await.unwrap().outcome, Ok(5));
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_beyond_its_bounds_is_no_key() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    for key in ["x".repeat(256), "a\0b".to_owned()] {
        let decision = on(purse, |_| Ok(0));
        let refused = writer.execute(command(client_key(key), decision)).await;
        assert!(matches!(refused, Err(WriterError::OutOfBounds(_))), "{refused:?}");
    }
}
