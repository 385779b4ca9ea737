//! One rebuild of a projection at a time, and a clean floor before it.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object, Pool};

use super::{RebuildError, Workshop};
use crate::{ALL, Projector};

const TAKE: &str = "select pg_try_advisory_lock(hashtext('folio rebuild'), hashtext($1))";

const LET_GO: &str = "select pg_advisory_unlock_all()";

/// How often, and how far apart, the right is asked for: two seconds in all.
const TRIES_MAX: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

const LEFT_OVER: &str = "select nspname from pg_namespace \
    where nspname ~ ('^build_' || $1 || '_[0-9a-z]+$')";

const FORGET: &str =
    "delete from control.checkpoints where projection = $1 and schema like 'build\\_%'";

/// Holds the right to rebuild some projections for as long as its connection lives, so a process
/// that dies lets go of it.
pub(super) struct Guard {
    client: ClientWrapper,
}

impl Guard {
    /// Takes the right, and removes what a rebuild that died has left behind.
    pub(super) async fn take(
        shop: &Workshop,
        projectors: &[&'static dyn Projector],
    ) -> Result<Self, RebuildError> {
        let guard = Self::alone(&shop.pool).await?;
        for projector in projectors {
            let name = projector.name();
            if !guard.may_have(name).await? {
                guard.release().await;
                return Err(RebuildError::Busy(name));
            }
            guard.clean(name).await?;
        }
        Ok(guard)
    }

    /// Removes what dead rebuilds and comparisons of any projection have left behind, where nobody
    /// is at work on it now.
    pub(super) async fn sweep(pool: &Pool) -> Result<(), RebuildError> {
        let guard = Self::alone(pool).await?;
        for projector in ALL {
            if guard.try_have(projector.name()).await? {
                guard.clean(projector.name()).await?;
            }
        }
        guard.release().await;
        Ok(())
    }

    /// On a connection taken out of the pool: whatever ends the work, the right ends with it.
    async fn alone(pool: &Pool) -> Result<Self, RebuildError> {
        Ok(Self { client: Object::take(pool.get().await?) })
    }

    async fn clean(&self, name: &str) -> Result<(), RebuildError> {
        for row in self.client.query(LEFT_OVER, &[&name]).await? {
            let schema: String = row.try_get(0)?;
            let statement = format!("drop schema \"{schema}\" cascade");
            self.client.batch_execute(&statement).await?;
        }
        self.client.execute(FORGET, &[&name]).await?;
        Ok(())
    }

    async fn try_have(&self, name: &str) -> Result<bool, RebuildError> {
        Ok(self.client.query_one(TAKE, &[&name]).await?.try_get(0)?)
    }

    /// Asks for a while: the server may not have noticed yet that the last holder has gone.
    async fn may_have(&self, name: &str) -> Result<bool, RebuildError> {
        for tried in 1..=TRIES_MAX {
            if self.try_have(name).await? {
                return Ok(true);
            }
            if tried < TRIES_MAX {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(false)
    }

    /// Lets go: at once by saying so, and in any case by closing the connection, for the lock is the
    /// session's.
    pub(super) async fn release(self) {
        let _ = self.client.batch_execute(LET_GO).await; // A connection that is gone has let go already.
    }
}
