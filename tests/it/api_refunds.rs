//! Money that goes back, over HTTP: because the buyer asks, or without our asking (P2.7, P2.8, d1.8).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use demo::toss::{Answer, CancelOutcome, CancelScript, Event, Script};
use serde_json::{Value, json};

use super::purchases_ground::{BOUGHT, WELCOME, begin_as, give, owns, paid, proven, text};
use super::support::{app, app_set, database};

fn canceling(cancel: CancelScript) -> Script {
    Script::ok().with_cancel(cancel)
}

#[tokio::test]
async fn unspent_tokens_become_money_again_in_parts_until_nothing_is_left() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase = paid(&app, &buyer, Script::ok()).await;
    let quote = buyer.get(&format!("{}/refund-quote", purchase.path())).await.ok(200);
    assert_eq!((&quote["tokens"], &quote["amount"]), (&json!(150), &json!(15_000)));
    assert_eq!((&quote["needs_account"], &quote["needs_approval"]), (&json!(false), &json!(false)));

    let asked = purchase.refund(&buyer, "first", json!({"tokens": 50})).await.ok(202);
    assert_eq!((&asked["amount"], &asked["status"]), (&json!(5_000), &json!("approved")));
    let again = purchase.refund(&buyer, "first", json!({"tokens": 50})).await.ok(202);
    assert_eq!(again["id"], asked["id"], "asked once");
    let shown = purchase.refund_becomes(&buyer, "executed").await;
    assert_eq!(
        (&shown["status"], &shown["balance"]),
        (&json!("partially_refunded"), &json!(10_000))
    );
    owns(&buyer, WELCOME + 100).await;

    purchase.refund(&buyer, "second", json!({"tokens": 30})).await.ok(202);
    owns(&buyer, WELCOME + 70).await;
    purchase.refund_becomes(&buyer, "executed").await;
    purchase.refund(&buyer, "rest", json!({})).await.ok(202);
    let shown = purchase.becomes(&buyer, "refunded").await;
    assert_eq!((&shown["balance"], &shown["returned_tokens"]), (&json!(0), &json!(150)));
    assert_eq!(shown["refunds"].as_array().unwrap().len(), 3);
    let payment = app.toss.payment(&purchase.order_id).unwrap();
    assert_eq!((payment.balance(), payment.cancels.len()), (0, 3));
    assert_eq!(format!("{:?}", payment.status), "PartialCanceled", "judged by the balance");
    purchase.refund(&buyer, "more", json!({})).await.problem(409, "nothing-refundable");
    let quote = buyer.get(&format!("{}/refund-quote", purchase.path())).await;
    quote.problem(409, "nothing-refundable");
    owns(&buyer, WELCOME).await;
    proven(&app).await;
}

#[tokio::test]
async fn only_what_is_unspent_is_given_back_and_only_to_its_buyer() {
    let app = app().await;
    let (buyer, friend) = (app.person("buyer").await, app.person("friend").await);
    let purchase = paid(&app, &buyer, Script::ok()).await;
    give(&buyer, &friend, "gift", 100).await.ok(201);
    purchase.refund(&buyer, "much", json!({"tokens": 51})).await.problem(409, "nothing-refundable");
    let account = json!({"bank": "20", "account_number": "110123456789", "holder_name": "Kim"});
    let told = purchase.refund(&buyer, "way", json!({"account": account})).await;
    told.problem(422, "validation-failed");
    purchase.refund(&buyer, "none", json!({"tokens": 0})).await.problem(422, "validation-failed");
    purchase.refund(&friend, "theirs", json!({})).await.problem(404, "not-found");
    let quote = friend.get(&format!("{}/refund-quote", purchase.path())).await;
    quote.problem(404, "not-found");
    assert_eq!(purchase.refund(&buyer, "rest", json!({})).await.ok(202)["amount"], 5_000);
    purchase.refund_becomes(&buyer, "executed").await;
    owns(&buyer, WELCOME).await;
    proven(&app).await;
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_or_late_happens_once() {
    let app = app().await;
    for (name, webhooks, cancel) in [
        ("lost", 0, CancelScript { answer: Answer::Lost, ..CancelScript::default() }),
        ("late", 3, CancelScript { answer_after_ms: 1_500, ..CancelScript::default() }),
    ] {
        let buyer = app.person(name).await;
        let script = Script { webhooks, ..canceling(cancel) };
        let purchase = paid(&app, &buyer, script).await;
        purchase.refund(&buyer, "back", json!({})).await.ok(202);
        purchase.becomes(&buyer, "refunded").await;
        let payment = app.toss.payment(&purchase.order_id).unwrap();
        assert_eq!(payment.cancels.len(), 1, "{name}");
        owns(&buyer, WELCOME).await;
    }
    proven(&app).await;
}

#[tokio::test]
async fn what_toss_refuses_to_give_back_stays_the_buyers_tokens() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let answer = Answer::Error { status: 403, code: "EXCEED_MAX_REFUND_DUE".to_owned() };
    let outcome = CancelOutcome::Untouched;
    let script = canceling(CancelScript { outcome, answer, ..CancelScript::default() });
    let purchase = paid(&app, &buyer, script).await;
    purchase.refund(&buyer, "back", json!({})).await.ok(202);
    let shown = purchase.refund_becomes(&buyer, "failed").await;
    assert_eq!(shown["refunds"][0]["reason"], "EXCEED_MAX_REFUND_DUE");
    assert_eq!(shown["status"], "paid");
    owns(&buyer, WELCOME + BOUGHT).await;
    proven(&app).await;
}

#[tokio::test]
async fn of_two_refunds_and_a_gift_that_race_for_the_same_tokens_the_books_stay_right() {
    let app = app().await;
    let (buyer, friend) = (app.person("buyer").await, app.person("friend").await);
    let purchase = paid(&app, &buyer, Script::ok()).await;
    let (one, two, gift) = tokio::join!(
        purchase.refund(&buyer, "one", json!({})),
        purchase.refund(&buyer, "two", json!({})),
        give(&buyer, &friend, "gift", 150),
    );
    let refunds = [one.status.as_u16(), two.status.as_u16()];
    assert!(refunds.iter().filter(|status| **status == 202).count() <= 1, "{refunds:?}");
    let given = gift.status == 201;
    assert_eq!(refunds.contains(&202), !given, "somebody got them: {refunds:?}, {}", gift.status);
    if !given {
        purchase.becomes(&buyer, "refunded").await;
    }
    owns(&buyer, WELCOME).await;
    proven(&app).await;
}

#[tokio::test]
async fn a_large_refund_waits_for_somebody_of_the_house() {
    let limit = [("FOLIO_REFUND_APPROVAL_WON", "15000".to_owned())];
    let clock = std::sync::Arc::new(eventstore::command::SystemClock);
    let broker = Some(super::support::Version::New);
    let app = app_set(database().await, broker, clock, &limit).await;
    let (buyer, operator) = (app.person("buyer").await, app.operator().await);
    let purchase = paid(&app, &buyer, Script::ok()).await;
    let decide = async |by: &super::support::Visitor, refund: &Value, how: &str, body: Value| {
        let refund = text(refund, "id");
        let path = format!("/v1/admin/purchases/{}/refunds/{refund}/{how}", purchase.id);
        by.post(&path, None, body).await
    };
    let first = purchase.refund(&buyer, "first", json!({})).await.ok(202);
    assert_eq!(first["status"], "requested");
    let waiting = "/v1/admin/refunds";
    let page = operator.until(waiting, |page| page["data"][0].is_object()).await;
    assert_eq!(page["data"][0]["id"], first["id"]);
    purchase.refund(&buyer, "second", json!({})).await.problem(409, "conflict");
    decide(&buyer, &first, "approve", json!({})).await.problem(403, "forbidden");
    decide(&operator, &first, "reject", json!({"reason": "see the terms"})).await.ok(200);
    let shown = purchase.refund_becomes(&buyer, "rejected").await;
    assert_eq!(shown["refunds"][0]["reason"], "see the terms");
    owns(&buyer, WELCOME + BOUGHT).await;

    let third = purchase.refund(&buyer, "third", json!({})).await.ok(202);
    decide(&operator, &third, "approve", json!({})).await.ok(200);
    purchase.becomes(&buyer, "refunded").await;
    decide(&operator, &third, "reject", json!({"reason": "too late"}))
        .await
        .problem(409, "conflict");
    owns(&buyer, WELCOME).await;
    proven(&app).await;
}

#[tokio::test]
async fn a_deposit_goes_back_to_the_account_its_buyer_names() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    let purchase =
        super::purchases_ground::begin(&app, &buyer, Script::waiting_for_deposit()).await;
    purchase.confirm(&buyer, "confirm").await.ok(200);
    assert!(app.toss.happens(&purchase.order_id, &Event::Deposited));
    owns(&buyer, WELCOME + BOUGHT).await;
    purchase.refund(&buyer, "no", json!({})).await.problem(422, "validation-failed");
    let mut account = json!({"bank": "20", "account_number": "110-12", "holder_name": "박토스"});
    let wrong = purchase.refund(&buyer, "wrong", json!({"account": account})).await;
    wrong.problem(422, "validation-failed");
    account["account_number"] = json!("110-123-456789"); // As payouts take it.
    purchase.refund(&buyer, "back", json!({"account": account})).await.ok(202);
    purchase.becomes(&buyer, "refunded").await;
    let payment = app.toss.payment(&purchase.order_id).unwrap();
    let sent = json!({"bank": "20", "accountNumber": "110123456789", "holderName": "박토스"});
    assert_eq!(payment.cancels[0].account, Some(sent));
    proven(&app).await;
}

#[tokio::test]
async fn money_given_back_at_the_dashboard_takes_tokens_and_what_was_spent_is_owed() {
    let app = app().await;
    let (buyer, friend) = (app.person("buyer").await, app.person("friend").await);
    let purchase = paid(&app, &buyer, Script::ok()).await;
    assert!(app.toss.happens(&purchase.order_id, &Event::Canceled { amount: Some(5_000) }));
    purchase.becomes(&buyer, "partially_refunded").await;
    owns(&buyer, WELCOME + 100).await;
    give(&buyer, &friend, "gift", 80).await.ok(201);
    assert!(app.toss.happens(&purchase.order_id, &Event::Canceled { amount: None }));
    let shown = purchase.becomes(&buyer, "refunded").await;
    assert_eq!(
        (&shown["owed_tokens"], &shown["review"]),
        (&json!(80), &json!("canceled_externally"))
    );
    owns(&buyer, WELCOME).await;
    proven(&app).await;
}

#[tokio::test]
async fn tokens_that_are_owed_for_one_purchase_are_not_given_back_in_money_of_another() {
    let app = app().await;
    let (buyer, friend) = (app.person("buyer").await, app.person("friend").await);
    let first = paid(&app, &buyer, Script::ok()).await;
    give(&buyer, &friend, "gift", 100).await.ok(201);
    let second = begin_as(&app, &buyer, "again", Script::ok()).await;
    second.confirm(&buyer, "confirm-again").await.ok(200);
    owns(&buyer, WELCOME + 200).await;
    assert!(app.toss.happens(&first.order_id, &Event::Canceled { amount: None }));
    let shown = first.becomes(&buyer, "refunded").await;
    assert_eq!(shown["owed_tokens"], 100);

    let quote = buyer.get(&format!("{}/refund-quote", second.path())).await.ok(200);
    assert_eq!((&quote["tokens"], &quote["amount"]), (&json!(50), &json!(5_000)));
    let much = second.refund(&buyer, "much", json!({"tokens": 51})).await;
    much.problem(409, "nothing-refundable");
    assert_eq!(second.refund(&buyer, "rest", json!({})).await.ok(202)["amount"], 5_000);
    second.refund_becomes(&buyer, "executed").await;
    let quote = buyer.get(&format!("{}/refund-quote", second.path())).await;
    quote.problem(409, "nothing-refundable");
    proven(&app).await;
}
