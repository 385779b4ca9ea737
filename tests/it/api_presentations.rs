//! `?present=` over HTTP (C-02 to C-05, LED-02): the same in the shape and words of other systems.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use serde_json::{Value, json};

use super::support::studio::{Studio, studio, text};
use super::support::{App, Role, Visitor};

/// The members of an answer, in order of their names.
fn members(body: &Value) -> Vec<&str> {
    body.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Somebody with eighty credits, which support gave.
async fn credited(studio: &Studio) -> Visitor {
    let jun = studio.buyer("jun").await;
    let path = format!("/v1/admin/wallets/{}/credit/grants", jun.id);
    let body = json!({"amount": 80, "reason": "For the test"});
    studio.operator.post(&path, Some("give"), body).await.ok(201);
    jun.until("/v1/wallets/credit", |wallet| wallet["available"] == 80).await;
    jun
}

#[tokio::test]
async fn every_system_finds_the_balance_where_it_kept_it() {
    let studio = studio().await;
    let jun = credited(&studio).await;
    for (asset, present, shape) in [
        ("token", "style_license", json!({"token_balance": 100})),
        ("earning", "style_license", json!({"earned_token_balance": 0})),
        ("credit", "pingvas_s2", json!({"remaining_credits": 80})),
        ("credit", "pingvas_s3", json!({"credits": 80})),
    ] {
        let path = format!("/v1/wallets/{asset}?present={present}");
        assert_eq!(jun.get(&path).await.ok(200), shape, "{path}");
    }
    let balance = jun.get("/v1/wallets/credit?present=pingvas_s4").await.ok(200);
    assert_eq!((&balance["balance"], &balance["user_id"]), (&json!(80), &json!(jun.id)));
    assert!(balance["last_granted_at"].is_string());
    let all = jun.get("/v1/wallets?present=style_license").await.ok(200);
    let known = json!([{"token_balance": 100}, {"earned_token_balance": 0}]);
    assert_eq!(all["data"], known, "only what it knows");
    let all = jun.get("/v1/wallets?present=pingvas_s3").await.ok(200);
    assert_eq!(all["data"], json!([{"credits": 80}]));
}

#[tokio::test]
async fn a_system_nobody_knows_and_an_asset_it_does_not_know_are_refused() {
    let studio = studio().await;
    let jun = studio.buyer("jun").await;
    for (path, word) in [
        ("/v1/wallets?present=pingvas", "style_license, pingvas_s2, pingvas_s3, pingvas_s4"),
        ("/v1/wallets/token?present=pingvas_s2", "style_license"),
        ("/v1/wallets/credit?present=style_license", "pingvas_s2, pingvas_s3, pingvas_s4"),
        ("/v1/wallets/token/transactions?present=pingvas_s4", "style_license"),
        ("/v1/wallets/credit/reservations?present=pingvas_s2", "pingvas_s3"),
        ("/v1/purchases?present=pingvas_s3", "style_license"),
    ] {
        let refused = jun.get(path).await.problem(422, "validation-failed");
        let error = &refused["errors"][0];
        assert_eq!(error["pointer"], "?present", "{path}");
        assert!(error["detail"].as_str().unwrap().contains(word), "{path}: {error}");
    }
}

#[tokio::test]
async fn every_system_reads_its_own_words_and_columns_of_a_movement() {
    let studio = studio().await;
    let (jun, painter) = (credited(&studio).await, studio.painter("one").await);
    let generation = studio.paint(&jun, &painter, "one").await;
    jun.until("/v1/wallets/token", |wallet| wallet["posted"] == 80).await;
    let lines = async |asset: &str, present: &str| {
        let path = format!("/v1/wallets/{asset}/transactions?present={present}");
        jun.get(&path).await.ok(200)["data"].clone()
    };
    let theirs = lines("token", "style_license").await;
    let (paid, welcome) = (&theirs[0], &theirs[1]);
    assert_eq!((&paid["type"], &paid["amount"]), (&json!("generation_payment"), &json!(20)));
    assert_eq!((&paid["sender_id"], &paid["receiver_id"]), (&json!(jun.id), &Value::Null));
    assert_eq!(paid["related_generation_id"], generation.as_str());
    assert_eq!((&welcome["type"], &welcome["receiver_id"]), (&json!("welcome"), &json!(jun.id)));
    assert_eq!((&welcome["refunded"], &welcome["status"]), (&json!(false), &json!("completed")));
    for (present, word) in
        [("pingvas_s2", "bonus"), ("pingvas_s3", "bonus"), ("pingvas_s4", "admin_adjustment")]
    {
        let line = lines("credit", present).await[0].clone();
        assert_eq!(
            (&line["type"], &line["balance_after"]),
            (&json!(word), &json!(80)),
            "{present}"
        );
        assert!(line["description"].is_string());
        let has_references = members(&line).contains(&"reference_type");
        assert_eq!(has_references, present == "pingvas_s3", "{line}");
    }
}

#[tokio::test]
async fn what_was_set_aside_and_not_spent_reads_refunded_in_the_third_document() {
    let studio = studio().await;
    let jun = studio.buyer("jun").await;
    const HOLD: &str = "insert into read.credit_reservations (id, user_id, asset, purpose, job_id,
        status, reserved_amount, settled_amount, released_amount, absorbed_amount, settled_at,
        created_at, updated_at) values (gen_random_uuid(), $1::text::uuid, 'credit', 'generation',
        gen_random_uuid(), 'released', 5, 0, 5, 0, now(), now(), now())";
    let client = studio.app.database.client(Role::Superuser).await;
    client.execute(HOLD, &[&jun.id]).await.unwrap();
    let status = async |query: &str| {
        let path = format!("/v1/wallets/credit/reservations{query}");
        text(&jun.get(&path).await.ok(200)["data"][0], "status")
    };
    assert_eq!(status("").await, "released");
    assert_eq!(status("?present=pingvas_s3").await, "refunded");
}

#[tokio::test]
async fn style_license_reads_a_purchase_in_its_columns_and_four_states() {
    let studio = studio().await;
    let jun = studio.buyer("jun").await;
    let id = bought(&studio.app, &jun).await;
    let path = format!("/v1/purchases/{id}");
    jun.until(&path, |purchase| purchase["status"] == "paid").await;
    let body = json!({"package_id": "tokens-50"});
    let open = text(&jun.post("/v1/purchases", Some("open"), body).await.ok(201), "id");
    let paid = jun.get(&format!("{path}?present=style_license")).await.ok(200);
    assert_eq!((&paid["status"], &paid["amount_tokens"]), (&json!("paid"), &json!(150)));
    assert_eq!((&paid["buyer_id"], &paid["total_price"]), (&json!(jun.id), &json!(15_000)));
    assert_eq!(paid["provider"], "toss");
    let all = jun.get("/v1/purchases?present=style_license").await.ok(200);
    let states: Vec<_> =
        all["data"].as_array().unwrap().iter().map(|p| text(p, "status")).collect();
    assert_eq!(states, ["pending", "paid"], "{open}");
}

/// A purchase that Toss confirmed.
async fn bought(app: &App, buyer: &Visitor) -> String {
    let offer = json!({"package_id": "tokens-150"});
    let offer = buyer.post("/v1/purchases", Some("begin"), offer).await.ok(201);
    let (id, order_id) = (text(&offer, "id"), text(&offer, "order_id"));
    let amount = offer["amount"].as_i64().unwrap();
    let payment = app.toss.agree(&order_id, "Tokens 150", amount);
    let body = json!({"payment_key": payment.key, "order_id": order_id, "amount": amount});
    buyer.post(&format!("/v1/purchases/{id}/confirm"), Some("confirm"), body).await.ok(200);
    id
}
