//! One append to one stream without the writer, for tests of what the database itself promises.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use eventstore::hash::Leaf;
use tokio_postgres::{Error, GenericClient};
use uuid::Uuid;

const APPEND: &str = "select head from es.append(
    batch => gen_random_uuid(), seen => null,
    stream_types => '{probe}', stream_ids => array[$1::uuid], expected => '{-1}', sure => '{false}',
    scopes => '{}', keys => '{}', request_hashes => '{}', outcomes => '{}', steps => '{}',
    bodies => '{}',
    claim_scopes => '{}', claim_values => '{}', claim_expects => '{}',
    before_types => '{}', before_ids => '{}', after_types => '{}', after_ids => '{}',
    vault_kinds => '{}', vault_keys => '{}', vault_bytes => '{}', vault_dues => '{}',
    event_streams => array_fill(1, array[cardinality($2::uuid[])]),
    event_steps => array(select generate_series(1, cardinality($2::uuid[]))),
    event_units => array_fill(1, array[cardinality($2::uuid[])]),
    event_ids => $2::uuid[],
    event_types => array_fill('probe.sent'::text, array[cardinality($2::uuid[])]),
    event_versions => array_fill(1, array[cardinality($2::uuid[])]),
    payloads => array_fill($3::text::json, array[cardinality($2::uuid[])]),
    metadatas => array[$4::text::json], leaves => $5)";

/// The payload of every event: bytes that no JSON parser would give back as they are.
pub const PAYLOAD: &str = r#"{ "b" : 1.0,  "a":"ü\u00fc", "b" : 2 }"#;
/// The metadata of every event.
pub const METADATA: &str = r#"{"actor":{"kind":"operator"},"note":null,"n":1e2}"#;

/// Appends `count` events to a stream, wherever it is; answers the position of the first.
pub async fn append(client: &impl GenericClient, stream: Uuid, count: usize) -> Result<i64, Error> {
    let ids: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
    let leaves: Vec<u8> = ids.iter().flat_map(|id| leaf(stream, *id).hash()).collect();
    let row = client.query_one(APPEND, &[&stream, &ids, &PAYLOAD, &METADATA, &leaves]).await?;
    Ok(row.get::<_, i64>(0) + 1)
}

fn leaf(stream_id: Uuid, event_id: Uuid) -> Leaf<'static> {
    Leaf {
        stream_type: "probe",
        stream_id,
        event_type: "probe.sent",
        event_version: 1,
        event_id,
        payload: PAYLOAD,
        metadata: METADATA,
    }
}

/// Waits until another session waits for a lock.
///
/// # Panics
/// Nobody does within a second.
pub async fn somebody_waits(client: &impl GenericClient) {
    const WAITS: &str = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    for _ in 0..100 {
        if client.query_one(WAITS, &[]).await.unwrap().get::<_, i64>(0) > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nobody waits for a lock");
}
