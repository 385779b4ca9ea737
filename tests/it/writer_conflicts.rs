//! The race: two processes decide on the same stream from memory. The log lets neither answer from
//! a state that is no longer true.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::{Stream, Work};
use eventstore::writer::Writer;
use futures::future::join_all;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{Role, database};
use crate::writer_ground::{
    Does, Purse, PurseCommand, PurseEvent, moves, number, on, run, sound, writer,
};

/// Longer than an append that nobody stands in the way of.
const FAST: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_refused_because_of_what_another_process_has_since_changed() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let purse = Uuid::now_v7();
    run(&here, moves(purse, 1)).await.unwrap();
    run(&there, moves(purse, 9)).await.unwrap();

    let spent = run(&here, moves(purse, -10)).await.unwrap();

    assert_eq!((spent.position, spent.outcome), (3, Ok(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_read_is_checked_too() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let (read, written) = (Uuid::now_v7(), Uuid::now_v7());
    run(&here, moves(read, 1)).await.unwrap();
    run(&there, moves(read, 4)).await.unwrap();

    let copied = run(
        &here,
        on(read, move |work| {
            let amount = work.state::<Purse>(read)?.balance;
            work.decide::<Purse>(written, PurseCommand::Move(amount))?;
            Ok(amount)
        }),
    );

    assert_eq!(copied.await.unwrap().outcome, Ok(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_purse_both_get_on_and_lose_nothing() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let purse = Uuid::now_v7();
    let spend = |writer: Writer| async move {
        for _ in 0..20 {
            run(&writer, moves(purse, 1)).await.unwrap().outcome.unwrap();
        }
    };
    let done_first = async |writer: &Writer| {
        join_all((0..8).map(|_| spend(writer.clone()))).await;
        run(writer, moves(purse, 0)).await.unwrap().outcome.unwrap()
    };

    let (one, other) = tokio::join!(done_first(&here), done_first(&there));

    assert_eq!(one.max(other), 320);
    assert!(one.min(other) >= 160, "one process was served only after the other: {one} {other}");
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 320);
}

#[tokio::test(flavor = "multi_thread")]
async fn earnings_of_one_artist_in_two_processes_do_not_stand_in_each_others_way() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let artist = Uuid::now_v7();
    let earns = |writer: Writer| async move {
        for _ in 0..10 {
            let decide = move |work: &mut Work<'_>| {
                work.append_blind::<Purse>(artist, PurseEvent::Moved { amount: 1 })?;
                Ok(0)
            };
            run(&writer, Does { streams: vec![], decide }).await.unwrap();
        }
    };
    // Both know the artist; one has a state that the other makes old all the time.
    run(&here, moves(artist, 1)).await.unwrap();
    run(&there, moves(artist, 1)).await.unwrap();

    tokio::join!(
        join_all((0..8).map(|_| earns(here.clone()))),
        join_all((0..8).map(|_| earns(there.clone()))),
    );

    assert_eq!(run(&here, moves(artist, 0)).await.unwrap().outcome, Ok(162));
    assert_eq!(run(&there, moves(artist, 0)).await.unwrap().outcome, Ok(162));
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 162);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_wrongly_thought_to_begin_is_found_out() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let purse = Uuid::now_v7();
    run(&there, moves(purse, 7)).await.unwrap();
    let begin = Does {
        streams: vec![Stream::beginning::<Purse>(purse)],
        decide: move |work: &mut Work<'_>| Ok(work.state::<Purse>(purse)?.balance),
    };

    assert_eq!(run(&here, begin).await.unwrap().outcome, Ok(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_another_process_moved_far_is_loaded_again() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let purse = Uuid::now_v7();
    run(&here, moves(purse, 1)).await.unwrap();
    for _ in 0..10 {
        let far = on(purse, move |work| {
            for _ in 0..64 {
                work.decide::<Purse>(purse, PurseCommand::Move(1))?;
            }
            Ok(0)
        });
        run(&there, far).await.unwrap();
    }

    assert_eq!(run(&here, moves(purse, -641)).await.unwrap().outcome, Ok(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_an_old_snapshot_leaves_the_append_nothing_to_clean_up() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    run(&writer, moves(purse, 1)).await.unwrap();
    let reader = database.client(Role::Superuser).await;
    reader.batch_execute("begin isolation level repeatable read").await.unwrap();
    const LOCK: &str = "select xmin::text || ctid::text from es.log";
    let row: String = reader.query_one(LOCK, &[]).await.unwrap().get(0);

    for _ in 0..200 {
        run(&writer, moves(purse, 1)).await.unwrap();
    }

    let client = database.client(Role::Superuser).await;
    let after: String = client.query_one(LOCK, &[]).await.unwrap().get(0);
    assert_eq!(after, row, "the log's row was rewritten");
    assert_eq!(number(&reader, "select count(*) from es.events").await, 1);
    const DEAD: &str = "select sum(n_tup_upd + n_tup_del + n_dead_tup)::bigint
        from pg_stat_user_tables where schemaname = 'es'";
    writer.shutdown().await; // Its statistics are in when its connection is gone.
    assert_eq!(number(&client, DEAD).await, 0);
    assert_eq!(sound(&client).await, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_was_overtaken_twice_takes_the_lock_and_is_not_overtaken_again() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let purse = Uuid::now_v7();
    run(&here, moves(purse, 1)).await.unwrap();
    let rounds = Arc::new(AtomicUsize::new(0));
    let decide = {
        let (rounds, there) = (Arc::clone(&rounds), there.clone());
        move |work: &mut Work<'_>| {
            // While this one decides, the other process writes, for as long as it is let.
            let overtaking = async { timeout(FAST, run(&there, moves(purse, 1))).await.is_ok() };
            let overtaken = block_in_place(|| Handle::current().block_on(overtaking));
            let round = rounds.fetch_add(1, Ordering::SeqCst);
            assert_eq!(overtaken, round < 2, "in round {round}");
            work.decide::<Purse>(purse, PurseCommand::Move(10))?;
            Ok(work.state::<Purse>(purse)?.balance)
        }
    };

    let answer = run(&here, on(purse, decide)).await.unwrap();

    assert_eq!((rounds.load(Ordering::SeqCst), answer.position, answer.outcome), (3, 4, Ok(13)));
    // The third write of the other waited for the lock, was found stale, and came after.
    let client = database.client(Role::Superuser).await;
    run(&there, moves(purse, 0)).await.unwrap();
    assert_eq!(sound(&client).await, 5);
}
