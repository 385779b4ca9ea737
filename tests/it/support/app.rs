//! The whole service in the test's process: real HTTP, PostgreSQL and NATS, and a stand-in Toss.

use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use api::config::{Config, LimitsConfig};
use api::secrets::{self, Secrets};
use api::service::{Role as Part, Service};
use demo::lemonsqueezy::{LemonSqueezy, Options as LemonOptions, SHELF_NAMES};
use demo::toss::{Options as TossOptions, Toss};
use domain::users::{User, UserCommand};
use domain::{Actor, Metadata, One, UserId};
use eventstore::Command;
use eventstore::command::{Clock, SystemClock};
use uuid::Uuid;

use super::caller::{PASSWORD, Visitor};
use super::{Database, Mailbox, Nats, Role, Scratch, Version, database, nats};

/// What stands for Toss's minute between repetitions of a webhook.
const TOSS_MINUTE: Duration = Duration::from_millis(50);
/// What stands for Lemon Squeezy's second.
const LEMON_SECOND: Duration = Duration::from_millis(20);

/// A running service with everything it stands on.
pub struct App {
    /// The running service; taken out by [`App::stop`].
    service: Option<Service>,
    config: Config,
    secrets: Secrets,
    clock: Arc<dyn Clock>,
    /// Its database.
    pub database: Database,
    /// Its broker; none if it was started without.
    pub nats: Option<Nats>,
    /// Its payment provider.
    pub toss: Toss,
    /// Where it sells plans.
    pub lemon: LemonSqueezy,
    /// Where it answers.
    pub url: String,
    scratch: Scratch,
}

/// A service with the newest broker and the machine's clock.
pub async fn app() -> App {
    app_with(Some(Version::New), Arc::new(SystemClock)).await
}

/// A service with this broker, or none, and this clock.
pub async fn app_with(broker: Option<Version>, clock: Arc<dyn Clock>) -> App {
    app_set(database().await, broker, clock, &[]).await
}

/// A service on this database.
pub async fn app_on(database: Database, broker: Option<Version>, clock: Arc<dyn Clock>) -> App {
    app_set(database, broker, clock, &[]).await
}

/// A service with settings of its own, which go before the usual ones.
pub async fn app_set(
    database: Database,
    broker: Option<Version>,
    clock: Arc<dyn Clock>,
    settings: &[(&str, String)],
) -> App {
    static RECORDER: OnceLock<()> = OnceLock::new();
    RECORDER.get_or_init(|| drop(api::measure::recorder().unwrap()));
    let scratch = Scratch::new("app");
    let nats = broker.map(nats);
    let folder = scratch.path().join("secrets");
    secrets::init(&folder).unwrap();
    let secrets = Secrets::load(&folder).unwrap();
    let url = format!("http://127.0.0.1:{}", free_port());
    let toss = Toss::start(TossOptions {
        webhook_url: Some(format!("{url}/v1/webhooks/toss")),
        minute: TOSS_MINUTE,
        ..TossOptions::new(&secrets.toss_secret_key)
    });
    let toss = toss.await.unwrap();
    let lemon = lemonsqueezy(&url, &secrets).await;
    let set = |name: &str| settings.iter().find(|(set, _)| *set == name).map(|(_, to)| to.clone());
    let config = Config::read(|name| match name {
        name if set(name).is_some() => set(name),
        "FOLIO_ADDR" => url.strip_prefix("http://").map(str::to_owned),
        "DATABASE_URL" => Some(database.url(Role::Superuser)),
        "FOLIO_WRITER_URL" => Some(database.url(Role::Writer)),
        "FOLIO_PROJECTOR_URL" => Some(database.url(Role::Projector)),
        "FOLIO_API_URL" => Some(database.url(Role::Api)),
        "NATS_URL" => nats.as_ref().map(Nats::url),
        "FOLIO_SECRETS" => Some(folder.display().to_string()),
        "FOLIO_OBJECTS" => Some(scratch.path().join("objects").display().to_string()),
        "FOLIO_LIMITS" => Some("off".to_owned()), // All tests ask from one address.
        "FOLIO_TOSS_URL" => Some(toss.url()),
        "FOLIO_LEMONSQUEEZY_URL" => Some(lemon.url()),
        "FOLIO_LEMONSQUEEZY_STORE" => Some("1".to_owned()),
        "FOLIO_LEMONSQUEEZY_TEST_MODE" => Some("on".to_owned()),
        "FOLIO_LEMONSQUEEZY_VARIANTS" => Some(SHELF_NAMES.to_owned()),
        "FOLIO_MAIL_URL" => Some(format!("file://{}", scratch.path().join("mail").display())),
        "FOLIO_PAYOUT_MINIMUM" => Some("10".to_owned()), // Pictures in tests are cheap.
        "FOLIO_TOSS_CLIENT_KEY" => Some("test_ck_stand_in".to_owned()),
        _ => None,
    });
    let config = config.unwrap();
    let mut app =
        App { service: None, config, secrets, clock, database, nats, toss, lemon, url, scratch };
    app.start().await;
    app
}

async fn lemonsqueezy(url: &str, secrets: &Secrets) -> LemonSqueezy {
    let secret = secrets.lemonsqueezy_webhook_secrets.lines().next().unwrap();
    let options = LemonOptions {
        webhook_url: Some(format!("{url}/v1/webhooks/lemonsqueezy")),
        second: LEMON_SECOND,
        ..LemonOptions::new(&secrets.lemonsqueezy_api_key, secret)
    };
    LemonSqueezy::start(options).await.unwrap()
}

impl App {
    /// Starts a stopped service again, at the same address, on the same data.
    pub async fn start(&mut self) {
        self.start_parts(&Part::ALL).await;
    }

    /// Starts only some parts of a stopped service.
    pub async fn start_parts(&mut self, parts: &[Part]) {
        assert!(self.service.is_none(), "the service is already running");
        let (config, clock) = (self.config.clone(), Arc::clone(&self.clock));
        let service = Service::start(config, &self.secrets, clock, parts).await.unwrap();
        self.service = Some(service);
    }

    /// Reads its secrets again, for the next start.
    pub fn reload_secrets(&mut self) {
        self.secrets = Secrets::load(&self.config.secrets).unwrap();
    }

    /// What the running service's handlers share.
    pub fn inside(&self) -> &api::app::App {
        self.service.as_ref().and_then(|service| service.app.as_ref()).expect("it is running")
    }

    /// Where its pictures are.
    pub fn objects_folder(&self) -> &Path {
        &self.config.objects
    }

    /// Stops the service as SIGTERM does: what was answered is kept, what was begun is ended.
    pub async fn stop(&mut self) {
        self.service.take().expect("the service is not running").stop().await.unwrap();
    }

    /// Changes a setting of a stopped service.
    pub fn configure(&mut self, change: impl FnOnce(&mut Config)) {
        assert!(self.service.is_none(), "the service is running");
        change(&mut self.config);
    }

    /// Where its letters go.
    pub fn mailbox(&self) -> Mailbox {
        Mailbox::of(self.scratch.path().join("mail"))
    }

    /// The same service, started anew with other limits.
    pub async fn limited(mut self, change: impl FnOnce(&mut LimitsConfig)) -> Self {
        self.stop().await;
        change(&mut self.config.limits);
        self.start().await;
        self
    }

    /// A second process that only answers HTTP, on the same database and broker.
    pub async fn another(&self) -> Another {
        let mut config = self.config.clone();
        config.addr.set_port(0);
        let clock = Arc::clone(&self.clock);
        let service = Service::start(config, &self.secrets, clock, &[Part::Api]).await.unwrap();
        Another { url: format!("http://{}", service.addr), service }
    }

    /// Whether this process takes somebody to be online.
    pub fn is_online(&self, user: &str) -> bool {
        is_online(self.service.as_ref().expect("the service runs"), user)
    }

    /// Somebody who is not signed in.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(&self.url)
    }

    /// Somebody who has just signed up; the name is also the address and the handle.
    pub async fn person(&self, name: &str) -> Visitor {
        self.visitor().sign_up(name).await
    }

    /// The first operator, as `folio operator create` makes it.
    pub async fn operator(&self) -> Visitor {
        let (email, username) = ("operator@it.example", "it_operator");
        let file = self.config.secrets.join("operator-password");
        let config = self.config.clone();
        api::operator::create(config, &self.secrets, (email, username), &file).await.unwrap();
        let password = std::fs::read_to_string(file).unwrap();
        self.visitor().sign_in(email, password.trim()).await
    }

    /// Somebody who reads everything and changes nothing.
    pub async fn auditor(&self) -> Visitor {
        let person = self.person("auditor").await;
        let user = UserId(person.id.parse().unwrap());
        let app = self.service.as_ref().unwrap().app.clone().unwrap();
        let role = domain::users::Role::Auditor;
        let decision = One::<User>::of(user, UserCommand::GrantRole { user, role });
        let metadata = Metadata::new(Actor::Operator, self.clock.now(), Uuid::now_v7());
        let grant = Command { key: app.attempt(), metadata, decision };
        app.writer.execute(grant).await.unwrap().outcome.unwrap();
        self.visitor().sign_in("auditor@it.example", PASSWORD).await
    }

    /// Where its secrets are, for other programs that need them.
    pub fn secrets_folder(&self) -> &Path {
        &self.config.secrets
    }

    /// A key for a worker, as `folio worker-key create` makes it.
    pub async fn worker_key(&self, name: &str) -> String {
        let file = self.config.secrets.join(format!("worker-key-{name}"));
        let config = self.config.clone();
        api::operator::issue_worker_key(config, &self.secrets, name, Some(&file)).await.unwrap();
        std::fs::read_to_string(file).unwrap().trim().to_owned()
    }
}

/// See [`App::another`].
pub struct Another {
    /// The running process.
    service: Service,
    /// Where it answers.
    pub url: String,
}

impl Another {
    /// Somebody with these tokens who asks here.
    pub fn visitor(&self, like: &Visitor) -> Visitor {
        like.clone().at(&self.url)
    }

    /// Whether this process takes somebody to be online.
    pub fn is_online(&self, user: &str) -> bool {
        is_online(&self.service, user)
    }

    /// Stops it.
    pub async fn stop(self) {
        self.service.stop().await.unwrap();
    }
}

fn is_online(service: &Service, user: &str) -> bool {
    let app = service.app.as_ref().expect("it answers HTTP");
    app.presence.is_online(domain::UserId(user.parse().unwrap()), app.clock.now())
}

/// A port nobody listens on; links and webhooks must name it before the service has it. Below the
/// ports that systems give to outgoing connections, or one of those could take it meanwhile.
fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static TRIED: AtomicU32 = AtomicU32::new(0);
    loop {
        let place =
            std::process::id().wrapping_mul(97).wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + place % COUNT).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
