//! The writer's own connection, checked before it is trusted with an answer (log protocol, A15).

use std::time::Duration;

use tokio_postgres::{Client, Config, Statement};
use uuid::Uuid;

use super::append::{self, APPEND, Appended};
use super::batch::Batch;
use super::config::WriterConfig;
use super::load::{self, LOAD, Loading};
use super::unit::Unit;
use crate::command::Key;
use crate::database::is_durable;

/// How long connecting may take.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// After how long silence is asked whether it is still there, and how long it may not answer.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
const ACKNOWLEDGE_MAX: Duration = Duration::from_secs(5);

const CHECKS: &str = "select current_setting('synchronous_commit'),
    current_setting('server_encoding'), pg_is_in_recovery()";
const HEAD: &str = "select first + count - 1 from es.blocks order by first desc limit 1";
const RESOLVE: &str = "select es.resolve($1, $2, $3)";
/// Whoever holds the lock while deciding is thrown out when it dawdles (log protocol, B12).
const BEGIN_LOCKED: &str = "begin isolation level read committed;
    set local statement_timeout = '2s';
    set local idle_in_transaction_session_timeout = '2s';
    select es.lock()";

/// Why a connection cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The database does not answer, or refuses.
    #[error("the log's database refused while {doing}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the driver said.
        source: tokio_postgres::Error,
    },
    /// Nothing came in time.
    #[error("the log's database did not answer while {0}")]
    Silent(&'static str),
    /// An answer would not mean that the commit is on disk, or bytes would not be kept as they are.
    #[error("the log's database is unfit: {0}")]
    Unfit(String),
}

/// A connection that appends. Dropped as soon as anything about it is in doubt.
pub(super) struct Session {
    client: Client,
    append: Statement,
    load: Statement,
    /// The log's head when the connection was made.
    pub(super) head: i64,
}

impl Session {
    /// Connects and checks what the protocol relies on.
    pub(super) async fn open(config: &WriterConfig) -> Result<Self, SessionError> {
        tokio::time::timeout(CONNECT_MAX * 2, Self::connect(config))
            .await
            .unwrap_or(Err(SessionError::Silent("connecting")))
    }

    async fn connect(config: &WriterConfig) -> Result<Self, SessionError> {
        let doing = |doing| move |source| SessionError::Database { doing, source };
        let (client, connection) = patient(&config.database)
            .connect(config.tls.clone())
            .await
            .map_err(doing("connecting"))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the writer's connection");
            }
        });
        let row = client.query_one(CHECKS, &[]).await.map_err(doing("asking for its settings"))?;
        let (commit, encoding, standby): (String, String, bool) =
            (row.get(0), row.get(1), row.get(2));
        if !is_durable(&commit) {
            return Err(SessionError::Unfit(format!("synchronous_commit is {commit}")));
        }
        if encoding != "UTF8" {
            return Err(SessionError::Unfit(format!("server_encoding is {encoding}")));
        }
        if standby {
            return Err(SessionError::Unfit("it is a standby".to_owned()));
        }
        let append = client.prepare(APPEND).await.map_err(doing("preparing the append"))?;
        let load = client.prepare(LOAD).await.map_err(doing("preparing the loading"))?;
        let head = client.query_one(HEAD, &[]).await.map_err(doing("reading the head"))?.get(0);
        Ok(Self { client, append, load, head })
    }

    /// Whether the server closed it.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Reads streams to their ends, under the lock if it is held.
    pub(super) async fn load(
        &self,
        streams: Vec<Loading>,
    ) -> Result<Vec<Loading>, tokio_postgres::Error> {
        load::load(&self.client, &self.load, streams).await
    }

    /// See [`append::append`].
    pub(super) async fn append(
        &self,
        seen: Option<&[u8]>,
        batch: &Batch,
        units: &[Unit],
    ) -> Result<Appended, tokio_postgres::Error> {
        append::append(&self.client, &self.append, seen, batch, units).await
    }

    /// Begins a transaction that holds the log's lock.
    pub(super) async fn lock(&self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(BEGIN_LOCKED).await
    }

    /// Ends it for good.
    pub(super) async fn commit(&self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute("commit").await
    }

    /// Ends it without a trace.
    pub(super) async fn roll_back(&self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute("rollback").await
    }

    /// What became of a batch whose answer was lost: the head before it, or `None` if it is not in
    /// the log, and from now on cannot be.
    pub(super) async fn resolve(
        &self,
        batch: Uuid,
        key: &Key,
    ) -> Result<Option<i64>, tokio_postgres::Error> {
        let row = self.client.query_one(RESOLVE, &[&batch, &key.scope, &key.key]).await?;
        row.try_get(0)
    }
}

/// The configuration with the waits that make a dead peer known soon.
fn patient(config: &Config) -> Config {
    let mut config = config.clone();
    config
        .connect_timeout(CONNECT_MAX)
        .keepalives(true)
        .keepalives_idle(KEEPALIVE_IDLE)
        .keepalives_interval(Duration::from_secs(1))
        .keepalives_retries(3)
        .tcp_user_timeout(ACKNOWLEDGE_MAX)
        .application_name("folio writer");
    config
}
