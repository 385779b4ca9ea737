//! Whoever began a round trip to a provider finishes it: what was sent along is asked for again.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use reqwest::Url;
use serde_json::{Value, json};

use super::api_oauth::{connected, consent_to_link, exchange, link};
use super::support::browser::{Browser, CHALLENGE, REDIRECT, VERIFIER};
use super::support::{Answer, App};

/// Another app's secret.
const FOREIGN: &str = "another.secret~of_43-characters.and.not.this";

/// Begins with these parameters beside the address to come back to.
async fn begin(app: &App, browser: &mut Browser, asked: &[(&str, &str)]) -> Answer {
    let mut page: Url = format!("{}/v1/auth/oauth/google/authorize", app.url).parse().unwrap();
    page.query_pairs_mut().append_pair("redirect_uri", REDIRECT).extend_pairs(asked);
    browser.open(page).await
}

async fn redeem(app: &App, body: Value) -> Answer {
    app.visitor().post("/v1/auth/oauth/exchange", None, body).await
}

fn foreign(code: &str) -> Value {
    json!({"code": code, "code_verifier": FOREIGN})
}

#[tokio::test]
async fn a_round_trip_begins_with_the_hash_of_a_secret() {
    let (app, _identity) = connected("on").await;
    let refused = async |asked: &[(&str, &str)], pointer: &str| {
        let refused = begin(&app, &mut Browser::of(&app), asked).await;
        let problem = refused.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{asked:?}");
    };
    refused(&[], "?code_challenge").await;
    for challenge in ["", &CHALLENGE[1..], &format!("{CHALLENGE}A"), &CHALLENGE.replace('-', "+")] {
        refused(&[("code_challenge", challenge)], "?code_challenge").await;
    }
    let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
    refused(&plain, "?code_challenge_method").await;
    let hashed = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    assert_eq!(begin(&app, &mut Browser::of(&app), &hashed).await.status, 302);
}

#[tokio::test]
async fn a_code_is_worth_nothing_to_an_app_that_did_not_begin_and_is_spent_by_the_try() {
    let (app, _identity) = connected("on").await;
    let given = async || Browser::of(&app).round_trip("google", None).await.1;
    let code = given().await;
    redeem(&app, foreign(&code)).await.problem(410, "link-expired");
    exchange(&app, &code).await.problem(410, "link-expired");

    let code = given().await;
    for verifier in [Value::Null, json!(""), json!(&VERIFIER[1..]), json!("+".repeat(43))] {
        let no_secret = json!({"code": code, "code_verifier": verifier});
        redeem(&app, no_secret).await.problem(422, "validation-failed");
    }
    redeem(&app, json!({"code": code})).await.problem(422, "validation-failed");
    exchange(&app, &code).await.ok(200); // None of these was a try.
    redeem(&app, foreign(&code)).await.problem(410, "link-expired");
}

#[tokio::test]
async fn a_link_is_finished_with_the_secret_it_began_with() {
    let (app, _identity) = connected("on").await;
    let ada = app.person("ada").await;
    let consent = consent_to_link(&app, &ada, "google").await;
    let code = consent["code"].as_str().unwrap();
    link(&ada, &foreign(code)).await.problem(410, "link-expired");
    link(&ada, &consent).await.problem(410, "link-expired");
    let consent = consent_to_link(&app, &ada, "google").await;
    link(&ada, &consent).await.ok(200);

    let consent = consent_to_link(&app, &ada, "google").await;
    let code = consent["code"].as_str().unwrap();
    let leave = async |body: Value| ada.post("/v1/me/deletion", None, body).await;
    leave(json!({"code": code})).await.problem(422, "validation-failed");
    leave(foreign(code)).await.problem(410, "link-expired");
    leave(consent).await.problem(410, "link-expired");
    let consent = consent_to_link(&app, &ada, "google").await;
    leave(consent).await.ok(202);
}

#[tokio::test]
async fn what_an_app_sends_along_comes_back_to_it_with_a_code_and_with_an_error() {
    let (app, identity) = connected("on").await;
    let state = "/pictures?sort=new&page=2 #top";
    let asked = [("code_challenge", CHALLENGE), ("state", state)];
    for (misbehaviour, name) in [
        (demo::identity::Misbehaviour::None, "code"),
        (demo::identity::Misbehaviour::Denied, "error"),
    ] {
        identity.misbehave(misbehaviour);
        let mut browser = Browser::of(&app);
        let left = begin(&app, &mut browser, &asked).await;
        let page = left.headers["location"].to_str().unwrap().parse().unwrap();
        let callback = browser.consent(page).await;
        let back = browser.open(callback).await;
        let place: Url = back.headers["location"].to_str().unwrap().parse().unwrap();
        let found: Vec<_> = place.query_pairs().into_owned().collect();
        assert_eq!(found[0].0, name);
        assert_eq!(found[1], ("state".to_owned(), state.to_owned()));
    }
    for much in ["a".repeat(129), "é".to_owned(), "two\nlines".to_owned()] {
        let asked = [("code_challenge", CHALLENGE), ("state", &much)];
        let refused = begin(&app, &mut Browser::of(&app), &asked).await;
        assert_eq!(refused.problem(422, "validation-failed")["errors"][0]["pointer"], "?state");
    }
}
