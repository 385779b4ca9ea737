//! Staying logged in, and being logged out (IAM-17, IAM-18).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::support::caller::USER_AGENT;
use super::support::{Answer, App, ManualClock, Role, Version, Visitor, app, app_with};

const PASSWORD: &str = "correct horse battery";
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How soon every process must know.
const EVERYWHERE: Duration = Duration::from_secs(1);

async fn refresh(visitor: &Visitor, token: &str) -> Answer {
    visitor.post("/v1/auth/refresh", None, json!({"refresh_token": token})).await
}

/// Another device of the same person.
async fn device(app: &App, name: &str) -> Visitor {
    app.visitor().sign_in(&format!("{name}@it.example"), PASSWORD).await
}

async fn count(app: &App, event_type: &str) -> i64 {
    let client = app.database.client(Role::Superuser).await;
    let select = "select count(*) from es.events where event_type = $1";
    client.query_one(select, &[&event_type]).await.unwrap().get(0)
}

/// Asks until the token is refused; answers how long that took.
async fn refused(visitor: &Visitor) -> Duration {
    let since = Instant::now();
    loop {
        let answer = visitor.get("/v1/wallets").await;
        if answer.status == 401 {
            answer.problem(401, "unauthenticated");
            return since.elapsed();
        }
        answer.ok(200);
        assert!(since.elapsed() < 10 * EVERYWHERE, "the token is still good");
    }
}

#[tokio::test]
async fn tabs_that_refresh_at_once_get_the_same_pair_and_stay_logged_in() {
    let app = app().await;
    let ada = app.person("ada").await;
    let tabs = (0..16).map(|_| refresh(&ada, &ada.refresh_token));
    let answers = futures::future::join_all(tabs).await;
    let tokens: Vec<Value> =
        answers.into_iter().map(|answer| answer.ok(200)["refresh_token"].clone()).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    assert_eq!(count(&app, "session.refreshed").await, 1);

    let again = refresh(&ada, tokens[0].as_str().unwrap()).await.ok(200);
    ada.clone().with(&again).get("/v1/me").await.ok(200);
    assert_eq!(count(&app, "session.refresh_reuse_detected").await, 0);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    let ada = app.person("ada").await;
    let lost = refresh(&ada, &ada.refresh_token).await.ok(200);
    clock.advance(Duration::from_secs(30));
    let again = refresh(&ada, &ada.refresh_token).await.ok(200);
    assert_eq!(lost["refresh_token"], again["refresh_token"]);
    assert_ne!(lost["refresh_token"], json!(ada.refresh_token));
    assert_eq!(lost["session_id"], again["session_id"]);
}

#[tokio::test]
async fn a_token_that_comes_back_later_ends_the_session_for_both_who_have_it() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    let ada = app.person("ada").await;
    let thief = ada.clone().with(&refresh(&ada, &ada.refresh_token).await.ok(200));
    clock.advance(Duration::from_secs(31));
    thief.get("/v1/me").await.ok(200);

    refresh(&ada, &ada.refresh_token).await.problem(401, "refresh-reused");
    thief.get("/v1/me").await.problem(401, "unauthenticated");
    refresh(&thief, &thief.refresh_token).await.problem(401, "session-ended");
    refresh(&ada, &ada.refresh_token).await.problem(401, "session-ended");
    device(&app, "ada").await.get("/v1/me").await.ok(200);
}

#[tokio::test]
async fn logging_out_everywhere_reaches_every_process_within_a_second() {
    let app = app().await;
    let phone = app.person("ada").await;
    let laptop = device(&app, "ada").await;
    let other = app.another().await;
    let elsewhere = [other.visitor(&phone), other.visitor(&laptop)];
    for visitor in &elsewhere {
        visitor.get("/v1/wallets").await.ok(200);
    }
    assert_eq!(phone.post("/v1/auth/logout-all", None, json!({})).await.status, 204);
    for visitor in &elsewhere {
        assert!(refused(visitor).await < EVERYWHERE);
    }
    laptop.get("/v1/me").await.problem(401, "unauthenticated");
    for visitor in &elsewhere {
        refresh(visitor, &visitor.refresh_token).await.problem(401, "session-ended");
    }
    let again = device(&app, "ada").await;
    again.get("/v1/me").await.ok(200);
    other.visitor(&again).get("/v1/wallets").await.ok(200);
    other.stop().await;
}

#[tokio::test]
async fn without_a_broker_a_logout_reaches_every_process_within_a_second_too() {
    let app = app_with(None, Arc::new(eventstore::command::SystemClock)).await;
    let (ada, other) = (app.person("ada").await, app.another().await);
    let elsewhere = other.visitor(&ada);
    elsewhere.get("/v1/wallets").await.ok(200);
    assert_eq!(ada.post("/v1/auth/logout", None, json!({})).await.status, 204);
    ada.get("/v1/me").await.problem(401, "unauthenticated");
    assert!(refused(&elsewhere).await < EVERYWHERE);
    other.stop().await;
}

#[tokio::test]
async fn a_process_that_starts_knows_at_once_what_was_taken_back_before() {
    let app = app().await;
    let (ada, laptop) = (app.person("ada").await, app.person("bob").await);
    assert_eq!(ada.post("/v1/auth/logout", None, json!({})).await.status, 204);
    let other = app.another().await;
    other.visitor(&ada).get("/v1/me").await.problem(401, "unauthenticated");
    other.visitor(&laptop).get("/v1/wallets").await.ok(200);
    other.stop().await;
}

#[tokio::test]
async fn a_new_password_ends_every_session_everywhere() {
    let app = app().await;
    let (phone, laptop) = (app.person("ada").await, device(&app, "ada").await);
    let other = app.another().await;
    let elsewhere = other.visitor(&laptop);
    elsewhere.get("/v1/wallets").await.ok(200);
    let change = json!({"current_password": PASSWORD, "new_password": "a better horse battery"});
    let changed = phone.post("/v1/auth/password/change", None, change).await;
    assert_eq!(changed.status, 204, "{}", changed.body);
    assert!(refused(&elsewhere).await < EVERYWHERE);
    for visitor in [&phone, &laptop] {
        refresh(visitor, &visitor.refresh_token).await.problem(401, "session-ended");
    }
    let again = app.visitor().sign_in("ada@it.example", "a better horse battery").await;
    other.visitor(&again).get("/v1/wallets").await.ok(200);
    other.stop().await;
}

#[tokio::test]
async fn sessions_end_when_nobody_uses_them_and_at_their_longest_life() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    let idle = app.person("ada").await;
    let mut daily = app.person("bob").await;
    for days in [29, 29, 29] {
        clock.advance(days * DAY);
        let pair = refresh(&daily, &daily.refresh_token).await.ok(200);
        daily = daily.with(&pair);
    }
    refresh(&idle, &idle.refresh_token).await.problem(401, "session-ended");
    clock.advance(3 * DAY);
    refresh(&daily, &daily.refresh_token).await.problem(401, "session-ended");
}

#[tokio::test]
async fn the_list_of_devices_is_ones_own_and_marks_the_one_that_asks() {
    let app = app().await;
    let (phone, eve) = (app.person("ada").await, app.person("eve").await);
    let laptop = device(&app, "ada").await;
    let list = laptop.get("/v1/auth/sessions").await.ok(200)["data"].clone();
    let current: Vec<bool> =
        list.as_array().unwrap().iter().map(|s| s["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [true, false], "newest first");
    assert_eq!(
        (&list[1]["method"], &list[1]["ip_address"]),
        (&json!("password"), &json!("127.0.0.1"))
    );
    assert_eq!(list[1]["user_agent"], USER_AGENT);
    assert!(!list.to_string().contains("sha256"), "{list}");

    let lost = format!("/v1/auth/sessions/{}", list[1]["id"].as_str().unwrap());
    eve.send(Method::DELETE, &lost, None, None).await.problem(404, "not-found");
    let nobody = format!("/v1/auth/sessions/{}", uuid::Uuid::now_v7());
    laptop.send(Method::DELETE, &nobody, None, None).await.problem(404, "not-found");
    let ids = eve.get("/v1/auth/sessions").await.ok(200);
    assert_eq!(ids["data"].as_array().unwrap().len(), 1, "{ids}");

    for _ in 0..2 {
        assert_eq!(laptop.send(Method::DELETE, &lost, None, None).await.status, 204);
    }
    let over = phone.get("/v1/me").await.problem(401, "unauthenticated");
    assert_eq!(over["detail"], "The session was ended. Log in again.");
    refresh(&phone, &phone.refresh_token).await.problem(401, "session-ended");
    let left = laptop.get("/v1/auth/sessions").await.ok(200);
    assert_eq!(left["data"].as_array().unwrap().len(), 1, "{left}");
    app.visitor().get("/v1/auth/sessions").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_device_is_forgotten_when_its_longest_life_is_over() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    app.person("ada").await;
    clock.advance(90 * DAY);
    let bob = app.person("bob").await;
    let client = app.database.client(Role::Superuser).await;
    let select = "select user_id::text from read.user_sessions";
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let rows = client.query(select, &[]).await.unwrap();
        let users: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        if users == [bob.id.clone()] {
            break;
        }
        assert!(Instant::now() < deadline, "{users:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_made_up_refresh_token_is_refused_without_asking_the_log() {
    let app = app().await;
    let ada = app.person("ada").await;
    let bent = ada.refresh_token.replacen("folio_rt_", "folio_rt_A", 1);
    for token in ["", "folio_rt_", "not a token", &bent, &ada.token] {
        refresh(&app.visitor(), token).await.problem(401, "unauthenticated");
    }
    let nothing = app.visitor().post("/v1/auth/refresh", None, json!({})).await;
    nothing.problem(401, "unauthenticated");
    let typo = json!({"refresh": ada.refresh_token});
    app.visitor().post("/v1/auth/refresh", None, typo).await.problem(422, "validation-failed");
    refresh(&app.visitor(), &ada.refresh_token).await.ok(200);
}

#[tokio::test]
async fn a_login_is_noted_and_nothing_that_lets_in_is_stored() {
    let app = app().await;
    let ada = app.person("ada").await;
    ada.get("/v1/me").await.ok(200);
    let client = app.database.client(Role::Superuser).await;
    let select = "select last_login_at is not null from read.users where id = $1::text::uuid";
    let noted: bool = client.query_one(select, &[&ada.id]).await.unwrap().get(0);
    assert!(noted);
    let stored = "select count(*) from es.events where payload::text like '%' || $1 || '%'";
    let secret = &ada.refresh_token["folio_rt_".len()..];
    let found: i64 = client.query_one(stored, &[&secret]).await.unwrap().get(0);
    assert_eq!(found, 0);
}

#[tokio::test]
async fn the_keys_that_verify_are_published_with_the_one_that_signs_next() {
    let app = app().await;
    let ada = app.person("ada").await;
    let keys = app.visitor().get("/.well-known/jwks.json").await.ok(200)["keys"].clone();
    let kids: Vec<&str> =
        keys.as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids.len(), 2, "{keys}");
    let header = jsonwebtoken::decode_header(&ada.token).unwrap();
    assert!(kids.contains(&header.kid.unwrap().as_str()));
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
}

#[tokio::test]
async fn whoever_asks_for_something_is_online_in_every_process() {
    let app = app_with(Some(Version::Old), Arc::new(eventstore::command::SystemClock)).await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let other = app.another().await;
    assert!(!other.is_online(&uuid::Uuid::now_v7().to_string()));
    assert_eq!(ada.post("/v1/me/heartbeat", None, json!({})).await.status, 204);
    bob.get("/v1/wallets").await.ok(200);
    let deadline = Instant::now() + Duration::from_secs(20);
    for person in [&ada, &bob] {
        assert!(app.is_online(&person.id));
        while !other.is_online(&person.id) {
            assert!(Instant::now() < deadline, "the other process never heard of it");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let seen = format!("/v1/users/{}", bob.id);
    assert_eq!(app.visitor().get(&seen).await.ok(200)["online"], true);
    bob.post("/v1/me/deactivate", None, json!({})).await.ok(200);
    app.visitor().until(&seen, |bob| bob["online"] == false).await;
    bob.get("/v1/me").await.ok(200);
    assert_eq!(app.visitor().get(&seen).await.ok(200)["online"], false, "who rests is not around");
    app.visitor().post("/v1/me/heartbeat", None, json!({})).await.problem(401, "unauthenticated");
    other.stop().await;
}
