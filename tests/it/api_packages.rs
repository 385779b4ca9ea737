//! The price list over HTTP (PUR-01).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use demo::toss::Script;
use reqwest::Method;
use serde_json::{Value, json};

use super::purchases_ground::{BOUGHT, WELCOME, begin, owns, proven};
use super::support::{Answer, App, Visitor, app};

const LIST: &str = "/v1/token-packages";

/// Id, tokens and price of every package.
fn lines<'a>(list: &'a Value) -> Vec<(&'a str, i64, &'a str, i64)> {
    let line = |one: &'a Value| {
        let (id, unit_price) = (one["id"].as_str(), one["unit_price"].as_str());
        let (tokens, amount) = (one["tokens"].as_i64(), one["amount"].as_i64());
        (id.unwrap(), tokens.unwrap(), unit_price.unwrap(), amount.unwrap())
    };
    list["data"].as_array().unwrap().iter().map(line).collect()
}

async fn ask(by: &Visitor, method: Method, name: &str, body: Option<Value>) -> Answer {
    by.send(method, &format!("/v1/admin/packages/{name}"), None, body).await
}

async fn publish(by: &Visitor, name: &str, tokens: i64, unit_price: &str) -> Answer {
    let body = json!({"tokens": tokens, "unit_price": unit_price});
    ask(by, Method::PUT, name, Some(body)).await
}

async fn reprice(by: &Visitor, name: &str, unit_price: &str) -> Answer {
    ask(by, Method::PATCH, name, Some(json!({"unit_price": unit_price}))).await
}

async fn retire(by: &Visitor, name: &str) -> Answer {
    ask(by, Method::DELETE, name, None).await
}

/// The price list, once it has so many lines.
async fn listed(app: &App, count: usize) -> Value {
    let whole = |list: &Value| list["data"].as_array().is_some_and(|data| data.len() == count);
    app.visitor().until(LIST, whole).await
}

async fn buy(buyer: &Visitor, key: &str, package: &str) -> Answer {
    buyer.post("/v1/purchases", Some(key), json!({"package_id": package})).await
}

#[tokio::test]
async fn everybody_sees_the_packages_that_a_new_log_begins_with() {
    let app = app().await;
    let list = listed(&app, 3).await;
    let seeds = [
        ("tokens-50", 50, "100", 5_000),
        ("tokens-150", 150, "100", 15_000),
        ("tokens-500", 500, "100", 50_000),
    ];
    assert_eq!(lines(&list), seeds);
    assert_eq!(list["data"][0]["currency"], "KRW");
    let config = app.visitor().get("/v1/config").await.ok(200);
    assert_eq!(config["packages"], list["data"]);
}

#[tokio::test]
async fn a_new_price_counts_for_what_is_begun_after_it() {
    let mut app = app().await;
    let (operator, buyer) = (app.operator().await, app.person("buyer").await);
    let before = begin(&app, &buyer, Script::default()).await;
    let body = json!({"unit_price": "90.5"});
    let path = "/v1/admin/packages/tokens-150";
    let changed =
        operator.send(Method::PATCH, path, Some("once"), Some(body.clone())).await.ok(200);
    assert_eq!(changed["id"], "tokens-150");
    let again = operator.send(Method::PATCH, path, Some("once"), Some(body)).await.ok(200);
    assert_eq!(again["position"], changed["position"], "a repeated key changes nothing");
    let after = buy(&buyer, "after", "tokens-150").await.ok(201);
    assert_eq!((&after["amount"], &after["order_name"]), (&json!(13_575), &json!("Tokens 150")));
    assert_eq!(before.amount, 15_000);
    before.confirm(&buyer, "confirm").await.ok(200);
    owns(&buyer, WELCOME + BOUGHT).await;

    let list = operator.get(LIST).await.ok(200);
    assert_eq!(lines(&list)[1], ("tokens-150", 150, "90.5", 13_575));
    app.stop().await;
    app.start().await;
    let kept = buy(&buyer, "kept", "tokens-150").await.ok(201);
    assert_eq!(kept["amount"], 13_575, "a start does not undo it");
    proven(&app).await;
}

#[tokio::test]
async fn a_retired_package_cannot_be_begun_and_what_was_begun_can_be_paid() {
    let app = app().await;
    let (operator, buyer) = (app.operator().await, app.person("buyer").await);
    let begun = begin(&app, &buyer, Script::default()).await;
    retire(&operator, "tokens-150").await.ok(200);
    retire(&operator, "tokens-150").await.ok(200);
    let late = buy(&buyer, "late", "tokens-150").await.problem(409, "conflict");
    assert!(late["detail"].as_str().unwrap().contains("sold no more"), "{late}");
    reprice(&operator, "tokens-150", "90").await.problem(409, "conflict");
    begun.confirm(&buyer, "confirm").await.ok(200);
    owns(&buyer, WELCOME + BOUGHT).await;
    let ids =
        |list: &Value| lines(list).into_iter().map(|line| line.0.to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&operator.get(LIST).await.ok(200)), ["tokens-50", "tokens-500"]);

    publish(&operator, "tokens-150", 150, "100").await.ok(200);
    buy(&buyer, "again", "tokens-150").await.ok(201);
    publish(&operator, "small", 10, "120").await.ok(200);
    let list = operator.get(LIST).await.ok(200);
    assert_eq!(lines(&list)[0], ("small", 10, "120", 1_200), "the smallest first");
    assert_eq!(buy(&buyer, "small", "small").await.ok(201)["amount"], 1_200);
}

#[tokio::test]
async fn a_price_that_cannot_be_charged_says_which_field_is_wrong() {
    let app = app().await;
    let (operator, buyer) = (app.operator().await, app.person("buyer").await);
    for (name, tokens, unit_price, pointer) in [
        ("odd", 3, "33.5", "/unit_price"),
        ("odd", 1, "99", "/unit_price"),
        ("odd", 1, "-100", "/unit_price"),
        ("odd", 1_000_000, "0.00012", "/unit_price"),
        ("odd", 1, "a hundred", "/unit_price"),
        ("odd", 2, "500000000001", "/unit_price"),
        ("odd", 0, "100", "/tokens"),
        ("odd", -1, "100", "/tokens"),
        ("Odd", 1, "100", "/name"),
    ] {
        let refused = publish(&operator, name, tokens, unit_price).await;
        let problem = refused.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{tokens} at {unit_price}");
    }
    for unit_price in ["0.5", "100.001", "1e3"] {
        let refused = reprice(&operator, "tokens-50", unit_price).await;
        let problem = refused.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["pointer"], "/unit_price", "{unit_price}");
    }
    for unknown in ["odd", "Odd"] {
        reprice(&operator, unknown, "100").await.problem(404, "not-found");
        retire(&operator, unknown).await.problem(404, "not-found");
        let problem = buy(&buyer, unknown, unknown).await.problem(422, "validation-failed");
        assert_eq!(problem["errors"][0]["pointer"], "/package_id");
    }
}

#[tokio::test]
async fn nobody_but_admins_keeps_the_price_list() {
    let app = app().await;
    let mina = app.person("mina").await;
    publish(&mina, "tokens-50", 50, "1").await.problem(403, "forbidden");
    reprice(&mina, "tokens-50", "2").await.problem(403, "forbidden");
    retire(&mina, "tokens-50").await.problem(403, "forbidden");
    publish(&app.visitor(), "tokens-50", 50, "2").await.problem(401, "unauthenticated");
}
