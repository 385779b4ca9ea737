//! The running service: which parts run in this process, and how they stop so that nothing that
//! was answered is lost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::process::plan_subscription::PlanSubscription;
use domain::process::{SignUp, TokenPurchase};
use eventstore::carry::Submitter;
use eventstore::command::Clock;
use eventstore::consumer;
use eventstore::database::{self, Purpose};
use eventstore::process::Runner;
use eventstore::seal::{Keyring, MasterKey};
use eventstore::source::Source;
use eventstore::timers::{self, Timers};
use projections::Projection;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::app::{App, FOLLOWERS_MAX};
use crate::authority::follow;
use crate::carriers::{Bells, Welcome};
use crate::config::Config;
use crate::deletion::Erasure;
use crate::exports::Exporter;
use crate::listen;
use crate::mail::Post;
use crate::measure;
use crate::presence;
use crate::purchases::carrier::Payments;
use crate::router::router;
use crate::secrets::Secrets;
use crate::seeds;
use crate::subscriptions::carrier::Sales;
use crate::telemetry;

/// How long requests under way may take to end when the service stops.
const DRAIN: Duration = Duration::from_secs(30);
/// Connections of the timers.
const TIMERS_MAX: usize = 4;

/// What a process does; all of it unless told otherwise (D14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Answers HTTP.
    Api,
    /// Publishes the log to NATS.
    Relay,
    /// Fills read tables.
    Project,
    /// Runs processes and timers.
    Process,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Api, Self::Relay, Self::Project, Self::Process];
}

/// A running service.
pub struct Service {
    /// Where it answers; the configured address if it does not.
    pub addr: SocketAddr,
    /// What handlers share; none in processes that only follow the log.
    pub app: Option<App>,
    http: Option<JoinHandle<()>>,
    acting: JoinSet<()>,
    following: JoinSet<()>,
    writing: Option<JoinHandle<()>>,
}

impl Service {
    /// Starts the roles.
    ///
    /// # Errors
    /// Something that cannot be done without does not answer, or a secret does not fit.
    pub async fn start(
        config: Config,
        secrets: &Secrets,
        clock: Arc<dyn Clock>,
        roles: &[Role],
    ) -> anyhow::Result<Self> {
        let mut service = Self {
            addr: config.addr,
            app: None,
            http: None,
            acting: JoinSet::new(),
            following: JoinSet::new(),
            writing: None,
        };
        let recorder = measure::recorder().context("install the recorder of measurements")?;
        service.following.spawn(measure::fold(recorder));
        let has = |role| roles.contains(&role);
        let source = if has(Role::Api) || has(Role::Process) {
            let (app, writing) = App::open(config, secrets, clock).await?;
            service.writing = Some(writing);
            seeds::plant(&app).await?;
            service.app.insert(app).source.clone()
        } else {
            let pool = database::pool(&config.database.projector, Purpose::Project, FOLLOWERS_MAX)?;
            Source::start(pool, None, config.nats_url.as_deref()).await.context("follow the log")?
        };
        if has(Role::Relay)
            && let Some(relay) = source.relay()
        {
            service.following.spawn(relay.run());
        }
        if has(Role::Project) {
            service.project(&source, MasterKey::from_base64(&secrets.master_key)?).await?;
        }
        if let Some(app) = service.app.clone() {
            if has(Role::Process) {
                service.process(&app, secrets)?;
            }
            if has(Role::Api) {
                service.serve(app).await?;
            }
        }
        Ok(service)
    }

    async fn project(&mut self, source: &Source, master_key: MasterKey) -> anyhow::Result<()> {
        let mut client = source.pool.get().await.context("reach the read tables")?;
        projections::schema::create(&mut client).await.context("make the read tables")?;
        if let Err(error) = projections::rebuild::sweep(&source.pool).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "old tables are not removed");
        }
        let keyring = Keyring::new(source.pool.clone(), master_key);
        for projector in projections::ALL {
            let projection = Projection::new(*projector, keyring.clone());
            self.following.spawn(consumer::run(projection, source.clone()));
        }
        Ok(())
    }

    fn process(&mut self, app: &App, secrets: &Secrets) -> anyhow::Result<()> {
        let submitter = Submitter { writer: app.writer.clone(), clock: Arc::clone(&app.clock) };
        let payments = Arc::new(Payments::new(app));
        let sign_up = Runner {
            process: SignUp { welcome: app.config.figures.welcome },
            carrier: Arc::new(Welcome),
            submitter: submitter.clone(),
            source: app.source.clone(),
        };
        let token_purchase = Runner {
            process: TokenPurchase,
            carrier: Arc::clone(&payments),
            submitter: submitter.clone(),
            source: app.source.clone(),
        };
        let sales = Sales { app: app.clone() };
        let plan_subscription = Runner {
            process: PlanSubscription,
            carrier: Arc::new(sales.clone()),
            submitter: submitter.clone(),
            source: app.source.clone(),
        };
        let smtp_password = secrets.smtp_password.as_deref();
        let post = Post::open(&app.config.login, smtp_password, app.vault.clone());
        let timers = Timers {
            pool: database::pool(&app.config.database.writer, Purpose::Log, TIMERS_MAX)?,
            carrier: Arc::new(Bells {
                payments,
                post: post.context("send letters")?,
                sales: sales.clone(),
                erasure: Erasure { app: app.clone() },
                exporter: Exporter { app: app.clone() },
            }),
            submitter,
            clock: app.clock.rings_timers().then(|| Arc::clone(&app.clock)),
            place: app.source.board.join(timers::NAME),
        };
        self.acting.spawn(sign_up.run());
        self.acting.spawn(token_purchase.run());
        self.acting.spawn(plan_subscription.run());
        self.acting.spawn(sales.begin_polling());
        self.acting.spawn(timers.run());
        Ok(())
    }

    async fn serve(&mut self, app: App) -> anyhow::Result<()> {
        let known = follow::catch_up(&app).await?;
        self.following.spawn(follow::follow(app.clone(), known));
        self.following.spawn(presence::tell(app.clone()));
        if let Some(broker) = app.source.broker.clone() {
            self.following.spawn(presence::follow(app.clone(), broker.clone()));
            self.following.spawn(telemetry::follow(app.telemetry.clone(), broker));
        }
        let addr = self.addr;
        let listener =
            TcpListener::bind(addr).await.with_context(|| format!("listen on {addr}"))?;
        self.addr = listener.local_addr().context("listen")?;
        let mut closing = app.closing.subscribe();
        let closed = async move {
            let _ = closing.wait_for(|closing| *closing).await; // Or the app is gone.
        };
        let limits = app.config.limits.clone();
        self.http = Some(tokio::spawn(listen::serve(listener, router(app), limits, closed)));
        tracing::info!(addr = %self.addr, "serving");
        Ok(())
    }

    /// Stops: takes no more requests, ends those under way, lets the writer answer what it has
    /// taken, and then lets go of the rest. What was not finished is found again by its checkpoint.
    ///
    /// # Errors
    /// The server or the writer failed on the way; nothing answered is lost by that.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(app) = &self.app {
            app.closing.send_replace(true);
        }
        if let Some(http) = self.http.take() {
            match tokio::time::timeout(DRAIN, http).await {
                Ok(ended) => ended.context("end the server")?,
                Err(_) => tracing::warn!("requests were still under way after {DRAIN:?}"),
            }
        }
        self.acting.shutdown().await;
        if let (Some(app), Some(writing)) = (self.app.take(), self.writing.take()) {
            app.writer.shutdown().await;
            writing.await.context("end the writer")?;
        }
        self.following.shutdown().await;
        Ok(())
    }
}
