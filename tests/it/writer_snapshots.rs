//! A long stream is loaded from a snapshot, which is believed only as far as it can be checked.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::{Duration, Instant};

use eventstore::writer::Writer;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{Database, Role, database};
use crate::writer_ground::{Purse, PurseCommand, config, moves, number, on, run, writer};

/// A stream that has become long in the past: 100,000 events of 1 each.
const LONG: &str = "
    insert into es.events (position, recorded_at, event_id, stream_id, stream_type, sequence,
        event_type, event_version, payload, metadata)
    select n, now(), gen_random_uuid(), $1, 'purse', n, 'purse.moved', 1, '{\"amount\":1}', '{}'
    from generate_series(1, 100000) n";
const ITS_BLOCK: &str = "
    insert into es.blocks (first, count, recorded_at, hash, leaves)
    values (1, 100000, now(), sha256('long'), '')";

async fn kept(client: &Client, sequence: i64) {
    let statement = format!("select count(*) from es.snapshots where sequence >= {sequence}");
    for _ in 0..500 {
        if number(client, &statement).await == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no snapshot at {sequence} within 5 s");
}

async fn with_snapshot_every(database: &Database, every: i64) -> Writer {
    let mut config = config(database);
    config.snapshot_every = every;
    Writer::start(config).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_command_on_a_stream_of_100_000_events_is_not_slow() {
    let database = database().await;
    let client = database.client(Role::Superuser).await;
    let purse = Uuid::now_v7();
    client.execute(LONG, &[&purse]).await.unwrap();
    client.execute(ITS_BLOCK, &[]).await.unwrap();
    let mut patient = config(&database);
    patient.parked_max = Duration::from_secs(60);
    patient.deadline = Duration::from_secs(60);
    let (first, _) = Writer::start(patient).await.unwrap();
    let begun = Instant::now();
    assert_eq!(run(&first, moves(purse, 1)).await.unwrap().outcome, Ok(100_001));
    let whole = begun.elapsed();
    kept(&client, 100_000).await;

    let cold = writer(&database).await;
    let begun = Instant::now();
    assert_eq!(run(&cold, moves(purse, 1)).await.unwrap().outcome, Ok(100_002));

    let from_snapshot = begun.elapsed();
    assert!(from_snapshot * 5 < whole, "{from_snapshot:?} after {whole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_used_only_while_it_stands_on_the_event_it_was_taken_at() {
    let database = database().await;
    let client = database.client(Role::Superuser).await;
    let purse = Uuid::now_v7();
    let before = with_snapshot_every(&database, 10).await;
    for _ in 0..12 {
        run(&before, moves(purse, 1)).await.unwrap();
    }
    kept(&client, 10).await;
    const TAMPER: &str = "update es.snapshots set state = '{\"balance\":1000,\"moves\":10}'";
    client.execute(TAMPER, &[]).await.unwrap();

    let believing = writer(&database).await;
    assert_eq!(run(&believing, moves(purse, 0)).await.unwrap().outcome, Ok(1002), "not used");
    client.execute("update es.snapshots set event_id = gen_random_uuid()", &[]).await.unwrap();
    let doubting = writer(&database).await;
    assert_eq!(run(&doubting, moves(purse, 0)).await.unwrap().outcome, Ok(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_another_shape_is_ignored() {
    let database = database().await;
    let client = database.client(Role::Superuser).await;
    let purse = Uuid::now_v7();
    let before = with_snapshot_every(&database, 10).await;
    let fill = on(purse, move |work| {
        for _ in 0..12 {
            work.decide::<Purse>(purse, PurseCommand::Move(1))?;
        }
        Ok(0)
    });
    run(&before, fill).await.unwrap();
    kept(&client, 12).await;

    client.execute("update es.snapshots set state = '{\"purse\":12}'", &[]).await.unwrap();
    let other = writer(&database).await;
    assert_eq!(run(&other, moves(purse, 0)).await.unwrap().outcome, Ok(12));
    const OTHER_FOLD: &str = "update es.snapshots
        set fingerprint = 'other', state = '{\"balance\":1000,\"moves\":12}'";
    client.execute(OTHER_FOLD, &[]).await.unwrap();
    let third = writer(&database).await;
    assert_eq!(run(&third, moves(purse, 0)).await.unwrap().outcome, Ok(12));
}
