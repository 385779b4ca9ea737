//! How often one may ask, by whom it is counted, and what browsers are told.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use api::authority::secret_keys::draw;
use api::config::{ProxyHeader, Quota};
use domain::UserId;
use domain::keys::KeyMode;
use futures::future::join_all;
use reqwest::{Method, Response};
use serde_json::json;
use uuid::Uuid;

use super::support::caller::Visitor;
use super::support::{ManualClock, Role, app, app_with};

const WINDOW: Duration = Duration::from_secs(60);

fn quota(quota: u32) -> Quota {
    Quota(Some((quota, WINDOW)))
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn from(visitor: &Visitor, forwarded: &str) -> u16 {
    let request = visitor.request(Method::GET, "/v1/token-packages");
    request.header("X-Forwarded-For", forwarded).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn of_many_at_once_exactly_the_quota_passes_and_a_window_later_as_many_again() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    let app = app.limited(|limits| limits.generation = quota(10)).await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let ask = || async {
        let all =
            join_all((0..25).map(|_| ada.post("/v1/generations", Some("k"), json!({})))).await;
        all.iter().filter(|answer| answer.status != 429).count()
    };
    assert_eq!(ask().await, 10);
    let refused = ada.post("/v1/generations", Some("k"), json!({})).await;
    assert_eq!(refused.headers["retry-after"], "60");
    assert_eq!(refused.headers["ratelimit-policy"], "\"generation\";q=10;w=60");
    assert_eq!(refused.headers["ratelimit"], "\"generation\";r=0;t=60");
    let problem = refused.problem(429, "quota-exceeded");
    assert_eq!(problem["violated-policies"], json!(["generation"]));
    ada.get("/v1/me").await.ok(200);
    let other = bob.post("/v1/generations", Some("k"), json!({})).await;
    assert_eq!(other.status, 422, "what one person asks for is not counted for another");
    clock.advance(WINDOW - Duration::from_secs(1));
    assert_eq!(ask().await, 0);
    clock.advance(Duration::from_secs(1));
    assert_eq!(ask().await, 10);
}

#[tokio::test]
async fn nobody_in_particular_is_counted_by_address_and_a_person_is_not() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock)).await;
    let ada = app.person("ada").await;
    let app = app.limited(|limits| (limits.api, limits.user) = (quota(3), quota(5))).await;
    let visitor = app.visitor();
    for _ in 0..3 {
        visitor.get("/v1/token-packages").await.ok(200);
    }
    visitor.get("/v1/token-packages").await.problem(429, "quota-exceeded");
    let forged = visitor.request(Method::GET, "/v1/me").bearer_auth("made up");
    assert_eq!(
        forged.send().await.unwrap().status(),
        429,
        "credentials that are none help nothing"
    );
    visitor.get("/livez").await.ok(200);
    for _ in 0..5 {
        ada.get("/v1/token-packages").await.ok(200);
    }
    ada.get("/v1/token-packages").await.problem(429, "quota-exceeded");
}

#[tokio::test]
async fn at_the_doors_an_address_is_counted_whoever_it_says_it_is() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    let people = [app.person("ada").await, app.person("bob").await];
    let app = app.limited(|limits| (limits.api, limits.user) = (quota(3), quota(100))).await;
    let guess = json!({"email": "eve@it.example", "password": "a guess of theirs"});
    let mut answers = Vec::new();
    for person in people.iter().cycle().take(5) {
        answers.push(person.post("/v1/auth/login", None, guess.clone()).await.status.as_u16());
    }
    assert_eq!(answers, [401, 401, 401, 429, 429], "accounts are free, guesses are not");
    app.visitor().get("/v1/token-packages").await.problem(429, "quota-exceeded");
    clock.advance(Duration::from_secs(60)); // A letter a minute.
    for person in &people {
        person.get("/v1/token-packages").await.ok(200);
        person.post("/v1/auth/verify-email/resend", None, json!({})).await.ok(202);
    }
}

#[tokio::test]
async fn a_program_counts_for_itself_and_for_its_person() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    let app = app.limited(|limits| (limits.key, limits.user) = (quota(3), quota(7))).await;
    let ada = app.person("ada").await;
    let mut programs = Vec::new();
    for name in ["one", "other"] {
        let key = json!({"name": name, "scopes": ["wallets:read"]});
        let made = ada.post("/v1/api-keys", None, key).await.ok(201);
        let mut program = ada.visitor();
        program.token = made["secret"].as_str().unwrap().to_owned();
        programs.push(program);
    }
    let [one, other] = &programs[..] else { unreachable!() };
    for _ in 0..3 {
        one.get("/v1/wallets").await.ok(200);
    }
    for _ in 0..3 {
        let refused = one.get("/v1/wallets").await.problem(429, "quota-exceeded");
        assert_eq!(refused["violated-policies"], json!(["key"]));
    }
    let answer = other.get("/v1/wallets").await;
    assert_eq!(answer.headers["ratelimit-policy"], "\"key\";q=3;w=60, \"user\";q=7;w=60");
    assert_eq!(answer.headers["ratelimit"], "\"key\";r=2;t=60, \"user\";r=1;t=60");
    ada.get("/v1/wallets").await.ok(200);
    let refused = other.get("/v1/wallets").await.problem(429, "quota-exceeded");
    assert_eq!(refused["violated-policies"], json!(["user"]), "what a person has left is shared");
}

#[tokio::test]
async fn keys_are_made_up_no_more_often_than_an_address_may_ask_and_then_not_looked_for() {
    let app = app_with(None, Arc::new(ManualClock::at_present())).await;
    let ada = app.person("ada").await;
    let key = json!({"name": "one", "scopes": ["wallets:read"]});
    let made = ada.post("/v1/api-keys", None, key).await.ok(201);
    let (mut program, mut worker) = (ada.visitor(), app.visitor());
    program.token = made["secret"].as_str().unwrap().to_owned();
    worker.token = app.worker_key("north").await;
    let app = app.limited(|limits| limits.api = quota(4)).await;
    for _ in 0..6 {
        program.get("/v1/wallets").await.ok(200);
        worker.post("/v1/worker/heartbeat", None, json!({"jobs": []})).await.ok(200);
    }
    let made_up = |n: u128| draw(UserId(Uuid::from_u128(n)), KeyMode::Live).unwrap().text;
    let mut eve = app.visitor();
    let mut answers = Vec::new();
    for n in 0..6 {
        eve.token = made_up(n);
        answers.push(eve.get("/v1/wallets").await.status.as_u16());
    }
    assert_eq!(answers, [401, 401, 401, 401, 429, 429], "good keys had taken none of these");
    let log = app.database.client(Role::Superuser).await;
    log.batch_execute("begin; lock table es.events in access exclusive mode").await.unwrap();
    let refused = tokio::time::timeout(Duration::from_secs(1), eve.get("/v1/wallets")).await;
    refused.expect("nobody waits for the log").problem(429, "quota-exceeded");
    log.batch_execute("rollback").await.unwrap();
    program.get("/v1/wallets").await.ok(200);
}

#[tokio::test]
async fn who_pays_for_more_may_ask_more_often() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    let tiers = "free=300,starter=250,pro=500,studio=750,enterprise=1000";
    let app = app.limited(|l| (l.user, l.tiers) = (quota(2), tiers.parse().unwrap())).await;
    let ada = app.person("ada").await;
    let answer = ada.get("/v1/wallets").await;
    assert_eq!(answer.headers["ratelimit-policy"], "\"user\";q=6;w=60");
    let stranger = app.visitor().get("/v1/token-packages").await;
    assert_eq!(stranger.headers.get("ratelimit-policy"), None, "this is off here");
}

#[tokio::test]
async fn a_client_is_counted_by_what_our_proxy_says_and_not_by_what_it_says_itself() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock)).await;
    let app = app
        .limited(|limits| {
            limits.api = quota(2);
            limits.legacy_headers = true;
            limits.proxies = "127.0.0.0/8".parse().unwrap();
            limits.proxy_header = ProxyHeader::XForwardedFor;
        })
        .await;
    let visitor = app.visitor();
    assert_eq!(from(&visitor, "198.51.100.1").await, 200);
    assert_eq!(from(&visitor, "192.0.2.1, 198.51.100.1").await, 200, "made up, so not looked at");
    assert_eq!(from(&visitor, "192.0.2.2, 198.51.100.1").await, 429);
    assert_eq!(from(&visitor, "198.51.100.2").await, 200);
    assert_eq!(from(&visitor, "2001:db8::1").await, 200);
    assert_eq!(from(&visitor, "2001:db8::2").await, 200);
    assert_eq!(from(&visitor, "2001:db8::3").await, 429, "a household has one /64");
    let answer = visitor.request(Method::GET, "/v1/token-packages").send().await.unwrap();
    assert_eq!(header(&answer, "x-ratelimit-limit"), "2");
    assert_eq!(header(&answer, "x-ratelimit-remaining"), "1");
}

#[tokio::test]
async fn only_configured_web_apps_may_ask_with_credentials() {
    let origin = "https://app.example";
    let app = app().await.limited(|limits| limits.origins = origin.parse().unwrap()).await;
    let visitor = app.visitor();
    let preflight = |origin: &'static str| {
        let request = visitor.request(Method::OPTIONS, "/v1/me").header("Origin", origin);
        let request = request.header("Access-Control-Request-Method", "PATCH");
        request.header("Access-Control-Request-Headers", "if-match,x-csrf-token").send()
    };
    let allowed = preflight(origin).await.unwrap();
    assert_eq!(allowed.status(), 200);
    assert_eq!(header(&allowed, "access-control-allow-origin"), origin);
    assert_eq!(header(&allowed, "access-control-allow-credentials"), "true");
    assert_eq!(header(&allowed, "access-control-max-age"), "3600");
    for sent in ["if-match", "x-csrf-token", "folio-session"] {
        assert!(header(&allowed, "access-control-allow-headers").contains(sent), "{sent}");
    }
    let foreign = preflight("https://evil.example").await.unwrap();
    assert_eq!(header(&foreign, "access-control-allow-origin"), "");
    let read = visitor.request(Method::GET, "/v1/token-packages").header("Origin", origin);
    let read = read.send().await.unwrap();
    assert_eq!(header(&read, "access-control-allow-origin"), origin);
    assert!(header(&read, "access-control-expose-headers").contains("position"));
}

#[tokio::test]
async fn every_answer_tells_browsers_what_not_to_do_with_it() {
    let app = app().await;
    let visitor = app.visitor();
    for (path, script) in [
        ("/v1/token-packages", "default-src 'none'"),
        ("/docs/", "script-src 'self'"),
        ("/none", "default-src 'none'"),
    ] {
        let answer = visitor.request(Method::GET, path).send().await.unwrap();
        assert!(header(&answer, "content-security-policy").contains(script), "{path}");
        assert!(header(&answer, "content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header(&answer, "cache-control"), "no-store", "{path}");
        assert_eq!(header(&answer, "strict-transport-security"), "", "there is no TLS here");
        assert!(header(&answer, "vary").contains("origin"), "{path}: not for other origins");
        assert_ne!(header(&answer, "x-request-id"), "", "{path}");
    }
}
