//! An auditor opens a sealed field: for a reason, and never unseen (c15).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use serde_json::json;

use super::privacy_erasure::{FORTNIGHT, until_told};
use super::support::{ManualClock, Version, app, app_with};

const REASON: &str = "Case 2026-117, asked for by the court";

#[tokio::test]
async fn a_field_is_opened_for_a_reason_that_is_in_the_log_first() {
    let app = app().await;
    let (ada, auditor, operator) =
        (app.person("ada").await, app.auditor().await, app.operator().await);
    let events = auditor.get(&format!("/v1/audit/events?actor=user:{}", ada.id)).await.ok(200);
    let signed_up = &events["data"][0];
    let path = format!("/v1/audit/events/{}/openings", signed_up["position"]);
    let open = async |field: &str, reason: &str| {
        auditor.post(&path, None, json!({"field": field, "reason": reason})).await
    };
    for (field, reason) in [
        ("/payload/email", ""),
        ("/payload/email", "because"),
        ("/payload/username", REASON),
        ("/payload/nothing", REASON),
        ("/payload", REASON),
        ("email", REASON),
    ] {
        open(field, reason).await.problem(422, "validation-failed");
    }
    let body = json!({"field": "/payload/email", "reason": REASON});
    auditor
        .post("/v1/audit/events/999999/openings", None, body.clone())
        .await
        .problem(404, "not-found");
    for who in [&ada, &operator] {
        who.post(&path, None, body.clone()).await.problem(403, "forbidden");
    }
    let log = format!("/v1/audit/log?user={}&action=user.sensitive_data_viewed", auditor.id);
    assert_eq!(auditor.get(&log).await.ok(200)["data"], json!([]), "nobody has seen anything");

    assert_eq!(open("/payload/email", REASON).await.ok(200)["value"], "ada@it.example");
    assert_eq!(open("/metadata/ip", REASON).await.ok(200)["value"], "127.0.0.1");
    let acts = auditor.until(&log, |page| page["data"].as_array().unwrap().len() == 2).await;
    let first = &acts["data"][1];
    assert_eq!((&first["entity_type"], &first["entity_id"]), (&json!("user"), &json!(ada.id)));
    assert_eq!(first["new_value"]["event_id"], signed_up["event_id"]);
    assert_eq!(first["new_value"]["field"], "/payload/email");
    assert_eq!(first["new_value"]["reason"], REASON);
}

#[tokio::test]
async fn what_was_forgotten_is_opened_by_nobody() {
    let clock = ManualClock::at_present();
    let app = app_with(Some(Version::New), Arc::new(clock.clone())).await;
    let (ada, auditor) = (app.person("ada").await, app.auditor().await);
    let events = auditor.get(&format!("/v1/audit/events?actor=user:{}", ada.id)).await.ok(200);
    let path = format!("/v1/audit/events/{}/openings", events["data"][0]["position"]);
    let leave = json!({"password": "correct horse battery"});
    ada.post("/v1/me/deletion", None, leave).await.ok(202);
    clock.advance(FORTNIGHT);
    until_told(&app, "user.erased", 1).await;
    let auditor = auditor.sign_in_as("auditor").await;
    let body = json!({"field": "/payload/email", "reason": REASON});
    auditor.post(&path, None, body).await.problem(410, "person-forgotten");
    until_told(&app, "user.sensitive_data_viewed", 0).await;
}

#[tokio::test]
async fn an_act_of_the_log_leads_to_its_event_by_its_position() {
    let app = app().await;
    let (ada, auditor) = (app.person("ada").await, app.auditor().await);
    let acts = format!("/v1/audit/log?user={}&action=user.registered", ada.id);
    let acts = auditor.until(&acts, |page| page["data"][0].is_object()).await;
    let position = acts["data"][0]["position"].as_str().unwrap();
    let path = format!("/v1/audit/events/{position}/openings");
    let body = json!({"field": "/payload/email", "reason": REASON});
    assert_eq!(auditor.post(&path, None, body).await.ok(200)["value"], "ada@it.example");
    let after = format!("/v1/audit/events?actor=user:{}&position={position}", ada.id);
    let after = auditor.get(&after).await.ok(200)["data"].to_string();
    assert!(!after.contains("user.registered"), "{after}");
}
