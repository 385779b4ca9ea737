//! Generations over HTTP: from a quote to a published picture, and everything that may come
//! between (GEN, P5).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use eventstore::command::SystemClock;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use worker::{Options, Worker};

use super::support::studio::{ARTISTS_SHARE, STYLE_PRICE, Studio, WELCOME, studio, text};
use super::support::{ManualClock, Version, Visitor, app_with};

async fn quote(buyer: &Visitor, studio: &Studio) -> Value {
    buyer.post("/v1/generations/quote", None, studio.wish()).await.ok(200)
}

/// What is asked for, at the price that was quoted.
fn quoted(studio: &Studio, quote: &Value) -> Value {
    let mut order = studio.wish();
    order["quote_id"] = quote["quote_id"].clone();
    order
}

#[tokio::test]
async fn a_picture_is_quoted_painted_paid_published_and_seen() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let (stop, stopped) = watch::channel(false);
    let options = Options {
        url: studio.app.url.clone(),
        key: studio.app.worker_key("painter").await,
        gpu: "none".to_owned(),
        classes: vec!["default".to_owned()],
        pace: Duration::ZERO,
    };
    let painter = Worker::register(options).await.unwrap();
    let painting = tokio::spawn(async move { painter.run(stopped).await });

    let quote = quote(&buyer, &studio).await;
    assert_eq!(quote["total"], json!({"token": STYLE_PRICE}));
    let order = quoted(&studio, &quote);
    let id = text(&buyer.post("/v1/generations", Some("1"), order).await.ok(202), "id");
    let path = format!("/v1/generations/{id}");
    let done = buyer.until(&path, |generation| generation["cost"]["charged"] == 20).await;
    assert_eq!(done["status"], "completed");
    assert_eq!((&done["prompt"], &done["seed"]), (&json!("a lighthouse at dusk"), &json!(7)));
    assert_eq!(done["outputs"][0]["width"], 64);
    buyer.until("/v1/wallets/token", |w| w["available"] == WELCOME - STYLE_PRICE).await;
    studio.artist.until("/v1/wallets/earning", |w| w["available"] == ARTISTS_SHARE).await;

    let stranger = studio.app.person("sora").await;
    let file = format!("/v1/images/{}/file", text(&done["outputs"][0], "image_id"));
    stranger.get(&path).await.problem(404, "not-found");
    stranger.get(&file).await.problem(404, "not-found");
    let found = buyer.get(&file).await;
    assert_eq!(found.status, 302);
    let picture = reqwest::get(found.headers["location"].to_str().unwrap()).await.unwrap();
    assert!(picture.bytes().await.unwrap().starts_with(b"\x89PNG"));

    buyer.post(&format!("{path}/publish"), None, json!({})).await.ok(200);
    buyer.until(&path, |generation| generation["published_at"].is_string()).await;
    assert_eq!(stranger.get("/v1/feed").await.ok(200)["data"][0]["id"], id.as_str());
    assert_eq!(stranger.get(&path).await.ok(200)["cost"], json!(null));
    let of_style = format!("/v1/styles/{}/generations", studio.style);
    assert_eq!(stranger.get(&of_style).await.ok(200)["data"][0]["id"], id.as_str());
    buyer.post(&format!("{path}/unpublish"), None, json!({})).await.ok(200);
    buyer.until("/v1/feed", |feed| feed["data"] == json!([])).await;
    stranger.get(&path).await.problem(404, "not-found");
    stop.send_replace(true);
    painting.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_prefers_to_wait_is_answered_when_it_is_done() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let painter = studio.painter("one").await;
    let delivering = tokio::spawn(async move {
        let job = painter.claim().await;
        painter.deliver(&job).await;
    });
    let mut order = studio.wish();
    order["is_public"] = json!(true);
    let ask = async || {
        let request = reqwest::Client::new().post(format!("{}/v1/generations", studio.app.url));
        let request = request.bearer_auth(&buyer.token).header("prefer", "wait=30");
        request.header("idempotency-key", "1").json(&order).send().await.unwrap()
    };
    let answer = ask().await;
    assert_eq!(answer.status(), 200);
    let done: Value = answer.json().await.unwrap();
    assert_eq!((&done["status"], &done["cost"]["charged"]), (&json!("completed"), &json!(20)));
    assert!(done["published_at"].is_string(), "it was to be published when done");
    delivering.await.unwrap();
    let again = ask().await;
    assert_eq!(
        (again.status().as_u16(), &again.headers()["idempotency-replayed"]),
        (200, &"true".parse().unwrap())
    );
    assert_eq!(again.json::<Value>().await.unwrap()["id"], done["id"]);
}

#[tokio::test]
async fn without_a_broker_everything_is_the_same() {
    let studio = Studio::open(app_with(None, Arc::new(SystemClock)).await).await;
    let buyer = studio.buyer("jun").await;
    let painter = studio.painter("one").await;
    let id = studio.ask(&buyer, "1").await;
    let job = painter.claim().await;
    painter.progress(&job, 2).await;
    let path = format!("/v1/generations/{id}");
    let painted = buyer.until(&path, |generation| generation["status"] == "processing").await;
    assert_eq!(painted["progress"]["progress_percent"], 50);
    painter.deliver(&job).await;
    buyer.until(&path, |generation| generation["status"] == "completed").await;
    studio.artist.until("/v1/wallets/earning", |w| w["available"] == ARTISTS_SHARE).await;
}

#[tokio::test]
async fn without_enough_tokens_nothing_happens() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let price = format!("/v1/styles/{}/price", studio.style);
    studio.artist.send(Method::PUT, &price, None, Some(json!({"cost": 101}))).await.ok(200);
    let refused = buyer.post("/v1/generations", Some("1"), studio.wish()).await;
    let refused = refused.problem(402, "insufficient-funds");
    let figures = (&refused["asset"], &refused["needed"], &refused["available"]);
    assert_eq!(figures, (&json!("token"), &json!(101), &json!(WELCOME)));
    assert_eq!(buyer.available("token").await, WELCOME);
    assert_eq!(buyer.get("/v1/generations").await.ok(200)["data"], json!([]));
}

#[tokio::test]
async fn a_quote_holds_for_five_minutes_for_one_person_whatever_the_style_costs_by_then() {
    let clock = ManualClock::at_present();
    let studio = Studio::open(app_with(Some(Version::Old), Arc::new(clock.clone())).await).await;
    let (buyer, other) = (studio.buyer("jun").await, studio.buyer("sora").await);
    let quote = quote(&buyer, &studio).await;
    let order = quoted(&studio, &quote);
    let not_theirs = other.post("/v1/generations", Some("1"), order.clone()).await;
    assert_eq!(not_theirs.problem(422, "validation-failed")["errors"][0]["pointer"], "/quote_id");
    let mut twice_agreed = order.clone();
    twice_agreed["max_cost"] = json!(20);
    buyer.post("/v1/generations", Some("2"), twice_agreed).await.problem(422, "validation-failed");

    let price = format!("/v1/styles/{}/price", studio.style);
    let dearer = json!({"cost": STYLE_PRICE + 1});
    studio.artist.send(Method::PUT, &price, None, Some(dearer)).await.ok(200);
    clock.advance(Duration::from_secs(299));
    buyer.post("/v1/generations", Some("4"), order.clone()).await.ok(202);
    clock.advance(Duration::from_secs(1));
    buyer.post("/v1/generations", Some("5"), order.clone()).await.problem(410, "quote-expired");
    buyer.post("/v1/generations", Some("4"), order).await.ok(202);
    assert_eq!(buyer.available("token").await, WELCOME - STYLE_PRICE, "one was accepted");
}

#[tokio::test]
async fn a_picture_is_asked_for_only_as_it_can_be_painted_and_paid() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let ask = async |key: &str, change: &dyn Fn(&mut Value)| {
        let mut order = studio.wish();
        change(&mut order);
        buyer.post("/v1/generations", Some(key), order).await
    };
    let wrong = ask("1", &|order| {
        order["width"] = json!(4096);
        order["steps"] = json!(0);
        order["cfg_scale"] = json!(7.55);
    });
    let wrong = wrong.await.problem(422, "validation-failed");
    let fields: Vec<_> =
        wrong["errors"].as_array().unwrap().iter().map(|e| text(e, "pointer")).collect();
    assert_eq!(fields, ["/width", "/steps", "/cfg_scale"]);
    ask("2", &|order| order["max_cost"] = json!(19)).await.problem(409, "price-changed");
    ask("3", &|order| order["style_id"] = json!(uuid::Uuid::nil())).await.problem(404, "not-found");
    ask("4", &|order| order["image"] = json!(1)).await.problem(422, "validation-failed");
    buyer
        .post("/v1/generations", None, studio.wish())
        .await
        .problem(400, "idempotency-key-required");
    let unpublish = format!("/v1/styles/{}/unpublish", studio.style);
    studio.artist.post(&unpublish, None, json!({})).await.ok(200);
    ask("5", &|_| {}).await.problem(409, "style-not-usable");
    buyer.post("/v1/generations/quote", None, studio.wish()).await.problem(409, "style-not-usable");
    assert_eq!(buyer.available("token").await, WELCOME);
}

#[tokio::test]
async fn the_same_request_again_is_the_same_generation_and_costs_once() {
    let studio = studio().await;
    let buyer = studio.buyer("jun").await;
    let first = buyer.post("/v1/generations", Some("1"), studio.wish()).await.ok(202);
    assert_eq!(first["queue_position"], 1);
    let again = buyer.post("/v1/generations", Some("1"), studio.wish()).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let again = again.ok(202);
    assert_eq!((&again["id"], &again["queue_position"]), (&first["id"], &Value::Null));
    let mine = buyer.get("/v1/generations?status=queued,processing").await.ok(200);
    assert_eq!(mine["data"].as_array().unwrap().len(), 1);
    assert_eq!(buyer.get("/v1/generations?status=failed").await.ok(200)["data"], json!([]));
    buyer.get("/v1/generations?status=faild").await.problem(422, "validation-failed");
    assert_eq!(buyer.available("token").await, WELCOME - STYLE_PRICE);
    let own = studio.artist.post("/v1/generations/quote", None, studio.wish()).await.ok(200);
    assert_eq!(own["total"], json!({}), "an artist's own style costs its artist nothing");
}

#[tokio::test]
async fn the_same_is_asked_for_once_more_when_it_has_ended() {
    let studio = studio().await;
    let (jun, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    let mut wish = studio.wish();
    let sides = wish.as_object_mut().unwrap();
    sides.retain(|member, _| !["width", "height"].contains(&member.as_str()));
    sides.insert("aspect_ratio".to_owned(), json!("3:2"));
    let asked = jun.post("/v1/generations", Some("first"), wish).await.ok(202);
    let first = format!("/v1/generations/{}", text(&asked, "id"));
    let retry = format!("{first}/retry");
    jun.post(&retry, Some("early"), json!({})).await.problem(409, "conflict");
    jun.post(&retry, None, json!({})).await.problem(400, "idempotency-key-required");
    jun.post(&format!("{first}/cancel"), None, json!({})).await.ok(200);
    jun.post(&retry, Some("dear"), json!({"max_cost": 1})).await.problem(409, "price-changed");
    let stranger = studio.app.person("stranger").await;
    stranger.post(&retry, Some("again"), json!({})).await.problem(404, "not-found");

    let again = jun.post(&retry, Some("again"), json!({})).await.ok(202);
    let same = jun.post(&retry, Some("again"), json!({})).await.ok(202);
    assert_eq!(again["id"], same["id"]);
    painter.deliver(&painter.claim().await).await;
    let second = format!("/v1/generations/{}", text(&again, "id"));
    let second = jun.until(&second, |generation| generation["status"] == "completed").await;
    let first = jun.get(&first).await.ok(200);
    for same in ["prompt", "seed", "width", "height", "steps", "sampler", "style_id"] {
        assert_eq!(first[same], second[same], "{same}");
    }
    assert_eq!((&second["retried_from"], &second["aspect_ratio"]), (&first["id"], &json!("3:2")));
    assert_eq!(first["retried_from"], Value::Null);
}

#[tokio::test]
async fn what_is_said_about_a_picture_is_shown_with_it_and_only_its_owner_says_it() {
    let studio = studio().await;
    let (jun, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    let id = studio.paint(&jun, &painter, "one").await;
    let path = format!("/v1/generations/{id}");
    let say = async |by: &Visitor, body| by.send(Method::PATCH, &path, None, Some(body)).await;
    let said = say(&jun, json!({"description": "Dusk, second try"})).await.ok(200);
    assert_eq!(said["description"], "Dusk, second try");
    jun.post(&format!("{path}/publish"), None, json!({})).await.ok(200);
    let shown = studio.app.visitor().until_answer(&path, |answer| answer.status == 200).await;
    assert_eq!(shown.body["description"], "Dusk, second try");
    let stranger = studio.app.person("stranger").await;
    say(&stranger, json!({"description": "Mine"})).await.problem(404, "not-found");
    for wrong in [json!({}), json!({"description": ""}), json!({"description": 7})] {
        say(&jun, wrong).await.problem(422, "validation-failed");
    }
    say(&jun, json!({"description": null})).await.ok(200);
    assert_eq!(jun.get(&path).await.ok(200)["description"], Value::Null);
    let wrong =
        json!({"prompt": "x", "style_id": studio.wish()["style_id"], "aspect_ratio": "7:5"});
    let wrong = jun.post("/v1/generations/quote", None, wrong).await;
    wrong.problem(422, "validation-failed");
}
