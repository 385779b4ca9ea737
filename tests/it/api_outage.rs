//! The database server itself crashes in the middle of writing and comes back: whatever was answered
//! is there, nothing happened twice, and everybody who follows the log catches up by itself.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eventstore::command::SystemClock;
use futures::future::join_all;
use serde_json::{Value, json};

use super::api_idempotency::buyer;
use super::support::{Postgres, Role, Version, Visitor, app_on, database_on, postgres};

/// How many spend at the same time, and how many times each sends one token.
const CALLERS: usize = 8;
const TRANSFERS: usize = 6;
const CRASHES: usize = 3;
/// A crash in the middle of writing is felt by then.
const FELT_WITHIN: Duration = Duration::from_secs(20);
/// Between two attempts of one caller.
const PAUSE: Duration = Duration::from_millis(40);

/// Asks until there is an answer; under one key, so that it happens once.
async fn send(from: &Visitor, to: &str, key: &str, setbacks: &AtomicUsize) -> Value {
    loop {
        let body = json!({"to": to, "amount": 1});
        let answer = from.post("/v1/transfers", Some(key), body).await;
        if answer.status.is_server_error() {
            setbacks.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        return answer.ok(201);
    }
}

/// Crashes the server again and again; somebody asks in vain each time.
async fn crash(server: &mut Postgres, setbacks: &AtomicUsize) {
    for _ in 0..CRASHES {
        tokio::time::sleep(PAUSE).await;
        let before = setbacks.load(Ordering::Relaxed);
        tokio::task::block_in_place(|| server.crash());
        let deadline = tokio::time::Instant::now() + FELT_WITHIN;
        while setbacks.load(Ordering::Relaxed) == before {
            assert!(tokio::time::Instant::now() < deadline, "nobody was writing");
            tokio::time::sleep(PAUSE).await;
        }
        tokio::task::block_in_place(|| server.start());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_outlives_a_crash_of_the_database() {
    let mut server = postgres().await;
    let database = database_on(&server.url()).await;
    let app = app_on(database, Some(Version::New), Arc::new(SystemClock)).await;
    let (ada, bob) = (buyer(&app, "ada").await, app.person("bob").await);
    ada.until("/v1/wallets/token", |wallet| wallet["available"] == 150).await;
    bob.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;

    let setbacks = AtomicUsize::new(0);
    let caller = |caller: usize| {
        let (ada, bob, setbacks) = (&ada, &bob, &setbacks);
        async move {
            let mut answers = Vec::new();
            for n in 0..TRANSFERS {
                let key = format!("{caller}:{n}");
                answers.push((send(ada, &bob.id, &key, setbacks).await, key));
                tokio::time::sleep(PAUSE).await;
            }
            answers
        }
    };
    let spending = join_all((0..CALLERS).map(caller));
    let (answers, ()) = tokio::join!(spending, crash(&mut server, &setbacks));

    let sent = i64::try_from(CALLERS * TRANSFERS).unwrap();
    bob.until("/v1/wallets/token", |wallet| wallet["available"] == 100 + sent).await;
    ada.until("/v1/wallets/token", |wallet| wallet["available"] == 150 - sent).await;
    for (answer, key) in answers.into_iter().flatten() {
        let again = ada.post("/v1/transfers", Some(&key), json!({"to": bob.id, "amount": 1})).await;
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(again.ok(201), answer);
    }
    let calm = |followers: &Value| {
        let all = followers["followers"].as_array().unwrap();
        all.iter().all(|it| it["lag"] == 0 && it["state"] == "running")
    };
    app.visitor().until("/readyz", calm).await;
    let pool = app.database.pool(Role::Auditor);
    let report = replay_tool::verify::verify(&pool, Default::default(), |_, _| {}).await.unwrap();
    assert!(report.ok, "{:?}", report.findings);
}
