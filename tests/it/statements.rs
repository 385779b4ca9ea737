//! Nothing checks SQL when it is compiled, so every statement that reads a read table is prepared
//! here against the tables as they are made.

use std::fmt::Write as _;

use crate::support::{Role, database};

#[tokio::test]
async fn every_query_of_a_read_table_prepares() {
    let database = database().await;
    let pool = database.pool(Role::Projector);
    let mut client = pool.get().await.expect("the projector connects");
    projections::schema::create(&mut client).await.expect("the read tables are made");
    let reader = database.pool(Role::Api).get().await.expect("the api connects");
    let mut broken = String::new();
    let statements = projections::statements();
    for statement in &statements {
        if let Err(error) = reader.prepare(statement.sql()).await {
            let reason = error.as_db_error().map(ToString::to_string);
            let _ = writeln!(broken, "{}\n  {}", statement.sql(), reason.unwrap_or_default());
        }
    }
    assert!(broken.is_empty(), "{broken}");
    assert!(statements.len() > 20, "only {} statements are listed", statements.len());
}
