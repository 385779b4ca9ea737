//! Another address to sign in with (IAM-03), and the one artists are written to (ART-02).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::support::caller::{PASSWORD, USER_AGENT};
use super::support::{Answer, App, ManualClock, Role, Visitor, app, app_with};

const CONFIRM: &str = "Confirm your new";
const ABOUT_TO: &str = "Your e-mail address is about to change";
const CHANGED: &str = "Your e-mail address was changed";
const IN_USE: &str = "Your e-mail address is in use";

const MINUTE: Duration = Duration::from_secs(60);

/// A service whose clock moves when told, far enough back that nothing it waits for is still to come.
async fn app_in_the_past() -> (App, ManualClock) {
    let clock = ManualClock::at(Utc::now() - TimeDelta::days(3));
    (app_with(None, Arc::new(clock.clone())).await, clock)
}

async fn ask(person: &Visitor, email: &str) -> Answer {
    person.post("/v1/me/email", None, json!({"email": email, "password": PASSWORD})).await
}

async fn verify(app: &App, token: &str) -> Answer {
    app.visitor().post("/v1/auth/verify-email", None, json!({"token": token})).await
}

async fn login(app: &App, email: &str) -> Answer {
    let body = json!({"email": email, "password": PASSWORD});
    app.visitor().post("/v1/auth/login", None, body).await
}

#[tokio::test]
async fn a_new_address_signs_in_once_its_letter_came_back_and_the_old_one_no_more() {
    let app = app().await;
    let ada = app.person("ada").await;
    ask(&ada, "Ada@New.Example").await.ok(202);
    app.mailbox().letter("ada@it.example", ABOUT_TO, 0).await;
    login(&app, "ada@new.example").await.problem(401, "invalid-credentials");
    login(&app, "ada@it.example").await.ok(200);
    assert_eq!(ada.get("/v1/me").await.ok(200)["email"], "ada@it.example");

    let token = app.mailbox().token("ada@new.example", CONFIRM, 0).await;
    verify(&app, &token).await.ok(204);
    app.mailbox().letter("ada@it.example", CHANGED, 0).await;
    login(&app, "ada@new.example").await.ok(200);
    login(&app, "ada@it.example").await.problem(401, "invalid-credentials");
    let me = ada.until("/v1/me", |me| me["email"] == "ada@new.example").await;
    assert_eq!(me["email_verified"], true);
    verify(&app, &token).await.problem(410, "link-expired");
    app.person("ada_2").await;
    let free = json!({
        "email": "ada@it.example", "password": PASSWORD, "display_name": "Another Ada",
    });
    app.visitor().post("/v1/auth/register", None, free).await.ok(201);
}

#[tokio::test]
async fn whether_somebody_has_an_address_is_told_to_nobody() {
    let (app, clock) = app_in_the_past().await;
    let (ada, _bob) = (app.person("ada").await, app.person("bob").await);
    let free = ask(&ada, "free@it.example").await.ok(202);
    clock.advance(MINUTE);
    let taken = ask(&ada, "bob@it.example").await.ok(202);
    assert_eq!(free["status"], taken["status"]);
    app.mailbox().letter("bob@it.example", IN_USE, 0).await;
    assert!(app.mailbox().letters("bob@it.example", CONFIRM).is_empty());

    // Somebody signs up with it before the letter comes back.
    clock.advance(MINUTE);
    ask(&ada, "late@it.example").await.ok(202);
    let token = app.mailbox().token("late@it.example", CONFIRM, 0).await;
    app.person("late").await;
    verify(&app, &token).await.problem(410, "link-expired");
    login(&app, "ada@it.example").await.ok(200);
    login(&app, "late@it.example").await.ok(200);
}

#[tokio::test]
async fn who_cannot_prove_anew_who_they_are_changes_nothing() {
    let app = app().await;
    let ada = app.person("ada").await;
    let wrong = json!({"email": "ada@new.example", "password": "not hers"});
    ada.post("/v1/me/email", None, wrong).await.problem(401, "invalid-credentials");
    let none = json!({"email": "ada@new.example"});
    let omitted = ada.post("/v1/me/email", None, none).await.problem(422, "validation-failed");
    assert_eq!(omitted["errors"][0]["pointer"], "/password");
    for email in ["", "no address", "ada@it.example"] {
        ask(&ada, email).await.problem(422, "validation-failed");
    }
    let nobody = json!({"email": "ada@new.example", "password": PASSWORD});
    app.visitor().post("/v1/me/email", None, nobody).await.problem(401, "unauthenticated");
    ask(&ada, "ada@new.example").await.ok(202);
}

#[tokio::test]
async fn strangers_get_few_letters_by_one_account_from_wherever_it_asks() {
    let (app, clock) = app_in_the_past().await;
    let ada = app.person("ada").await;
    let stranger = |n: usize| format!("stranger{n}@it.example");
    for n in 0..5 {
        ask(&ada, &stranger(n)).await.ok(202);
        let soon = ask(&ada, &stranger(9)).await;
        let wait = if n < 4 { "60" } else { "86160" };
        assert_eq!(soon.headers["retry-after"], wait, "one a minute");
        soon.problem(429, "quota-exceeded");
        clock.advance(MINUTE);
    }
    let elsewhere = IpAddr::from([127, 0, 0, 2]);
    let body = json!({"email": "ada@it.example", "password": PASSWORD});
    let mut moved = Visitor::from_elsewhere(&app.url, Some(elsewhere), USER_AGENT);
    moved.token = moved.post("/v1/auth/login", None, body).await.ok(200)["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    for person in [&ada, &moved] {
        for _ in 0..11 {
            let refused = ask(person, &stranger(9)).await;
            assert_eq!(refused.headers["retry-after"], "86100", "five a day");
            let refused = refused.problem(429, "quota-exceeded");
            assert!(refused["detail"].as_str().unwrap().starts_with("A letter a minute"));
        }
        let wrong = json!({"email": stranger(9), "password": "not hers"});
        person.post("/v1/me/email", None, wrong).await.problem(401, "invalid-credentials");
    }
    for n in 0..5 {
        app.mailbox().token(&stranger(n), CONFIRM, 0).await;
    }
    assert!(app.mailbox().letters(&stranger(9), CONFIRM).is_empty());
}

#[tokio::test]
async fn a_new_password_stops_a_change_that_is_under_way() {
    let app = app().await;
    let ada = app.person("ada").await;
    ask(&ada, "thief@it.example").await.ok(202);
    let token = app.mailbox().token("thief@it.example", CONFIRM, 0).await;
    let change = json!({"current_password": PASSWORD, "new_password": "a better horse battery"});
    assert_eq!(ada.post("/v1/auth/password/change", None, change).await.status, 204);
    verify(&app, &token).await.problem(410, "link-expired");
}

#[tokio::test]
async fn no_address_stands_in_the_log_in_plain() {
    let app = app().await;
    let ada = app.person("ada").await;
    ada.post("/v1/artists", None, json!({"artist_name": "Ada"})).await.ok(201);
    ask(&ada, "planted@new.example").await.ok(202);
    let token = app.mailbox().token("planted@new.example", CONFIRM, 0).await;
    verify(&app, &token).await.ok(204);
    let contact = json!({"email": "planted@new.example"});
    ada.post("/v1/artists/me/verify-email", None, contact).await.ok(202);
    let client = app.database.client(Role::Superuser).await;
    let found = "select count(*) from es.events
        where payload::text || metadata::text like '%planted%'";
    assert_eq!(client.query_one(found, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn an_artist_shows_the_address_a_letter_came_back_from() {
    let (app, clock) = app_in_the_past().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    ada.post("/v1/artists", None, json!({"artist_name": "Ada"})).await.ok(201);
    let path = "/v1/artists/me/verify-email";
    let contact = |name: &str| json!({"email": format!("{name}@studio.example")});
    eve.post(path, None, contact("eve")).await.problem(403, "forbidden");
    ada.post(path, None, json!({"email": "none"})).await.problem(422, "validation-failed");
    ada.post(path, None, contact("ada")).await.ok(202);
    let shown = format!("/v1/artists/{}", ada.id);
    assert_eq!(ada.get(&shown).await.ok(200)["verified_email"], Value::Null);

    let late = app.mailbox().token("ada@studio.example", "Confirm", 0).await;
    clock.advance(Duration::from_secs(24 * 3_600));
    verify(&app, &late).await.problem(410, "link-expired");
    let ada = ada.sign_in_as("ada").await;
    ada.post(path, None, contact("ada")).await.ok(202);
    let token = app.mailbox().token("ada@studio.example", "Confirm", 1).await;
    verify(&app, &token).await.ok(204);
    let artist = ada.until(&shown, |artist| !artist["verified_email"].is_null()).await;
    assert_eq!(artist["verified_email"], "ada@studio.example");
    assert_eq!(ada.get("/v1/me").await.ok(200)["email"], "ada@it.example", "that is another one");
}
