//! What artists read of what they earned, over HTTP (c3, ART-03), and why balances changed (c4).
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::Visitor;
use super::support::studio::{Studio, studio, text};

/// Two pictures at 20 and a tip of 10, of which the artist keeps nine tenths. The artist's token
/// knows of the role.
async fn earned() -> (Studio, Visitor, Visitor) {
    let studio = studio().await;
    let (jun, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    for key in ["one", "two"] {
        studio.paint(&jun, &painter, key).await;
    }
    let path = format!("/v1/admin/wallets/{}/token/adjustments", jun.id);
    let paid = json!({"amount": 50, "reason": "For the test"});
    studio.operator.post(&path, Some("give"), paid).await.ok(201);
    let tip = json!({"artist": studio.artist.id, "amount": 10});
    jun.post("/v1/tips", Some("thanks"), tip).await.ok(201);
    let artist = studio.artist.clone().sign_in_as("mina").await;
    artist.until("/v1/wallets/earning", |wallet| wallet["available"] == 45).await;
    (studio, artist, jun)
}

#[tokio::test]
async fn an_artist_reads_what_each_picture_and_tip_was_worth() {
    let (studio, artist, jun) = earned().await;
    let list = artist.get("/v1/artists/me/earnings").await.ok(200);
    let figure = |row: &Value| [&row["gross"], &row["fee"], &row["net"]].map(Value::as_i64);
    let rows = list["data"].as_array().unwrap();
    let figures: Vec<_> = rows.iter().map(figure).collect();
    let picture = [Some(20), Some(2), Some(18)];
    assert_eq!(figures, [[Some(10), Some(1), Some(9)], picture, picture]);
    assert_eq!((&rows[0]["kind"], &rows[0]["style_id"]), (&json!("tip"), &Value::Null));
    assert_eq!(
        (&rows[1]["kind"], &rows[1]["style_id"]),
        (&json!("generation"), &json!(studio.style))
    );
    assert!(!list.to_string().contains(&jun.id), "who paid is not told");
    let path = "/v1/wallets/earning/transactions?kind=artist_earning";
    let lines = artist.get(path).await.ok(200);
    assert_eq!(lines["data"].as_array().unwrap().len(), 2);
    assert!(!lines.to_string().contains(&jun.id), "nor here: {lines}");
    let tips = artist.get("/v1/wallets/earning/transactions?kind=tip").await.ok(200);
    assert_eq!(tips["data"][0]["sender_id"], jun.id.as_str(), "a giver is");
    let path = format!("/v1/wallets/earning/transactions/{}", text(&rows[0], "id"));
    assert_eq!(artist.get(&path).await.ok(200)["kind"], "tip", "the movement has the same id");

    let page = artist.get("/v1/artists/me/earnings?limit=2").await.ok(200);
    let next = format!("/v1/artists/me/earnings?limit=2&cursor={}", text(&page, "next_cursor"));
    let rest = artist.get(&next).await.ok(200);
    assert_eq!((&rest["data"][0], &rest["has_more"]), (&rows[2], &json!(false)));
    let of_style = format!("/v1/artists/me/earnings?style={}", studio.style);
    assert_eq!(artist.get(&of_style).await.ok(200)["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn earnings_add_up_by_style_and_by_day_of_a_zone() {
    let (studio, artist, _) = earned().await;
    let summary = async |query: &str| {
        let path = format!("/v1/artists/me/earnings/summary?{query}");
        artist.get(&path).await.ok(200)
    };
    let by_style = summary("by=style").await;
    assert_eq!(
        by_style["data"],
        json!([{"key": studio.style, "count": 2, "gross": 40, "fee": 4, "net": 36},
            {"key": null, "count": 1, "gross": 10, "fee": 1, "net": 9}])
    );
    let before = Utc::now() + TimeDelta::hours(9);
    let by_day = summary("by=day&zone=Asia/Seoul").await;
    let sum: i64 =
        by_day["data"].as_array().unwrap().iter().map(|d| d["net"].as_i64().unwrap()).sum();
    assert_eq!(sum, 45);
    let after = Utc::now() + TimeDelta::hours(9);
    let days = [before, after].map(|at| at.format("%Y-%m-%d").to_string());
    assert!(days.contains(&text(&by_day["data"][0], "key")), "{by_day}");
    let empty = summary("by=day&to=2025-01-01T00:00:00Z").await;
    assert_eq!(empty["data"], json!([]));
    for query in ["by=moon", "", "by=day&zone=Mars", "by=day&to=2200-01-01T00:00:00Z"] {
        let path = format!("/v1/artists/me/earnings/summary?{query}");
        artist.get(&path).await.problem(422, "validation-failed");
    }
}

#[tokio::test]
async fn only_an_artist_has_earnings() {
    let (_studio, _, jun) = earned().await;
    jun.get("/v1/artists/me/earnings").await.problem(403, "forbidden");
    jun.get("/v1/artists/me/earnings/summary?by=day").await.problem(403, "forbidden");
}

/// Why a wallet's newest movement of a kind happened.
async fn why(of: &Visitor, asset: &str, kind: &str) -> Value {
    let list = format!("/v1/wallets/{asset}/transactions?kind={kind}");
    let found = of.until(&list, |list| list["data"][0].is_object()).await;
    let id = text(&found["data"][0], "id");
    of.get(&format!("/v1/wallets/{asset}/transactions/{id}")).await.ok(200)
}

#[tokio::test]
async fn every_movement_says_in_plain_words_why_and_who_did_it() {
    let (_studio, artist, jun) = earned().await;
    for (of, asset, kind, by, name, words, step) in [
        (
            &jun,
            "token",
            "welcome_bonus",
            "process",
            json!("sign-up"),
            "signing up",
            "wallet.granted",
        ),
        (&jun, "token", "adjustment", "another_person", Value::Null, "Support", "wallet.granted"),
        (&jun, "token", "tip", "you", Value::Null, "You gave", "wallet.tip_earned"),
        (&artist, "earning", "tip", "another_person", Value::Null, "tip", "wallet.tip_sent"),
        (
            &jun,
            "token",
            "generation_payment",
            "worker",
            Value::Null,
            "delivered",
            "generation.completed",
        ),
        (&artist, "earning", "artist_earning", "worker", Value::Null, "style", "wallet.earned"),
    ] {
        let told = why(of, asset, kind).await;
        let cause = &told["cause"];
        assert_eq!((&cause["by"], &cause["name"]), (&json!(by), &name), "{kind}: {told}");
        assert!(text(&told, "why").contains(words), "{kind}: {told}");
        let steps = cause["steps"].as_array().unwrap();
        assert!(steps.contains(&json!(step)), "{kind}: {cause}");
    }
    let welcome = why(&jun, "token", "welcome_bonus").await;
    assert_eq!(welcome["cause"]["after"], "user.registered", "what the process answered to");
}

#[tokio::test]
async fn a_program_is_told_from_its_person() {
    let studio = studio().await;
    let (jun, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    let key = json!({"name": "nightly", "scopes": ["generations:write", "wallets:read"]});
    let key = jun.post("/v1/api-keys", None, key).await.ok(201);
    let mut program = jun.clone();
    program.token = text(&key, "secret");
    studio.paint(&program, &painter, "one").await;
    let paid = why(&jun, "token", "generation_payment").await;
    assert_eq!(paid["cause"]["by"], "worker", "whoever delivered it");
    let held = program.request(Method::GET, "/v1/wallets/token/statement").send().await.unwrap();
    assert_eq!(held.status(), 200, "a program may read statements");
}

#[tokio::test]
async fn movements_are_found_by_kind_time_style_and_picture() {
    let (studio, artist, jun) = earned().await;
    let count = async |of: &Visitor, asset: &str, query: &str| {
        let path = format!("/v1/wallets/{asset}/transactions?{query}");
        of.get(&path).await.ok(200)["data"].as_array().unwrap().len()
    };
    let all = jun.get("/v1/wallets/token/transactions").await.ok(200);
    let paid = text(&all["data"][3], "created_at");
    let generation = text(&all["data"][3], "related_generation_id");
    assert_eq!(count(&jun, "token", "kind=tip,generation_payment").await, 3);
    assert_eq!(count(&jun, "token", &format!("from={paid}")).await, 4, "{all}");
    assert_eq!(count(&jun, "token", &format!("to={paid}")).await, 1, "before it");
    assert_eq!(count(&jun, "token", &format!("generation={generation}")).await, 1);
    let style = format!("style={}", studio.style);
    assert_eq!(count(&artist, "earning", &style).await, 2);
    assert_eq!(count(&artist, "earning", &format!("{style}&kind=tip")).await, 0);
    assert_eq!(count(&jun, "token", &style).await, 2, "what she spent on it");
    let another = format!("style={}", uuid::Uuid::now_v7());
    assert_eq!(count(&jun, "token", &another).await, 0);
    let refused = jun.get("/v1/wallets/token/transactions?kind=tipp").await;
    assert_eq!(refused.problem(422, "validation-failed")["errors"][0]["pointer"], "?kind");
}
