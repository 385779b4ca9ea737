//! The whole service, in this process or as a child of its own.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use api::config::Config;
use api::secrets::{self, Secrets};
use api::service::{Role, Service};
use eventstore::command::SystemClock;

use crate::servers::Servers;

/// What a service of this run is told.
pub struct Told {
    database: String,
    nats: Option<String>,
    dir: PathBuf,
}

impl Told {
    /// For a database of these servers, with secrets of its own.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn new(servers: &Servers, database: &str) -> Result<Self> {
        let dir = servers.dir().join("service");
        secrets::init(&dir.join("secrets"))?;
        Ok(Self { database: database.to_owned(), nats: servers.nats_url.clone(), dir })
    }

    /// What deliveries of Lemon Squeezy are signed with.
    ///
    /// # Errors
    /// The secret cannot be read.
    pub fn webhook_secret(&self) -> Result<String> {
        secrets::read(&self.dir.join("secrets/lemonsqueezy-webhook-secrets"))
    }

    /// Starts every role in this process, on a free port.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(&self) -> Result<Service> {
        let config = Config::read(|name| self.variable(name))?;
        let secrets = Secrets::load(&config.secrets)?;
        Service::start(config, &secrets, Arc::new(SystemClock), &Role::ALL).await
    }

    /// Starts every role in a child of this program, so that its memory is Folio's alone.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(&self) -> Result<std::process::Child> {
        let mut child = std::process::Command::new(std::env::current_exe()?);
        child.arg("--serve");
        for name in VARIABLES {
            if let Some(value) = self.variable(name) {
                child.env(name, value);
            }
        }
        child.spawn().context("start the service as a child")
    }

    fn variable(&self, name: &str) -> Option<String> {
        let dir = |name: &str| Some(self.dir.join(name).display().to_string());
        match name {
            "DATABASE_URL" => Some(self.database.clone()),
            "NATS_URL" => self.nats.clone(),
            "FOLIO_SECRETS" => dir("secrets"),
            "FOLIO_OBJECTS" => dir("objects"),
            "FOLIO_ADDR" => Some("127.0.0.1:0".to_owned()),
            "FOLIO_LIMITS" => Some("off".to_owned()), // One address asks all it can.
            "FOLIO_TOSS_CLIENT_KEY" => Some("test_ck_bench".to_owned()),
            "FOLIO_TOSS_URL" => Some("http://127.0.0.1:9".to_owned()), // Nobody buys here.
            "FOLIO_LEMONSQUEEZY_STORE" => Some("1".to_owned()),
            "FOLIO_LEMONSQUEEZY_TEST_MODE" => Some("on".to_owned()),
            "FOLIO_LEMONSQUEEZY_URL" => Some("http://127.0.0.1:9".to_owned()), // Nobody sells.
            _ => None,
        }
    }
}

const VARIABLES: [&str; 11] = [
    "DATABASE_URL",
    "NATS_URL",
    "FOLIO_SECRETS",
    "FOLIO_OBJECTS",
    "FOLIO_ADDR",
    "FOLIO_LIMITS",
    "FOLIO_TOSS_CLIENT_KEY",
    "FOLIO_TOSS_URL",
    "FOLIO_LEMONSQUEEZY_STORE",
    "FOLIO_LEMONSQUEEZY_TEST_MODE",
    "FOLIO_LEMONSQUEEZY_URL",
];

/// What the child of [`Told::spawn`] does: serves until it is killed.
///
/// # Errors
/// It does not start.
pub async fn serve() -> Result<()> {
    let config = Config::from_env()?;
    let secrets = Secrets::load(&config.secrets)?;
    let _service = Service::start(config, &secrets, Arc::new(SystemClock), &Role::ALL).await?;
    std::future::pending().await
}
