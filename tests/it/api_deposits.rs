//! Paying by deposit over HTTP, whatever the bank does (d1.4, d1.8).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use demo::toss::{Event, Script};
use serde_json::{Value, json};

use super::purchases_ground::{BOUGHT, Purchase, WELCOME, begin, give, owns, proven};
use super::support::{App, Visitor, app};

/// A purchase whose deposit is awaited.
async fn awaiting(app: &App, buyer: &Visitor) -> Purchase {
    let purchase = begin(app, buyer, Script::waiting_for_deposit()).await;
    let waiting = purchase.confirm(buyer, "confirm").await.ok(200);
    assert_eq!(waiting["status"], "awaiting_deposit");
    purchase
}

/// A purchase whose deposit is there.
async fn deposited(app: &App, buyer: &Visitor) -> Purchase {
    let purchase = awaiting(app, buyer).await;
    assert!(app.toss.happens(&purchase.order_id, &Event::Deposited));
    purchase.becomes(buyer, "paid").await;
    owns(buyer, WELCOME + BOUGHT).await;
    purchase
}

#[tokio::test]
async fn the_buyer_is_told_where_to_pay_and_nobody_else_can_read_it() {
    let app = app().await;
    let (buyer, auditor) = (app.person("buyer").await, app.auditor().await);
    let purchase = begin(&app, &buyer, Script::waiting_for_deposit()).await;
    let waiting = purchase.confirm(&buyer, "confirm").await.ok(200);
    assert_eq!((&waiting["bank"], &waiting["account"]), (&json!("20"), &json!("X6505636518308")));
    assert!(waiting["due_at"].is_string(), "{waiting}");
    let shown = purchase.becomes(&buyer, "awaiting_deposit").await;
    assert_eq!(shown["deposit_account"], "X6505636518308");
    let secret = app.toss.payment(&purchase.order_id).unwrap().secret().unwrap();
    let raw = auditor.get(&format!("/v1/audit/events?stream=purchase-{}", purchase.id)).await;
    let raw = raw.ok(200).to_string();
    assert!(raw.contains("deposit_account_issued"), "{raw}");
    assert!(!raw.contains("X6505636518308") && !raw.contains(&secret), "{raw}");
    owns(&buyer, WELCOME).await;
}

#[tokio::test]
async fn a_deposit_that_two_deliveries_tell_of_is_granted_once() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = deposited(&app, &buyer).await;
    for _ in 0..4 {
        assert!(app.toss.announce(&purchase.order_id));
    }
    owns(&buyer, WELCOME + BOUGHT).await;
    proven(&app).await;
}

#[tokio::test]
async fn a_delivery_that_does_not_know_the_secret_is_rejected() {
    let app = app().await;
    let (buyer, operator) = (app.person("buyer").await, app.operator().await);
    let purchase = awaiting(&app, &buyer).await;
    let forged = json!({
        "createdAt": "2026-11-20T15:40:09+09:00", "secret": "ps_guessed", "status": "DONE",
        "transactionKey": "T", "orderId": purchase.order_id,
    });
    app.toss.deliver(forged);
    let rejected = "/v1/admin/webhooks?outcome=rejected";
    let inbox = operator.until(rejected, |page| page["data"][0].is_object()).await;
    let delivery = &inbox["data"][0];
    assert_eq!(delivery["event_type"], "DEPOSIT_CALLBACK");
    assert_eq!(delivery["purchase_id"], purchase.id.as_str());
    let replay = format!("/v1/admin/webhooks/{}/replay", delivery["id"].as_str().unwrap());
    operator.post(&replay, None, json!({})).await.problem(409, "conflict");
    owns(&buyer, WELCOME).await;
}

#[tokio::test]
async fn a_purchase_that_waits_for_its_deposit_is_not_given_back_and_says_why() {
    let app = app().await;
    let (buyer, stranger) = (app.person("buyer").await, app.person("stranger").await);
    let purchase = awaiting(&app, &buyer).await;
    let nobodys = format!("/v1/purchases/{}/refunds", uuid::Uuid::now_v7());
    for (key, body) in [("all", json!({})), ("one", json!({"tokens": 1}))] {
        let refused = purchase.refund(&buyer, key, body.clone()).await;
        let told = refused.problem(409, "nothing-refundable");
        assert!(told["detail"].as_str().unwrap().contains("not paid"), "{told}");
        purchase.refund(&stranger, key, body.clone()).await.problem(404, "not-found");
        stranger.post(&nobodys, Some(&format!("no-{key}")), body).await.problem(404, "not-found");
    }
    let quote = buyer.get(&format!("{}/refund-quote", purchase.path())).await;
    let told = quote.problem(409, "nothing-refundable");
    assert!(told["detail"].as_str().unwrap().contains("not paid"), "{told}");
}

#[tokio::test]
async fn a_deposit_that_is_never_made_expires_or_is_canceled() {
    let app = app().await;
    for (name, event, status) in [
        ("late", Event::Expired, "expired"),
        ("gone", Event::Canceled { amount: None }, "canceled"),
    ] {
        let buyer = app.person(name).await;
        let purchase = awaiting(&app, &buyer).await;
        assert!(app.toss.happens(&purchase.order_id, &event));
        purchase.becomes(&buyer, status).await;
        owns(&buyer, WELCOME).await;
    }
    proven(&app).await;
}

#[tokio::test]
async fn a_deposit_that_is_taken_back_takes_its_tokens_and_comes_again_with_them() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = deposited(&app, &buyer).await;
    assert!(app.toss.happens(&purchase.order_id, &Event::Reversed));
    let shown = purchase.becomes(&buyer, "awaiting_deposit").await;
    assert_eq!((&shown["review"], &shown["owed_tokens"]), (&json!("deposit_reversed"), &json!(0)));
    owns(&buyer, WELCOME).await;
    proven(&app).await;
    assert!(app.toss.happens(&purchase.order_id, &Event::Deposited));
    purchase.becomes(&buyer, "paid").await;
    owns(&buyer, WELCOME + BOUGHT).await;
    proven(&app).await;
}

#[tokio::test]
async fn tokens_of_a_deposit_that_were_spent_before_it_was_taken_back_are_owed() {
    let app = app().await;
    let (buyer, friend) = (app.person("buyer").await, app.person("friend").await);
    let purchase = deposited(&app, &buyer).await;
    give(&buyer, &friend, "gift", 120).await.ok(201);
    assert!(app.toss.happens(&purchase.order_id, &Event::Reversed));
    let shown = purchase.becomes(&buyer, "awaiting_deposit").await;
    assert_eq!(shown["owed_tokens"], 120);
    proven(&app).await;
    assert!(app.toss.happens(&purchase.order_id, &Event::Deposited));
    let shown = purchase.becomes(&buyer, "paid").await;
    assert_eq!((&shown["owed_tokens"], &shown["review"]), (&json!(0), &Value::Null), "settled");
    owns(&buyer, WELCOME + BOUGHT - 120).await;
    assert_eq!(buyer.get("/v1/wallets/token").await.ok(200)["owed"], 0);
    proven(&app).await;
}
