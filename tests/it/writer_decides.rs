//! What a caller may rely on when nothing goes wrong.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use domain::Refusal;
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Role, database};
use crate::writer_ground::{empty, moves, number, on, refusal, run, sound, writer};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_answers_with_the_position_of_its_last_event() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();

    let first = run(&writer, moves(purse, 10)).await.unwrap();
    let second = run(&writer, moves(purse, -4)).await.unwrap();

    assert_eq!((first.position, first.outcome.unwrap()), (1, 10));
    assert_eq!((second.position, second.outcome.unwrap()), (2, 6));
    assert_eq!(*writer.committed().borrow(), 2);
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_writes_no_event_and_answers_at_the_position_it_was_decided_on() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    run(&writer, moves(purse, 10)).await.unwrap();

    let refused = run(&writer, moves(purse, -11)).await.unwrap();

    assert_eq!(refused.position, 1);
    assert_eq!(refusal(refused), Refusal::Wallet(empty(10)));
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_callers_at_once_only_those_succeed_whom_the_purse_can_pay() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    run(&writer, moves(purse, 10)).await.unwrap();

    let answers = join_all((0..64).map(|_| run(&writer, moves(purse, -1)))).await;

    let paid = answers.into_iter().filter(|answer| answer.as_ref().unwrap().outcome.is_ok());
    assert_eq!(paid.count(), 10);
    let client = database.client(Role::Superuser).await;
    assert_eq!(sound(&client).await, 11);
    let batches = number(&client, "select count(*) from es.batches").await;
    assert!(batches < 20, "64 callers at once took {batches} batches");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_streams_are_one_append_or_none() {
    let database = database().await;
    let writer = writer(&database).await;
    let (from, to) = (Uuid::now_v7(), Uuid::now_v7());
    run(&writer, moves(from, 5)).await.unwrap();
    let pay = |amount: i64| {
        on(from, move |work| {
            use crate::writer_ground::{Purse, PurseCommand::Move};
            work.decide::<Purse>(to, Move(amount))?;
            work.decide::<Purse>(from, Move(-amount))?;
            Ok(work.state::<Purse>(to)?.balance)
        })
    };

    assert_eq!(run(&writer, pay(3)).await.unwrap().outcome.unwrap(), 3);
    assert_eq!(refusal(run(&writer, pay(3)).await.unwrap()), Refusal::Wallet(empty(2)));

    assert_eq!(sound(&database.client(Role::Superuser).await).await, 3);
}
