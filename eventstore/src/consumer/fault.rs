//! What can go wrong around a consumer, and whether trying again can help.

use std::any::Any;
use std::error::Error;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use crate::DatabaseError;
use crate::follow::FollowError;

/// Why a consumer did not apply events.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    /// The database refused or went away. Which of the two is found out by its code.
    #[error("the database refused")]
    Database(#[from] tokio_postgres::Error),
    /// Something it needs is out of reach for the moment: tried again, for as long as it takes.
    #[error("not possible at the moment")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The events cannot be applied, now or later.
    #[error("the event cannot be applied: {0}")]
    Poison(String),
}

impl From<Box<dyn Any + Send>> for ConsumerError {
    /// A panic is poison too.
    fn from(panic: Box<dyn Any + Send>) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Self::Poison(format!("panic: {}", text.unwrap_or_default()))
    }
}

/// Why the loop was left.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("no connection to the database")]
    Connection(#[from] PoolError),
    #[error("the checkpoint cannot be kept")]
    Checkpoint(#[from] tokio_postgres::Error),
    #[error("the log cannot be followed")]
    Follow(#[from] FollowError),
    /// With the position of the first event of the batch: the poison itself, once halving is done.
    #[error("at position {position}")]
    Apply { position: i64, source: ConsumerError },
}

impl Fault {
    pub(super) fn apply(position: i64, source: ConsumerError) -> Self {
        Self::Apply { position, source }
    }

    /// Whether trying again is of no use.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Follow(FollowError::Log(_)) => false,
            Self::Follow(FollowError::Forked { .. } | FollowError::Poison { .. }) => true,
            Self::Checkpoint(error) => !is_passing(error),
            Self::Apply { source, .. } => match source {
                ConsumerError::Database(error) => !is_passing(error),
                ConsumerError::Unavailable(_) => false,
                ConsumerError::Poison(_) => true,
            },
        }
    }

    /// SQLSTATE 0A000, "cached plan must not change result type".
    pub(super) fn is_stale_plan(&self) -> bool {
        let (Self::Checkpoint(error) | Self::Apply { source: ConsumerError::Database(error), .. }) =
            self
        else {
            return false;
        };
        error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED)
    }
}

impl From<DatabaseError> for Fault {
    fn from(error: DatabaseError) -> Self {
        Self::Follow(error.into())
    }
}

/// Whether the database may answer otherwise later: the connection broke, the server shuts down,
/// starts, fails over, is out of resources, somebody held a lock, or a deadlock was resolved
/// against us.
pub(crate) fn is_passing(error: &tokio_postgres::Error) -> bool {
    const CLASSES: [&str; 7] = ["08", "25", "40", "53", "55", "57", "58"];
    match error.code() {
        Some(code) => CLASSES.contains(&&code.code()[..2]),
        None => error.is_closed() || error.source().is_some_and(|e| e.is::<std::io::Error>()),
    }
}
