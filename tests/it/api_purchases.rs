//! Buying tokens over HTTP, whatever Toss does: tokens are granted exactly once, or never (d1.8).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use demo::toss::Script;
use serde_json::{Value, json};

use super::support::{Answer, App, Visitor, app};

/// Welcome tokens, and what the package adds.
const WELCOME: i64 = 100;
const BOUGHT: i64 = 150;

struct Purchase {
    id: String,
    order_id: String,
    amount: i64,
    payment_key: String,
}

/// A purchase whose payment the buyer has authenticated in Toss's window.
async fn begin(app: &App, buyer: &Visitor, script: Script) -> Purchase {
    let offer =
        buyer.post("/v1/purchases", Some("begin"), json!({"package_id": "tokens-150"})).await;
    let offer = offer.ok(201);
    let (id, order_id) = (text(&offer, "id"), text(&offer, "order_id"));
    let amount = offer["amount"].as_i64().unwrap();
    assert_eq!((amount, &offer["currency"]), (15_000, &json!("KRW")));
    app.toss.script(Some(&order_id), script);
    let payment = app.toss.agree(&order_id, "Tokens 150", amount);
    Purchase { id, order_id, amount, payment_key: payment.key }
}

impl Purchase {
    async fn confirm(&self, buyer: &Visitor, key: &str) -> Answer {
        self.confirm_with(buyer, key, self.amount).await
    }

    async fn confirm_with(&self, buyer: &Visitor, key: &str, amount: i64) -> Answer {
        let path = format!("/v1/purchases/{}/confirm", self.id);
        let body =
            json!({"payment_key": self.payment_key, "order_id": self.order_id, "amount": amount});
        buyer.post(&path, Some(key), body).await
    }

    async fn becomes(&self, buyer: &Visitor, status: &str) -> Value {
        let path = format!("/v1/purchases/{}", self.id);
        buyer.until(&path, |purchase| purchase["status"] == status).await
    }
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap().to_owned()
}

/// The buyer has this much, and still has it after everything in flight has settled.
async fn owns(buyer: &Visitor, tokens: i64) {
    buyer.until("/v1/wallets/token", |wallet| wallet["available"] == tokens).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(buyer.available("token").await, tokens);
}

#[tokio::test]
async fn what_is_paid_is_granted_once_however_often_it_is_told() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::repeated_webhooks(4)).await;
    let paid = purchase.confirm(&buyer, "confirm").await.ok(200);
    assert_eq!(paid["status"], "paid");
    let again = purchase.confirm(&buyer, "confirm").await.ok(200);
    assert_eq!(again["status"], "paid");
    let shown = purchase.becomes(&buyer, "paid").await;
    assert!(shown["receipt_url"].is_string() && shown["granted_at"].is_string(), "{shown}");
    owns(&buyer, WELCOME + BOUGHT).await;
    let list = buyer.get("/v1/purchases?status=paid,expired").await.ok(200);
    assert_eq!(list["data"][0]["id"], purchase.id.as_str());
}

#[tokio::test]
async fn a_lost_answer_puts_it_in_doubt_until_toss_is_asked_again() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script { webhooks: 0, ..Script::lost_answer() }).await;
    let doubt = purchase.confirm(&buyer, "confirm").await.ok(202);
    assert_eq!(doubt["code"], "payment-in-doubt");
    purchase.becomes(&buyer, "paid").await;
    owns(&buyer, WELCOME + BOUGHT).await;
}

#[tokio::test]
async fn an_error_after_the_payment_went_through_is_found_out() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script { webhooks: 0, ..Script::error_then_done() }).await;
    let doubt = purchase.confirm(&buyer, "confirm").await.ok(202);
    assert_eq!(doubt["code"], "payment-in-doubt");
    purchase.becomes(&buyer, "paid").await;
    owns(&buyer, WELCOME + BOUGHT).await;
}

#[tokio::test]
async fn an_error_before_anything_was_charged_grants_nothing() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::error_untouched()).await;
    purchase.confirm(&buyer, "confirm").await.ok(202);
    purchase.becomes(&buyer, "in_doubt").await;
    owns(&buyer, WELCOME).await;
}

#[tokio::test]
async fn a_delivery_that_overtakes_the_answer_grants_the_same_tokens() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::late_answer(1_500)).await;
    let paid = purchase.confirm(&buyer, "confirm").await.ok(200);
    assert_eq!(paid["status"], "paid");
    owns(&buyer, WELCOME + BOUGHT).await;
}

#[tokio::test]
async fn a_refused_card_is_told_with_its_code_and_grants_nothing() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::declined()).await;
    let declined = purchase.confirm(&buyer, "confirm").await.problem(402, "payment-declined");
    assert!(declined["provider_code"].is_string(), "{declined}");
    purchase.becomes(&buyer, "declined").await;
    owns(&buyer, WELCOME).await;
}

#[tokio::test]
async fn a_callback_with_another_amount_ends_the_purchase_without_asking_toss() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::ok()).await;
    purchase.confirm_with(&buyer, "forged", 1).await.problem(409, "amount-mismatch");
    purchase.becomes(&buyer, "tampered").await;
    let late = purchase.confirm(&buyer, "honest").await;
    assert!(late.status == 409, "{}", late.body);
    owns(&buyer, WELCOME).await;
}

#[tokio::test]
async fn toss_approving_another_amount_grants_nothing() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::other_amount(-14_000)).await;
    purchase.confirm(&buyer, "confirm").await.problem(409, "amount-mismatch");
    purchase.becomes(&buyer, "mismatched").await;
    owns(&buyer, WELCOME).await;
}

#[tokio::test]
async fn a_deposit_is_awaited_and_not_granted() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::waiting_for_deposit()).await;
    let waiting = purchase.confirm(&buyer, "confirm").await.ok(200);
    assert_eq!(waiting["status"], "awaiting_deposit");
    owns(&buyer, WELCOME).await;
}

#[tokio::test]
async fn a_session_that_is_gone_is_410_and_grants_nothing() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::session_gone()).await;
    purchase.confirm(&buyer, "confirm").await.problem(410, "payment-session-expired");
    owns(&buyer, WELCOME).await;
}

#[tokio::test]
async fn a_forged_delivery_is_stored_and_believed_in_nothing() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::ok()).await;
    let lies = json!({"status": "DONE"}).as_object().unwrap().clone();
    assert!(app.toss.forge(&purchase.order_id, lies));
    owns(&buyer, WELCOME).await;
    let url = format!("{}/v1/webhooks/toss", app.url);
    for rubbish in ["", "not json", "[]", r#"{"eventType":"METHOD_UPDATED","data":null}"#] {
        let stored = reqwest::Client::new().post(&url).body(rubbish).send().await.unwrap();
        assert_eq!(stored.status(), 200, "{rubbish}");
    }
    purchase.confirm(&buyer, "confirm").await.ok(200);
    owns(&buyer, WELCOME + BOUGHT).await;
}

#[tokio::test]
async fn a_purchase_is_nobody_elses() {
    let app = app().await;
    let (buyer, other) = (app.person("buyer").await, app.person("other").await);
    let purchase = begin(&app, &buyer, Script::ok()).await;
    purchase.confirm(&other, "confirm").await.problem(404, "not-found");
    let path = format!("/v1/purchases/{}", purchase.id);
    other.get(&path).await.problem(404, "not-found");
    let fail = json!({"code": "PAY_PROCESS_CANCELED", "message": "취소"});
    let path = format!("{path}/fail");
    other.post(&path, None, fail.clone()).await.problem(404, "not-found");
    buyer.post(&path, None, fail).await.ok(200);
    purchase.becomes(&buyer, "canceled").await;
    purchase.confirm(&buyer, "confirm").await.problem(409, "purchase-not-confirmable");
    buyer
        .post("/v1/purchases", Some("x"), json!({"package_id": "tokens-7"}))
        .await
        .problem(422, "validation-failed");
}
