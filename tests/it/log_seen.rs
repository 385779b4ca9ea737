//! What an append need not look up: only what its caller knew when it left the log, and only while
//! the log is still as it was left.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::log_append::append;
use crate::support::{Database, Role, database};
use crate::writer_ground::{number, sound};

/// Appends `$4` events to one stream, or only checks it if there are none.
const APPEND: &str = "select alone, lasts, conflicts from es.append(
    batch => gen_random_uuid(), seen => $1, stream_types => '{probe}',
    stream_ids => array[$2::uuid], expected => array[$3::bigint], sure => '{true}',
    scopes => '{}', keys => '{}', request_hashes => '{}', outcomes => '{}', steps => '{}',
    bodies => '{}',
    claim_scopes => '{}', claim_values => '{}', claim_expects => '{}',
    before_types => '{}', before_ids => '{}', after_types => '{}', after_ids => '{}',
    vault_kinds => '{}', vault_keys => '{}', vault_bytes => '{}', vault_dues => '{}',
    event_streams => array_fill(1, array[$4::int]),
    event_steps => array(select generate_series(1, $4::int)),
    event_units => array_fill(1, array[$4::int]),
    event_ids => array(select gen_random_uuid() from generate_series(1, $4::int)),
    event_types => array_fill('probe.sent'::text, array[$4::int]),
    event_versions => array_fill(1, array[$4::int]),
    payloads => array_fill('{}'::json, array[$4::int]), metadatas => '{\"{}\"}', leaves => '')";

/// A stream as its caller takes it to be for sure.
struct Sure<'a> {
    seen: &'a [u8],
    stream: Uuid,
    expected: i64,
}

/// What the append says: whether its caller was alone, where the stream ended, and the places of
/// streams found stale with the length of their tails.
async fn appends(client: &Client, sure: Sure<'_>, count: i32) -> (bool, Vec<i64>, Value) {
    let Sure { seen, stream, expected } = sure;
    let row = client.query_one(APPEND, &[&seen, &stream, &expected, &count]).await.unwrap();
    let conflicts: Option<Value> = row.get(2);
    let stale = conflicts.map_or(Value::Null, |mut conflicts| conflicts["stale"].take());
    let places = stale.as_array().into_iter().flatten();
    let places = places.map(|s| json!([s["place"], s["tail"].as_array().map(Vec::len)]));
    (row.get(0), row.get(1), places.collect())
}

async fn last_hash(client: &Client) -> Vec<u8> {
    const HASH: &str = "select hash from es.blocks order by first desc limit 1";
    client.query_one(HASH, &[]).await.unwrap().get(0)
}

/// A log with a stream of three events, whoever reads it, and its last hash.
async fn log_of_three() -> (Database, Client, Uuid, Vec<u8>) {
    let database = database().await;
    let client = database.client(Role::Superuser).await;
    let stream = Uuid::now_v7();
    append(&client, stream, 3).await.unwrap();
    let hash = last_hash(&client).await;
    (database, client, stream, hash)
}

#[tokio::test]
async fn a_caller_that_left_the_log_as_it_is_need_not_have_its_streams_looked_up() {
    let (_database, client, stream, hash) = log_of_three().await;

    let sure = |expected| Sure { seen: &hash, stream, expected };
    assert_eq!(appends(&client, sure(3), 0).await, (true, vec![3], json!([])));
    // It is believed: what it says of a stream that it only checks is not looked at.
    assert_eq!(appends(&client, sure(7), 0).await, (true, vec![7], json!([])));
    assert_eq!(appends(&client, sure(3), 2).await, (true, vec![3], json!([])));

    assert_ne!(last_hash(&client).await, hash);
    assert_eq!(sound(&client).await, 5);
}

#[tokio::test]
async fn a_caller_that_left_the_log_otherwise_has_everything_looked_up() {
    let (_database, client, stream, hash) = log_of_three().await;
    append(&client, Uuid::now_v7(), 1).await.unwrap();

    for count in [0, 2] {
        for seen in [&hash[..], b"no hash of this log"] {
            let sure = |expected| Sure { seen, stream, expected };
            assert_eq!(appends(&client, sure(1), count).await, (false, vec![3], json!([[1, 2]])));
            assert_eq!(
                appends(&client, sure(7), count).await,
                (false, vec![3], json!([[1, null]]))
            );
        }
    }
    assert_eq!(number(&client, "select count(*) from es.events").await, 4);

    let sure = Sure { seen: &hash, stream, expected: 3 };
    assert_eq!(appends(&client, sure, 2).await, (false, vec![3], json!([])));
    assert_eq!(sound(&client).await, 6);
}

#[tokio::test]
async fn an_append_without_events_leaves_the_log_as_it_was() {
    let (_database, client, stream, hash) = log_of_three().await;
    let check = Sure { seen: b"", stream, expected: 3 };
    assert_eq!(appends(&client, check, 0).await, (false, vec![3], json!([])));

    let sure = Sure { seen: &hash, stream, expected: 3 };
    assert_eq!(appends(&client, sure, 1).await, (true, vec![3], json!([])));
}

#[tokio::test]
async fn a_stream_that_is_wrongly_said_to_begin_is_found_by_its_index_and_nothing_is_written() {
    let (_database, client, stream, hash) = log_of_three().await;

    let begins = |stream| Sure { seen: &hash, stream, expected: 0 };
    assert_eq!(appends(&client, begins(stream), 2).await, (true, vec![3], json!([[1, 3]])));
    const WRITTEN: &str = "select (select count(*) from es.events) +
        (select count(*) from es.batches) + (select count(*) from es.blocks)";
    assert_eq!(number(&client, WRITTEN).await, 3 + 1 + 2);

    assert_eq!(appends(&client, begins(Uuid::now_v7()), 2).await, (true, vec![0], json!([])));
    assert_eq!(sound(&client).await, 5);
}
