//! A claim has one owner, whoever asks at once and in whichever process.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use domain::users::UserError;
use domain::work::Work;
use domain::{Halt, Refusal, Stream};
use eventstore::WriterError;
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Role, database};
use crate::writer_ground::{Does, Purse, PurseCommand, number, on, refusal, run, sound, writer};

const TAKEN: Refusal = Refusal::User(UserError::UsernameTaken);
const HELD: &str = "select count(*) from es.claims";

fn note(work: &mut Work<'_>, purse: Uuid, text: &str) -> Result<(), Halt> {
    work.decide::<Purse>(purse, PurseCommand::Note(text.to_owned()))?;
    Ok(())
}

fn takes(
    purse: Uuid,
    name: &'static str,
) -> Does<impl Fn(&mut Work<'_>) -> Result<i64, Halt> + Send + Sync + 'static> {
    on(purse, move |work| {
        work.claim("username", name, Stream::of::<Purse>(purse).id, UserError::UsernameTaken)?;
        note(work, purse, name)?;
        Ok(1)
    })
}

fn releases(
    purse: Uuid,
    name: &'static str,
) -> Does<impl Fn(&mut Work<'_>) -> Result<i64, Halt> + Send + Sync + 'static> {
    on(purse, move |work| {
        work.release("username", name, Stream::of::<Purse>(purse).id);
        note(work, purse, name)?;
        Ok(0)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_who_ask_for_one_name_at_once_one_gets_it() {
    let database = database().await;
    let (one, other) = (writer(&database).await, writer(&database).await);
    let asking = (0..64).map(|n| {
        let writer = if n % 2 == 0 { &one } else { &other };
        run(writer, takes(Uuid::now_v7(), "mira"))
    });

    let answers = join_all(asking).await;

    let got = answers.iter().filter(|answer| answer.as_ref().unwrap().outcome.is_ok()).count();
    assert_eq!(got, 1);
    for answer in answers.into_iter().map(Result::unwrap).filter(|a| a.outcome.is_err()) {
        assert_eq!(refusal(answer), TAKEN);
    }
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_given_back_can_be_taken_by_another() {
    let database = database().await;
    let writer = writer(&database).await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    run(&writer, takes(first, "mira")).await.unwrap().outcome.unwrap();
    assert_eq!(refusal(run(&writer, takes(second, "mira")).await.unwrap()), TAKEN);

    run(&writer, releases(first, "mira")).await.unwrap().outcome.unwrap();

    run(&writer, takes(second, "mira")).await.unwrap().outcome.unwrap();
    assert_eq!(refusal(run(&writer, takes(first, "mira")).await.unwrap()), TAKEN);
    assert_eq!(number(&database.client(Role::Superuser).await, HELD).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_may_change_hands_several_times_within_one_batch() {
    let database = database().await;
    let writer = writer(&database).await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    run(&writer, takes(first, "mira")).await.unwrap().outcome.unwrap();
    run(&writer, takes(second, "noor")).await.unwrap().outcome.unwrap();
    let client = database.client(Role::Superuser).await;
    let before = number(&client, "select count(*) from es.batches").await;

    let (released, taken, kept, mine) = tokio::join!(
        run(&writer, releases(first, "mira")),
        run(&writer, takes(second, "mira")),
        run(&writer, takes(first, "mira")),
        run(&writer, takes(second, "noor")),
    );

    released.unwrap().outcome.unwrap();
    taken.unwrap().outcome.unwrap();
    assert_eq!(refusal(kept.unwrap()), TAKEN);
    mine.unwrap().outcome.unwrap(); // Its own already: no conflict.
    const OWNERS: &str = "select count(distinct stream_id) from es.claims";
    assert_eq!((number(&client, HELD).await, number(&client, OWNERS).await), (2, 1));
    let batches = number(&client, "select count(*) from es.batches").await - before;
    assert!(batches <= 2, "{batches} batches for what was asked at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_back_what_is_not_his_own() {
    let database = database().await;
    let writer = writer(&database).await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    run(&writer, takes(first, "mira")).await.unwrap().outcome.unwrap();

    let stolen = run(&writer, releases(second, "mira")).await;
    let never_held = run(&writer, releases(second, "noor")).await;

    assert!(matches!(stolen, Err(WriterError::Fault(_))), "{stolen:?}");
    assert!(matches!(never_held, Err(WriterError::Fault(_))), "{never_held:?}");
    let client = database.client(Role::Superuser).await;
    assert_eq!((number(&client, HELD).await, sound(&client).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_can_be_told_from_the_history_alone() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    run(&writer, takes(purse, "mira")).await.unwrap();
    run(&writer, releases(purse, "mira")).await.unwrap();

    const TOLD: &str = "select count(*) from es.events
        where metadata -> 'claims' ->> 'taken' = '[[\"username\",\"mira\"]]' and position = 1
            or metadata -> 'claims' ->> 'released' = '[[\"username\",\"mira\"]]' and position = 2";
    assert_eq!(number(&database.client(Role::Superuser).await, TOLD).await, 2);
}
