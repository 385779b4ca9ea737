//! The same request under the same key has one effect and one answer.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use futures::future::join_all;
use serde_json::{Value, json};

use super::support::{App, Visitor, app};

/// Somebody with paid tokens.
pub async fn buyer(app: &App, name: &str) -> Visitor {
    let buyer = app.person(name).await;
    let purchase =
        buyer.post("/v1/purchases", Some("buy"), json!({"package_id": "tokens-50"})).await;
    let purchase = purchase.ok(201);
    let order_id = purchase["order_id"].as_str().unwrap();
    let amount = purchase["amount"].as_i64().unwrap();
    let payment = app.toss.agree(order_id, "Tokens 50", amount);
    let confirm = json!({"payment_key": payment.key, "order_id": order_id, "amount": amount});
    let path = format!("/v1/purchases/{}/confirm", purchase["id"].as_str().unwrap());
    let paid = buyer.post(&path, Some("pay"), confirm).await.ok(200);
    assert_eq!(paid["status"], "paid");
    buyer
}

#[tokio::test]
async fn a_repeated_transfer_happens_once_and_is_answered_the_same() {
    let app = app().await;
    let (ada, bob) = (buyer(&app, "ada").await, app.person("bob").await);
    let transfer = json!({"to": bob.id, "amount": 30, "memo": "for the frame"});
    let first = ada.post("/v1/transfers", Some("frame"), transfer.clone()).await;
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let first = first.ok(201);

    let again: Vec<_> =
        join_all((0..8).map(|_| ada.post("/v1/transfers", Some("frame"), transfer.clone()))).await;
    for again in again {
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(again.ok(201), first);
    }
    // Members may come in any order: it is the same request.
    let reordered: Value = serde_json::from_str(&format!(
        r#"{{"memo":"for the frame","amount":30,"to":"{}"}}"#,
        bob.id
    ))
    .unwrap();
    assert_eq!(ada.post("/v1/transfers", Some("frame"), reordered).await.ok(201), first);
    bob.until("/v1/wallets/token", |wallet| wallet["available"] == 130).await;
    ada.until("/v1/wallets/token", |wallet| wallet["available"] == 120).await;
    let moved = bob.get("/v1/wallets/token/transactions").await.ok(200);
    let moved = moved["data"].as_array().unwrap();
    let received = moved.iter().find(|entry| entry["sender_id"] == ada.id.as_str()).unwrap();
    assert_eq!((&received["memo"], &received["amount"]), (&json!("for the frame"), &json!(30)));
}

#[tokio::test]
async fn a_key_used_for_another_request_is_refused() {
    let app = app().await;
    let (ada, bob) = (buyer(&app, "ada").await, app.person("bob").await);
    let transfer = |amount: i64| json!({"to": bob.id, "amount": amount});
    ada.post("/v1/transfers", Some("key"), transfer(5)).await.ok(201);
    let reused = ada.post("/v1/transfers", Some("key"), transfer(6)).await;
    reused.problem(422, "idempotency-key-reused");
    ada.post("/v1/transfers", None, transfer(5)).await.problem(400, "idempotency-key-required");
    let long = "k".repeat(256);
    let bad = ada.post("/v1/transfers", Some(&long), transfer(5)).await;
    assert_eq!(bad.problem(422, "validation-failed")["errors"][0]["pointer"], "#Idempotency-Key");
    // Another caller's key of the same text is another key.
    let bobs = bob.post("/v1/transfers", Some("key"), json!({"to": ada.id, "amount": 5})).await;
    bobs.ok(201);
}

#[tokio::test]
async fn a_refusal_is_as_final_as_an_answer() {
    let app = app().await;
    let (ada, bob) = (app.person("ada").await, buyer(&app, "bob").await);
    ada.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;
    let transfer = json!({"to": bob.id, "amount": 10});
    let refused = ada.post("/v1/transfers", Some("gift"), transfer.clone()).await;
    let refused = refused.problem(409, "non-transferable");
    assert_eq!((&refused["needed"], &refused["available"]), (&json!(10), &json!(0)));

    bob.post("/v1/transfers", Some("help"), json!({"to": ada.id, "amount": 10})).await.ok(201);
    let again = ada.post("/v1/transfers", Some("gift"), transfer.clone()).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    again.problem(409, "non-transferable");
    ada.post("/v1/transfers", Some("gift-2"), transfer).await.ok(201);

    let much = json!({"to": bob.id, "amount": 1_000});
    let refused = ada.post("/v1/transfers", Some("much"), much).await;
    let refused = refused.problem(402, "insufficient-funds");
    assert_eq!(refused["asset"], "token");
    assert!(refused["position"].is_string());
}

#[tokio::test]
async fn nobody_sends_to_himself_or_to_nobody() {
    let app = app().await;
    let ada = buyer(&app, "ada").await;
    for to in [ada.id.clone(), uuid::Uuid::now_v7().to_string()] {
        let refused = ada.post("/v1/transfers", Some(&to), json!({"to": to, "amount": 1})).await;
        assert_eq!(refused.problem(422, "validation-failed")["errors"][0]["pointer"], "/to");
    }
}
