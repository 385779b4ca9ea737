//! Signing up, logging in, reading one's own writes.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use reqwest::Method;
use serde_json::{Value, json};

use super::support::app;

#[tokio::test]
async fn who_signs_up_can_log_in_at_once_and_is_welcomed() {
    let app = app().await;
    let ada = app.person("ada").await;
    let me = ada.get("/v1/me").await.ok(200);
    assert_eq!((&me["username"], &me["email"]), (&json!("it_ada"), &json!("ada@it.example")));

    let again = app.visitor().sign_in("ADA@it.example", "correct horse battery").await;
    assert_eq!(again.id, ada.id, "addresses are compared without regard to case");
    ada.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;
    let lots = ada.get("/v1/wallets/token/lots").await.ok(200);
    assert_eq!(
        (&lots["data"][0]["category"], &lots["data"][0]["source"]),
        (&json!("promo"), &json!("welcome"))
    );
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let app = app().await;
    app.person("ada").await;
    let login = |email: &str| json!({"email": email, "password": "not the password"});
    let wrong = app.visitor().post("/v1/auth/login", None, login("ada@it.example")).await;
    let unknown = app.visitor().post("/v1/auth/login", None, login("eve@it.example")).await;
    let (wrong, unknown) =
        (wrong.problem(401, "invalid-credentials"), unknown.problem(401, "invalid-credentials"));
    assert_eq!(wrong["detail"], unknown["detail"]);
}

#[tokio::test]
async fn an_address_that_is_taken_is_not_told_to_strangers_but_a_handle_is() {
    let app = app().await;
    app.person("ada").await;
    let sign_up = |email: &str, username: &str| json!({"email": email, "password": "another horse", "display_name": "Eve", "username": username});
    let masked =
        app.visitor().post("/v1/auth/register", None, sign_up("ada@it.example", "eve")).await;
    assert_eq!(masked.ok(202), json!({"status": "accepted"}));
    let taken =
        app.visitor().post("/v1/auth/register", None, sign_up("eve@it.example", "IT_ADA")).await;
    taken.problem(409, "name-taken");
    // Neither left anything behind.
    let free =
        app.visitor().post("/v1/auth/register", None, sign_up("eve@it.example", "eve")).await;
    free.ok(201);
}

#[tokio::test]
async fn a_position_of_another_store_or_of_the_future_is_refused_at_once() {
    let app = app().await;
    app.person("ada").await;
    let visitor = app.visitor().sign_in("ada@it.example", "correct horse battery").await;
    // Without the header Min-Position, which would win over the parameter.
    let code = async |token: &str| {
        let read = visitor.request(Method::GET, &format!("/v1/wallets?min_position={token}"));
        let answer: Value = read.send().await.unwrap().json().await.unwrap();
        answer["code"].as_str().map(str::to_owned)
    };
    for token in ["00000000000000000000000000", "not-a-position", ""] {
        assert_eq!(code(token).await.as_deref(), Some("position-unknown"), "{token}");
    }
    let operator = app.operator().await;
    let now = operator.get("/v1/positions/current").await.ok(200);
    let now = now["position"].as_str().unwrap();
    assert_eq!(code(now).await, None);
    let future = format!("{}zz", &now[..24]);
    assert_eq!(code(&future).await.as_deref(), Some("position-unknown"));
}

#[tokio::test]
async fn operators_see_how_far_everything_is() {
    let app = app().await;
    let operator = app.operator().await;
    let projections = operator.get("/v1/projections").await.ok(200);
    let names: Vec<&str> = projections["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|follower| follower["name"].as_str().unwrap())
        .collect();
    for name in ["users", "wallets", "purchases", "process:sign-up", "relay"] {
        assert!(names.contains(&name), "{name} is missing in {names:?}");
    }
    let ready = operator.until("/readyz", |ready| ready["ready"] == true).await;
    assert_eq!(
        (&ready["database"]["state"], &ready["nats"]["state"]),
        (&json!("up"), &json!("up"))
    );
}
