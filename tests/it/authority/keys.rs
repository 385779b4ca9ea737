//! API keys over HTTP: what they do, and when they stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use eventstore::command::{Clock as _, SystemClock};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::support::studio::{studio, text};
use crate::support::{Answer, ManualClock, Version, Visitor, app, app_with};

/// How soon every process must know.
const EVERYWHERE: Duration = Duration::from_secs(1);
/// Far less than a key is believed without an event, far more than an event takes.
const EVENTS_COME: Duration = Duration::from_secs(10);

fn is(code: &'static str) -> impl Fn(&Answer) -> bool {
    move |answer| answer.body["code"] == code
}

async fn make(person: &Visitor, key: Value) -> (String, Visitor) {
    let made = person.post("/v1/api-keys", None, key).await.ok(201);
    (text(&made, "id"), program(person, &made))
}

/// A program that has the secret of this answer.
fn program(person: &Visitor, answer: &Value) -> Visitor {
    let mut program = person.visitor();
    program.token = text(answer, "secret");
    program
}

#[tokio::test]
async fn a_key_sees_what_everybody_sees_and_no_more_without_its_scope() {
    let studio = studio().await;
    let mina = studio.buyer("buyer").await;
    let (_, program) = make(&mina, json!({"name": "Wallets", "scopes": ["wallets:read"]})).await;
    let style = format!("/v1/styles/{}", studio.style);
    let public = [
        "/v1/styles".to_owned(),
        style.clone(),
        format!("{style}/generations"),
        format!("{style}/stats"),
        "/v1/feed".to_owned(),
    ];
    for path in public {
        let everybody = studio.app.visitor().get(&path).await.ok(200);
        assert_eq!(program.get(&path).await.ok(200)["data"], everybody["data"], "{path}");
    }
    let generation = studio.ask(&mina, "her-own").await;
    let hers = format!("/v1/generations/{generation}");
    mina.get(&hers).await.ok(200);
    program.get(&hers).await.problem(404, "not-found");
    let mut none = program.clone();
    none.token.push('x');
    none.get("/v1/feed").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_is_shown_without_its_secret() {
    let studio = studio().await;
    let mina = studio.buyer("buyer").await;
    let scopes = json!(["generations:write", "generations:read"]);
    let (id, program) = make(&mina, json!({"name": "Nightly", "scopes": scopes})).await;
    let generation = studio.ask(&program, "by-key").await;
    program.get(&format!("/v1/generations/{generation}")).await.ok(200);
    mina.get(&format!("/v1/generations/{generation}")).await.ok(200);
    program.get("/v1/wallets").await.problem(403, "forbidden");
    program.get("/v1/me").await.problem(403, "forbidden");
    let more = json!({"name": "More", "scopes": scopes});
    program.post("/v1/api-keys", None, more).await.problem(403, "forbidden");

    let shown = mina.get("/v1/api-keys").await.ok(200);
    let shown = &shown["data"][0];
    assert_eq!((&shown["id"], shown["last_used_at"].is_string()), (&json!(id), true));
    assert!(program.token.starts_with(shown["prefix"].as_str().unwrap()));
    assert!(!shown.to_string().contains(&program.token));
    let stranger = studio.app.person("stranger").await;
    assert_eq!(stranger.get("/v1/api-keys").await.ok(200)["data"], json!([]));
    let path = format!("/v1/api-keys/{id}");
    stranger.send(reqwest::Method::DELETE, &path, None, None).await.problem(404, "not-found");
    stranger.post(&format!("{path}/rotate"), None, json!({})).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_key_that_would_do_nothing_or_too_much_is_not_made() {
    let app = app().await;
    let mina = app.person("mina").await;
    let wrong = [
        json!({"name": "k", "scopes": []}),
        json!({"name": "k", "scopes": ["wallets:write"]}),
        json!({"name": "", "scopes": ["wallets:read"]}),
        json!({"name": "k", "scopes": ["wallets:read"], "mode": "prod"}),
        json!({"name": "k", "scopes": ["wallets:read"], "expires_at": "2020-01-01T00:00:00Z"}),
    ];
    for key in wrong {
        mina.post("/v1/api-keys", None, key).await.problem(422, "validation-failed");
    }
    let key = json!({"name": "k", "scopes": ["wallets:read"]});
    for _ in 0..domain::keys::KEYS_MAX {
        mina.post("/v1/api-keys", None, key.clone()).await.ok(201);
    }
    mina.post("/v1/api-keys", None, key).await.problem(409, "conflict");
}

#[tokio::test]
async fn a_test_key_only_reads() {
    let studio = studio().await;
    let mina = studio.buyer("buyer").await;
    let scopes = json!(["generations:write", "wallets:read"]);
    let (_, program) = make(&mina, json!({"name": "k", "mode": "test", "scopes": scopes})).await;
    assert!(program.token.starts_with("sk_test_"));
    program.get("/v1/wallets").await.ok(200);
    program.post("/v1/generations", Some("k"), studio.wish()).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_key_stops_when_it_is_revoked_and_when_its_owner_is_suspended() {
    let app = app().await;
    let (operator, mina) = (app.operator().await, app.person("mina").await);
    let wanted = json!({"name": "k", "scopes": ["wallets:read"]});
    let (id, revoked) = make(&mina, wanted.clone()).await;
    let (_, other) = make(&mina, wanted).await;
    revoked.get("/v1/wallets").await.ok(200);
    other.get("/v1/wallets").await.ok(200);
    let path = format!("/v1/api-keys/{id}");
    mina.send(reqwest::Method::DELETE, &path, Some("once"), None).await.ok(200);
    mina.send(reqwest::Method::DELETE, &path, Some("once"), None).await.ok(200);
    mina.send(reqwest::Method::DELETE, &path, None, None).await.problem(404, "not-found");
    let since = Instant::now();
    revoked.until_answer("/v1/wallets", is("unauthenticated")).await;
    assert!(since.elapsed() < EVENTS_COME, "by the event, not by forgetting what was known");
    other.get("/v1/wallets").await.ok(200);

    let path = format!("/v1/admin/users/{}", mina.id);
    let reason = json!({"reason": "a test"});
    operator.post(&format!("{path}/suspend"), None, reason.clone()).await.ok(200);
    other.until_answer("/v1/wallets", is("account-suspended")).await;
    operator.post(&format!("{path}/reinstate"), None, reason).await.ok(200);
    other.until_answer("/v1/wallets", |answer| answer.status == 200).await;
}

#[tokio::test]
async fn a_key_that_ends_in_one_process_ends_in_every_other_within_a_second() {
    let app = app_with(None, Arc::new(SystemClock)).await;
    let (operator, mina) = (app.operator().await, app.person("mina").await);
    let wanted = json!({"name": "k", "scopes": ["wallets:read"]});
    let (first, revoked) = make(&mina, wanted.clone()).await;
    let (second, rotated) = make(&mina, wanted.clone()).await;
    let (_, stopped) = make(&mina, wanted).await;
    let other = app.another().await;
    let elsewhere = [&revoked, &rotated, &stopped].map(|program| other.visitor(program));
    for program in &elsewhere {
        program.get("/v1/wallets").await.ok(200);
    }
    let [revoked_there, rotated_there, stopped_there] = &elsewhere;

    let path = format!("/v1/api-keys/{first}");
    mina.send(reqwest::Method::DELETE, &path, None, None).await.ok(200);
    revoked.get("/v1/wallets").await.problem(401, "unauthenticated");
    let since = Instant::now();
    revoked_there.until_answer("/v1/wallets", is("unauthenticated")).await;
    assert!(since.elapsed() < EVERYWHERE);

    let path = format!("/v1/api-keys/{second}/rotate");
    mina.post(&path, None, json!({"overlap_seconds": 0})).await.ok(200);
    rotated.get("/v1/wallets").await.problem(401, "unauthenticated");
    let since = Instant::now();
    rotated_there.until_answer("/v1/wallets", is("unauthenticated")).await;
    assert!(since.elapsed() < EVERYWHERE);

    stopped_there.get("/v1/wallets").await.ok(200);
    let path = format!("/v1/admin/users/{}/suspend", mina.id);
    operator.post(&path, None, json!({"reason": "a test"})).await.ok(200);
    let since = Instant::now();
    stopped_there.until_answer("/v1/wallets", is("account-suspended")).await;
    assert!(since.elapsed() < EVERYWHERE);
    other.stop().await;
}

#[tokio::test]
async fn a_rotated_key_works_beside_the_new_one_until_the_overlap_is_over() {
    let clock = ManualClock::at_present();
    let app = app_with(Some(Version::New), Arc::new(clock.clone())).await;
    let mina = app.person("mina").await;
    let ends = clock.now() + TimeDelta::minutes(9);
    let wanted = json!({"name": "k", "scopes": ["wallets:read"], "expires_at": ends});
    let (id, old) = make(&mina, wanted).await;
    old.get("/v1/wallets").await.ok(200);
    let path = format!("/v1/api-keys/{id}/rotate");
    let long = json!({"overlap_seconds": 604_801});
    mina.post(&path, None, long).await.problem(422, "validation-failed");
    let rotated = mina.post(&path, None, json!({"overlap_seconds": 60})).await.ok(200);
    let new = program(&mina, &rotated);
    new.get("/v1/wallets").await.ok(200);
    old.get("/v1/wallets").await.ok(200);
    clock.advance(Duration::from_secs(61));
    old.until_answer("/v1/wallets", is("unauthenticated")).await;
    new.get("/v1/wallets").await.ok(200);
    clock.advance(Duration::from_secs(480));
    new.get("/v1/wallets").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn credentials_that_are_not_one_whole_header_are_nobodys() {
    let app = app().await;
    let mina = app.person("mina").await;
    let (_, key) = make(&mina, json!({"name": "k", "scopes": ["wallets:read"]})).await;
    let (key, token) = (key.token, mina.token);
    let one = |text: String| vec![text];
    let wrong = [
        vec![format!("Bearer {key}"), format!("Bearer {token}")],
        one(format!("Bearer {key}, Bearer {token}")),
        one(format!("Bearer {key},{token}")),
        one(format!("Bearer {key} {token}")),
        one(format!("Bearer {key}\t{key}")),
        one(format!("Bearer {}", &key[..key.len() - 1])),
        one(format!("Bearer {key}x")),
        one(format!("Bearer {}", key.replace("sk_live_", "sk_test_"))),
        one(format!("Basic {key}")),
        one(key.clone()),
        one("Bearer sk_live_".to_owned()),
        one("Bearer ".to_owned()),
        one(format!("Bearer {key}\u{e9}")),
    ];
    let client = reqwest::Client::new();
    for values in wrong {
        let mut headers = HeaderMap::new();
        for value in &values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let request = client.get(format!("{}/v1/wallets", app.url)).headers(headers);
        assert_eq!(request.send().await.unwrap().status(), 401, "{values:?}");
    }
}

#[tokio::test]
async fn a_secret_is_given_once_and_a_key_that_would_repeat_it_is_refused() {
    let app = app().await;
    let ada = app.person("ada").await;
    let key = json!({"name": "Nightly", "scopes": ["wallets:read"]});
    let refused = ada.post("/v1/api-keys", Some("once"), key.clone()).await;
    let refused = refused.problem(422, "validation-failed");
    assert_eq!(refused["errors"][0]["pointer"], "#Idempotency-Key", "{refused}");
    assert_eq!(ada.get("/v1/api-keys").await.ok(200)["data"], json!([]));
    ada.post("/v1/api-keys", None, key).await.ok(201);
}
