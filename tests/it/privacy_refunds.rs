//! Whoever leaves is offered money for what they bought and did not spend (P7).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use demo::toss::Script;
use serde_json::{Value, json};

use super::privacy_erasure::{
    FORTNIGHT, assert_sound, until_known_to_leave, until_no_timer, until_told,
};
use super::purchases_ground::{WELCOME, give, owns, paid, proven};
use super::support::{App, ManualClock, Role, Version, app_with};

const LEAVE: &str = "/v1/me/deletion";

/// What the log says was left when they were erased.
async fn unspent(app: &App) -> Value {
    const LEFT: &str =
        "select payload -> 'unspent' from es.events where event_type = 'user.erased'";
    app.database.client(Role::Superuser).await.query_one(LEFT, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn whoever_leaves_gets_money_for_what_they_did_not_spend_and_spends_no_more() {
    let clock = ManualClock::at_present();
    let app = app_with(Some(Version::New), Arc::new(clock.clone())).await;
    let (leaver, friend) = (app.person("leaver").await, app.person("friend").await);
    leaver.get(LEAVE).await.problem(404, "not-found");
    let purchase = paid(&app, &leaver, Script::ok()).await;
    give(&leaver, &friend, "gift", 50).await.ok(201);

    let proof = json!({"password": "correct horse battery"});
    let asked = leaver.post(LEAVE, None, proof).await.ok(202);
    let offer = json!([{"purchase_id": purchase.id, "tokens": 100, "amount": 10_000,
        "currency": "KRW", "needs_account": false, "needs_approval": false}]);
    assert_eq!(asked["refundable"], offer, "presents and what was spent are worth nothing");
    until_known_to_leave(&app, &leaver).await;
    let shown = leaver.get(LEAVE).await.ok(200);
    assert_eq!((&shown["due_at"], &shown["refundable"]), (&asked["due_at"], &offer));

    give(&leaver, &friend, "more", 1).await.problem(403, "deletion-pending");
    let buy = json!({"package_id": "tokens-50"});
    let buy = leaver.post("/v1/purchases", Some("more"), buy).await;
    buy.problem(403, "deletion-pending");
    let quote = leaver.get(&format!("{}/refund-quote", purchase.path())).await.ok(200);
    assert_eq!(quote["amount"], 10_000);
    purchase.refund(&friend, "theirs", json!({})).await.problem(404, "not-found");
    purchase.refund(&leaver, "back", json!({})).await.ok(202);
    purchase.refund_becomes(&leaver, "executed").await;
    assert_eq!(leaver.get("/v1/purchases").await.ok(200)["data"][0]["returned_tokens"], 100);
    assert_eq!(leaver.get(LEAVE).await.ok(200)["refundable"], json!([]));
    assert_eq!(app.toss.payment(&purchase.order_id).unwrap().balance(), 5_000);

    clock.advance(FORTNIGHT);
    until_told(&app, "user.erased", 1).await;
    until_no_timer(&app).await;
    assert_eq!(
        unspent(&app).await,
        json!({"paid_tokens": 0, "promo_tokens": WELCOME, "earnings": 0})
    );
    let friend = friend.visitor().sign_in_as("friend").await;
    owns(&friend, WELCOME + 50).await;
    proven(&app).await;
    assert_sound(&app).await;
}
