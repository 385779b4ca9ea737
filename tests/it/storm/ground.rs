//! What the storm rages over: two processes on one database, and stand-ins that stay.

use std::time::{Duration, Instant};

use demo::lemonsqueezy::{LemonSqueezy, Manner, Options as LemonOptions, SHELF_NAMES};
use demo::toss::{Options as TossOptions, Toss};

use crate::support::{Database, Nats, Process, Role, Scratch, Version, Visitor, database, nats};

/// How long a process may take to start, or a tool to end.
const PATIENCE: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(50);
const USER_AGENT: &str = "folio-storm/1.0";

/// Everything that takes part.
pub(super) struct Ground {
    processes: [(String, Process); 2],
    verify: Process,
    pub(super) toss: Toss,
    pub(super) lemon: LemonSqueezy,
    _database: Database,
    _nats: Nats,
    _scratch: Scratch,
}

impl Ground {
    pub(super) async fn prepare() -> Self {
        let (database, nats) = (database().await, nats(Version::New));
        let scratch = Scratch::new("storm");
        let path = |name: &str| scratch.path().join(name).display().to_string();
        let process = |name: &str| Process::new(name, scratch.path());
        let mut secrets = process("folio").arguments(&["secrets", "init", "--dir"]);
        secrets = secrets.arguments(&[&path("secrets")]);
        assert!(secrets.run(PATIENCE).success(), "{}", secrets.said());
        let secret = |name: &str| {
            let text = std::fs::read_to_string(scratch.path().join("secrets").join(name));
            text.unwrap().trim().to_owned()
        };
        let toss = Toss::start(TossOptions::new(secret("toss-secret-key"))).await.unwrap();
        let (key, signing) =
            (secret("lemonsqueezy-api-key"), secret("lemonsqueezy-webhook-secrets"));
        let lemon = LemonSqueezy::start(LemonOptions::new(key, signing)).await.unwrap();
        lemon.manner(Manner { held: true, ..Manner::default() });
        let environment = [
            ("DATABASE_URL", database.url(Role::Superuser)),
            ("NATS_URL", nats.url()),
            ("FOLIO_SECRETS", path("secrets")),
            ("FOLIO_OBJECTS", path("objects")),
            ("FOLIO_LIMITS", "off".to_owned()),
            ("FOLIO_TOSS_URL", toss.url()),
            ("FOLIO_TOSS_CLIENT_KEY", "test_ck_stand_in".to_owned()),
            ("FOLIO_LEMONSQUEEZY_URL", lemon.url()),
            ("FOLIO_LEMONSQUEEZY_STORE", "1".to_owned()),
            ("FOLIO_LEMONSQUEEZY_TEST_MODE", "on".to_owned()),
            ("FOLIO_LEMONSQUEEZY_VARIANTS", SHELF_NAMES.to_owned()),
            ("RUST_LOG", "warn".to_owned()),
        ];
        let service = |number: usize| {
            let addr = format!("127.0.0.1:{}", free_port());
            let own = [("FOLIO_ADDR", addr.clone())];
            let service = process("folio").arguments(&["serve"]).environment(&environment);
            (addr, service.environment(&own).log(&format!("folio-{number}")))
        };
        let verify = process("replay-tool").arguments(&["verify"]).environment(&environment);
        let processes = [service(0), service(1)];
        let mut ground = Self {
            processes,
            verify,
            toss,
            lemon,
            _database: database,
            _nats: nats,
            _scratch: scratch,
        };
        ground.start(0).await;
        ground.start(1).await;
        ground
    }

    pub(super) fn urls(&self) -> [String; 2] {
        [0, 1].map(|number: usize| format!("http://{}", self.processes[number].0))
    }

    /// Somebody who asks the first process.
    pub(super) fn visitor(&self) -> Visitor {
        Visitor::from_elsewhere(&self.urls()[0], None, USER_AGENT)
    }

    pub(super) fn kill(&mut self, number: usize) {
        self.processes[number].1.kill();
    }

    /// Starts a process and waits until it serves.
    pub(super) async fn start(&mut self, number: usize) {
        let (addr, process) = &mut self.processes[number];
        process.start();
        let (url, deadline) = (format!("http://{addr}/readyz"), Instant::now() + PATIENCE);
        while !reqwest::get(&url).await.is_ok_and(|answer| answer.status() == 200) {
            assert!(Instant::now() < deadline, "it does not serve:\n{}", process.said());
            tokio::time::sleep(POLL).await;
        }
    }

    /// The log holds, and with it the books.
    pub(super) fn is_proven(&mut self) {
        let ended = tokio::task::block_in_place(|| self.verify.run(PATIENCE));
        assert!(ended.success(), "{}", self.verify.said());
    }
}

/// Below the ports that systems give to outgoing connections.
fn free_port() -> u16 {
    let begin = 12_000 + u16::try_from(std::process::id() % 7_000).unwrap();
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    static NEXT: std::sync::atomic::AtomicU16 = std::sync::atomic::AtomicU16::new(0);
    let skip = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed) * 16;
    (begin + skip..).find(free).unwrap()
}
