//! Whose account it is learns by letter what was done there, whoever did it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use eventstore::command::SystemClock;
use reqwest::Method;
use serde_json::json;

use super::support::caller::PASSWORD;
use super::support::{app, app_set, database};

const ADA: &str = "ada@it.example";
const NEW: &str = "staple of another kind";

#[tokio::test]
async fn a_new_password_is_told_to_whoever_reads_the_mailbox() {
    let app = app().await;
    let ada = app.person("ada").await;
    let wrong = json!({"current_password": "not hers", "new_password": NEW});
    ada.post("/v1/auth/password/change", None, wrong).await.problem(401, "invalid-credentials");
    let change = json!({"current_password": PASSWORD, "new_password": NEW});
    ada.post("/v1/auth/password/change", None, change).await.ok(204);
    let told = app.mailbox().letter(ADA, "Your password was changed", 0).await;
    assert!(told.contains("/forgot-password") && !told.contains(NEW), "{told}");

    app.visitor().post("/v1/auth/password/forgot", None, json!({"email": ADA})).await.ok(202);
    let token = app.mailbox().token(ADA, "Choose a new password", 0).await;
    let choose = json!({"token": token, "password": PASSWORD});
    app.visitor().post("/v1/auth/password/reset", None, choose.clone()).await.ok(204);
    app.visitor().post("/v1/auth/password/reset", None, choose).await.problem(410, "link-expired");
    app.mailbox().letter(ADA, "Your password was replaced", 0).await;
    assert_eq!(
        app.mailbox().letters(ADA, "Your password was changed").len(),
        1,
        "only what was done is told"
    );
}

#[tokio::test]
async fn who_lets_a_program_in_is_told_so_and_never_its_secret() {
    let app = app().await;
    let ada = app.person("ada").await;
    let key = json!({"name": "nightly", "scopes": ["wallets:read"]});
    let made = ada.post("/v1/api-keys", None, key).await.ok(201);
    let told = app.mailbox().letter(ADA, "An API key was made", 0).await;
    let rotate = format!("/v1/api-keys/{}/rotate", made["id"].as_str().unwrap());
    let rotated = ada.post(&rotate, None, json!({})).await.ok(200);
    let again = app.mailbox().letter(ADA, "An API key has another secret", 0).await;
    for secret in [&made["secret"], &rotated["secret"]] {
        let secret = secret.as_str().unwrap();
        assert!(!told.contains(secret) && !again.contains(secret));
    }
}

#[tokio::test]
async fn a_deletion_says_until_when_it_can_be_taken_back_and_that_it_was() {
    let app = app().await;
    let ada = app.person("ada").await;
    let leave = || json!({"password": PASSWORD});
    let leaving = ada.post("/v1/me/deletion", None, leave()).await.ok(202);
    ada.post("/v1/me/deletion", None, leave()).await.ok(202);
    let told = app.mailbox().letter(ADA, "Your account will be deleted", 0).await;
    let due = leaving["due_at"].as_str().unwrap();
    let due = format!("{} {} UTC", &due[..10], &due[11..16]);
    assert!(told.contains(&due), "{due}: {told}");
    ada.send(Method::DELETE, "/v1/me/deletion", Some("stay"), None).await.ok(200);
    ada.send(Method::DELETE, "/v1/me/deletion", Some("stay"), None).await.ok(200);
    ada.send(Method::DELETE, "/v1/me/deletion", None, None).await.problem(404, "not-found");
    app.mailbox().letter(ADA, "Your account stays", 0).await;
    assert_eq!(
        app.mailbox().letters(ADA, "Your account will be deleted").len(),
        1,
        "asking again changes nothing"
    );
}

#[tokio::test]
async fn who_is_suspended_learns_why_and_whom_to_write_to_and_the_last_reason_counts() {
    let settings = [("FOLIO_SUPPORT_EMAIL", "help@folio.example".to_owned())];
    let app = app_set(database().await, None, Arc::new(SystemClock), &settings).await;
    let (operator, ada) = (app.operator().await, app.person("ada").await);
    let account = format!("/v1/admin/users/{}", ada.id);
    for reason in ["Chargebacks", "Forged invoices"] {
        let judged = json!({ "reason": reason });
        operator.post(&format!("{account}/suspend"), None, judged).await.ok(200);
        operator.until(&account, |shown| shown["status_reason"] == reason).await;
    }
    let subject = "Your account was suspended";
    let told = app.mailbox().letter(ADA, subject, 0).await;
    assert!(told.contains("The reason: Chargebacks"), "{told}");
    assert!(told.contains("write to help@folio.example."), "{told}");
    let told = app.mailbox().letter(ADA, subject, 1).await;
    assert!(told.contains("The reason: Forged invoices"), "{told}");
}
