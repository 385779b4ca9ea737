//! What auditors read (c15, OPS-02): acts with old and new value, raw events, the books.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::privacy_erasure::until_told;
use super::support::caller::USER_AGENT;
use super::support::{ManualClock, Version, Visitor, app, app_with};

const PATHS: [&str; 5] = [
    "/v1/audit/log",
    "/v1/audit/events",
    "/v1/audit/streams/user-018f0000-0000-7000-8000-000000000000",
    "/v1/audit/ledger?account=platform:promo&asset=token",
    "/v1/audit/trial-balance",
];

async fn rename(artist: &Visitor, name: &str) {
    let path = "/v1/artists/me";
    artist.send(Method::PATCH, path, None, Some(json!({"artist_name": name}))).await.ok(200);
}

#[tokio::test]
async fn an_act_says_who_did_what_to_what_and_what_it_replaced() {
    let app = app().await;
    let (ada, auditor) = (app.person("ada").await, app.auditor().await);
    ada.post("/v1/artists", None, json!({"artist_name": "Ada"})).await.ok(201);
    rename(&ada, "Ada Paints").await;

    let mine = format!("/v1/audit/log?user={}", ada.id);
    let mut acts = auditor.until(&mine, |page| page["data"][0]["action"] == "artist.renamed").await;
    let in_session = |act: &Value| act["action"].as_str().unwrap().starts_with("session.");
    acts["data"].as_array_mut().unwrap().retain(|act| !in_session(act));
    let actions: Vec<_> =
        acts["data"].as_array().unwrap().iter().map(|act| &act["action"]).collect();
    assert_eq!(
        actions,
        [
            "artist.renamed",
            "user.role_granted",
            "artist.registered",
            "user.email_verification_requested",
            "user.registered"
        ]
    );
    let renamed = &acts["data"][0];
    assert_eq!(renamed["old_value"], json!({"artist_name": "Ada"}));
    assert_eq!(renamed["new_value"]["artist_name"], "Ada Paints");
    assert_eq!((&renamed["actor"], &renamed["entity_type"]), (&json!("user"), &json!("artist")));
    assert_eq!(
        (&renamed["ip_address"], &renamed["user_agent"]),
        (&json!("127.0.0.1"), &json!(USER_AGENT))
    );
    assert_eq!(acts["data"][4]["new_value"]["email"], "[sealed]");

    let entity = format!("/v1/audit/log?entity=artist-{}&action=artist.renamed", ada.id);
    let found = auditor.get(&entity).await.ok(200);
    assert_eq!(found["data"], json!([renamed]));
    let granted = format!("/v1/audit/log?entity=user-{}&action=user.role_granted", auditor.id);
    let granted = auditor.get(&granted).await.ok(200);
    assert_eq!(
        (&granted["data"][0]["actor"], &granted["data"][0]["user_id"]),
        (&json!("operator"), &json!(null))
    );
    auditor.get("/v1/audit/log?entity=artist").await.problem(422, "validation-failed");
}

#[tokio::test]
async fn a_handle_given_free_is_not_taken_for_the_one_that_is_replaced() {
    let clock = ManualClock::at_present();
    let app = app_with(Some(Version::New), Arc::new(clock.clone())).await;
    app.person("first").await;
    for (days, handle) in [(0, "second"), (31, "third")] {
        clock.advance(Duration::from_secs(days * 24 * 3_600));
        until_told(&app, "user.username_released", i64::from(days > 0)).await;
        let ada = app.visitor().sign_in_as("first").await;
        ada.send(Method::PATCH, "/v1/me", None, Some(json!({"username": handle}))).await.ok(200);
    }
    let auditor = app.auditor().await;
    let acts = "/v1/audit/log?action=user.username_changed";
    let acts = auditor.until(acts, |page| page["data"][1].is_object()).await;
    assert_eq!(acts["data"][0]["old_value"], json!({"username": "second"}));
    assert_eq!(acts["data"][1]["old_value"], json!({"username": "it_first"}));
}

#[tokio::test]
async fn raw_events_are_found_by_stream_type_actor_and_position() {
    let app = app().await;
    let (ada, auditor) = (app.person("ada").await, app.auditor().await);
    ada.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;

    let mine = format!("/v1/audit/events?actor=user:{}", ada.id);
    let events = auditor.get(&mine).await.ok(200);
    assert_eq!(events["data"][0]["type"], "user.registered");
    assert_eq!(events["data"][0]["payload"]["email"], "[sealed]");
    assert_eq!(events["data"][0]["metadata"]["ip"], "[sealed]");
    assert_eq!(events["next_position"], json!(null));
    let granted = auditor.get("/v1/audit/events?type=wallet.granted").await.ok(200);
    let granted = granted["data"].as_array().unwrap().clone();
    assert!(granted.iter().all(|event| event["type"] == "wallet.granted"));
    let stream = granted[0]["stream"].as_str().unwrap();
    let whole = auditor.get(&format!("/v1/audit/streams/{stream}")).await.ok(200);
    assert_eq!(whole["data"][0], granted[0]);
    let after = format!("/v1/audit/events?stream={stream}&position={}", granted[0]["position"]);
    assert_eq!(auditor.get(&after).await.ok(200)["data"], json!([]));
    let one = auditor.get("/v1/audit/events?limit=1").await.ok(200);
    assert_eq!(
        (&one["object"], &one["has_more"], &one["next_position"]),
        (&json!("list"), &json!(true), &json!(1))
    );
    let first = auditor.get(&format!("/v1/audit/streams/{stream}?limit=1")).await.ok(200);
    assert_eq!(first["data"].as_array().unwrap().len(), 1);
    for path in ["/v1/audit/events?limit=0", "/v1/audit/events?limit=101"] {
        auditor.get(path).await.problem(422, "validation-failed");
    }
    auditor.get("/v1/audit/events?position=nowhere").await.problem(400, "position-unknown");
    let none = auditor.get("/v1/audit/events?to=2020-01-01T00:00:00Z").await.ok(200);
    assert_eq!(none["data"], json!([]));
    auditor.get(PATHS[2]).await.problem(404, "not-found");
}

#[tokio::test]
async fn the_books_are_shown_and_add_up() {
    let app = app().await;
    let (ada, auditor) = (app.person("ada").await, app.auditor().await);
    for person in [&ada, &auditor] {
        person.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;
    }
    let promo = auditor.get(PATHS[3]).await.ok(200);
    let amounts: Vec<_> = promo["data"].as_array().unwrap().iter().map(|e| &e["amount"]).collect();
    assert_eq!(amounts, [&json!(-100), &json!(-100)]);
    let trial = auditor.get("/v1/audit/trial-balance").await.ok(200);
    assert_eq!(trial["balanced"], true);
    assert_eq!(trial["data"], json!([{"asset": "token", "sum": 0, "entries": 4}]));
    let before = auditor.get("/v1/audit/trial-balance?at=2020-01-01T00:00:00Z").await.ok(200);
    assert_eq!((&before["position"], &before["data"]), (&json!(0), &json!([])));
    auditor
        .get("/v1/audit/ledger?account=mine&asset=token")
        .await
        .problem(422, "validation-failed");
}

#[tokio::test]
async fn only_an_auditor_reads_any_of_it() {
    let app = app().await;
    let (ada, operator) = (app.person("ada").await, app.operator().await);
    for path in PATHS {
        app.visitor().get(path).await.problem(401, "unauthenticated");
        ada.get(path).await.problem(403, "forbidden");
        operator.get(path).await.problem(403, "forbidden");
    }
}
