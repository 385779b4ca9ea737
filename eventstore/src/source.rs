//! What everybody who follows the log in one process shares: one head, one feed, one board.

use std::sync::Arc;

use deadpool_postgres::Pool;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::board::Board;
use crate::broker::Broker;
use crate::feed::Feed;
use crate::head::Head;
use crate::relay::{self, Relay};
use crate::{DatabaseError, Log};

/// The shared ground of all followers in a process. Its tasks end with the last clone.
#[derive(Debug, Clone)]
pub struct Source {
    /// Connects as `projector`: read tables, checkpoints, leases.
    pub pool: Pool,
    /// The truth.
    pub log: Log,
    /// How far the log is.
    pub head: Head,
    /// Its new events.
    pub feed: Feed,
    /// The fast way, if there is one.
    pub broker: Option<Broker>,
    /// Where everybody stands.
    pub board: Board,
    /// Only held: they end with the last clone.
    _tasks: Arc<JoinSet<()>>,
}

/// Why a process cannot begin to follow the log.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Postgres does not answer. (That NATS does not answer is no error.)
    #[error("the log cannot be read")]
    Log(#[from] DatabaseError),
    /// The URL of NATS is none.
    #[error("NATS_URL cannot be used")]
    Broker(#[source] async_nats::ConnectError),
}

impl Source {
    /// Begins to watch the head and to fill the feed. `pool` connects as `projector` with two
    /// connections more than there are consumers and processes; `committed` comes from the
    /// process's writer, if it has one; without `nats_url` everything works by polling.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn start(
        pool: Pool,
        committed: Option<watch::Receiver<i64>>,
        nats_url: Option<&str>,
    ) -> Result<Self, SourceError> {
        let log = Log::new(pool.clone());
        let broker = match nats_url {
            Some(url) => {
                let connecting = Broker::connect(url, log.store_id().await?);
                Some(connecting.await.map_err(SourceError::Broker)?)
            }
            None => None,
        };
        let (head, watching) = Head::new(log.clone(), committed, broker.clone()).await?;
        let (feed, filling) = Feed::new(log.clone(), head.clone(), broker.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(watching);
        tasks.spawn(filling);
        Ok(Self { pool, log, head, feed, broker, board: Board::default(), _tasks: Arc::new(tasks) })
    }

    /// The relay of this process; `None` without NATS.
    #[must_use]
    pub fn relay(&self) -> Option<Relay> {
        let place = self.board.join(relay::NAME);
        let Self { pool, log, head, .. } = self.clone();
        self.broker.clone().map(|broker| Relay { pool, log, head, broker, place })
    }
}
