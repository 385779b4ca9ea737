//! The writer's limits. Over any of them the answer is no at once, never a growing heap.

use std::time::Duration;

use tokio_postgres::Config;

use crate::tls::Tls;

/// How the writer reaches the log and how much it takes on. [`WriterConfig::new`] has sane figures.
#[derive(Debug, Clone)]
pub struct WriterConfig {
    /// The database, as the role that may append.
    pub database: Config,
    /// How its connections are made; it belongs to the URL that `database` is from.
    pub tls: Tls,
    /// Units waiting for a batch, and again as many waiting for their streams.
    pub queue_max: usize,
    /// Units in one batch.
    pub batch_units_max: usize,
    /// Events in one batch; the unit that reaches it is the last.
    pub batch_events_max: usize,
    /// Bytes of payloads, metadata and answers in one batch; the unit that reaches it is the last.
    pub batch_bytes_max: usize,
    /// Estimated bytes of cached states.
    pub cache_bytes_max: usize,
    /// How long a unit may wait for its streams to be loaded.
    pub parked_max: Duration,
    /// How often a batch is decided before its callers are told to come again.
    pub rounds_max: u32,
    /// How long a caller waits for an answer.
    pub deadline: Duration,
    /// How long one append may take before its connection counts as broken.
    pub append_max: Duration,
    /// Connections for loading streams and keeping snapshots, besides the one that appends.
    pub loaders_max: usize,
    /// Events of a stream between its snapshots.
    pub snapshot_every: i64,
}

impl WriterConfig {
    /// Limits for a process that shares a small machine.
    #[must_use]
    pub fn new(database: Config) -> Self {
        Self {
            database,
            tls: Tls::default(),
            queue_max: 4096,
            batch_units_max: 512,
            batch_events_max: 4096,
            batch_bytes_max: 4 << 20,
            cache_bytes_max: 64 << 20,
            parked_max: Duration::from_secs(5),
            rounds_max: 8,
            deadline: Duration::from_secs(10),
            append_max: Duration::from_secs(5),
            loaders_max: 2,
            snapshot_every: 500,
        }
    }
}
