//! The trap: statements planned while the tables are empty are kept when they are full. The append
//! must not scan or hash what has grown.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::{Arc, Mutex};

use futures::StreamExt;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

use crate::support::{Database, Role, database};
use crate::writer_ground::number;

/// Appends `$1` commands with one event each, on streams of their own; keys and streams are made of
/// `$2`, so that doing it again is a conflict.
const APPEND: &str = "
    with n as (select array_agg(i) as i, array_agg(md5($2 || '.' || i)::uuid) as id,
        array_agg(gen_random_uuid()) as event, array_agg(md5($2 || '.' || i)) as key,
        array_agg('{}'::json) as json
        from generate_series(1, $1::int) i)
    select a.conflicts is null from n, es.append(
        batch => gen_random_uuid(), seen => null,
        stream_types => array_fill('probe'::text, array[$1]), stream_ids => n.id,
        expected => array_fill(0::bigint, array[$1]), sure => array_fill(false, array[$1]),
        scopes => array_fill('test'::text, array[$1]), keys => n.key,
        request_hashes => array_fill(sha256(''), array[$1]),
        outcomes => array_fill(0::smallint, array[$1]), steps => n.i,
        bodies => array_fill('1'::text, array[$1]),
        claim_scopes => '{name}', claim_values => n.key[1:1], claim_expects => '{2}',
        before_types => '{probe}', before_ids => n.id[1:1],
        after_types => '{probe}', after_ids => n.id[1:1],
        vault_kinds => '{timer}', vault_keys => n.key[1:1], vault_bytes => '{\"\\\\x00\"}',
        vault_dues => '{now}',
        event_streams => n.i, event_steps => array_fill(1, array[$1]), event_units => n.i,
        event_ids => n.event, event_types => array_fill('probe.sent'::text, array[$1]),
        event_versions => array_fill(1, array[$1]), payloads => n.json, metadatas => n.json,
        leaves => '') a";

const TABLES: [&str; 7] =
    ["events", "commands", "outcomes", "claims", "blocks", "batches", "records"];

/// A connection that keeps what the server has to say.
async fn listening(database: &Database) -> (Client, Arc<Mutex<Vec<String>>>) {
    let config: Config = database.url(Role::Superuser).parse().unwrap();
    let (client, mut connection) = config.connect(NoTls).await.unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    tokio::spawn(async move {
        let mut messages = futures::stream::poll_fn(|context| connection.poll_message(context));
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notice(notice) = message {
                heard.lock().unwrap().push(notice.message().to_owned());
            }
        }
    });
    (client, said)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_100_000_commands_from_empty_the_append_still_goes_by_its_indexes() {
    let database = database().await;
    let (client, said) = listening(&database).await;
    for table in &TABLES[..6] {
        let still = format!("alter table es.{table} set (autovacuum_enabled = false)");
        client.batch_execute(&still).await.unwrap(); // Fresh statistics would plan anew.
    }
    let append = client.prepare(APPEND).await.unwrap();
    let appended = async |size: i32, seed: &str| -> bool {
        client.query_one(&append, &[&size, &seed]).await.unwrap().get(0)
    };
    for n in 0..10 {
        let seed = format!("small {n}");
        assert!(appended(1, &seed).await);
        assert!(!appended(1, &seed).await, "a repetition is a conflict");
    }
    for n in 0..200 {
        assert!(appended(500, &format!("large {n}")).await);
    }
    assert_eq!(number(&client, "select count(*) from es.commands").await, 100_010);

    const EXPLAIN: &str = "load 'auto_explain'; set auto_explain.log_min_duration = 0;
        set auto_explain.log_nested_statements = on; set client_min_messages = log";
    client.batch_execute(EXPLAIN).await.unwrap();
    assert!(appended(32, "last").await);
    assert!(!appended(32, "last").await);

    let plans = said.lock().unwrap().clone();
    let used = |index: &str| plans.iter().any(|plan| plan.contains(index));
    assert!(
        used("commands_pkey") && used("events_stream_id_stream_type_sequence_key"),
        "{plans:?}"
    );
    for plan in &plans {
        assert!(!plan.contains("Hash Join") && !plan.contains("Merge Join"), "{plan}");
        for table in TABLES {
            assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
        }
    }
}
