//! What an operator does at the command line: the first account that runs the place, and keys of
//! workers.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::users::{DisplayName, Email, Password, Role, User, UserCommand, Username};
use domain::workers::{Worker, WorkerCommand, WorkerName};
use domain::{Actor, Decision, One, UserId, WorkerId};
use eventstore::Command;
use eventstore::command::{Key, SystemClock};
use eventstore::database::{self, Purpose};
use eventstore::seal::{MasterKey, Rewrapped, rewrap};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::app::App;
use crate::auth::SignUp;
use crate::config::Config;
use crate::http::Trace;
use crate::secrets::{self, Secrets};
use crate::worker_keys;

/// Whose keys of commands these are.
const SCOPE: &str = "operator";

/// Makes an account with the role admin; the same address again changes nothing, not even its
/// password.
///
/// # Errors
/// The address or name cannot be used, or the log does not answer.
pub async fn create(
    config: Config,
    secrets: &Secrets,
    (email, username): (&str, &str),
    password_file: &Path,
) -> anyhow::Result<()> {
    let desk = Desk::open(config, secrets).await?;
    secrets::keep(password_file, &URL_SAFE_NO_PAD.encode(secrets::random()?))?;
    let sign_up = SignUp {
        email: Email::parse(email)?,
        password: Password::parse(&secrets::read(password_file)?)?,
        display_name: DisplayName::parse(username)?,
        username: Some(Username::parse(username)?),
    };
    let fact = domain::derive(&[SCOPE, "create", sign_up.email.as_str()]);
    let decision = sign_up.decision(&desk.app, UserId(Uuid::now_v7())).await;
    let decision = decision.map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
    let user = desk.execute(desk.app.fact(SCOPE, fact), decision).await?;
    let fact = domain::derive(&[SCOPE, "admin", &user.to_string()]);
    let grant = One::<User>::of(user, UserCommand::GrantRole { user, role: Role::Admin });
    desk.execute(desk.app.fact(SCOPE, fact), grant).await?;
    tracing::info!(%user, password_file = %password_file.display(), "the operator is there");
    desk.close().await
}

/// Issues a worker's key, to a file or to whoever looks.
///
/// # Errors
/// The name cannot be used, or the log does not answer.
pub async fn issue_worker_key(
    config: Config,
    secrets: &Secrets,
    name: &str,
    out: Option<&Path>,
) -> anyhow::Result<()> {
    if let Some(out) = out
        && out.exists()
    {
        tracing::info!(file = %out.display(), "the key is there already");
        return Ok(());
    }
    let desk = Desk::open(config, secrets).await?;
    let worker = WorkerId(Uuid::now_v7());
    let key = worker_keys::draw(worker)?;
    let name = WorkerName::parse(name)?;
    let issue = WorkerCommand::IssueKey { worker, name, key_sha256: key.sha256 };
    desk.execute(desk.app.attempt(), One::<Worker>::of(worker, issue)).await?;
    match out {
        Some(out) => secrets::keep(out, &key.text)?,
        None => show(&key.text),
    }
    tracing::info!(%worker, "the key is issued");
    desk.close().await
}

/// Wraps every person's key with the newest master key; says how far it is.
///
/// # Errors
/// The vault cannot be reached, or a key was wrapped by a master key that is not there.
pub async fn rotate_master_key(config: &Config, secrets: &Secrets) -> anyhow::Result<()> {
    let master_key = MasterKey::from_base64(&secrets.master_key)?;
    let pool = database::pool(&config.database.writer, Purpose::Log, 1)?;
    let tell = |so_far: &Rewrapped| {
        tracing::info!(seen = so_far.seen, rewrapped = so_far.rewrapped, "persons' keys");
    };
    let Rewrapped { seen, rewrapped } = rewrap(&pool, &master_key, tell).await?;
    tracing::info!(seen, rewrapped, "every person's key is wrapped with the newest master key");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the key is what was asked for, and shown only here")]
fn show(key: &str) {
    println!("{key}");
}

/// Just enough of the service to hand in a command.
struct Desk {
    app: App,
    writing: JoinHandle<()>,
}

impl Desk {
    async fn open(config: Config, secrets: &Secrets) -> anyhow::Result<Self> {
        let (app, writing) = App::open(config, secrets, Arc::new(SystemClock)).await?;
        Ok(Self { app, writing })
    }

    async fn execute<D: Decision>(&self, key: Key, decision: D) -> anyhow::Result<D::Reply> {
        let metadata = Trace::fresh().metadata(Actor::Operator, self.app.clock.now());
        let answer = self.app.writer.execute(Command { key, metadata, decision }).await?;
        answer.outcome.context("refused")
    }

    async fn close(self) -> anyhow::Result<()> {
        self.app.writer.shutdown().await;
        self.writing.await.context("end the writer")
    }
}
