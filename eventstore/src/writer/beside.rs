//! What happens beside the appends, on connections of their own: loading cold streams and keeping
//! snapshots.

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use domain::Stream;
use tokio_postgres::Config;

use super::config::WriterConfig;
use super::load::{self, LOAD, Loading};
use crate::snapshots::{self, Snapshot};

/// Statements planned while the tables are empty must not scan them when they are full; then one
/// plan is as good for ever, and to make it takes five times as long as to run it.
const PLANS: &str = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
    -c jit=off -c plan_cache_mode=force_generic_plan";

/// Connections for reading, apart from the one that appends.
#[derive(Clone)]
pub(super) struct Beside {
    pool: Pool,
    snapshot_every: i64,
}

/// Why streams could not be loaded. Nothing was done.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    /// No connection.
    #[error("no connection to load streams with")]
    Pool(#[from] PoolError),
    /// The database refused.
    #[error("loading streams failed")]
    Database(#[from] tokio_postgres::Error),
}

impl Beside {
    /// Opens nothing yet.
    pub(super) fn new(config: &WriterConfig) -> Result<Self, deadpool_postgres::BuildError> {
        let manager = Manager::from_config(
            planned(&config.database),
            config.tls.clone(),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager).max_size(config.loaders_max.max(1)).build()?;
        Ok(Self { pool, snapshot_every: config.snapshot_every })
    }

    /// Reads streams from their beginning or their snapshots.
    pub(super) async fn load(&self, streams: &[Stream]) -> Result<Vec<Loading>, LoadError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(LOAD).await?;
        let streams = streams.iter().map(|stream| Loading::new(*stream)).collect();
        let loaded = load::load(&client, &statement, streams).await?;
        let due = loaded.iter().filter_map(|loading| loading.snapshot(self.snapshot_every));
        self.keep(due.collect());
        Ok(loaded)
    }

    /// Keeps snapshots some time soon; a lost one costs a longer load.
    pub(super) fn keep(&self, snapshots: Vec<Snapshot>) {
        if snapshots.is_empty() {
            return;
        }
        let pool = self.pool.clone();
        tokio::spawn(async move {
            if let Err(error) = keep(&pool, &snapshots).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a snapshot was not kept");
            }
        });
    }
}

async fn keep(pool: &Pool, snapshots: &[Snapshot]) -> Result<(), LoadError> {
    let client: Object = pool.get().await?;
    for snapshot in snapshots {
        snapshots::keep(&client, snapshot).await?;
    }
    Ok(())
}

fn planned(config: &Config) -> Config {
    let mut config = config.clone();
    let options = config.get_options().map_or(String::new(), |given| format!("{given} "));
    config.options(format!("{options}{PLANS}")).application_name("folio writer beside");
    config
}
