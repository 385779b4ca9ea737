//! One rebuild of a projection at a time, and a clean floor before it.

use deadpool_postgres::Object;

use super::{RebuildError, Workshop};
use crate::Projector;

const TAKE: &str = "select pg_try_advisory_lock(hashtext('folio rebuild'), hashtext($1))";

const LEFT_OVER: &str = "select nspname from pg_namespace \
    where nspname ~ ('^build_' || $1 || '_[0-9a-z]+$')";

const FORGET: &str =
    "delete from control.checkpoints where projection = $1 and schema like 'build\\_%'";

/// Holds the right to rebuild some projections for as long as its connection lives, so a process
/// that dies lets go of it.
pub(super) struct Guard {
    client: Object,
}

impl Guard {
    /// Takes the right, and removes what a rebuild that died has left behind.
    pub(super) async fn take(
        shop: &Workshop,
        projectors: &[&'static dyn Projector],
    ) -> Result<Self, RebuildError> {
        let client = shop.pool.get().await?;
        let guard = Self { client };
        for projector in projectors {
            let name = projector.name();
            let row = guard.client.query_one(TAKE, &[&name]).await?;
            if !row.try_get::<_, bool>(0)? {
                guard.release().await;
                return Err(RebuildError::Busy(name));
            }
            for row in guard.client.query(LEFT_OVER, &[&name]).await? {
                let schema: String = row.try_get(0)?;
                let statement = format!("drop schema \"{schema}\" cascade");
                guard.client.batch_execute(&statement).await?;
            }
            guard.client.execute(FORGET, &[&name]).await?;
        }
        Ok(guard)
    }

    /// Lets go, by closing the connection: the lock is the session's.
    pub(super) async fn release(self) {
        drop(Object::take(self.client));
    }
}
