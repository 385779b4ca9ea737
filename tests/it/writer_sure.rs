//! A writer that was alone need not have its streams looked up. Whoever comes between ends that,
//! also for streams that are asked for only later.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use domain::{Halt, Stream, Work};
use eventstore::writer::Writer;
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Role, database};
use crate::writer_ground::{
    Does, Purse, PurseCommand, PurseEvent, config, moves, number, on, run, sound, writer,
};
use crate::writer_proxy::{Proxy, Wire};

/// Puts 1 into a purse without looking at it.
fn earns(purse: Uuid) -> Does<impl Fn(&mut Work<'_>) -> Result<i64, Halt> + Send + Sync + 'static> {
    let decide = move |work: &mut Work<'_>| {
        work.append_blind::<Purse>(purse, PurseEvent::Moved { amount: 1 })?;
        Ok(0)
    };
    Does { streams: vec![], decide }
}

async fn balance(writer: &Writer, purse: Uuid) -> i64 {
    run(writer, moves(purse, 0)).await.unwrap().outcome.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_wrote_before_ones_last_append_is_found_out_though_nobody_wrote_since() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let (moved, other) = (Uuid::now_v7(), Uuid::now_v7());
    run(&here, moves(moved, 1)).await.unwrap();
    run(&here, moves(other, 1)).await.unwrap();
    run(&there, moves(moved, 9)).await.unwrap();
    run(&here, moves(other, 1)).await.unwrap();

    // Here was the last to write, but not the last to write this purse.
    assert_eq!(run(&here, moves(moved, -10)).await.unwrap().outcome, Ok(0), "refused as of before");
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_wrote_is_found_out_by_those_who_only_read() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let (read, other) = (Uuid::now_v7(), Uuid::now_v7());
    run(&here, moves(read, 1)).await.unwrap();
    run(&there, moves(read, 4)).await.unwrap();
    run(&here, moves(other, 1)).await.unwrap();

    assert_eq!(balance(&here, read).await, 5);
    run(&there, earns(read)).await.unwrap();
    run(&here, moves(other, 1)).await.unwrap();
    assert_eq!(balance(&here, read).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blind_append_takes_the_sequence_that_another_left() {
    let database = database().await;
    let (here, there) = (writer(&database).await, writer(&database).await);
    let purse = Uuid::now_v7();
    run(&here, moves(purse, 1)).await.unwrap();
    run(&here, earns(purse)).await.unwrap();
    for _ in 0..3 {
        run(&there, earns(purse)).await.unwrap();
        run(&here, earns(purse)).await.unwrap();
        run(&here, earns(purse)).await.unwrap();
    }

    assert_eq!((balance(&here, purse).await, balance(&there, purse).await), (11, 11));
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purse_that_was_forgotten_and_loaded_again_is_looked_up_again() {
    let database = database().await;
    let mut forgetful = config(&database);
    forgetful.cache_bytes_max = 2000; // Less than a handful of purses.
    let (here, _) = Writer::start(forgetful).await.unwrap();
    let there = writer(&database).await;
    let purses: Vec<Uuid> = (0..20).map(|_| Uuid::now_v7()).collect();

    for round in 1..=3 {
        for purse in &purses {
            assert_eq!(run(&here, moves(*purse, 1)).await.unwrap().outcome, Ok(2 * round - 1));
        }
        for purse in &purses {
            assert_eq!(run(&there, moves(*purse, 1)).await.unwrap().outcome, Ok(2 * round));
        }
    }

    assert_eq!(sound(&database.client(Role::Superuser).await).await, 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_unknown_outcome_nothing_is_sure_any_more() {
    let database = database().await;
    let (proxy, behind) = Proxy::before(&database).await;
    let (here, _) = Writer::start(behind).await.unwrap();
    let there = writer(&database).await;
    let (lost, moved) = (Uuid::now_v7(), Uuid::now_v7());
    run(&here, moves(lost, 1)).await.unwrap();
    run(&here, moves(moved, 1)).await.unwrap();

    proxy.set(Wire::LosesAnswers);
    let spending = tokio::spawn({
        let here = here.clone();
        async move { run(&here, moves(lost, 1)).await }
    });
    let client = database.client(Role::Superuser).await;
    while number(&client, "select count(*) from es.events").await < 3 {
        tokio::task::yield_now().await;
    }
    run(&there, moves(moved, 9)).await.unwrap();
    proxy.set(Wire::Whole);
    proxy.cut();

    assert_eq!(spending.await.unwrap().unwrap().outcome, Ok(2));
    assert_eq!(run(&here, moves(moved, -10)).await.unwrap().outcome, Ok(0));
    assert_eq!(run(&here, moves(lost, -2)).await.unwrap().outcome, Ok(0));
    assert_eq!(sound(&client).await, 6);
}

/// Where a purse was ever below nothing, or its events do not add up to what is said of it.
const OVERDRAWN: &str = "
    select count(*) from (
        select sum((payload ->> 'amount')::bigint)
            over (partition by stream_id order by sequence) as balance
        from es.events) as prefix
    where balance < 0";
const SUM: &str = "select coalesce(sum((payload ->> 'amount')::bigint), 0)::bigint from es.events";

/// One caller's part of the storm: deposits, withdrawals that may be refused, blind earnings,
/// payments between purses, and purses that begin. Answers what it put in less what it took out.
async fn storms(writer: Writer, purses: Arc<[Uuid]>, seed: u64) -> i64 {
    let mut chance = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut below = move |bound: u64| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance % bound).unwrap()
    };
    let mut total = 0;
    for _ in 0..30 {
        let (one, two) = (purses[below(6)], purses[below(6)]);
        let (answered, amount) = match below(6) {
            0 => (run(&writer, earns(one)).await, 1),
            1 | 2 => (run(&writer, moves(one, 2)).await, 2),
            3 => (run(&writer, moves(one, -3)).await, -3),
            4 => {
                let pays = on(one, move |work| {
                    work.decide::<Purse>(one, PurseCommand::Move(-1))?;
                    work.decide::<Purse>(two, PurseCommand::Move(1))?;
                    Ok(0)
                });
                (run(&writer, pays).await, 0)
            }
            _ => {
                let begun = Uuid::now_v7();
                let begins = Does {
                    streams: vec![Stream::beginning::<Purse>(begun)],
                    decide: move |work: &mut Work<'_>| {
                        work.decide::<Purse>(begun, PurseCommand::Move(5))?;
                        work.decide::<Purse>(one, PurseCommand::Move(1))?;
                        Ok(0)
                    },
                };
                (run(&writer, begins).await, 6)
            }
        };
        if answered.unwrap().outcome.is_ok() {
            total += amount;
        }
    }
    total
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_processes_in_a_storm_never_overdraw_a_purse_and_lose_nothing() {
    let database = database().await;
    let mut forgetful = config(&database);
    forgetful.cache_bytes_max = 2000;
    forgetful.rounds_max = 100; // Nobody is to be sent away: every answer is counted.
    let mut patient = config(&database);
    patient.rounds_max = 100;
    let mut writers = vec![Writer::start(forgetful).await.unwrap().0];
    for _ in 0..2 {
        writers.push(Writer::start(patient.clone()).await.unwrap().0);
    }
    let purses: Arc<[Uuid]> = (0..6).map(|_| Uuid::now_v7()).collect();

    let callers = (1..=24).map(|seed: u64| {
        let writer = writers[usize::try_from(seed).unwrap() % writers.len()].clone();
        storms(writer, Arc::clone(&purses), seed)
    });
    let put_in: i64 = join_all(callers).await.iter().sum();

    let client = database.client(Role::Superuser).await;
    sound(&client).await;
    assert_eq!(number(&client, SUM).await, put_in);
    assert_eq!(number(&client, OVERDRAWN).await, 0);
    for purse in purses.iter() {
        let seen = (balance(&writers[0], *purse).await, balance(&writers[1], *purse).await);
        assert_eq!(seen.0, seen.1);
    }
}
