//! Whom staff stopped can still take their data along and leave, and nothing else (P7, IAM-08).

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;

use super::api_exports::export;
use super::privacy_erasure::{
    FORTNIGHT, assert_sound, until_known_to_leave, until_no_timer, until_told,
};
use super::support::{Answer, ManualClock, Version, app_with};

const LEAVE: &str = "/v1/me/deletion";
const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn who_is_suspended_takes_their_data_along_leaves_and_does_nothing_else() {
    let clock = ManualClock::at_present();
    let app = app_with(Some(Version::New), Arc::new(clock.clone())).await;
    let (operator, before) = (app.operator().await, app.person("mina").await);
    let suspend = format!("/v1/admin/users/{}/suspend", before.id);
    operator.post(&suspend, None, json!({"reason": "a test says so"})).await.ok(200);
    let is_stopped = |answer: &Answer| answer.body["code"] == "account-suspended";
    before.until_answer(LEAVE, is_stopped).await;

    let mina = before.visitor().sign_in_as("mina").await;
    export(&mina, "take-along").await;
    mina.post(LEAVE, None, json!({"password": "a guess"}))
        .await
        .problem(401, "invalid-credentials");
    let proof = json!({"password": PASSWORD});
    mina.post(LEAVE, None, proof.clone()).await.ok(202);
    until_known_to_leave(&app, &mina).await;
    let transfer = json!({"to": operator.id, "amount": 1});
    let transfer = mina.post("/v1/transfers", Some("1"), transfer).await;
    transfer.problem(403, "deletion-pending");
    mina.post("/v1/me/reactivate", None, json!({})).await.problem(403, "deletion-pending");
    mina.send(Method::DELETE, LEAVE, None, None).await.ok(200);
    mina.send(Method::DELETE, LEAVE, None, None).await.problem(404, "not-found");
    mina.until_answer("/v1/me", is_stopped).await;
    mina.post("/v1/me/reactivate", None, json!({})).await.problem(403, "account-suspended");

    mina.post(LEAVE, None, proof).await.ok(202);
    let out = mina.post("/v1/auth/logout", None, json!({})).await;
    assert_eq!(out.status, 204, "{}", out.body);
    clock.advance(FORTNIGHT);
    until_told(&app, "user.erased", 1).await;
    until_no_timer(&app).await;
    let gone = json!({"email": "mina@it.example", "password": PASSWORD});
    let gone = app.visitor().post("/v1/auth/login", None, gone).await;
    gone.problem(401, "invalid-credentials");
    let token = json!({"refresh_token": mina.refresh_token});
    let late = app.visitor().post("/v1/auth/refresh", None, token).await;
    late.problem(401, "session-ended");
    assert_sound(&app).await;
}
