//! What can end a rebuild.

use deadpool_postgres::PoolError;
use domain::DecodeError;
use eventstore::DatabaseError;

use crate::frame::FlushError;
use crate::projector::RecordError;

/// Why read tables could not be rebuilt or compared.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Another process has its hands on it.
    #[error("{0} is being rebuilt or compared by somebody else")]
    Busy(&'static str),
    /// The log could not be read.
    #[error("the log cannot be read")]
    Log(#[from] DatabaseError),
    /// The log has fewer events than its head says: run verify.
    #[error("the log has no event at position {0}")]
    Gap(i64),
    /// An event that no longer decodes.
    #[error("the event at position {position} does not decode")]
    Decode {
        /// Where.
        position: i64,
        /// Why.
        source: DecodeError,
    },
    /// No connection in time.
    #[error("no connection to the read tables")]
    Pool(#[from] PoolError),
    /// The database said no, or nothing.
    #[error("the read tables could not be built")]
    Database(#[from] tokio_postgres::Error),
    /// Events could not be recorded.
    #[error("events could not be projected")]
    Record(#[from] RecordError),
    /// Rows could not be written.
    #[error("rows could not be written")]
    Flush(#[from] FlushError),
    /// Readers held on to the old tables for too long.
    #[error("{0} could not be swapped in: its tables are too busy")]
    TooBusy(&'static str),
    /// A worker's task panicked.
    #[error("a projector panicked")]
    Panic(#[from] tokio::task::JoinError),
}
