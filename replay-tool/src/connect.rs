//! Which database, as whom, and with which keys.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use deadpool_postgres::{Manager, Pool, Runtime};
use eventstore::Log;
use eventstore::database::{self, Purpose};
use eventstore::seal::{Keyring, MasterKey};
use projections::ALL;
use projections::rebuild::Workshop;

/// Connections for reading the log: one reads ahead, the others compare.
const LOG_POOL: usize = 4;
/// Connections beside one per projector: the guard, the reader ahead, and the vault.
const WORKSHOP_SPARE: usize = 5;
/// Where a secret store hands the master keys over.
const MASTER_KEY: &str = "FOLIO_MASTER_KEY";
/// Only the owner of a secret may read it.
const OTHERS: u32 = 0o077;

/// Where the log, the read tables and the keys are.
#[derive(Debug, Args)]
pub struct Connections {
    /// The database, as a role that may read the log: auditor or migrator.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
    /// For rebuild and diff: the same as projector. If left out, that role is taken over the
    /// other URL, which the migrator may.
    #[arg(long, env = "FOLIO_PROJECTOR_URL", hide_env_values = true, global = true)]
    projector_url: Option<String>,
    /// For rebuild and diff: the folder with the file `master-key`, which opens sealed fields. As
    /// for the service, FOLIO_MASTER_KEY goes before it.
    #[arg(long, env = "FOLIO_SECRETS", default_value = ".folio/secrets", global = true)]
    secrets: PathBuf,
}

impl Connections {
    /// The URL for reading the log.
    ///
    /// # Errors
    /// None was given.
    pub fn log_url(&self) -> Result<&str> {
        self.database_url
            .as_deref()
            .context("DATABASE_URL is not set: name the database, as the role auditor or migrator")
    }

    /// A pool for reading the log.
    ///
    /// # Errors
    /// There is no URL, or it is none.
    pub fn log_pool(&self) -> Result<Pool> {
        Ok(database::pool(self.log_url()?, Purpose::Log, LOG_POOL)?)
    }

    /// What a rebuild stands on.
    ///
    /// # Errors
    /// There is no URL, it is none, or the master key is missing.
    pub fn workshop(&self) -> Result<Workshop> {
        let master = self.master_key()?;
        let pool = self.projector_pool()?;
        let keyring = Keyring::new(pool.clone(), master);
        Ok(Workshop { log: Log::new(pool.clone()), pool, keyring })
    }

    fn projector_pool(&self) -> Result<Pool> {
        let size = ALL.len() + WORKSHOP_SPARE;
        if let Some(url) = given(&self.projector_url) {
            return Ok(database::pool(url, Purpose::Project, size)?);
        }
        let (mut config, tls) = database::endpoint(self.log_url()?, Purpose::Project)?;
        let options = config.get_options().unwrap_or_default();
        let options = format!("{options} -c role=projector"); // So that it owns what it makes.
        config.options(options);
        let pool = Pool::builder(Manager::new(config, tls)).max_size(size);
        Ok(pool.runtime(Runtime::Tokio1).build()?)
    }

    /// As the service finds it (`api::secrets`). Never an argument: those are seen by others.
    fn master_key(&self) -> Result<MasterKey> {
        if let Some(keys) = given(&std::env::var(MASTER_KEY).ok()) {
            return MasterKey::from_base64(keys).context(MASTER_KEY);
        }
        use std::os::unix::fs::PermissionsExt;
        let file = self.secrets.join("master-key");
        let advice = || {
            format!(
                "{} is needed to open sealed fields: set FOLIO_SECRETS to the folder the service has",
                file.display()
            )
        };
        let mode = std::fs::metadata(&file).with_context(advice)?.permissions().mode();
        ensure!(mode & OTHERS == 0, "{} is readable by others: chmod 600 it", file.display());
        let text = std::fs::read_to_string(&file).with_context(advice)?;
        MasterKey::from_base64(&text).with_context(|| file.display().to_string())
    }
}

/// A variable that is set to nothing is not set.
fn given(url: &Option<String>) -> Option<&str> {
    url.as_deref().filter(|url| !url.is_empty())
}
