//! Signing in with Google and Discord, and linking them.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use demo::identity::{Identity, Misbehaviour, Person};
use eventstore::command::{Clock, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::browser::{Browser, REDIRECT, VERIFIER};
use super::support::caller::PASSWORD;
use super::support::{Answer, App, ManualClock, Visitor, app_set, database};

/// A service that is connected to the stand-in as both providers.
pub async fn connected(passwords: &str) -> (App, Identity) {
    connected_at(Arc::new(SystemClock), passwords).await
}

/// The same with another clock.
async fn connected_at(clock: Arc<dyn Clock>, passwords: &str) -> (App, Identity) {
    let identity = stand_in(mina()).await;
    let settings = settings(&identity, passwords);
    (app_set(database().await, None, clock, &settings).await, identity)
}

/// A stand-in for Google and Discord, to which this person comes.
pub async fn stand_in(person: Person) -> Identity {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let identity = Identity::start(anywhere).await.unwrap();
    identity.person(person);
    identity
}

/// What connects a service to a stand-in.
pub fn settings(identity: &Identity, passwords: &str) -> [(&'static str, String); 6] {
    [
        ("FOLIO_OAUTH_REDIRECTS", REDIRECT.to_owned()),
        ("FOLIO_GOOGLE_ISSUER", identity.url()),
        ("FOLIO_GOOGLE_CLIENT_ID", "folio-at-google".to_owned()),
        ("FOLIO_DISCORD_URL", identity.url()),
        ("FOLIO_DISCORD_CLIENT_ID", "folio-at-discord".to_owned()),
        ("FOLIO_PASSWORD_LOGIN", passwords.to_owned()),
    ]
}

fn mina() -> Person {
    Person::verified("g-1", "Mina@it.example", "Mina")
}

pub async fn exchange(app: &App, code: &str) -> Answer {
    let body = json!({"code": code, "code_verifier": VERIFIER});
    app.visitor().post("/v1/auth/oauth/exchange", None, body).await
}

/// Signs in with a provider.
async fn come_in(app: &App, provider: &str) -> Visitor {
    let (name, code) = Browser::of(app).round_trip(provider, None).await;
    assert_eq!(name, "code", "{code}");
    let person = app.visitor().with(&exchange(app, &code).await.ok(200));
    person.until("/v1/me", |_| true).await; // The browser's positions are not the visitor's.
    person
}

/// Comes back from a provider with a code to link its account.
pub async fn consent_to_link(app: &App, person: &Visitor, provider: &str) -> Value {
    let begin = person.post(&format!("/v1/me/oauth-accounts/{provider}"), None, json!({})).await;
    let begin = begin.ok(201);
    let (name, code) = Browser::of(app).round_trip(provider, begin["ticket"].as_str()).await;
    assert_eq!(name, "link_code", "{code}");
    json!({"code": code, "code_verifier": VERIFIER})
}

/// Links the account of a provider, as whoever knows the password if there is one.
pub async fn link(person: &Visitor, consent: &Value) -> Answer {
    let mut body = consent.clone();
    body["password"] = json!(PASSWORD);
    person.post("/v1/me/oauth-accounts", None, body).await
}

async fn unlink(person: &Visitor, provider: &str) -> Answer {
    person.send(Method::DELETE, &format!("/v1/me/oauth-accounts/{provider}"), None, None).await
}

#[tokio::test]
async fn who_comes_with_a_provider_is_welcomed_once_and_is_the_same_person_ever_after() {
    let (app, identity) = connected("on").await;
    for provider in ["google", "discord"] {
        let (id, email) = (format!("{provider}-7"), format!("Mina-{provider}@it.example"));
        identity.person(Person::verified(&id, &email, "Mina"));
        let mina = come_in(&app, provider).await;
        let me = mina.until("/v1/me", |me| me["wallets"][0]["available"] == 100).await;
        assert_eq!(me["email"], email.to_lowercase());
        assert_eq!(me["email_verified"], true);
        assert_eq!(me["display_name"], "Mina");
        let again = come_in(&app, provider).await;
        assert_eq!(again.id, mina.id);
        let accounts = mina.get("/v1/me/oauth-accounts").await.ok(200);
        assert_eq!(accounts["data"][0]["provider"], provider);
        assert_eq!(accounts["data"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn who_has_no_password_changes_the_address_only_just_after_signing_in() {
    let clock = ManualClock::at_present();
    let (app, _identity) = connected_at(Arc::new(clock.clone()), "on").await;
    let mina = come_in(&app, "google").await;
    let asked = mina.post("/v1/me/email", None, json!({"email": "mina@new.example"})).await;
    asked.ok(202);
    let token = app.mailbox().token("mina@new.example", "Confirm your new", 0).await;
    let verify = json!({"token": token});
    app.visitor().post("/v1/auth/verify-email", None, verify).await.ok(204);
    mina.until("/v1/me", |me| me["email"] == "mina@new.example").await;

    clock.advance(Duration::from_secs(601));
    let refresh = json!({"refresh_token": mina.refresh_token});
    let refreshed = mina.post("/v1/auth/refresh", None, refresh).await.ok(200);
    let mina = mina.with(&refreshed);
    let late = mina.post("/v1/me/email", None, json!({"email": "mina@other.example"})).await;
    late.problem(401, "invalid-credentials");
}

#[tokio::test]
async fn a_code_lets_in_once_and_only_as_it_was_given() {
    let (app, _identity) = connected("on").await;
    let (_, code) = Browser::of(&app).round_trip("google", None).await;
    let (head, tail) = code.split_at(20);
    let changed = format!("{head}{}", tail.chars().rev().collect::<String>());
    exchange(&app, &changed).await.problem(410, "link-expired");
    exchange(&app, &code).await.ok(200);
    exchange(&app, &code).await.problem(410, "link-expired");
    let (first, second) = {
        let (_, code) = Browser::of(&app).round_trip("google", None).await;
        tokio::join!(exchange(&app, &code), exchange(&app, &code))
    };
    let let_in = [&first, &second].iter().filter(|answer| answer.status == 200).count();
    assert_eq!(let_in, 1, "{} {}", first.body, second.body);
}

#[tokio::test]
async fn a_code_is_void_once_the_account_is_unlinked_or_all_sessions_ended() {
    let (app, _identity) = connected("on").await;
    let ada = app.person("ada").await;
    let consent = consent_to_link(&app, &ada, "google").await;
    link(&ada, &consent).await.ok(200);
    let given = async || Browser::of(&app).round_trip("google", None).await.1;

    let (before, code) = (given().await, given().await);
    assert_eq!(exchange(&app, &code).await.ok(200)["user_id"], *ada.id);
    ada.post("/v1/auth/logout-all", None, json!({})).await.ok(204);
    exchange(&app, &before).await.problem(410, "link-expired");

    let ada = app.visitor().sign_in("ada@it.example", PASSWORD).await;
    let before = given().await;
    unlink(&ada, "google").await.ok(200);
    exchange(&app, &before).await.problem(410, "link-expired");
}

#[tokio::test]
async fn two_tabs_of_one_browser_do_not_take_each_others_way() {
    let (app, _identity) = connected("on").await;
    let mut browser = Browser::of(&app);
    let (one, other) = (browser.leave("google", None).await, browser.leave("google", None).await);
    let (one, other) = (browser.consent(one).await, browser.consent(other).await);
    assert_eq!(browser.come_back(one.clone()).await.0, "code");
    assert_eq!(browser.come_back(other).await.0, "code");
    browser.open(one).await.problem(409, "provider-refused");
    assert_eq!(browser.cookies(), 0, "each is taken away with its way");
    for _ in 0..20 {
        browser.leave("google", None).await;
        assert!(browser.cookies() <= 8, "a request carries only so much");
    }
}

#[tokio::test]
async fn whoever_comes_back_must_be_who_left() {
    let (app, _identity) = connected("on").await;
    let (mut left, mut other) = (Browser::of(&app), Browser::of(&app));
    let page = left.leave("google", None).await;
    let callback = left.consent(page).await;
    other.open(callback.clone()).await.problem(409, "provider-refused");
    other.leave("google", None).await;
    other.open(callback.clone()).await.problem(409, "provider-refused");

    let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    for state in [Some("made up"), None] {
        let mut changed = callback.clone();
        changed.query_pairs_mut().clear().append_pair("code", &code);
        if let Some(state) = state {
            changed.query_pairs_mut().append_pair("state", state);
        }
        left.open(changed).await.problem(409, "provider-refused");
    }
    let mut crossed = callback.clone();
    crossed.set_path("/v1/auth/oauth/discord/callback");
    left.open(crossed).await.problem(409, "provider-refused");

    assert_eq!(left.come_back(callback.clone()).await.0, "code");
    left.open(callback).await.problem(409, "provider-refused");
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_configured() {
    let (app, _identity) = connected("on").await;
    let near = format!("{REDIRECT}/");
    for foreign in ["https://evil.example/auth/callback", &near, "https://app.example", ""] {
        let refused = Browser::of(&app).try_leave("google", foreign, None).await;
        let problem = refused.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["pointer"], "?redirect_uri", "{foreign}");
    }
}

#[tokio::test]
async fn what_google_did_not_sign_for_this_sign_in_is_not_believed() {
    let (app, identity) = connected("on").await;
    let refused = [
        Misbehaviour::Denied,
        Misbehaviour::WrongNonce,
        Misbehaviour::WrongAudience,
        Misbehaviour::WrongIssuer,
        Misbehaviour::Expired,
        Misbehaviour::ForeignKey,
        Misbehaviour::Tampered,
    ];
    let error = |code: &str| ("error".to_owned(), code.to_owned());
    for misbehaviour in refused {
        identity.misbehave(misbehaviour);
        let back = Browser::of(&app).round_trip("google", None).await;
        assert_eq!(back, error("provider-refused"), "{misbehaviour:?}");
    }
    identity.misbehave(Misbehaviour::Broken);
    for provider in ["google", "discord"] {
        let back = Browser::of(&app).round_trip(provider, None).await;
        assert_eq!(back, error("upstream-unavailable"));
    }
    identity.misbehave(Misbehaviour::None);
    come_in(&app, "google").await;
}

#[tokio::test]
async fn an_address_that_belongs_to_an_account_is_not_taken_over() {
    let (app, identity) = connected("on").await;
    let ada = app.person("ada").await;
    identity.person(Person::verified("g-2", "Ada@it.example", "Not Ada"));
    let back = Browser::of(&app).round_trip("google", None).await;
    assert_eq!(back, ("error".to_owned(), "email-in-use".to_owned()));

    let code = consent_to_link(&app, &ada, "google").await;
    link(&ada, &code).await.ok(200);
    assert_eq!(come_in(&app, "google").await.id, ada.id);

    identity.person(mina());
    come_in(&app, "google").await;
    let by_another = Browser::of(&app).round_trip("discord", None).await;
    assert_eq!(by_another, ("error".to_owned(), "email-in-use".to_owned()));
}

#[tokio::test]
async fn an_address_the_provider_did_not_verify_is_not_used() {
    let (app, identity) = connected("on").await;
    let ada = app.person("ada").await;
    for provider in ["google", "discord"] {
        let person = Person::verified(&format!("{provider}-3"), "ada@it.example", "Somebody");
        identity.person(Person { verified: false, ..person });
        let somebody = come_in(&app, provider).await;
        assert_ne!(somebody.id, ada.id);
        let me = somebody.get("/v1/me").await.ok(200);
        assert_eq!((&me["email"], &me["email_verified"]), (&Value::Null, &json!(false)));
    }
}

#[tokio::test]
async fn an_account_is_linked_by_the_one_who_asked_and_to_one_person() {
    let (app, _identity) = connected("on").await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let code = consent_to_link(&app, &ada, "discord").await;
    link(&eve, &code).await.problem(403, "forbidden");
    link(&ada, &code).await.ok(200);
    let accounts = ada.get("/v1/me/oauth-accounts").await.ok(200);
    assert_eq!(accounts["data"][0]["email"], "mina@it.example");
    assert_eq!(come_in(&app, "discord").await.id, ada.id);

    let taken = consent_to_link(&app, &eve, "discord").await;
    link(&eve, &taken).await.problem(409, "oauth-account-in-use");

    unlink(&ada, "discord").await.ok(200);
    unlink(&ada, "discord").await.problem(404, "not-found");
    link(&ada, &code).await.ok(200); // Done before, not again.
    // That answer's position is of long ago, so the next read does not wait for the unlinking.
    ada.until("/v1/me/oauth-accounts", |accounts| accounts["data"] == json!([])).await;
    app.mailbox().letter("ada@it.example", "Another way to sign in was added", 0).await;
    app.mailbox().letter("ada@it.example", "A way to sign in was taken away", 0).await;
    assert_ne!(come_in(&app, "discord").await.id, ada.id);
}

#[tokio::test]
async fn whoever_signed_up_with_a_foreign_address_keeps_no_way_in_once_its_owner_comes() {
    let (app, _identity) = connected("on").await;
    let squatter = app.person("ada").await;
    let consent = consent_to_link(&app, &squatter, "google").await;
    link(&squatter, &consent).await.ok(200);
    let key = json!({"name": "later", "scopes": ["wallets:read"]});
    let key = squatter.post("/v1/api-keys", None, key).await.ok(201);
    let mut program = squatter.clone();
    program.token = key["secret"].as_str().unwrap().to_owned();
    program.get("/v1/wallets").await.ok(200);
    let elsewhere = json!({"email": "eve@new.example", "password": PASSWORD});
    squatter.post("/v1/me/email", None, elsewhere).await.ok(202);
    let moved = app.mailbox().token("eve@new.example", "Confirm your new", 0).await;

    let forgot = json!({"email": "ada@it.example"});
    app.visitor().post("/v1/auth/password/forgot", None, forgot).await.ok(202);
    let token = app.mailbox().token("ada@it.example", "Choose a new password", 0).await;
    let choose = json!({"token": token, "password": "staple of another kind"});
    app.visitor().post("/v1/auth/password/reset", None, choose).await.ok(204);

    let owner = app.visitor().sign_in("ada@it.example", "staple of another kind").await;
    assert_eq!(owner.id, squatter.id);
    owner.until("/v1/me/oauth-accounts", |accounts| accounts["data"] == json!([])).await;
    owner.until("/v1/api-keys", |keys| keys["data"][0]["revoked_at"].is_string()).await;
    let verify = json!({"token": moved});
    let verify = app.visitor().post("/v1/auth/verify-email", None, verify).await;
    verify.problem(410, "link-expired");
    assert_ne!(come_in(&app, "google").await.id, owner.id, "that account is somebody's own");
    program.until_answer("/v1/wallets", |answer| answer.status == 401).await;
    squatter.until_answer("/v1/me", |answer| answer.status == 401).await;
}

#[tokio::test]
async fn a_found_token_alone_links_nobodys_account() {
    let (app, _identity) = connected("on").await;
    let ada = app.person("ada").await;
    let consent = consent_to_link(&app, &ada, "google").await;
    let wrong =
        [(Value::Null, 422, "validation-failed"), (json!("not hers"), 401, "invalid-credentials")];
    for (password, status, code) in wrong {
        let mut found = consent.clone();
        found["password"] = password;
        ada.post("/v1/me/oauth-accounts", None, found).await.problem(status, code);
    }
    assert_eq!(ada.get("/v1/me/oauth-accounts").await.ok(200)["data"], json!([]));
    link(&ada, &consent).await.ok(200);
}

#[tokio::test]
async fn a_ticket_is_good_for_one_provider_and_cannot_be_made_up() {
    let (app, _identity) = connected("on").await;
    let ada = app.person("ada").await;
    let begin = ada.post("/v1/me/oauth-accounts/google", None, json!({})).await.ok(201);
    for (provider, ticket) in [("discord", begin["ticket"].as_str().unwrap()), ("google", "x")] {
        let refused = Browser::of(&app).try_leave(provider, REDIRECT, Some(ticket)).await;
        refused.problem(410, "link-expired");
    }
    let stranger = app.visitor().post("/v1/me/oauth-accounts/google", None, json!({})).await;
    stranger.problem(401, "unauthenticated");
    let stranger = app.visitor().get("/v1/me/oauth-accounts").await;
    stranger.problem(401, "unauthenticated");
}

#[tokio::test]
async fn the_last_way_to_sign_in_stays() {
    let (app, _identity) = connected("off").await;
    let mina = come_in(&app, "google").await;
    unlink(&mina, "google").await.problem(409, "last-login-method");
    let code = consent_to_link(&app, &mina, "discord").await;
    link(&mina, &code).await.ok(200);
    unlink(&mina, "google").await.ok(200);
    unlink(&mina, "discord").await.problem(409, "last-login-method");
}

#[tokio::test]
async fn a_provider_nobody_connected_does_not_exist() {
    let app = app_set(database().await, None, Arc::new(SystemClock), &[]).await;
    for provider in ["google", "discord", "nobody"] {
        let refused = Browser::of(&app).try_leave(provider, REDIRECT, None).await;
        refused.problem(404, "not-found");
    }
    let ada = app.person("ada").await;
    let begin = ada.post("/v1/me/oauth-accounts/google", None, json!({})).await;
    begin.problem(404, "not-found");
    let config = app.visitor().get("/v1/config").await.ok(200);
    assert_eq!(config["oauth_providers"], json!([]));
}

#[tokio::test]
async fn who_has_no_password_leaves_by_showing_again_who_they_are() {
    let (app, identity) = connected("on").await;
    let mina = come_in(&app, "google").await;
    let leave = async |body: Value| mina.post("/v1/me/deletion", None, body).await;
    leave(json!({})).await.problem(422, "validation-failed");
    leave(json!({"password": "no password at all"})).await.problem(401, "invalid-credentials");
    let made_up = json!({"code": "made up", "code_verifier": VERIFIER});
    leave(made_up).await.problem(410, "link-expired");

    identity.person(Person::verified("d-9", "else@it.example", "Else"));
    let not_hers = consent_to_link(&app, &mina, "discord").await;
    leave(not_hers).await.problem(401, "invalid-credentials");

    identity.person(self::mina());
    let other = app.person("other").await;
    let others = consent_to_link(&app, &other, "google").await;
    leave(others).await.problem(403, "forbidden");

    mina.post("/v1/me/deactivate", None, json!({})).await.ok(200);
    let proof = consent_to_link(&app, &mina, "google").await;
    assert!(leave(proof.clone()).await.ok(202)["due_at"].is_string());
    mina.send(Method::DELETE, "/v1/me/deletion", None, None).await.ok(200);
    leave(proof).await.problem(410, "link-expired");
    mina.until("/v1/me", |me| me["status"] == "deactivated").await;

    let proof = consent_to_link(&app, &mina, "google").await;
    let keyed = async || mina.post("/v1/me/deletion", Some("bye"), proof.clone()).await;
    let first = keyed().await.ok(202);
    assert_eq!(keyed().await.ok(202)["due_at"], first["due_at"], "its answer was lost");
}
