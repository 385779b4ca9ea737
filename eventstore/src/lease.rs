//! One leader per duty: a session advisory lock on a connection of its own, so that the lock ends
//! with the process, whatever ended it.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object, Pool};

/// How often a standby asks whether the lease is free.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// How often the leader looks whether its connection, and so its lease, still lives.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// A connection that does not answer this long is taken for dead.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(2);

const TRY: &str = "select pg_try_advisory_lock(hashtextextended($1, 0))";

/// Leadership of one duty in one database, for as long as this value and its connection live.
#[derive(Debug)]
pub(crate) struct Lease {
    connection: ClientWrapper,
}

impl Lease {
    /// Waits until this process is the one that leads `duty`. It asks instead of queueing in the
    /// database: a waiting statement would hold back vacuum for as long as it waits.
    pub(crate) async fn acquire(pool: &Pool, duty: &str) -> Self {
        let mut connection = None;
        loop {
            match ask(pool, &mut connection, duty).await {
                Ok(Some(lease)) => return lease,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(duty, error = &*error, "cannot ask for the lease");
                    connection = None;
                }
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    /// Returns when the lease can no longer be shown to be ours.
    pub(crate) async fn lost(&self) {
        loop {
            tokio::time::sleep(CHECK_EVERY).await;
            let alive = self.connection.simple_query("select 1");
            if !matches!(tokio::time::timeout(ANSWER_WAIT_MAX, alive).await, Ok(Ok(_))) {
                return;
            }
        }
    }
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

async fn ask(
    pool: &Pool,
    standby: &mut Option<ClientWrapper>,
    duty: &str,
) -> Result<Option<Lease>, Fault> {
    // Taken out of the pool: a lease must not end because the pool recycles its connection.
    let connection = match standby.take() {
        Some(connection) => connection,
        None => Object::take(pool.get().await?),
    };
    let asking = async { connection.query_one(TRY, &[&duty]).await };
    if tokio::time::timeout(ANSWER_WAIT_MAX, asking).await??.get(0) {
        return Ok(Some(Lease { connection }));
    }
    *standby = Some(connection);
    Ok(None)
}
