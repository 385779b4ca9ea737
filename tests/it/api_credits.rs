//! GPU time in credits, over HTTP (LED-12, P5).
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::sync::Arc;

use eventstore::command::SystemClock;
use serde_json::{Value, json};

use super::support::studio::{Studio, ids};
use super::support::{Version, Visitor, app_set, database};

/// A studio whose pictures hold two credits, and somebody who has five.
async fn on_credit() -> (Studio, Visitor) {
    let settings = [("FOLIO_GPU_P95_MS", "1800".to_owned())];
    let app = app_set(database().await, Some(Version::New), Arc::new(SystemClock), &settings).await;
    let studio = Studio::open(app).await;
    let jun = studio.buyer("jun").await;
    give(&studio, &jun, 5).await;
    (studio, jun)
}

async fn give(studio: &Studio, to: &Visitor, amount: i64) {
    let path = format!("/v1/admin/wallets/{}/credit/adjustments", to.id);
    let body = json!({"amount": amount, "reason": "For the test"});
    studio.operator.post(&path, Some(&format!("give-{}", to.id)), body).await.ok(201);
    to.until("/v1/wallets/credit", |wallet| wallet["available"] == amount).await;
}

/// Available, held.
async fn credits(of: &Visitor, expected: (i64, i64)) {
    let is = |wallet: &Value| (wallet["available"].as_i64(), wallet["held"].as_i64());
    let expected = (Some(expected.0), Some(expected.1));
    of.until("/v1/wallets/credit", |wallet| is(wallet) == expected).await;
}

#[tokio::test]
async fn a_picture_holds_both_assets_and_takes_the_seconds_it_took() {
    let (studio, jun) = on_credit().await;
    let quote = jun.post("/v1/generations/quote", None, studio.wish()).await.ok(200);
    assert_eq!(quote["total"], json!({"token": 20, "credit": 2}));
    let mut wish = studio.wish();
    wish["quote_id"] = quote["quote_id"].clone();
    let asked = jun.post("/v1/generations", Some("one"), wish).await.ok(202);
    assert_eq!(asked["total"], json!({"token": 20, "credit": 2}));
    credits(&jun, (3, 2)).await;

    let painter = studio.painter("one").await;
    let job = painter.claim().await;
    painter.deliver(&job).await; // It says 1.5 seconds.
    credits(&jun, (3, 0)).await;
    let path = format!("/v1/generations/{}", job.id);
    let done = jun.until(&path, |row| row["status"] == "completed").await;
    let cost = &done["cost"];
    assert_eq!((&cost["estimated_credits"], &cost["actual_credits"]), (&json!(2), &json!(2)));
    let lines = jun.get("/v1/wallets/credit/transactions?kind=generation_usage").await.ok(200);
    assert_eq!(lines["data"][0]["amount"], -2);
    for asset in ["token", "credit"] {
        let holds = jun.get(&format!("/v1/wallets/{asset}/reservations")).await.ok(200);
        assert_eq!(
            ids(&holds),
            std::slice::from_ref(&job.id),
            "one hold in each wallet, for one job"
        );
        assert_eq!(holds["data"][0]["status"], "settled");
    }
}

#[tokio::test]
async fn who_lacks_one_asset_is_told_of_both_and_nothing_is_held() {
    let (studio, _) = on_credit().await;
    let sora = studio.buyer("sora").await;
    give(&studio, &sora, 1).await;
    let refused = sora.post("/v1/generations", Some("one"), studio.wish()).await;
    let problem = refused.problem(402, "insufficient-funds");
    assert_eq!(
        problem["lines"],
        json!([{"asset": "token", "needed": 20, "available": 100},
            {"asset": "credit", "needed": 2, "available": 1}])
    );
    assert_eq!((&problem["asset"], &problem["needed"]), (&json!("credit"), &json!(2)));
    credits(&sora, (1, 0)).await;
    assert_eq!(sora.available("token").await, 100);
}

#[tokio::test]
async fn an_overrun_is_ours_and_is_reported() {
    let (studio, jun) = on_credit().await;
    let generation = studio.ask(&jun, "one").await;
    let painter = studio.painter("one").await;
    let job = painter.claim().await;
    let image = painter.upload(&job).await;
    let slow = json!({"outputs": [{"image_id": image}], "gpu_seconds": 7.2});
    painter.say(&job, "complete", slow).await.ok(200);
    credits(&jun, (3, 0)).await;
    let path = "/v1/wallets/credit/reservations";
    let settled = jun.until(path, |list| list["data"][0]["status"] == "settled").await;
    let hold = &settled["data"][0];
    assert_eq!(hold["job_id"], generation.as_str());
    assert_eq!((&hold["settled_amount"], &hold["absorbed_amount"]), (&json!(2), &json!(6)));
}

#[tokio::test]
async fn stepping_back_while_it_is_painted_costs_the_seconds_and_no_token() {
    let (studio, jun) = on_credit().await;
    let waiting = studio.ask(&jun, "waiting").await;
    let cancel = async |id: &str| {
        jun.post(&format!("/v1/generations/{id}/cancel"), None, json!({})).await.ok(200)
    };
    let money = cancel(&waiting).await;
    assert_eq!((&money["charged_credits"], &money["released_credits"]), (&json!(0), &json!(2)));

    let painting = studio.ask(&jun, "painting").await;
    studio.painter("one").await.claim().await;
    let money = cancel(&painting).await;
    assert_eq!((&money["charged"], &money["released"]), (&json!(0), &json!(20)));
    let charged = money["charged_credits"].as_i64().unwrap();
    assert!((1..=2).contains(&charged), "begun seconds count: {money}");
    assert_eq!(money["released_credits"].as_i64().unwrap(), 2 - charged);
    credits(&jun, (5 - charged, 0)).await;
    assert_eq!(jun.available("token").await, 100);
}
