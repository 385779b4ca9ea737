//! Reading one's own writes: an answer carries a position as an opaque token, and a query waits,
//! bounded, until the tables it reads have got there (D9, c0.8).

mod token;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::board::{Board, State};
use crate::head::Head;
use crate::source::Source;
use crate::{DatabaseError, checkpoint};

pub use token::{Position, TokenError};

/// How often checkpoints on disk are read, only while somebody waits and once for all who do.
const POLL_EVERY: Duration = Duration::from_millis(10);

/// What came of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// All tables contain the position.
    Reached,
    /// Not within the time given: 503 with Retry-After, never a stale answer.
    Lagging,
}

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// 400: not a position of this store.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// 400: nothing has happened there yet, so waiting would be of no use.
    #[error("the position lies beyond the end of the log")]
    BeyondHead,
    /// 503: the head cannot be read.
    #[error("the head of the log cannot be read")]
    Database(#[from] DatabaseError),
}

/// Knows how far the read tables are; one per process.
#[derive(Debug, Clone)]
pub struct Watcher {
    store: Uuid,
    head: Head,
    board: Board,
    pool: Pool,
    on_disk: Arc<Mutex<OnDisk>>,
}

/// The checkpoints when they were last read.
#[derive(Debug, Default)]
struct OnDisk {
    read_at: Option<Instant>,
    positions: Vec<(String, i64)>,
}

impl Watcher {
    /// Watches the consumers of this process directly and those of others through `pool`, which may
    /// connect as `api`.
    ///
    /// # Errors
    /// The log cannot be asked for its id.
    pub async fn new(source: &Source, pool: Pool) -> Result<Self, DatabaseError> {
        let store = source.log.store_id().await?;
        let (head, board) = (source.head.clone(), source.board.clone());
        Ok(Self { store, head, board, pool, on_disk: Arc::default() })
    }

    /// The token for a position of this store.
    #[must_use]
    pub fn token(&self, position: i64) -> String {
        Position { store: self.store, position }.to_string()
    }

    /// The position a caller's token stands for.
    ///
    /// # Errors
    /// [`CheckError`], at once.
    pub async fn check(&self, token: &str) -> Result<i64, CheckError> {
        let position = Position::parse(token, self.store)?.position;
        // What is known may be a poll old; only Postgres can say no.
        if position > self.head.position() && position > self.head.read().await? {
            return Err(CheckError::BeyondHead);
        }
        Ok(position)
    }

    /// Waits until all these projections contain `position`, at most for `patience`.
    pub async fn wait_for(
        &self,
        projections: &[&str],
        position: i64,
        patience: Duration,
    ) -> Waited {
        let all = async {
            for projection in projections {
                self.reached(projection, position).await;
            }
        };
        match timeout(patience, all).await {
            Ok(()) => Waited::Reached,
            Err(_) => Waited::Lagging,
        }
    }

    async fn reached(&self, projection: &str, position: i64) {
        if let Some(mut local) = self.board.watch(projection) {
            let standing = local
                .wait_for(|it| it.position >= position || matches!(it.state, State::Stopped(_)))
                .await;
            if standing.is_ok_and(|it| it.position >= position) {
                return;
            }
        }
        // It runs in another process only.
        while self.on_disk(projection).await < position {
            sleep(POLL_EVERY).await;
        }
    }

    /// The projection's checkpoint, at most [`POLL_EVERY`] old; 0 if there is none.
    async fn on_disk(&self, projection: &str) -> i64 {
        let mut known = self.on_disk.lock().await;
        if known.read_at.is_none_or(|at| at.elapsed() >= POLL_EVERY) {
            match self.read_checkpoints().await {
                Ok(positions) => {
                    *known = OnDisk { read_at: Some(Instant::now()), positions };
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "no checkpoints");
                }
            }
        }
        known.positions.iter().find(|(name, _)| name == projection).map_or(0, |(_, at)| *at)
    }

    async fn read_checkpoints(&self) -> Result<Vec<(String, i64)>, DatabaseError> {
        Ok(checkpoint::live_positions(&self.pool.get().await?).await?)
    }
}
