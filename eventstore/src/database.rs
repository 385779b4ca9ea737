//! Connections to Postgres, one pool per purpose, never lent to another: settings that one may
//! have (`synchronous_commit = off`) would lose what another has answered.

use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Pool, PoolError, QueueMode, RecyclingMethod, Runtime,
};
use tokio_postgres::Client;

use crate::tls::{self, Tls, TlsError};

/// How long to wait for a new connection.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long to wait for a free connection of a full pool; then it is a fault, not a longer queue.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// A dead peer is noticed after about this long, so that it cannot hold the log's lock.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
/// Between two unanswered probes.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);
/// Unanswered probes until the connection is given up.
const KEEPALIVE_RETRIES: u32 = 3;
/// How long what was sent may wait for its acknowledgment: a server that is gone without a word is
/// not noticed by keepalives then, and the system alone would go on sending for a quarter of an hour.
const ACKNOWLEDGE_MAX: Duration = Duration::from_secs(10);
/// The same for the server: whoever leads holds a lock there, which is to end soon after its machine.
const SERVER_KEEPALIVE: [(&str, &str); 3] =
    [("tcp_keepalives_idle", "5"), ("tcp_keepalives_interval", "2"), ("tcp_keepalives_count", "3")];

/// What a pool is for. Which role it connects as is in its URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Appending, as `es_writer`: commits are on disk when they return, or it does not connect.
    Append,
    /// Reading the log and serving the vault, as `es_writer` or `projector`.
    Log,
    /// Writing read tables and checkpoints, as `projector`: what is lost with the machine's last
    /// milliseconds is built again, the checkpoint being lost with it.
    Project,
    /// Reading read tables, as `api`.
    Query,
}

impl Purpose {
    fn application_name(self) -> &'static str {
        match self {
            Self::Append => "folio append",
            Self::Log => "folio log",
            Self::Project => "folio project",
            Self::Query => "folio query",
        }
    }

    /// Server settings of a session. Nothing may wait for ever, least of all with the log locked.
    fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Append => &[
                ("synchronous_commit", "on"),
                ("default_transaction_isolation", "read\\ committed"),
                ("lock_timeout", "2s"),
                ("statement_timeout", "10s"),
                ("idle_in_transaction_session_timeout", "2s"),
                ("search_path", "pg_catalog"),
            ],
            Self::Log => &[
                ("lock_timeout", "2s"),
                ("statement_timeout", "30s"),
                ("idle_in_transaction_session_timeout", "10s"),
                ("search_path", "pg_catalog"),
            ],
            Self::Project => &[
                ("synchronous_commit", "off"),
                // Statements keep the plan of their first use, perhaps for empty tables: it must be
                // one for full ones too (log protocol, A5).
                ("plan_cache_mode", "force_generic_plan"),
                ("enable_seqscan", "off"),
                ("enable_hashjoin", "off"),
                ("enable_mergejoin", "off"),
                ("jit", "off"),
                ("lock_timeout", "5s"),
                ("statement_timeout", "60s"),
                ("idle_in_transaction_session_timeout", "60s"),
                ("search_path", "read"),
            ],
            Self::Query => &[
                ("default_transaction_read_only", "on"),
                ("lock_timeout", "2s"),
                ("statement_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "5s"),
                ("search_path", "read"),
            ],
        }
    }
}

/// Why the database could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is none.
    #[error("the database's URL is not valid")]
    Url(#[source] tokio_postgres::Error),
    /// How to encrypt is not said, or cannot be done.
    #[error("the database's URL asks for TLS that cannot be had")]
    Tls(#[from] TlsError),
    /// The pool's bounds are none.
    #[error("the pool cannot be built")]
    Build(#[from] deadpool_postgres::BuildError),
    /// No connection to be had: the server is away, or all connections are busy.
    #[error("no connection to the database")]
    Connection(#[from] PoolError),
    /// The server refused, or went away meanwhile.
    #[error("the database refused")]
    Statement(#[from] tokio_postgres::Error),
    /// Nobody migrated this database.
    #[error("the database has no log: migrate it first")]
    NoLog,
}

/// A pool of at most `size` connections to `url`; opens none yet.
///
/// # Errors
/// [`DatabaseError::Url`], [`DatabaseError::Tls`] or [`DatabaseError::Build`].
pub fn pool(url: &str, purpose: Purpose, size: usize) -> Result<Pool, DatabaseError> {
    let (config, tls) = endpoint(url, purpose)?;
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let mut builder = Pool::builder(Manager::from_config(config, tls, recycling))
        .max_size(size)
        // The one used last is the one whose caches and plans are warm.
        .queue_mode(QueueMode::Lifo)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT_MAX))
        .create_timeout(Some(CONNECT_MAX));
    if purpose == Purpose::Append {
        builder = builder.post_create(Hook::async_fn(|client, _| {
            Box::pin(async move { assert_durable(client).await })
        }));
    }
    Ok(builder.build()?)
}

/// How to connect to `url` for a purpose, for those who need a connection of their own.
///
/// # Errors
/// [`DatabaseError::Url`] or [`DatabaseError::Tls`].
pub fn endpoint(
    url: &str,
    purpose: Purpose,
) -> Result<(tokio_postgres::Config, Tls), DatabaseError> {
    let (mut config, tls) = tls::endpoint(url)?;
    let settings = purpose.settings().iter().chain(&SERVER_KEEPALIVE);
    let settings = settings.map(|(name, value)| format!("-c {name}={value}"));
    let given = config.get_options().map(str::to_owned);
    let options: Vec<String> = settings.chain(given).collect(); // The operator's word is last.
    config
        .options(options.join(" "))
        .application_name(purpose.application_name())
        .connect_timeout(CONNECT_MAX)
        .keepalives(true)
        .keepalives_idle(KEEPALIVE_IDLE)
        .keepalives_interval(KEEPALIVE_INTERVAL)
        .keepalives_retries(KEEPALIVE_RETRIES)
        .tcp_user_timeout(ACKNOWLEDGE_MAX);
    Ok((config, tls))
}

/// Whether a commit that was answered under this `synchronous_commit` outlives the machine, and its
/// standby if there is one (log protocol, A15).
pub(crate) fn is_durable(synchronous_commit: &str) -> bool {
    matches!(synchronous_commit, "on" | "remote_apply")
}

/// Refuses a connection on which an answered commit may be lost, whatever turned it so: a setting,
/// or a pooler in between that drops ours (log protocol, A15).
async fn assert_durable(client: &Client) -> Result<(), HookError> {
    let row = client.query_one("show synchronous_commit", &[]).await.map_err(HookError::Backend)?;
    let value: String = row.try_get(0).map_err(HookError::Backend)?;
    if is_durable(&value) {
        return Ok(());
    }
    Err(HookError::message(format!("synchronous_commit is {value} for the writer, not on")))
}
