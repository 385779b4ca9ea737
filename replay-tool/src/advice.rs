//! Errors for people: what happened in one line, and what to do next where that does not say it.

use deadpool_postgres::PoolError;
use eventstore::DatabaseError;
use eventstore::seal::SealError;
use projections::rebuild::RebuildError;
use tokio_postgres::error::SqlState;

/// The error and its causes in one line; a library's error that repeats its cause is said once.
#[must_use]
pub fn one_line(error: &anyhow::Error) -> String {
    let mut line = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

/// What to do next, or none where the error speaks for itself.
#[must_use]
pub fn advice(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<tokio_postgres::Error>() {
            return Some(of_database(error));
        }
        if let Some(PoolError::Timeout(_)) = cause.downcast_ref() {
            return Some("is PostgreSQL running at that address, and has it free connections?");
        }
        if let Some(DatabaseError::NoLog) = cause.downcast_ref() {
            return Some("run `folio migrate` on this database");
        }
        if let Some(SealError::Wrapped) = cause.downcast_ref() {
            return Some(
                "FOLIO_SECRETS must hold the master-key that this database was filled with",
            );
        }
        match cause.downcast_ref()? {
            RebuildError::Busy(_) => Some("wait until the other one has ended"),
            RebuildError::Gap(_) | RebuildError::Decode { .. } => {
                Some("run `replay-tool verify`: it says what is wrong with the log")
            }
            RebuildError::TooBusy(_) => Some("try again when fewer queries read its tables"),
            RebuildError::Log(_)
            | RebuildError::Pool(_)
            | RebuildError::Database(_)
            | RebuildError::Record(_)
            | RebuildError::Flush(_)
            | RebuildError::Panic(_) => None,
        }
    })
}

fn of_database(error: &tokio_postgres::Error) -> &'static str {
    let Some(code) = error.code() else {
        return "is PostgreSQL running at that address?";
    };
    if [SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION].contains(code) {
        "check the user and password of DATABASE_URL or FOLIO_PROJECTOR_URL"
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        "the log is read as auditor or migrator (DATABASE_URL); tables are rebuilt and compared as \
         projector (FOLIO_PROJECTOR_URL)"
    } else if [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME].contains(code) {
        "run `folio migrate` on this database, and let the service make its read tables"
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        "create the database, or correct its name in DATABASE_URL"
    } else {
        "the database's own log may say more"
    }
}
