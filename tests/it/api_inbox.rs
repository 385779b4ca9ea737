//! The inbox of deliveries over HTTP (c6, OPS-01).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use eventstore::command::SystemClock;
use serde_json::json;

use super::support::studio::text;
use super::support::{App, Visitor, app, app_on, database_on, postgres};

/// Says something to the service in Toss's name.
async fn deliver(app: &App, id: &str, body: &str) -> u16 {
    let url = format!("{}/v1/webhooks/toss", app.url);
    let request = reqwest::Client::new().post(&url).body(body.to_owned());
    let request = request.header("tosspayments-webhook-transmission-id", id);
    request.send().await.unwrap().status().as_u16()
}

/// The one delivery, once it has this outcome.
async fn only(operator: &Visitor, outcome: &str) -> serde_json::Value {
    let path = format!("/v1/admin/webhooks?provider=toss&outcome={outcome}");
    operator.until(&path, |page| page["data"][0].is_object()).await["data"][0].clone()
}

#[tokio::test]
async fn every_delivery_is_in_the_inbox_once_with_its_outcome_and_its_raw_bytes() {
    let app = app().await;
    let (operator, auditor) = (app.operator().await, app.auditor().await);
    let raw = r#"{"eventType": "METHOD_UPDATED",  "data":null}"#;
    for _ in 0..3 {
        assert_eq!(deliver(&app, "one", raw).await, 200, "the same delivery is told the same");
    }
    let shown = only(&operator, "ignored").await;
    assert_eq!(
        (&shown["provider"], &shown["event_type"]),
        (&json!("toss"), &json!("METHOD_UPDATED"))
    );
    assert!(shown["effect"].is_string() && shown["processed_at"].is_string(), "{shown}");
    let all = operator.get("/v1/admin/webhooks").await.ok(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    assert_eq!(deliver(&app, "two", raw).await, 200);
    let path = format!("/v1/admin/webhooks/{}", text(&shown, "id"));
    assert_eq!(operator.get(&path).await.ok(200)["body_sha256"], shown["body_sha256"]);

    let seen = "/v1/audit/log?action=webhook.body_viewed";
    auditor.get(&format!("{path}/raw")).await.problem(422, "validation-failed");
    auditor.get(&format!("{path}/raw?reason=so")).await.problem(422, "validation-failed");
    assert_eq!(auditor.get(seen).await.ok(200)["data"], json!([]), "nobody has seen anything");
    let look = format!("{path}/raw?reason=Case%20117,%20the%20bank%20asks");
    let bytes = auditor.request(reqwest::Method::GET, &look).send().await.unwrap();
    assert_eq!(bytes.headers()["content-type"], "application/octet-stream");
    assert_eq!(bytes.text().await.unwrap(), raw, "byte for byte, as it was sent");
    let acts = auditor.until(seen, |page| page["data"][0].is_object()).await;
    let act = &acts["data"][0];
    assert_eq!((&act["user_id"], &act["entity_id"]), (&json!(auditor.id), &shown["id"]));
    assert_eq!(act["new_value"]["reason"], "Case 117, the bank asks");
    let nobody = uuid::Uuid::now_v7();
    auditor
        .get(&format!("/v1/admin/webhooks/{nobody}/raw?reason=Case%20117,%20the%20bank%20asks"))
        .await
        .problem(404, "not-found");
    operator.get(&format!("/v1/admin/webhooks/{nobody}")).await.problem(404, "not-found");
}

#[tokio::test]
async fn an_operator_has_a_delivery_worked_off_again_and_nobody_else_does() {
    let app = app().await;
    let (operator, auditor) = (app.operator().await, app.auditor().await);
    assert_eq!(deliver(&app, "one", "not json").await, 200);
    let shown = only(&operator, "ignored").await;
    let path = format!("/v1/admin/webhooks/{}", text(&shown, "id"));
    let replay = format!("{path}/replay");
    operator.post(&replay, Some("again"), json!({})).await.ok(200);
    operator.post(&replay, Some("again"), json!({})).await.ok(200);
    let again = |row: &serde_json::Value| row["outcome"] == "ignored" && row["replays"] == 1;
    operator.until(&path, again).await;
    auditor.post(&replay, None, json!({})).await.problem(403, "forbidden");
    let unheard = operator.get("/v1/admin/webhooks?provider=paypal").await;
    let problem = unheard.problem(422, "validation-failed");
    assert_eq!(problem["errors"][0]["pointer"], "?provider");
    let nobody = format!("/v1/admin/webhooks/{}/replay", uuid::Uuid::now_v7());
    operator.post(&nobody, None, json!({})).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_down_toss_is_told_to_send_a_delivery_again() {
    let mut server = postgres().await;
    let database = database_on(&server.url()).await;
    let app = app_on(database, None, Arc::new(SystemClock)).await;
    let operator = app.operator().await;
    tokio::task::block_in_place(|| server.crash());
    assert_eq!(deliver(&app, "one", "{}").await, 503);
    tokio::task::block_in_place(|| server.start());
    let mut status = 503;
    while status == 503 {
        status = deliver(&app, "one", "{}").await;
    }
    assert_eq!(status, 200);
    only(&operator, "ignored").await;
}
