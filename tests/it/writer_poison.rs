//! One bad command in a batch fails alone; the others never hear of it.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use domain::{Halt, Work};
use eventstore::WriterError;
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Role, database};
use crate::writer_ground::{
    Purse, PurseCommand, client_key, command, number, on, run, sound, writer,
};

fn note(work: &mut Work<'_>, purse: Uuid, text: &str) -> Result<i64, Halt> {
    work.decide::<Purse>(purse, PurseCommand::Note(text.to_owned()))?;
    Ok(0)
}

/// Runs 64 commands at once of which one, the 23rd, is `bad`; the others must succeed. Answers what
/// became of the bad one.
async fn among_63(bad: fn(&mut Work<'_>, Uuid) -> Result<i64, Halt>) -> (WriterError, i64) {
    let database = database().await;
    let client = database.client(Role::Superuser).await;
    client.batch_execute(REFUSES).await.unwrap();
    let writer = writer(&database).await;
    let answers = join_all((0..64).map(|n| {
        let purse = Uuid::now_v7();
        let writer = &writer;
        async move {
            match n {
                23 => run(writer, on(purse, move |work| bad(work, purse))).await,
                _ => run(writer, on(purse, move |work| note(work, purse, "good"))).await,
            }
        }
    }));
    let mut failed: Vec<_> = answers.await.into_iter().filter_map(Result::err).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(sound(&client).await, 63);
    let batches = number(&client, "select count(*) from es.batches where not void").await;
    (failed.remove(0), batches)
}

/// The database's own no, as a constraint of tomorrow might say it.
const REFUSES: &str = "
    create function public.refuse() returns trigger language plpgsql as $$ begin
        if new.payload::text like '%poison%' then
            raise exception 'poison' using errcode = 'check_violation';
        end if;
        return new;
    end $$;
    create trigger refuse before insert on es.events for each row execute function public.refuse()";

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_panics_fails_alone() {
    let (error, _) = among_63(|_, _| panic!("as intended by the test")).await;
    assert!(matches!(&error, WriterError::Fault(reason) if reason.contains("as intended")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_writes_a_nul_fails_alone() {
    let (error, _) = among_63(|work, purse| note(work, purse, "a\0b")).await;
    assert!(matches!(error, WriterError::OutOfBounds(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_writes_too_much_fails_alone() {
    let (error, _) = among_63(|work, purse| note(work, purse, &"x".repeat(300 << 10))).await;
    assert!(matches!(error, WriterError::OutOfBounds(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_writes_too_many_events_fails_alone() {
    let (error, _) = among_63(|work, purse| {
        (0..65).try_for_each(|_| note(work, purse, "more").map(drop)).map(|()| 0)
    })
    .await;
    assert!(matches!(error, WriterError::OutOfBounds(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_the_database_refuses_is_found_by_halving_and_fails_alone() {
    let (error, batches) = among_63(|work, purse| note(work, purse, "poison")).await;
    assert!(matches!(&error, WriterError::Fault(reason) if reason.contains("poison")), "{error}");
    assert!(batches < 20, "{batches} batches for 64 commands");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_command_is_not_frozen_and_may_be_tried_again() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    let broken = on(purse, |_| panic!("as intended by the test"));
    writer.execute(command(client_key("again"), broken)).await.unwrap_err();

    let mended = on(purse, move |work| note(work, purse, "good"));
    let answer = writer.execute(command(client_key("again"), mended)).await.unwrap();

    assert_eq!((answer.position, answer.replayed), (1, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_is_checked_for_a_nul_like_everything_else() {
    let database = database().await;
    let writer = writer(&database).await;
    let purse = Uuid::now_v7();
    let mut bad = command(client_key("nul"), on(purse, move |work| note(work, purse, "good")));
    bad.metadata.request_id = Some("a\0b".to_owned());

    let error = writer.execute(bad).await.unwrap_err();

    assert!(matches!(error, WriterError::OutOfBounds(_)), "{error}");
    assert_eq!(sound(&database.client(Role::Superuser).await).await, 0);
}
