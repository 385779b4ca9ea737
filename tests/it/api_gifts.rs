//! Tips, the daily limit and what wallets say of themselves, over HTTP (c4).
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::sync::Arc;

use eventstore::command::SystemClock;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::studio::{Studio, text};
use super::support::{Version, Visitor, app_set, database};

/// A studio in which 60 tokens can be given away in a day, and somebody who has 200 to give.
async fn generous() -> (Studio, Visitor) {
    let settings = [("FOLIO_TRANSFER_DAILY_LIMIT", "60".to_owned())];
    let app = app_set(database().await, Some(Version::New), Arc::new(SystemClock), &settings).await;
    let studio = Studio::open(app).await;
    let jun = studio.buyer("jun").await;
    let path = format!("/v1/admin/wallets/{}/token/adjustments", jun.id);
    let body = json!({"amount": 200, "reason": "For the test"});
    studio.operator.post(&path, Some("give"), body).await.ok(201);
    jun.until("/v1/wallets/token", |wallet| wallet["available"] == 300).await;
    (studio, jun)
}

#[tokio::test]
async fn a_tip_reaches_the_artist_less_the_fee() {
    let (studio, jun) = generous().await;
    let painter = studio.painter("one").await;
    let picture = studio.paint(&jun, &painter, "own").await;
    let before = studio.artist.until("/v1/wallets/earning", |w| w["available"] == 18).await;
    assert_eq!(before["available"], 18);
    let tip = json!({"artist": studio.artist.id, "amount": 20, "generation": picture});
    let given = jun.post("/v1/tips", Some("thanks"), tip.clone()).await.ok(201);
    assert_eq!(given["earned"], 18);
    assert_eq!(jun.post("/v1/tips", Some("thanks"), tip).await.ok(201)["id"], given["id"]);
    studio.artist.until("/v1/wallets/earning", |w| w["available"] == 36).await;
    for (who, asset, amount) in [(&jun, "token", -20), (&studio.artist, "earning", 18)] {
        let path = format!("/v1/wallets/{asset}/transactions?kind=tip");
        let lines = who.until(&path, |list| list["data"][0].is_object()).await;
        let line = &lines["data"][0];
        assert_eq!((&line["amount"], &line["related_transfer_id"]), (&json!(amount), &given["id"]));
        assert_eq!(line["related_generation_id"], picture.as_str());
    }
    let to_nobody = json!({"artist": jun.id, "amount": 1});
    jun.post("/v1/tips", Some("self"), to_nobody).await.problem(422, "validation-failed");
    for (artist, amount, wrong) in [
        (jun.id.as_str(), 1, "/artist"),
        (studio.artist.id.as_str(), 0, "/amount"),
        (studio.artist.id.as_str(), -5, "/amount"),
    ] {
        let tip = json!({"artist": artist, "amount": amount});
        let problem = jun.post("/v1/tips", Some(&format!("{artist}{amount}")), tip).await;
        let problem = problem.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["pointer"], wrong);
        let detail = text(&problem["errors"][0], "detail");
        assert!(wrong != "/amount" || detail.contains("between 1 and"), "{detail}");
    }
    let strange =
        json!({"artist": studio.artist.id, "amount": 1, "generation": uuid::Uuid::now_v7()});
    jun.post("/v1/tips", Some("strange"), strange).await.problem(404, "not-found");
}

#[tokio::test]
async fn presents_cannot_be_tipped() {
    let (studio, _) = generous().await;
    let sora = studio.buyer("sora").await;
    let tip = json!({"artist": studio.artist.id, "amount": 1});
    sora.post("/v1/tips", Some("one"), tip).await.problem(409, "non-transferable");
}

#[tokio::test]
async fn of_many_gifts_at_once_a_day_lets_no_more_through_than_its_limit() {
    let (studio, jun) = generous().await;
    let sora = studio.app.person("sora").await;
    let gifts = (0..10).map(|n| {
        let (jun, sora, artist) = (jun.clone(), sora.id.clone(), studio.artist.id.clone());
        tokio::spawn(async move {
            let key = format!("race-{n}");
            let answer = if n % 2 == 0 {
                jun.post("/v1/transfers", Some(&key), json!({"to": sora, "amount": 10})).await
            } else {
                jun.post("/v1/tips", Some(&key), json!({"artist": artist, "amount": 10})).await
            };
            (answer.status.as_u16(), answer.body["code"].clone())
        })
    });
    let (mut given, mut refused) = (0, 0);
    for gift in gifts.collect::<Vec<_>>() {
        match gift.await.unwrap() {
            (201, _) => given += 1,
            (409, code) if code == "daily-limit" => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((given, refused), (6, 4));
    let left = jun.post("/v1/tips", Some("last"), json!({"artist": studio.artist.id, "amount": 1}));
    let problem = left.await.problem(409, "daily-limit");
    assert_eq!((&problem["limit"], &problem["left"]), (&json!(60), &json!(0)));
}

#[tokio::test]
async fn a_wallet_that_ran_low_says_so_to_who_asked_for_it() {
    let (studio, jun) = generous().await;
    let path = "/v1/wallets/token/alerts";
    let set = |body: Value| jun.send(Method::PUT, path, None, Some(body));
    let answer = set(json!({"low_balance": 290})).await.ok(200);
    assert_eq!(answer["low_balance"], 290);
    let high = jun.until("/v1/wallets/token", |wallet| wallet["low_balance"] == 290).await;
    assert_eq!(high["runs_low"], false);
    set(json!({})).await.problem(422, "validation-failed");
    set(json!({"low_balance": -1})).await.problem(422, "validation-failed");
    let gift = json!({"artist": studio.artist.id, "amount": 11});
    jun.post("/v1/tips", Some("one"), gift).await.ok(201);
    let said = "select count(*) from es.events where event_type = 'wallet.ran_low'";
    let log = studio.app.database.client(super::support::Role::Superuser).await;
    assert_eq!(log.query_one(said, &[]).await.unwrap().get::<_, i64>(0), 1);
    jun.until("/v1/wallets/token", |wallet| wallet["runs_low"] == true).await;
    let answer = set(json!({"low_balance": null})).await.ok(200);
    assert_eq!(answer["low_balance"], Value::Null);
    assert!(!text(&answer, "position").is_empty());
}
