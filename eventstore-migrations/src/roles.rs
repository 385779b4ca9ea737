//! The roles belong to the whole cluster, so two databases may make them at the same moment.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::{MigrateError, refused};

pub(crate) const ROLES: &str = include_str!("../sql/roles.sql");

/// Tries before giving up; one other migrator costs about one.
const TRIES_MAX: u32 = 20;

/// Pause between tries, times the number of the try.
const PAUSE: Duration = Duration::from_millis(25);

/// Makes the roles that are missing.
pub(crate) async fn ensure(client: &Client) -> Result<(), MigrateError> {
    repeat_when_raced(client, ROLES, "making the roles").await
}

/// Runs a script that changes only what is missing until no other database's migrator interferes.
pub(crate) async fn repeat_when_raced(
    client: &Client,
    script: &str,
    doing: &'static str,
) -> Result<(), MigrateError> {
    let mut tried = 1;
    loop {
        match client.batch_execute(script).await {
            Err(error) if tried < TRIES_MAX && is_race(&error) => {
                tokio::time::sleep(PAUSE * tried).await;
                tried += 1;
            }
            other => return other.map_err(refused(doing)),
        }
    }
}

/// Catalog rows are not locked by `create role` and `grant`: the loser of a race gets one of these.
fn is_race(error: &tokio_postgres::Error) -> bool {
    const CONCURRENTLY: [&str; 2] = ["tuple concurrently updated", "tuple concurrently deleted"];
    let Some(error) = error.as_db_error() else { return false };
    [SqlState::DUPLICATE_OBJECT, SqlState::UNIQUE_VIOLATION, SqlState::T_R_DEADLOCK_DETECTED]
        .contains(error.code())
        || CONCURRENTLY.contains(&error.message())
}
