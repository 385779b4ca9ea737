//! Reading: pages, and answers that include one's own writes or say that they cannot.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use super::support::{App, ManualClock, Role, Visitor, app, app_with};

fn get(app: &App, by: &Visitor, path: &str) -> RequestBuilder {
    Client::new().get(format!("{}{path}", app.url)).bearer_auth(&by.token)
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn pages_of_a_list_fit_together_without_gap_or_overlap() {
    let app = app().await;
    let buyer = app.person("buyer").await;
    for n in 0..7 {
        let body = json!({"package_id": "tokens-50"});
        buyer.post("/v1/purchases", Some(&format!("p{n}")), body).await.ok(201);
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/purchases?limit=3".to_owned());
    loop {
        let page = buyer.get(&path).await.ok(200);
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= 3);
        seen.extend(data.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        assert_eq!(page["has_more"], true);
        path = format!("/v1/purchases?limit=3&cursor={cursor}");
    }
    assert_eq!(seen.len(), 7);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 7);

    let last = buyer.get(&path).await.ok(200);
    let back = walk_back(&buyer, &last).await;
    assert_eq!(back, [&seen[3..6], &seen[..3]], "the same pages, the other way");

    let cursor = path.split_once("cursor=").unwrap().1.to_owned();
    let other = app.person("other").await;
    for (by, path) in [
        (&other, format!("/v1/purchases?cursor={cursor}")),
        (&buyer, format!("/v1/purchases?status=paid&cursor={cursor}")),
        (&buyer, format!("/v1/wallets/token/transactions?cursor={cursor}")),
    ] {
        let refused = by.get(&path).await.problem(422, "validation-failed");
        assert_eq!(refused["errors"][0]["pointer"], "?cursor", "{path}");
    }
}

/// The pages before one, as ids, the nearest first.
async fn walk_back(buyer: &Visitor, from: &Value) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), from["prev_cursor"].clone());
    while let Some(back) = cursor.as_str() {
        let page = buyer.get(&format!("/v1/purchases?limit=3&cursor={back}")).await.ok(200);
        assert_eq!((&page["has_more"], page["next_cursor"].is_string()), (&json!(true), true));
        let ids = page["data"].as_array().unwrap().iter();
        pages.push(ids.map(|entry| entry["id"].as_str().unwrap().to_owned()).collect());
        cursor = page["prev_cursor"].clone();
    }
    pages
}

#[tokio::test]
async fn a_page_links_to_the_ones_beside_it_with_the_filters_it_was_asked_with() {
    let app = app().await;
    for name in ["ada", "bob", "cid"] {
        let person = app.person(name).await;
        person.post("/v1/artists", None, json!({"artist_name": name})).await.ok(201);
    }
    let (visitor, list) = (app.visitor(), "/v1/artists?sort=followers&limit=1");
    visitor.until(list, |page| page["data"][0]["artist_name"] == "cid").await;
    let (mut seen, mut path) = (Vec::new(), list.to_owned());
    loop {
        let answer = visitor.get(&path).await;
        let link = answer.headers.get("link").map(|link| link.to_str().unwrap().to_owned());
        let page = answer.ok(200);
        seen.push(page["data"][0]["artist_name"].clone());
        let links: Vec<String> =
            link.iter().flat_map(|l| l.split(", ")).map(str::to_owned).collect();
        assert_eq!(links.iter().any(|link| link.ends_with("rel=\"prev\"")), seen.len() > 1);
        let Some(next) = links.iter().find(|link| link.ends_with("rel=\"next\"")) else { break };
        path = next[1..].split_once('>').unwrap().0.to_owned();
        assert!(path.starts_with(&format!("{list}&cursor=")), "{path}");
    }
    assert_eq!(seen, ["cid", "bob", "ada"], "nobody is followed yet: the youngest first");
    let newest =
        format!("/v1/artists?sort=-created&cursor={}", path.split_once("cursor=").unwrap().1);
    visitor.get(&newest).await.problem(422, "validation-failed");
    visitor.get("/v1/artists?sort=earnings").await.problem(422, "validation-failed");
}

#[tokio::test]
async fn a_table_that_cannot_catch_up_in_time_is_never_shown_as_if_it_had() {
    let app = app().await;
    let ada = app.person("ada").await;

    // Nobody can move this checkpoint while we hold it.
    let mut client = app.database.client(Role::Superuser).await;
    let held = client.transaction().await.unwrap();
    const HOLD: &str =
        "select 1 from control.checkpoints where projection = 'purchases' for update";
    held.execute(HOLD, &[]).await.unwrap();

    let purchase = ada.post("/v1/purchases", Some("p"), json!({"package_id": "tokens-50"})).await;
    let position = purchase.ok(201)["position"].as_str().unwrap().to_owned();
    let read = || get(&app, &ada, "/v1/purchases").header("min-position", &position);
    let late = read().header("prefer", "wait=1").send().await.unwrap();
    assert_eq!((late.status().as_u16(), header(&late, "retry-after")), (503, Some("1")));
    let problem: Value = late.json().await.unwrap();
    assert_eq!(problem["code"], "projection-lagging");

    let stale = read().header("prefer", "wait=1, handling=lenient").send().await.unwrap();
    assert_eq!((stale.status().as_u16(), header(&stale, "stale")), (200, Some("true")));

    held.rollback().await.unwrap();
    let fresh = read().header("prefer", "wait=5").send().await.unwrap();
    assert_eq!((fresh.status().as_u16(), header(&fresh, "stale")), (200, None));
    assert!(header(&fresh, "projection-position").unwrap() >= position.as_str());
}

#[tokio::test]
async fn a_client_that_wants_no_body_gets_only_the_position() {
    let app = app().await;
    let ada = app.person("ada").await;
    let minimal = Client::new()
        .post(format!("{}/v1/artists", app.url))
        .bearer_auth(&ada.token)
        .header("prefer", "return=minimal")
        .json(&json!({"artist_name": "Ada Paints"}));
    let minimal = minimal.send().await.unwrap();
    assert_eq!(minimal.status(), 204);
    assert!(header(&minimal, "position").is_some());
    assert_eq!(minimal.text().await.unwrap(), "");
}

#[tokio::test]
async fn a_token_ends_when_it_says() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    let ada = app.person("ada").await;
    clock.advance(Duration::from_secs(599));
    ada.get("/v1/me").await.ok(200);
    clock.advance(Duration::from_secs(1));
    ada.get("/v1/me").await.problem(401, "token-expired");
}

#[tokio::test]
async fn of_many_guesses_at_once_no_more_are_heard_than_in_turn() {
    let app = app_with(None, Arc::new(ManualClock::at_present())).await;
    app.person("ada").await;
    let guess = |password: &str| json!({"email": "ada@it.example", "password": password});
    let guesses = (0..40).map(|n| {
        let (visitor, guess) = (app.visitor(), guess(&format!("is it this? {n}")));
        async move { visitor.post("/v1/auth/login", None, guess).await.status.as_u16() }
    });
    let heard = join_all(guesses).await.into_iter().filter(|status| *status == 401).count();
    assert_eq!(heard, 10);
    let right = app.visitor().post("/v1/auth/login", None, guess("correct horse battery")).await;
    right.problem(429, "quota-exceeded");
}

#[tokio::test]
async fn who_guesses_a_password_is_slowed_down() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    app.person("ada").await;
    let guess = json!({"email": "ada@it.example", "password": "is it this?"});
    for _ in 0..10 {
        let wrong = app.visitor().post("/v1/auth/login", None, guess.clone()).await;
        wrong.problem(401, "invalid-credentials");
    }
    let slowed = app.visitor().post("/v1/auth/login", None, guess).await;
    assert!(slowed.headers.contains_key("retry-after"));
    slowed.problem(429, "quota-exceeded");
    clock.advance(Duration::from_secs(601));
    app.visitor().sign_in("ada@it.example", "correct horse battery").await;
}

#[tokio::test]
async fn a_balance_of_the_past_is_what_it_was_then() {
    let app = app().await;
    let ada = app.person("ada").await;
    ada.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;
    let page = ada.get("/v1/wallets/token/transactions").await.ok(200);
    let welcome = page["data"][0]["position"].as_str().unwrap();
    let before = "2020-01-01T00:00:00Z";
    for (query, posted) in
        [(format!("position={welcome}"), 100), (format!("at={before}"), 0), (String::new(), 100)]
    {
        let balance = ada.get(&format!("/v1/wallets/token/balance?{query}")).await.ok(200);
        assert_eq!(balance["posted"], posted, "{query}");
    }
}

#[tokio::test]
async fn everything_works_without_a_broker() {
    let app = app_with(None, Arc::new(eventstore::command::SystemClock)).await;
    let ada = app.person("ada").await;
    ada.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;
    let ready = ada.until("/readyz", |ready| ready["ready"] == true).await;
    assert_eq!(ready["nats"]["state"], "not configured");
}
