//! A key makes a command happen once, whatever repeats and whoever dies.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use domain::Refusal;
use eventstore::{Key, Origin, WriterError};
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Role, database};
use crate::writer_ground::{
    client_key, command, empty, moves, number, on, refusal, run, sound, writer,
};

#[tokio::test(flavor = "multi_thread")]
async fn of_50_callers_with_one_key_one_acts_and_49_are_told_what_it_did() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();

    let same = |_| writer.execute(command(client_key("pay"), moves(purse, 5)));
    let answers = join_all((0..50).map(same)).await;

    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.replayed).count(), 49);
    assert!(answers.iter().all(|answer| answer.position == 1 && answer.outcome == Ok(5)));
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_for_another_request_is_refused_and_changes_nothing() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    let other = || Key { request_hash: [8; 32], ..client_key("pay") };
    run(&writer, moves(purse, 0)).await.unwrap(); // Loaded, the two are decided in order.
    let (first, second) = tokio::join!(
        writer.execute(command(client_key("pay"), moves(purse, 5))),
        writer.execute(command(other(), moves(purse, 6))),
    );
    assert_eq!(first.unwrap().outcome, Ok(5));
    assert!(matches!(second, Err(WriterError::KeyReused)));

    let later = writer.execute(command(other(), moves(purse, 6))).await;

    assert!(matches!(later, Err(WriterError::KeyReused)));
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_that_is_asked_for_differently_has_already_happened() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    let fact = |hash: u8| Key {
        scope: "process:test".to_owned(),
        request_hash: [hash; 32],
        origin: Origin::Fact,
        ..client_key("fact")
    };
    writer.execute(command(fact(1), moves(purse, 5))).await.unwrap();

    let again = writer.execute(command(fact(2), moves(purse, 6))).await.unwrap();

    assert_eq!((again.replayed, again.position, again.outcome), (true, 1, Ok(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_frozen_under_its_key_though_the_reason_is_gone() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    let ask = || writer.execute(command(client_key("early"), moves(purse, -5)));
    let first = ask().await.unwrap();
    run(&writer, moves(purse, 10)).await.unwrap();

    let again = ask().await.unwrap();

    assert_eq!((first.replayed, first.position), (false, 0));
    assert_eq!((again.replayed, again.position), (true, 0));
    assert_eq!(refusal(again), Refusal::Wallet(empty(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_known_after_a_restart() {
    let database = database().await;
    let purse = Uuid::now_v7();
    let before = writer(&database).await;
    before.execute(command(client_key("pay"), moves(purse, 5))).await.unwrap();
    before.shutdown().await;

    let after = writer(&database).await;
    let again = after.execute(command(client_key("pay"), moves(purse, 5))).await.unwrap();

    assert_eq!((again.replayed, again.position, again.outcome), (true, 1, Ok(5)));
    let refused = before.execute(command(client_key("late"), moves(purse, 5))).await;
    assert!(matches!(refused, Err(WriterError::ShuttingDown)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_cleaned_away_is_said_to_be_gone_and_not_done_again() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    let ask = || writer.execute(command(client_key("pay"), moves(purse, 5)));
    ask().await.unwrap();
    let client = database.client(Role::Superuser).await;
    client.batch_execute("set role janitor; delete from es.outcomes; reset role").await.unwrap();

    let again = ask().await;

    assert!(matches!(again, Err(WriterError::AnswerGone { position: 1 })), "{again:?}");
    assert_eq!(sound(&client).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_first_of_several_with_one_key_fails_the_next_takes_its_place() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    run(&writer, moves(purse, 1)).await.unwrap();
    let broken = on(purse, |_| panic!("as intended by the test"));

    let (first, second, third) = tokio::join!(
        writer.execute(command(client_key("shared"), broken)),
        writer.execute(command(client_key("shared"), moves(purse, 5))),
        writer.execute(command(client_key("shared"), moves(purse, 5))),
    );

    assert!(matches!(first, Err(WriterError::Fault(_))), "{first:?}");
    assert_eq!(second.unwrap().outcome, Ok(6));
    assert!(third.unwrap().replayed);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_name_the_command_that_made_them() {
    let database = database().await;
    let writer = writer(&database).await;
    writer.execute(command(client_key("pay"), moves(Uuid::now_v7(), 5))).await.unwrap();

    const MATCHING: &str = "select count(*) from es.events e
        join es.commands c on c.scope = e.metadata -> 'command' ->> 'scope'
            and c.key = e.metadata -> 'command' ->> 'key' and c.position = e.position";
    assert_eq!(number(&database.client(Role::Superuser).await, MATCHING).await, 1);
}
