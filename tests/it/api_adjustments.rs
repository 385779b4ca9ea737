//! What support gives to wallets and takes from them, over HTTP (LED-15).
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use serde_json::{Value, json};

use super::authority::cast::with_role;
use super::support::studio::{Studio, studio, text};
use super::support::{Answer, Visitor};

async fn adjust(by: &Visitor, of: &Visitor, key: &str, amount: i64) -> Answer {
    let body = json!({"amount": amount, "reason": "Charged twice"});
    by.post(&format!("/v1/admin/wallets/{}/token/adjustments", of.id), Some(key), body).await
}

async fn decide(by: &Visitor, adjustment: &Value, verdict: &str, body: Value) -> Answer {
    let id = text(adjustment, "id");
    by.post(&format!("/v1/admin/adjustments/{id}/{verdict}"), None, body).await
}

/// A studio, a second person of the house, and somebody with welcome tokens.
async fn house() -> (Studio, Visitor, Visitor) {
    let studio = studio().await;
    let second = with_role(&studio.app, &studio.operator, "support").await;
    let jun = studio.buyer("jun").await;
    (studio, second, jun)
}

#[tokio::test]
async fn support_corrects_a_balance_once_per_key_and_says_why() {
    let (studio, _, jun) = house().await;
    let support = &studio.operator;
    let done = adjust(support, &jun, "first", 50).await.ok(201);
    assert_eq!((&done["status"], &done["moved"]), (&json!("executed"), &json!(50)));
    assert_eq!(adjust(support, &jun, "first", 50).await.ok(201)["id"], done["id"], "once");
    jun.until("/v1/wallets/token", |wallet| wallet["available"] == 150).await;

    let taken = adjust(support, &jun, "second", -170).await.ok(201);
    assert_eq!((&taken["moved"], &taken["owed"]), (&json!(150), &json!(20)));
    let owing = jun.until("/v1/wallets/token", |wallet| wallet["owed"] == 20).await;
    assert_eq!(owing["available"], 0, "never negative");
    adjust(support, &jun, "third", 30).await.ok(201);
    jun.until("/v1/wallets/token", |wallet| wallet["owed"] == 0).await;
    let lines = jun.get("/v1/wallets/token/transactions").await.ok(200);
    let line = |n: usize| {
        let line = &lines["data"][n];
        (line["kind"].as_str().unwrap(), line["amount"].as_i64().unwrap())
    };
    assert_eq!(
        [line(0), line(1), line(2), line(3)],
        [("clawback", -20), ("adjustment", 30), ("adjustment", -150), ("adjustment", 50)]
    );
    let path = format!("/v1/admin/adjustments?user={}", jun.id);
    let all = |list: &Value| list["data"].as_array().unwrap().len() == 3;
    let list = support.until(&path, all).await;
    assert_eq!(list["data"][0]["reason"], "Charged twice");
    assert_eq!(list["data"][0]["requested_by"], support.id.as_str());
}

#[tokio::test]
async fn above_the_limit_two_people_are_needed() {
    let (studio, second, jun) = house().await;
    let first = &studio.operator;
    let asked = adjust(first, &jun, "large", 10_001).await.ok(201);
    assert_eq!((&asked["status"], &asked["moved"]), (&json!("requested"), &json!(0)));
    decide(first, &asked, "approve", json!({})).await.problem(403, "forbidden");
    decide(&jun, &asked, "approve", json!({})).await.problem(403, "forbidden");
    assert_eq!(jun.available("token").await, 100);
    let path = "/v1/admin/adjustments?status=requested";
    second.until(path, |list| list["data"][0]["id"] == asked["id"]).await;
    let agreed = decide(&second, &asked, "approve", json!({})).await.ok(200);
    assert_eq!((&agreed["status"], &agreed["moved"]), (&json!("executed"), &json!(10_001)));
    jun.until("/v1/wallets/token", |wallet| wallet["available"] == 10_101).await;
    let again = decide(&second, &asked, "approve", json!({})).await.ok(200);
    assert_eq!((&again["status"], &again["moved"]), (&json!("executed"), &json!(10_001)));
    let reason = json!({"reason": "Too much"});
    decide(&second, &asked, "reject", reason.clone()).await.problem(409, "conflict");

    let another = adjust(first, &jun, "another", -20_000).await.ok(201);
    decide(&second, &another, "reject", reason).await.ok(200);
    decide(&second, &another, "approve", json!({})).await.problem(409, "conflict");
    assert_eq!(jun.available("token").await, 10_101);
}

#[tokio::test]
async fn what_one_person_gives_in_small_parts_needs_a_second_one_as_well() {
    let (studio, second, jun) = house().await;
    let first = &studio.operator;
    assert_eq!(adjust(first, &jun, "part", 9_999).await.ok(201)["status"], "executed");
    let parted = adjust(first, &jun, "other-part", 9_999).await.ok(201);
    assert_eq!((&parted["status"], &parted["moved"]), (&json!("requested"), &json!(0)));
    assert_eq!(adjust(&second, &jun, "theirs", 1).await.ok(201)["status"], "executed");
    decide(&second, &parted, "approve", json!({})).await.ok(200);
    jun.until("/v1/wallets/token", |wallet| wallet["available"] == 100 + 2 * 9_999 + 1).await;
}

#[tokio::test]
async fn a_present_cannot_be_given_on_and_nobody_gives_to_himself() {
    let (studio, second, jun) = house().await;
    let support = &studio.operator;
    let path = format!("/v1/admin/wallets/{}/credit/grants", jun.id);
    let present =
        json!({"amount": 7, "reason": "Spring contest", "expires_at": "2999-01-01T00:00:00Z"});
    support.post(&path, Some("one"), present).await.ok(201);
    let lots = jun.until("/v1/wallets/credit/lots", |lots| lots["data"][0].is_object()).await;
    let lot = &lots["data"][0];
    assert_eq!((&lot["category"], &lot["source"]), (&json!("promo"), &json!("bonus")));

    adjust(support, support, "own", 5).await.problem(403, "forbidden");
    let earnings = format!("/v1/admin/wallets/{}/earning/adjustments", jun.id);
    let five = json!({"amount": 5, "reason": "Because"});
    let told = support.post(&earnings, Some("e"), five.clone()).await;
    assert_eq!(told.problem(422, "validation-failed")["errors"][0]["pointer"], "{asset}");
    let nobody = format!("/v1/admin/wallets/{}/token/adjustments", uuid::Uuid::now_v7());
    second.post(&nobody, Some("n"), five).await.problem(404, "not-found");
    let nothing = adjust(&second, &jun, "nothing", 0).await.problem(422, "validation-failed");
    assert!(nothing["errors"][0]["detail"].as_str().unwrap().contains("to take"), "{nothing}");
    let over = json!({"amount": 7, "reason": "Contest", "expires_at": "2020-01-01T00:00:00Z"});
    let told = support.post(&path, Some("over"), over).await.problem(422, "validation-failed");
    assert_eq!(told["errors"][0]["pointer"], "/expires_at");
    let silent = json!({"amount": 5, "reason": " "});
    let path = format!("/v1/admin/wallets/{}/token/adjustments", jun.id);
    second.post(&path, Some("silent"), silent).await.problem(422, "validation-failed");
}

#[tokio::test]
async fn support_sees_the_wallets_it_corrects_and_what_became_of_it() {
    let (studio, second, jun) = house().await;
    let support = &studio.operator;
    let done = adjust(support, &jun, "first", 50).await.ok(201);
    let path = format!("/v1/admin/wallets/{}", jun.id);
    let sees = |list: &Value| list["data"][0]["available"] == 150;
    let wallets = second.until(&path, sees).await;
    let assets: Vec<_> = wallets["data"].as_array().unwrap().iter().map(|w| &w["asset"]).collect();
    assert_eq!(assets, ["token", "credit", "earning"]);
    let lines = format!("{path}/token/transactions");
    let shown = second.get(&format!("{lines}?kind=adjustment")).await.ok(200);
    assert_eq!(shown["data"][0]["related_adjustment_id"], done["id"]);
    let one = format!("/v1/admin/adjustments/{}", text(&done, "id"));
    let shown = second.until(&one, |row| row["status"] == "executed").await;
    assert_eq!((&shown["moved"], &shown["user_id"]), (&json!(50), &json!(jun.id)));
    for path in [&path, &lines, &one] {
        jun.get(path).await.problem(403, "forbidden");
    }
    let nobody = format!("/v1/admin/wallets/{}", uuid::Uuid::now_v7());
    second.get(&nobody).await.problem(404, "not-found");
}
