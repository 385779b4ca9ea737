//! What handlers share, wired by hand.

use std::ops::Deref;
use std::sync::Arc;

use anyhow::Context as _;
use aws_lc_rs::hmac;
use eventstore::command::Clock;
use eventstore::database::{self, Purpose};
use eventstore::position::Watcher;
use eventstore::seal::{Keyring, MasterKey};
use eventstore::source::Source;
use eventstore::writer::{Writer, WriterConfig};
use eventstore::{Log, Vault};
use metrics_exporter_prometheus::PrometheusHandle;
use projections::frame::Reads;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::authority::secret_keys::SecretKeys;
use crate::config::Config;
use crate::http::Senders;
use crate::limits::Limits;
use crate::measure;
use crate::objects::Objects;
use crate::passwords::Passwords;
use crate::presence::Presence;
use crate::providers::identity::Identities;
use crate::providers::lemonsqueezy::{LemonSqueezy, LemonSqueezyClient, WebhookSecrets};
use crate::providers::toss::{SecurityKeys, Toss, TossClient};
use crate::secrets::Secrets;
use crate::sessions::refresh_token::RefreshTokens;
use crate::signed::Signer;
use crate::telemetry::Telemetry;
use crate::throttle::Throttle;
use crate::tokens::Tokens;
use crate::webhooks::Forgeries;
use crate::worker_keys::WorkerKeys;

/// Connections for queries.
const READS_MAX: usize = 16;
/// Connections for the log, the vault and persons' keys at the edge: apart from the followers', so
/// that no rush of questions keeps a read table from moving.
const LOG_MAX: usize = 12;
/// Connections for followers: one each, and as many as hold leases, and two more.
pub const FOLLOWERS_MAX: usize = 32;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// See [`App`].
pub struct Shared {
    /// From the environment.
    pub config: Config,
    /// The only clock.
    pub clock: Arc<dyn Clock>,
    /// Commands go in here.
    pub writer: Writer,
    /// Followers' ground: head, feed, board.
    pub source: Source,
    /// The truth, for reading.
    pub log: Log,
    /// How far read tables are.
    pub watcher: Watcher,
    /// Read tables, for reading only.
    pub reads: Reads,
    /// Password hashes.
    pub vault: Vault,
    /// Wraps persons' keys.
    pub master_key: MasterKey,
    /// Seals and opens personal fields.
    pub keyring: Keyring,
    /// Where persons' requests came from, sealed.
    pub senders: Senders,
    /// Access tokens.
    pub tokens: Tokens,
    /// Refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// Counts requests.
    pub limits: Limits,
    /// Verified API keys.
    pub secret_keys: SecretKeys,
    /// Who is online.
    pub presence: Presence,
    /// Counts failed logins.
    pub throttle: Throttle,
    /// Verified worker keys.
    pub worker_keys: WorkerKeys,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Signs cursors, links, quotes.
    pub signer: Signer,
    /// Hashes requests and addresses.
    pub request_key: hmac::Key,
    /// Pictures.
    pub objects: Objects,
    /// How far pictures under way are.
    pub telemetry: Telemetry,
    /// The payment provider.
    pub toss: Arc<dyn Toss>,
    /// Where plans are sold.
    pub lemonsqueezy: Arc<dyn LemonSqueezy>,
    /// What its deliveries are signed with.
    pub webhook_secrets: WebhookSecrets,
    /// Counts forged deliveries.
    pub forgeries: Forgeries,
    /// Checks what it signs; without the key nothing signed is believed.
    pub toss_security: Option<SecurityKeys>,
    /// Who vouches for people.
    pub identities: Identities,
    /// Measurements.
    pub metrics: PrometheusHandle,
    /// Becomes true when the service stops: long answers end then.
    pub closing: watch::Sender<bool>,
}

fn lemonsqueezy(config: &Config, secrets: &Secrets) -> anyhow::Result<Arc<dyn LemonSqueezy>> {
    let (config, key) = (&config.lemonsqueezy, &secrets.lemonsqueezy_api_key);
    let store = config.shop.map(|shop| shop.store);
    Ok(Arc::new(LemonSqueezyClient::new(&config.url, key, store)?))
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Connects to everything. The handle ends when the writer has answered its last caller.
    ///
    /// # Errors
    /// Something that cannot be done without does not answer, or a secret does not fit.
    pub async fn open(
        config: Config,
        secrets: &Secrets,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let metrics = measure::recorder().context("install the recorder of measurements")?;
        let database = &config.database;
        let (append, tls) = database::endpoint(&database.writer, Purpose::Append)?;
        let append = WriterConfig { tls, ..WriterConfig::new(append) };
        let (writer, writing) = Writer::start(append).await.context("start the writer")?;
        let followers = database::pool(&database.projector, Purpose::Project, FOLLOWERS_MAX)?;
        let source = Source::start(followers, Some(writer.committed()), config.nats_url.as_deref());
        let source = source.await.context("follow the log")?;
        let reads = database::pool(&database.api, Purpose::Query, READS_MAX)?;
        let vault = database::pool(&database.writer, Purpose::Log, LOG_MAX)?;
        let master_key = MasterKey::from_base64(&secrets.master_key)?;
        let shared = Shared {
            clock,
            writer,
            log: Log::new(vault.clone()),
            watcher: Watcher::new(&source, reads.clone()).await.context("watch the read tables")?,
            source,
            reads: Reads::new(reads),
            vault: Vault::new(vault.clone()),
            keyring: Keyring::new(vault, master_key.clone()),
            master_key,
            senders: Senders::default(),
            tokens: Tokens::new(&secrets.token_keys)?,
            refresh_tokens: RefreshTokens::new(&secrets.session_key),
            limits: Limits::new(&config.limits),
            secret_keys: SecretKeys::default(),
            presence: Presence::default(),
            throttle: Throttle::default(),
            worker_keys: WorkerKeys::default(),
            passwords: Passwords::new(config.login.argon2)?,
            signer: Signer::new(&secrets.link_key),
            request_key: hmac::Key::new(hmac::HMAC_SHA256, &secrets.request_key),
            objects: Objects::open(&config.objects)?,
            telemetry: Telemetry::default(),
            lemonsqueezy: lemonsqueezy(&config, secrets)?,
            webhook_secrets: WebhookSecrets::parse(&secrets.lemonsqueezy_webhook_secrets)?,
            forgeries: Forgeries::default(),
            toss: Arc::new(TossClient::new(
                &config.toss.url,
                &secrets.toss_secret_key,
                config.toss.test_code.as_deref(),
            )?),
            toss_security: secrets.toss_security_key.as_deref().map(SecurityKeys::new),
            identities: Identities::connect(&config.login, secrets)?,
            metrics,
            closing: watch::Sender::new(false),
            config,
        };
        Ok((Self(Arc::new(shared)), writing))
    }

    /// Waits until the service stops.
    pub async fn closed(&self) {
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await; // Or it is gone.
    }

    /// A position as clients see it.
    #[must_use]
    pub fn position_token(&self, position: i64) -> String {
        self.watcher.token(position)
    }
}
