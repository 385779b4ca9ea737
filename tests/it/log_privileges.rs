//! Who may not touch history (S8, SEC-03, D5): every role is refused every way we know, and what
//! privileges would allow is refused by triggers.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use tokio_postgres::Client;
use uuid::Uuid;

use crate::log_append::append;
use crate::support::{Role, database};

const SERVICE_ROLES: [Role; 5] =
    [Role::Writer, Role::Projector, Role::Api, Role::Auditor, Role::ReadOnly];

const HISTORY: [&str; 5] = ["log", "blocks", "batches", "events", "commands"];

/// Insufficient privilege.
const FORBIDDEN: &str = "42501";
/// Our trigger: restrict violation.
const APPEND_ONLY: &str = "23001";

/// Attacks on one table.
fn attacks_on(table: &str) -> Vec<String> {
    [
        "delete from {}",
        "truncate {}",
        "drop table {} cascade",
        "alter table {} add column extra text",
        "alter table {} disable trigger all",
        "alter table {} owner to current_user",
        "create trigger mine before insert on {} execute function es.refuse_change()",
        "insert into {} default values",
    ]
    .map(|attack| attack.replace("{}", &format!("es.{table}")))
    .into()
}

/// Attacks on the rest.
const ATTACKS: [&str; 16] = [
    "update es.log set store_id = gen_random_uuid()",
    "update es.blocks set hash = hash",
    "update es.batches set void = true",
    "update es.events set payload = '{}'",
    "update es.commands set outcome = 0",
    "delete from es.outcomes",
    "delete from es.claims",
    "select from es.log for update",
    "set session_replication_role = replica",
    "set role es_owner",
    "copy es.events from program 'true'",
    "create or replace function es.refuse_change() returns trigger language plpgsql as 'begin end'",
    "drop schema es cascade",
    "alter default privileges for role es_owner grant all on tables to public",
    "grant es_owner to current_user",
    "create table es.mine (id int)",
];

async fn code_of(client: &Client, statement: &str) -> String {
    match client.batch_execute(statement).await {
        Ok(()) => "done".to_owned(),
        Err(error) => error.code().unwrap().code().to_owned(),
    }
}

#[tokio::test]
async fn no_role_of_the_service_can_change_history() {
    let database = database().await;
    append(&database.client(Role::Writer).await, Uuid::now_v7(), 1).await.unwrap();
    for role in SERVICE_ROLES {
        let client = database.client(role).await;
        let tables = HISTORY.iter().flat_map(|table| attacks_on(table));
        for attack in tables.chain(ATTACKS.map(str::to_owned)) {
            assert_eq!(code_of(&client, &attack).await, FORBIDDEN, "{role:?}: {attack}");
        }
    }
}

#[tokio::test]
async fn triggers_refuse_a_change_of_history_even_to_a_superuser() {
    let database = database().await;
    append(&database.client(Role::Writer).await, Uuid::now_v7(), 1).await.unwrap();
    let superuser = database.client(Role::Superuser).await;
    for replication_role in ["origin", "replica"] {
        let turn = format!("set session_replication_role = {replication_role}");
        superuser.batch_execute(&turn).await.unwrap();
        for table in HISTORY {
            for change in [
                format!("delete from es.{table}"),
                format!("truncate es.{table}"),
                format!("delete from es.{table} where false"),
            ] {
                assert_eq!(code_of(&superuser, &change).await, APPEND_ONLY, "{change}");
            }
        }
        for change in &ATTACKS[..5] {
            assert_eq!(code_of(&superuser, change).await, APPEND_ONLY, "{change}");
        }
    }
}

#[tokio::test]
async fn the_owner_of_the_log_cannot_log_in_nor_change_history() {
    let database = database().await;
    let url = database.url(Role::Writer).replace("es_writer", "es_owner");
    let refused = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.err().unwrap();
    assert_eq!(refused.code().unwrap().code(), "28000", "invalid authorization");
    let migrator = database.client(Role::Migrator).await;
    migrator.batch_execute("set role es_owner").await.unwrap();
    for change in &ATTACKS[1..5] {
        assert_eq!(code_of(&migrator, change).await, FORBIDDEN, "{change}");
    }
    assert_eq!(code_of(&migrator, ATTACKS[0]).await, APPEND_ONLY);
}

#[tokio::test]
async fn only_the_writer_may_append() {
    let database = database().await;
    for role in SERVICE_ROLES {
        let answer = append(&database.client(role).await, Uuid::now_v7(), 1).await;
        assert_eq!(answer.is_ok(), role == Role::Writer, "{role:?}");
    }
}

#[tokio::test]
async fn each_role_reads_what_it_works_with_and_no_more() {
    let database = database().await;
    let writer = database.client(Role::Writer).await;
    for kind in ["person-key", "password"] {
        const KEEP: &str = "insert into vault.records (kind, key, bytes) values ($1, 'a', '')";
        writer.execute(KEEP, &[&kind]).await.unwrap();
    }
    let reads = [
        ("select position from es.events", "writer projector auditor"),
        ("select first from es.blocks", "writer projector api auditor"),
        ("select store_id from es.log", "writer projector api auditor"),
        ("select scope from es.commands", "writer auditor"),
        ("select batch from es.outcomes", "writer auditor"),
        ("select scope from es.claims", "writer auditor"),
        ("select sequence from es_compat.events", "writer auditor"),
        ("select bytes from vault.records where kind = 'person-key'", "writer projector api"),
        ("select key from vault.records where due is not null", "writer projector api auditor"),
        ("select projection from control.checkpoints", "writer projector api auditor"),
        ("select id from read.sample", "projector api auditor"),
    ];
    let projector = database.client(Role::Projector).await;
    let built = "create schema build_sample_1; create table build_sample_1.sample (id int);
        alter table build_sample_1.sample set schema read";
    projector.batch_execute(built).await.unwrap();
    for role in SERVICE_ROLES {
        let client = database.client(role).await;
        for (read, readers) in reads {
            let may = readers.contains(&format!("{role:?}").to_lowercase());
            let expected = if may { "done" } else { FORBIDDEN };
            assert_eq!(code_of(&client, read).await, expected, "{role:?}: {read}");
        }
    }
    for role in [Role::Projector, Role::Api] {
        let kinds = "select string_agg(kind, ' ') from vault.records";
        let row = database.client(role).await.query_one(kinds, &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "person-key", "{role:?} sees no other secret");
    }
}
