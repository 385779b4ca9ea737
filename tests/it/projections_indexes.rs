//! Every query of the read side finds its rows by an index, however long the tables become
//! (IDX-01).

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use projections::frame::{Definition, Kind};
use projections::{ALL, statements};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::support::{Role, database};

/// Enough for a scan of the whole table to be the worst plan.
const ROWS: i32 = 20_000;
/// What reads a whole table on purpose: sums for operators, and tables that stay small.
const WHOLE: [&str; 4] = [
    "from ledger_entries where position <= $1 group by asset",
    "from job_queue group by lane",
    "from style_uses as u",
    "from control.checkpoints",
];

#[tokio::test]
async fn no_query_reads_a_whole_table() {
    let database = database().await;
    let pool = database.pool(Role::Projector);
    projections::schema::create(&mut pool.get().await.unwrap()).await.unwrap();
    let client = database.client(Role::Projector).await;
    for table in ALL.iter().flat_map(|projector| projector.tables()) {
        fill(&client, table).await;
    }
    // The api's plans, which the fence is part of.
    let client = database.client(Role::Api).await;
    let as_user = "set plan_cache_mode = force_custom_plan; set jit = off; \
        set app.current_user_id = '018f0000-0000-7000-8000-000000000000'";
    client.batch_execute(as_user).await.unwrap();
    let mut scans = Vec::new();
    for statement in statements() {
        let sql = statement.sql();
        if WHOLE.iter().any(|whole| sql.contains(whole)) {
            continue;
        }
        let plan = plan(&client, sql).await;
        if plan.contains("Seq Scan") {
            scans.push(format!("{sql}\n{plan}"));
        }
    }
    assert!(scans.is_empty(), "these read a whole table:\n{}", scans.join("\n\n"));
}

/// Fills a table with rows of chance, whose words no check could like.
async fn fill(client: &Client, table: &Definition) {
    let name = table.name;
    for (check, _) in table.checks {
        let drop = format!("alter table {name} drop constraint {check}");
        client.batch_execute(&drop).await.unwrap();
    }
    let values: Vec<&str> = table.columns.iter().map(|column| value(column.kind)).collect();
    let fill = format!(
        "insert into {name} ({}) select {} from generate_series(1, {ROWS}) as n; analyze {name}",
        table.columns(),
        values.join(", ")
    );
    client.batch_execute(&fill).await.unwrap();
}

const fn value(kind: Kind) -> &'static str {
    match kind {
        Kind::Uuid => "gen_random_uuid()",
        Kind::Text => "md5((n % 1000)::text)",
        Kind::Bigint | Kind::Integer => "n",
        Kind::Smallint => "n % 9",
        Kind::Boolean => "n % 2 = 0",
        Kind::Timestamptz => "'2026-01-01Z'::timestamptz + n * interval '1 s'",
        Kind::TextArray => "'{}'::text[]",
        Kind::Json => "'[]'::json",
    }
}

/// The plan for the first page of twenty.
async fn plan(client: &Client, sql: &str) -> String {
    let types = client.prepare(sql).await.unwrap().params().to_vec();
    let arguments: Vec<&str> = types.iter().map(argument).collect();
    client.batch_execute(&format!("prepare asked as {sql}")).await.unwrap();
    let explain = match arguments.as_slice() {
        [] => "explain execute asked".to_owned(),
        some => format!("explain execute asked ({})", some.join(", ")),
    };
    let lines = client.query(&explain, &[]).await.unwrap();
    client.batch_execute("deallocate asked").await.unwrap();
    lines.iter().map(|line| line.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

fn argument(ty: &Type) -> &'static str {
    match *ty {
        Type::UUID => "'018f0000-0000-7000-8000-000000000000'",
        Type::UUID_ARRAY => "'{018f0000-0000-7000-8000-000000000000}'",
        Type::TIMESTAMPTZ => "'2100-01-01Z'",
        Type::INT8 => "20",
        Type::BOOL => "true",
        Type::TEXT => "'c4ca4238a0b923820dcc509a6f75849b'",
        Type::TEXT_ARRAY => "'{c4ca4238a0b923820dcc509a6f75849b}'",
        ref other => panic!("no argument of type {other}"),
    }
}
