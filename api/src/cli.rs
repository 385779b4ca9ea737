//! What the binary `folio` can be told to do.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use eventstore::command::SystemClock;
use eventstore::tls;
use eventstore_migrations::{Options, RolePasswords, migrate_over};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, Databases};
use crate::operator;
use crate::secrets::{self, Secrets};
use crate::service::{Role, Service};

/// Folio: AI art, paid fairly.
#[derive(Debug, Parser)]
#[command(name = "folio", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer HTTP, and do everything else in the same process unless told otherwise.
    Serve {
        /// What this process does.
        #[arg(long, value_enum, value_delimiter = ',', default_values_t = Role::ALL)]
        roles: Vec<Role>,
    },
    /// Only publish the log to NATS.
    Relay,
    /// Only fill read tables.
    Project,
    /// Only run processes and timers.
    Process,
    /// Bring the database to the newest schema; safe to run from two processes at once.
    Migrate {
        /// Accept a server that may lose what it acknowledged: for clusters that are thrown away.
        #[arg(long)]
        throwaway: bool,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Accounts of those who run the place.
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// The secrets under FOLIO_SECRETS.
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Keys of GPU workers.
    #[command(subcommand)]
    WorkerKey(WorkerKeyCommand),
}

#[derive(Debug, Subcommand)]
enum OperatorCommand {
    /// Make an account with the role admin. The same address again changes nothing.
    Create {
        /// The login address.
        #[arg(long, default_value = "operator@folio.localhost.test")]
        email: String,
        /// The handle.
        #[arg(long, default_value = "operator")]
        username: String,
        /// The file with the password; made with a random one if it is not there.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum SecretsCommand {
    /// Make every secret that is not there yet.
    Init {
        /// The folder.
        #[arg(long, env = "FOLIO_SECRETS")]
        dir: PathBuf,
    },
    /// Sign access tokens with the next key from the next start on; the present one goes on
    /// verifying.
    RotateTokenKey {
        /// The folder.
        #[arg(long, env = "FOLIO_SECRETS")]
        dir: PathBuf,
    },
    /// Put a new master key before the others. Restart every service, then rotate.
    AddMasterKey {
        /// The folder.
        #[arg(long, env = "FOLIO_SECRETS")]
        dir: PathBuf,
    },
    /// Wrap every person's key with the newest master key, while everything serves. Interrupted,
    /// it is run again; when it finds nothing left to do, the older master keys can go.
    RotateMasterKey,
}

#[derive(Debug, Subcommand)]
enum WorkerKeyCommand {
    /// Issue a key; it is shown once.
    Create {
        /// The worker's name, for people.
        #[arg(long)]
        name: String,
        /// Write the key to this file instead of showing it; a file that is there is kept.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

impl Cli {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, with what led to it.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve { roles } => serve(&roles).await,
            Command::Relay => serve(&[Role::Relay]).await,
            Command::Project => serve(&[Role::Project]).await,
            Command::Process => serve(&[Role::Process]).await,
            Command::Migrate { throwaway } => bring_up_to_date(throwaway).await,
            Command::Openapi => print_document(),
            Command::Operator(OperatorCommand::Create { email, username, password_file }) => {
                let (config, secrets) = settings()?;
                let file =
                    password_file.unwrap_or_else(|| config.secrets.join("operator-password"));
                operator::create(config, &secrets, (&email, &username), &file).await
            }
            Command::Secrets(SecretsCommand::Init { dir }) => secrets::init(&dir),
            Command::Secrets(SecretsCommand::RotateTokenKey { dir }) => {
                secrets::rotate_token_key(&dir)
            }
            Command::Secrets(SecretsCommand::AddMasterKey { dir }) => secrets::add_master_key(&dir),
            Command::Secrets(SecretsCommand::RotateMasterKey) => {
                let (config, secrets) = settings()?;
                operator::rotate_master_key(&config, &secrets).await
            }
            Command::WorkerKey(WorkerKeyCommand::Create { name, out }) => {
                let (config, secrets) = settings()?;
                operator::issue_worker_key(config, &secrets, &name, out.as_deref()).await
            }
        }
    }
}

fn settings() -> anyhow::Result<(Config, Secrets)> {
    let config = Config::from_env()?;
    let secrets = Secrets::load(&config.secrets)?;
    Ok((config, secrets))
}

async fn serve(roles: &[Role]) -> anyhow::Result<()> {
    let (config, secrets) = settings()?;
    let mut stop = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let service = Service::start(config, &secrets, Arc::new(SystemClock), roles).await?;
    tokio::select! {
        _ = stop.recv() => {}
        pressed = tokio::signal::ctrl_c() => pressed.context("listen for Ctrl-C")?,
    }
    tracing::info!("stopping");
    service.stop().await?;
    tracing::info!("stopped");
    Ok(())
}

/// The passwords in the roles' URLs become the roles' passwords.
async fn bring_up_to_date(throwaway: bool) -> anyhow::Result<()> {
    let database = Databases::from_env()?;
    let password = |url: &str| -> anyhow::Result<Option<String>> {
        let (config, _) = tls::endpoint(url).context("a role's URL")?;
        let password = config.get_password().map(|bytes| String::from_utf8(bytes.to_vec()));
        password.transpose().context("a role's password is no UTF-8")
    };
    let mut passwords = RolePasswords::default();
    let roles = [
        (eventstore_migrations::Role::Writer, &database.writer),
        (eventstore_migrations::Role::Projector, &database.projector),
        (eventstore_migrations::Role::Api, &database.api),
    ];
    for (role, url) in roles {
        if let Some(password) = password(url)? {
            passwords = passwords.with(role, password);
        }
    }
    let (migrator, tls) = tls::endpoint(&database.migrator).context("DATABASE_URL")?;
    let report = migrate_over(&migrator, tls, &Options { passwords, throwaway }).await?;
    for applied in &report.applied {
        tracing::info!(migration = applied, "applied");
    }
    tracing::info!("the schema is up to date");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the document is what was asked for")]
fn print_document() -> anyhow::Result<()> {
    println!("{}", crate::router::document().to_pretty_json().context("write the document")?);
    Ok(())
}
