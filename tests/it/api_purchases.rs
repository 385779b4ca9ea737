//! Buying tokens over HTTP, whatever Toss does: tokens are granted exactly once, or never (d1.8).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use demo::toss::{Answer, Event, Outcome, Script};
use serde_json::json;

use super::purchases_ground::{BOUGHT, WELCOME, begin, owns, proven};
use super::support::{Version, app, app_set, database};

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
    let operator = app.operator().await;
    let all = operator.get("/v1/admin/purchases?status=paid").await.ok(200);
    assert_eq!(all["data"][0]["buyer_id"], buyer.id.as_str());
    for (who, path) in [(&buyer, "/v1/purchases"), (&operator, "/v1/admin/purchases")] {
        let problem = who.get(&format!("{path}?status=payed")).await;
        let problem = problem.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["pointer"], "?status");
    }
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

/// Paid, whatever the answer says, and no delivery tells of it.
fn paid_but_told(status: u16, code: &str) -> Script {
    let answer = Answer::Error { status, code: code.to_owned() };
    Script { answer, webhooks: 0, ..Script::ok() }
}

#[tokio::test]
async fn whatever_code_hides_a_payment_it_is_found_and_granted_once() {
    let app = app().await;
    for (name, status, code) in [
        ("already", 400, "ALREADY_PROCESSED_PAYMENT"),
        ("running", 409, "IDEMPOTENT_REQUEST_PROCESSING"),
        ("stumbled", 400, "PROVIDER_ERROR"),
        ("busy", 429, "TOO_MANY_REQUESTS"),
        ("ours", 401, "UNAUTHORIZED_KEY"),
        ("tomorrow", 418, "A_CODE_OF_NEXT_YEAR"),
    ] {
        let buyer = app.person(name).await;
        let purchase = begin(&app, &buyer, paid_but_told(status, code)).await;
        let doubt = purchase.confirm(&buyer, "confirm").await.ok(202);
        assert_eq!(doubt["code"], "payment-in-doubt", "{code}");
        purchase.becomes(&buyer, "paid").await;
        owns(&buyer, WELCOME + BOUGHT).await;
    }
    proven(&app).await;
}

#[tokio::test]
async fn a_payment_that_was_already_made_over_another_amount_is_an_alarm() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let script = paid_but_told(400, "ALREADY_PROCESSED_PAYMENT");
    let script = Script { amount_skew: -14_000, ..script };
    let purchase = begin(&app, &buyer, script).await;
    purchase.confirm(&buyer, "confirm").await.ok(202);
    let shown = purchase.becomes(&buyer, "mismatched").await;
    assert_eq!(shown["review"], "mismatched");
    let operator = app.operator().await;
    let alarm = "/v1/admin/purchases?review=true";
    let listed = operator.until(alarm, |page| page["data"][0].is_object()).await;
    assert_eq!(listed["data"][0]["id"], purchase.id.as_str());
    owns(&buyer, WELCOME).await;
    proven(&app).await;
}

#[tokio::test]
async fn a_browser_that_died_is_no_loss_for_a_delivery_tells() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script { webhooks: 8, ..Script::lost_answer() }).await;
    purchase.confirm(&buyer, "confirm").await;
    purchase.becomes(&buyer, "paid").await;
    owns(&buyer, WELCOME + BOUGHT).await;
    proven(&app).await;
}

#[tokio::test]
async fn a_window_that_timed_out_at_toss_ends_the_purchase() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::ok()).await;
    assert!(app.toss.happens(&purchase.order_id, &Event::Expired));
    purchase.becomes(&buyer, "expired").await;
    purchase.confirm(&buyer, "late").await.problem(409, "purchase-not-confirmable");
    owns(&buyer, WELCOME).await;
}

#[tokio::test]
async fn every_code_that_refuses_a_payment_is_told_to_the_buyer() {
    let app = app().await;
    for (name, code) in [
        ("one", "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT"),
        ("two", "FDS_ERROR"),
        ("three", "INVALID_STOPPED_CARD"),
    ] {
        let buyer = app.person(name).await;
        let outcome = Outcome::Declined { code: code.to_owned() };
        let purchase = begin(&app, &buyer, Script { outcome, ..Script::ok() }).await;
        let told = purchase.confirm(&buyer, "confirm").await.problem(402, "payment-declined");
        assert_eq!(told["provider_code"], code);
    }
}

#[tokio::test]
async fn an_operator_has_toss_asked_and_the_truth_is_recorded() {
    let app = app().await;
    let (buyer, operator) = (app.person("buyer").await, app.operator().await);
    let purchase = begin(&app, &buyer, Script::ok()).await;
    purchase.confirm(&buyer, "confirm").await.ok(200);
    let cancel = Event::Canceled { amount: Some(5_000) };
    assert!(app.toss.happens_silently(&purchase.order_id, &cancel), "no delivery tells of it");
    let path = format!("/v1/admin/purchases/{}", purchase.id);
    operator.post(&format!("{path}/reconcile"), None, json!({})).await.ok(200);
    let shown = operator.until(&path, |row| row["status"] == "partially_refunded").await;
    assert_eq!((&shown["balance"], &shown["returned_tokens"]), (&json!(10_000), &json!(50)));
    owns(&buyer, WELCOME + BOUGHT - 50).await;
    let nobody = format!("/v1/admin/purchases/{}/reconcile", uuid::Uuid::now_v7());
    operator.post(&nobody, None, json!({})).await.problem(404, "not-found");
}

#[tokio::test]
async fn with_a_test_code_toss_refuses_in_the_way_that_is_to_be_tried() {
    let clock = std::sync::Arc::new(eventstore::command::SystemClock);
    let code = [("FOLIO_TOSS_TEST_CODE", "EXCEED_MAX_AMOUNT".to_owned())];
    let app = app_set(database().await, Some(Version::New), clock, &code).await;
    let buyer = app.person("buyer").await;
    let purchase = begin(&app, &buyer, Script::ok()).await;
    let told = purchase.confirm(&buyer, "confirm").await.problem(402, "payment-declined");
    assert_eq!(told["provider_code"], "EXCEED_MAX_AMOUNT");
    owns(&buyer, WELCOME).await;
}

/// As long as Toss has to answer us (P2), and one second.
const TOO_LATE_MS: u64 = 11_000;

#[tokio::test]
async fn an_answer_that_comes_after_the_time_limit_is_in_doubt_and_found_out() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let late = Script { webhooks: 0, ..Script::late_answer(TOO_LATE_MS) };
    let purchase = begin(&app, &buyer, late).await;
    let begun = std::time::Instant::now();
    let doubt = purchase.confirm(&buyer, "confirm").await.ok(202);
    assert_eq!(doubt["code"], "payment-in-doubt");
    assert!(begun.elapsed().as_millis() < u128::from(TOO_LATE_MS), "nobody waits for it");
    purchase.becomes(&buyer, "paid").await;
    owns(&buyer, WELCOME + BOUGHT).await;
}
