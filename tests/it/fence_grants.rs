//! Least privilege, service by service (SEC-03): what every role may do, read from the catalog, and
//! tried.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use projections::ALL;
use projections::frame::Definition;
use tokio_postgres::Client;

use crate::support::{Database, Role, database};

/// Insufficient privilege.
const FORBIDDEN: &str = "42501";

/// Every privilege beyond reading that somebody has on a table they do not own.
const WRITES: &str = "select format('%s: %s on %s.%s', coalesce(r.rolname, 'public'), \
    string_agg(lower(a.privilege_type), ', ' order by a.privilege_type), n.nspname, c.relname) \
    from pg_class c join pg_namespace n on n.oid = c.relnamespace \
    cross join lateral aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee \
    where n.nspname in ('es', 'es_compat', 'vault', 'read', 'control') \
    and c.relkind in ('r', 'v', 'm', 'p') and a.grantee <> c.relowner \
    and (a.privilege_type <> 'SELECT' or a.is_grantable or a.grantee = 0) \
    group by r.rolname, n.nspname, c.relname order by 1";

/// What a role that only reads may try in vain.
const ATTACKS: [&str; 15] = [
    "insert into read.likes default values",
    "update read.wallet_balances set available = 1000000",
    "delete from read.transactions",
    "truncate read.users",
    "drop table read.users",
    "alter table read.users add column extra text",
    "alter table read.users disable row level security",
    "create policy mine on read.users using (true)",
    "drop policy api_reads on read.users",
    "create table read.mine (id int)",
    "update control.checkpoints set position = 0",
    "set role projector",
    "set role migrator",
    "alter role current_user bypassrls",
    "set session authorization projector",
];

async fn with_tables() -> Database {
    let database = database().await;
    let pool = database.pool(Role::Projector);
    projections::schema::create(&mut pool.get().await.unwrap()).await.unwrap();
    database
}

fn tables() -> impl Iterator<Item = &'static Definition> {
    ALL.iter().flat_map(|projector| projector.tables()).copied()
}

async fn code_of(client: &Client, statement: &str) -> String {
    match client.batch_execute(statement).await {
        Ok(()) => "done".to_owned(),
        Err(error) => error.code().unwrap().code().to_owned(),
    }
}

#[tokio::test]
async fn nobody_may_write_but_where_their_work_is() {
    let database = with_tables().await;
    let admin = database.client(Role::Superuser).await;
    let rows = admin.query(WRITES, &[]).await.unwrap();
    let writes: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let expected = [
        "es_writer: delete, insert, update on es.snapshots",
        "es_writer: delete, insert, update on vault.records",
        "janitor: delete on es.outcomes",
    ];
    assert_eq!(writes, expected);
}

#[tokio::test]
async fn only_the_owner_changes_a_read_table_or_its_fence() {
    let database = with_tables().await;
    for role in [Role::Api, Role::Auditor, Role::ReadOnly, Role::Writer] {
        let client = database.client(role).await;
        for attack in ATTACKS {
            assert_eq!(code_of(&client, attack).await, FORBIDDEN, "{role:?}: {attack}");
        }
    }
}

#[tokio::test]
async fn the_api_cannot_step_around_the_fence() {
    let database = with_tables().await;
    let api = database.client(Role::Api).await;
    api.batch_execute("set row_security = off").await.unwrap();
    for table in tables().filter(|table| table.readers.is_fenced()) {
        let all = format!("select from read.{}", table.name);
        assert_eq!(code_of(&api, &all).await, FORBIDDEN, "{all}");
    }
}

#[tokio::test]
async fn reports_see_no_personal_text_and_everything_else() {
    let database = with_tables().await;
    let reports = database.client(Role::ReadOnly).await;
    let mut personal = 0;
    for table in tables() {
        for column in table.columns {
            let read = format!("select {} from read.{}", column.name, table.name);
            let is_personal = table.readers.personal.contains(&column.name);
            let expected = if is_personal { FORBIDDEN } else { "done" };
            assert_eq!(code_of(&reports, &read).await, expected, "{read}");
            personal += usize::from(is_personal);
        }
        for column in table.readers.personal {
            let is_there = table.columns.iter().any(|known| known.name == *column);
            assert!(is_there, "{} has no column {column}", table.name);
        }
    }
    assert!(personal >= 10, "only {personal} columns are personal");
}

#[tokio::test]
async fn columns_that_people_write_into_are_personal_everywhere() {
    const PERSONAL: [&str; 8] = [
        "email",
        "display_name",
        "prompt",
        "negative_prompt",
        "memo",
        "ip_address",
        "user_agent",
        "status_reason",
    ];
    // What operators call things that everybody sees.
    for table in tables().filter(|table| !["models", "plans"].contains(&table.name)) {
        for column in table.columns.iter().filter(|column| PERSONAL.contains(&column.name)) {
            let said = table.readers.personal.contains(&column.name);
            assert!(said, "{}.{} is personal and not said to be", table.name, column.name);
        }
    }
}

#[tokio::test]
async fn an_auditor_reads_every_row_of_every_table() {
    let database = with_tables().await;
    let projector = database.client(Role::Projector).await;
    let memo = "insert into received_memos (transfer_id, user_id, sender_id, memo) \
        values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'hush')";
    projector.batch_execute(memo).await.unwrap();
    let auditor = database.client(Role::Auditor).await;
    for table in tables() {
        let all = format!("select from read.{}", table.name);
        assert_eq!(code_of(&auditor, &all).await, "done", "{all}");
    }
    let memos = auditor.query("select from read.received_memos", &[]).await.unwrap();
    assert_eq!(memos.len(), 1);
}
