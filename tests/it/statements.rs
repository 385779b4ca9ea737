//! Nothing checks SQL when it is compiled, so every statement that reads a read table is prepared
//! here against the tables as they are made.

use std::fmt::Write as _;

use projections::frame::query::backwards;

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
    let lists = statements.iter().filter(|statement| statement.sql().contains(") < ($"));
    let ways_back = lists.map(|list| backwards(list.sql())).collect::<Vec<_>>();
    assert!(ways_back.len() > 20 && ways_back.iter().all(|sql| !sql.contains(") < ($")));
    let texts = statements.iter().map(|statement| statement.sql());
    for sql in texts.chain(ways_back.iter().map(String::as_str)) {
        if let Err(error) = reader.prepare(sql).await {
            let reason = error.as_db_error().map(ToString::to_string);
            let _ = writeln!(broken, "{sql}\n  {}", reason.unwrap_or_default());
        }
    }
    assert!(broken.is_empty(), "{broken}");
    assert!(statements.len() > 20, "only {} statements are listed", statements.len());
}
