//! Verifying an address, forgetting a password, changing it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::support::{Answer, App, ManualClock, Role, app, app_set, app_with, database};

const CONFIRM: &str = "Confirm";
const CHOOSE: &str = "Choose a new password";
const OLD: &str = "correct horse battery";
const NEW: &str = "staple of another kind";

/// A service whose clock moves when told, far enough back that nothing it waits for is still to come.
async fn app_in_the_past() -> (App, ManualClock) {
    let clock = ManualClock::at(Utc::now() - TimeDelta::days(3));
    (app_with(None, Arc::new(clock.clone())).await, clock)
}

async fn post(app: &App, path: &str, body: Value) -> Answer {
    app.visitor().post(&format!("/v1/auth/{path}"), None, body).await
}

async fn login(app: &App, name: &str, password: &str) -> Answer {
    let email = format!("{name}@it.example");
    post(app, "login", json!({"email": email, "password": password})).await
}

async fn forgot(app: &App, name: &str) -> Value {
    let email = format!("{name}@it.example");
    post(app, "password/forgot", json!({"email": email})).await.ok(202)
}

#[tokio::test]
async fn an_address_is_verified_with_the_newest_letter_and_once() {
    let (app, clock) = app_in_the_past().await;
    let ada = app.person("ada").await;
    assert_eq!(ada.get("/v1/me").await.ok(200)["email_verified"], false);
    let first = app.mailbox().token("ada@it.example", CONFIRM, 0).await;
    let resend = async || ada.post("/v1/auth/verify-email/resend", None, json!({})).await;
    clock.advance(Duration::from_secs(20));
    let too_soon = resend().await;
    assert_eq!(too_soon.headers["retry-after"], "40", "no letter leaves, and nobody says so");
    too_soon.problem(429, "quota-exceeded");
    clock.advance(Duration::from_secs(40));
    resend().await.ok(202);
    let second = app.mailbox().token("ada@it.example", CONFIRM, 1).await;

    let replaced = post(&app, "verify-email", json!({"token": first})).await;
    replaced.problem(410, "link-expired");
    post(&app, "verify-email", json!({"token": second})).await.ok(204);
    ada.until("/v1/me", |me| me["email_verified"] == true).await;
    post(&app, "verify-email", json!({"token": second})).await.problem(410, "link-expired");
    clock.advance(Duration::from_secs(60));
    resend().await.problem(409, "conflict");
    assert_eq!(app.mailbox().letters("ada@it.example", CONFIRM).len(), 2);
}

#[tokio::test]
async fn a_letters_token_ends_and_fits_one_person_and_one_purpose() {
    let (app, clock) = app_in_the_past().await;
    let (_ada, _eve) = (app.person("ada").await, app.person("eve").await);
    let verification = app.mailbox().token("ada@it.example", CONFIRM, 0).await;
    let foreign = app.mailbox().token("eve@it.example", CONFIRM, 0).await;
    forgot(&app, "ada").await;
    let reset = app.mailbox().token("ada@it.example", CHOOSE, 0).await;

    // Ada's id stands in the first 16 bytes, so the first 20 letters hold nothing but it.
    let grafted = format!("{}{}", &verification[..20], &foreign[20..]);
    for token in [&reset, &grafted, &"A".repeat(64), &"x".repeat(5_000), &String::new()] {
        let refused = post(&app, "verify-email", json!({"token": token})).await;
        refused.problem(410, "link-expired");
    }
    let choose = |token: &str| json!({"token": token, "password": NEW});
    let crossed = post(&app, "password/reset", choose(&verification)).await;
    crossed.problem(410, "link-expired");
    clock.advance(Duration::from_secs(3_600));
    post(&app, "password/reset", choose(&reset)).await.problem(410, "link-expired");
    clock.advance(Duration::from_secs(23 * 3_600));
    let late = post(&app, "verify-email", json!({"token": verification})).await;
    late.problem(410, "link-expired");
    login(&app, "ada", OLD).await.ok(200);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_letter_and_every_session_ends() {
    let app = app().await;
    let ada = app.person("ada").await;
    assert_eq!(forgot(&app, "ada").await, forgot(&app, "nobody").await, "strangers learn nothing");
    let token = app.mailbox().token("ada@it.example", CHOOSE, 0).await;
    let choose = |password: &str| json!({"token": token, "password": password});
    let weak = post(&app, "password/reset", choose("short")).await;
    assert_eq!(weak.problem(422, "validation-failed")["errors"][0]["pointer"], "/password");
    post(&app, "password/reset", choose(NEW)).await.ok(204);

    post(&app, "password/reset", choose(OLD)).await.problem(410, "link-expired");
    login(&app, "ada", OLD).await.problem(401, "invalid-credentials");
    let again = login(&app, "ada", NEW).await.ok(200);
    assert_eq!(again["user_id"], *ada.id);
    let ended = async || ada.get("/v1/me").await.status == 401;
    for _ in 0..500 {
        if ended().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(ended().await, "a token of before still works");
    assert_eq!(app.mailbox().letters("nobody@it.example", "").len(), 0);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it() {
    let app = app().await;
    let ada = app.person("ada").await;
    let change = async |current: &str| {
        let body = json!({"current_password": current, "new_password": NEW});
        ada.post("/v1/auth/password/change", None, body).await
    };
    change("not the password").await.problem(401, "invalid-credentials");
    change(OLD).await.ok(204);
    login(&app, "ada", OLD).await.problem(401, "invalid-credentials");
    login(&app, "ada", NEW).await.ok(200);
    let body = json!({"current_password": NEW, "new_password": OLD});
    post(&app, "password/change", body).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn what_is_tried_first_is_no_password_however_it_is_chosen() {
    let app = app().await;
    let own = ["password", "Grace@it.example", "grace2026", "99999999", "        "];
    for password in own {
        let body =
            json!({"email": "grace@it.example", "password": password, "display_name": "Grace"});
        let refused = post(&app, "register", body).await.problem(422, "validation-failed");
        assert_eq!(refused["errors"][0]["pointer"], "/password", "{password}");
    }
    let grace = app.person("grace").await;
    forgot(&app, "grace").await;
    let token = app.mailbox().token("grace@it.example", CHOOSE, 0).await;
    let forged = format!("{}{}", &token[..22], "A".repeat(42));
    for password in own {
        let change = json!({"current_password": OLD, "new_password": password});
        let change = grace.post("/v1/auth/password/change", None, change).await;
        let refused = change.problem(422, "validation-failed");
        assert_eq!(refused["errors"][0]["pointer"], "/new_password", "{password}");
        let choose = |token: &str| json!({"token": token, "password": password});
        let reset = post(&app, "password/reset", choose(&token)).await;
        let refused = reset.problem(422, "validation-failed");
        assert_eq!(refused["errors"][0]["pointer"], "/password", "{password}");
        let reset = post(&app, "password/reset", choose(&forged)).await;
        reset.problem(410, "link-expired"); // Nobody learns so what somebody is called.
    }
    let same = json!({"current_password": OLD, "new_password": OLD});
    let same = grace.post("/v1/auth/password/change", None, same).await;
    same.problem(422, "validation-failed");
    grace.get("/v1/me").await.ok(200);
}

#[tokio::test]
async fn a_login_with_the_old_password_does_not_outlive_its_replacement() {
    let mut app = app().await;
    let set_passes = async |app: &mut App, passes| {
        app.stop().await;
        app.configure(|config| config.login.argon2.passes = passes);
        app.start().await;
    };
    set_passes(&mut app, 60).await; // So that the old one is still being checked
    app.person("ada").await;
    set_passes(&mut app, 2).await; // when the new one has been chosen.
    forgot(&app, "ada").await;
    let token = app.mailbox().token("ada@it.example", CHOOSE, 0).await;
    let choose = json!({"token": token, "password": NEW});
    let (login, reset) =
        tokio::join!(login(&app, "ada", OLD), post(&app, "password/reset", choose));
    reset.ok(204);
    match login.status.as_u16() {
        // It came first after all: then its session ended with all others.
        200 => {
            let refresh = json!({"refresh_token": login.body["refresh_token"]});
            post(&app, "refresh", refresh).await.problem(401, "session-ended");
        }
        _ => drop(login.problem(401, "invalid-credentials")),
    }
}

#[tokio::test]
async fn who_asks_too_often_for_a_letter_waits_whether_or_not_the_address_is_known() {
    let app = app().await;
    app.person("ada").await;
    for name in ["ada", "nobody"] {
        for _ in 0..10 {
            forgot(&app, name).await;
        }
        let email = json!({"email": format!("{name}@it.example")});
        let refused = post(&app, "password/forgot", email).await;
        assert!(refused.headers.contains_key("retry-after"));
        refused.problem(429, "quota-exceeded");
    }
    app.mailbox().token("ada@it.example", CHOOSE, 0).await;
    assert_eq!(app.mailbox().letters("ada@it.example", CHOOSE).len(), 1, "one letter a minute");
}

#[tokio::test]
async fn a_login_hashes_the_password_anew_once_hashing_has_become_harder() {
    let mut app = app().await;
    let ada = app.person("ada").await;
    let kept = async |app: &App| {
        let client = app.database.pool(Role::Superuser).get().await.unwrap();
        let kept = "select convert_from(bytes, 'UTF8') from vault.records
            where kind = 'password' and key = $1";
        client.query_one(kept, &[&ada.id]).await.unwrap().get::<_, String>(0)
    };
    assert!(kept(&app).await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    app.stop().await;
    app.configure(|config| config.login.argon2.passes = 3);
    app.start().await;
    login(&app, "ada", "not the password").await.problem(401, "invalid-credentials");
    assert!(kept(&app).await.contains("t=2"));
    login(&app, "ada", OLD).await.ok(200);
    let harder = kept(&app).await;
    assert!(harder.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"), "{harder}");
    login(&app, "ada", OLD).await.ok(200);
    assert_eq!(kept(&app).await, harder, "once is enough");
}

#[tokio::test]
async fn where_passwords_are_off_nobody_signs_in_with_one() {
    let settings = [("FOLIO_PASSWORD_LOGIN", "off".to_owned())];
    let app =
        app_set(database().await, None, Arc::new(eventstore::command::SystemClock), &settings)
            .await;
    let (email, password) = ("ada@it.example", OLD);
    let off = [
        ("register", json!({"email": email, "password": password, "display_name": "Ada"})),
        ("login", json!({"email": email, "password": password})),
        ("password/forgot", json!({"email": email})),
        ("password/reset", json!({"token": "A", "password": password})),
    ];
    for (path, body) in off {
        post(&app, path, body).await.problem(403, "password-login-off");
    }
}
