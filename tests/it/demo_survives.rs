//! The story of the demo is played while its processes are killed, each once at a seeded moment,
//! and started again; then it is played to its end, and must end in the same books.

use std::time::Duration;

use demo::lemonsqueezy::SHELF_NAMES;

use crate::support::{Database, Nats, Process, Role, Scratch, Version, database, nats};

/// How long one play may take, restarts included, on a busy machine.
const PLAY_MAX: Duration = Duration::from_secs(240);
/// A moment of the story is chosen within this time: about what one play takes.
const STORY: Duration = Duration::from_secs(12);
/// How long something that was killed stays away.
const AWAY: Duration = Duration::from_millis(500);

/// What can be killed.
#[derive(Debug, Clone, Copy)]
enum Victim {
    Service,
    Worker,
    Toss,
    Identity,
    LemonSqueezy,
    Broker,
    Connections,
    Story,
}

/// Everything that takes part, as `./run demo` starts it.
struct Play {
    database: Database,
    nats: Nats,
    service: Process,
    toss: Process,
    identity: Process,
    lemonsqueezy: Process,
    worker: Process,
    story: Process,
    _scratch: Scratch,
}

#[tokio::test]
async fn killing_any_process_of_the_demo_ends_in_the_same_books() {
    let mut play = Play::prepare().await;
    let seed = std::env::var("FOLIO_TEST_SEED").map_or(1, |seed| seed.parse().expect("a number"));
    let order = [
        Victim::Identity,
        Victim::Service,
        Victim::Worker,
        Victim::Toss,
        Victim::LemonSqueezy,
        Victim::Broker,
        Victim::Connections,
    ];
    play.story.start();
    for (number, victim) in order.into_iter().enumerate() {
        let pause = moment(seed, number) / 6;
        println!("seed {seed}: {victim:?} after {pause:?}");
        tokio::time::sleep(pause).await;
        play.strike(victim).await;
    }
    play.strike(Victim::Story).await;
    let ended = play.story.wait(PLAY_MAX);
    assert!(ended.success(), "{ended}:\n{}", play.story.said());
}

/// A moment that follows from the seed.
fn moment(seed: u64, number: usize) -> Duration {
    let text = format!("{seed} {number}");
    let hash = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, text.as_bytes()).as_u128();
    STORY.mul_f64((hash % 1000) as f64 / 1000.0)
}

impl Play {
    async fn prepare() -> Self {
        let (database, nats, scratch) =
            (database().await, nats(Version::New), Scratch::new("play"));
        let path = |name: &str| scratch.path().join(name).display().to_string();
        let (url, toss_addr) = (format!("127.0.0.1:{}", free_port()), free_port());
        let toss_addr = format!("127.0.0.1:{toss_addr}");
        let identity_addr = format!("127.0.0.1:{}", free_port());
        let lemon_addr = format!("127.0.0.1:{}", free_port());
        let environment = [
            ("FOLIO_ADDR", url.clone()),
            ("DATABASE_URL", database.url(Role::Superuser)),
            ("NATS_URL", nats.url()),
            ("FOLIO_SECRETS", path("secrets")),
            ("FOLIO_OBJECTS", path("objects")),
            ("FOLIO_TOSS_URL", format!("http://{toss_addr}")),
            ("FOLIO_TOSS_CLIENT_KEY", "test_ck_stand_in".to_owned()),
            ("FOLIO_GOOGLE_ISSUER", format!("http://{identity_addr}")),
            ("FOLIO_GOOGLE_CLIENT_ID", "folio-it".to_owned()),
            ("FOLIO_URL", format!("http://{url}")),
            ("FOLIO_WORKER_KEY_FILE", path("secrets/worker-key")),
        ];
        let process = |name, arguments: &[&str]| {
            let process = Process::new(name, scratch.path()).arguments(arguments);
            process.environment(&environment).environment(&plans_at(&lemon_addr))
        };
        for arguments in [
            &["secrets", "init"][..],
            &["operator", "create", "--email", "operator@folio.example"],
            &["worker-key", "create", "--name", "it", "--out", &path("secrets/worker-key")],
        ] {
            let mut setup = process("folio", arguments);
            assert!(setup.run(PLAY_MAX).success(), "{}", setup.said());
        }
        let toss = process("demo", &["toss", "--addr", &toss_addr])
            .arguments(&["--secret-key-file", &path("secrets/toss-secret-key")])
            .arguments(&["--webhook-url", &format!("http://{url}/v1/webhooks/toss")])
            .arguments(&["--store", &path("payments.json")]);
        let identity = process("demo", &["identity", "--addr", &identity_addr]).log("identity");
        let lemonsqueezy = process("demo", &["lemonsqueezy", "--addr", &lemon_addr])
            .arguments(&["--api-key-file", &path("secrets/lemonsqueezy-api-key")])
            .arguments(&["--webhook-secrets-file", &path("secrets/lemonsqueezy-webhook-secrets")])
            .arguments(&["--webhook-url", &format!("http://{url}/v1/webhooks/lemonsqueezy")])
            .arguments(&["--store", &path("plans.json")])
            .log("lemonsqueezy");
        let story = process("demo", &["story", "--operator-email", "operator@folio.example"])
            .arguments(&["--operator-password-file", &path("secrets/operator-password")])
            .arguments(&["--replay-tool", &Process::program("replay-tool").display().to_string()])
            .arguments(&["--pictures", &path("pictures")])
            .log("story");
        let (service, worker) = (process("folio", &["serve"]), process("worker", &[]));
        let mut play = Self {
            database,
            nats,
            service,
            toss,
            identity,
            lemonsqueezy,
            worker,
            story,
            _scratch: scratch,
        };
        play.service.start();
        play.toss.start();
        play.identity.start();
        play.lemonsqueezy.start();
        play.worker.start();
        play
    }

    /// Kills, waits a moment, and starts again.
    async fn strike(&mut self, victim: Victim) {
        match victim {
            Victim::Broker => self.nats.kill(),
            Victim::Connections => self.database.disconnect_everybody().await,
            Victim::Service
            | Victim::Worker
            | Victim::Toss
            | Victim::Identity
            | Victim::LemonSqueezy
            | Victim::Story => self.process(victim).kill(),
        }
        tokio::time::sleep(AWAY).await;
        match victim {
            Victim::Broker => self.nats.start(),
            Victim::Connections => {}
            Victim::Service
            | Victim::Worker
            | Victim::Toss
            | Victim::Identity
            | Victim::LemonSqueezy
            | Victim::Story => self.process(victim).start(),
        }
    }

    fn process(&mut self, victim: Victim) -> &mut Process {
        match victim {
            Victim::Service => &mut self.service,
            Victim::Worker => &mut self.worker,
            Victim::Toss => &mut self.toss,
            Victim::Identity => &mut self.identity,
            Victim::LemonSqueezy => &mut self.lemonsqueezy,
            Victim::Story => &mut self.story,
            Victim::Broker | Victim::Connections => unreachable!("these are no programs of ours"),
        }
    }
}

/// What a service is told of the stand-in that sells its plans.
fn plans_at(addr: &str) -> [(&'static str, String); 5] {
    [
        ("FOLIO_LEMONSQUEEZY_URL", format!("http://{addr}")),
        ("FOLIO_LEMONSQUEEZY_STORE", "1".to_owned()),
        ("FOLIO_LEMONSQUEEZY_TEST_MODE", "on".to_owned()),
        ("FOLIO_LEMONSQUEEZY_POLL_SECONDS", "5".to_owned()), // A killed shop forgets its webhooks.
        ("FOLIO_LEMONSQUEEZY_VARIANTS", SHELF_NAMES.to_owned()),
    ]
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address").port()
}
