//! What may go wrong between Lemon Squeezy and us (d2.5, d2.6): each has an outcome in the inbox, and
//! none costs or gives money.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use demo::lemonsqueezy::{Act, Custom};
use serde_json::{Value, json};

use super::support::Visitor;
use super::support::letters::{body, deliver};
use super::support::shop::{STARTER, STARTER_CREDITS, Shop};

const DAY: &str = "2026-11-20T11:04:54Z";

/// The inbox, newest first.
async fn inbox(operator: &Visitor) -> Vec<Value> {
    let list = operator.get("/v1/admin/webhooks?provider=lemonsqueezy&limit=100").await.ok(200);
    list["data"].as_array().unwrap().clone()
}

/// Waits until there is one of this outcome that says this.
async fn told(operator: &Visitor, outcome: &str, word: &str) -> Value {
    let path = format!("/v1/admin/webhooks?provider=lemonsqueezy&outcome={outcome}&limit=100");
    let says = |one: &Value| {
        ["effect", "error"].iter().any(|at| one[at].as_str().is_some_and(|it| it.contains(word)))
    };
    let list = operator.until(&path, |list| list["data"].as_array().unwrap().iter().any(says));
    list.await["data"].as_array().unwrap().iter().find(|one| says(one)).unwrap().clone()
}

#[tokio::test]
async fn what_is_not_of_our_store_mode_or_price_list_grants_nothing_and_says_why() {
    let shop = Shop::open(DAY).await;
    let operator = shop.app.operator().await;
    shop.subscribe(STARTER);
    let created = body(&shop.app.lemon.letters()[1]);
    for (at, value, outcome, word) in [
        ("store_id", json!(2), "ignored", "store"),
        ("test_mode", json!(false), "ignored", "test_mode"),
        ("variant_id", json!(999), "failed", "variant"),
        ("status", json!("on_the_moon"), "failed", "moon"),
        ("variant_id", json!({}), "failed", "read"),
    ] {
        let mut other = created.clone();
        other["data"]["attributes"][at] = value;
        other["data"]["id"] = json!("7900000");
        assert_eq!(deliver(&shop.app, &shop.app.lemon.sign(&other)).await, 200, "{at}");
        told(&operator, outcome, word).await;
    }
    let mut live = created.clone();
    live["meta"]["test_mode"] = json!(false);
    deliver(&shop.app, &shop.app.lemon.sign(&live)).await;
    let mut unknown = created.clone();
    unknown["meta"]["event_name"] = json!("license_key_created");
    deliver(&shop.app, &shop.app.lemon.sign(&unknown)).await;
    told(&operator, "ignored", "nothing we deal in").await;
    let mut nobody = created;
    nobody["meta"]["custom_data"]["user_id"] = json!(uuid::Uuid::now_v7());
    deliver(&shop.app, &shop.app.lemon.sign(&nobody)).await;
    told(&operator, "failed", "whose").await;
    shop.settled().await;
    assert!(inbox(&operator).await.iter().all(|one| one["outcome"] != "processed"));
    shop.kim.get("/v1/subscriptions/current").await.problem(404, "not-found");
}

#[tokio::test]
async fn an_order_is_never_granted_for_and_its_refund_only_makes_us_look() {
    let mut shop = Shop::open(DAY).await;
    let operator = shop.app.operator().await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    told(&operator, "ignored", "orders").await;
    shop.has(STARTER_CREDITS).await;
    shop.act(id, Act::Refund { cents: None });
    let letters = shop.app.lemon.letters();
    let refunded = letters.last().unwrap();
    assert_eq!(refunded.event, "order_refunded");
    assert_eq!(deliver(&shop.app, refunded).await, 200, "the other webhook was lost");
    told(&operator, "processed", "1 invoices").await;
    shop.has(0).await;
}

#[tokio::test]
async fn an_invoice_whose_subscription_nobody_told_of_makes_us_ask_after_a_minute() {
    let shop = Shop::open(DAY).await;
    let operator = shop.app.operator().await;
    let id = shop.subscribe(STARTER);
    let letters = shop.app.lemon.letters();
    let paid = letters.iter().find(|one| one.event == "subscription_payment_success").unwrap();
    assert_eq!(deliver(&shop.app, paid).await, 200);
    told(&operator, "deferred", "not known yet").await;
    let asked = format!("GET /v1/subscriptions/{id}");
    assert!(!shop.app.lemon.asked().contains(&asked), "it may only have been overtaken");
    shop.clock.advance(Duration::from_secs(61));
    told(&operator, "processed", "invoice.paid").await;
    assert!(shop.app.lemon.asked().contains(&asked));
    shop.has(STARTER_CREDITS).await;
}

#[tokio::test]
async fn what_a_delivery_did_stays_in_the_inbox_when_it_is_worked_off_again() {
    let mut shop = Shop::open(DAY).await;
    let operator = shop.app.operator().await;
    shop.subscribe(STARTER);
    shop.deliver().await;
    let done = told(&operator, "processed", "subscription.active").await;
    assert_eq!(done["led_to"], "subscription.active");
    let path = format!("/v1/admin/webhooks/{}", done["id"].as_str().unwrap());
    operator.post(&format!("{path}/replay"), None, json!({})).await.ok(200);
    let again = operator.until(&path, |one| one["replays"] == 1 && one["outcome"] != "received");
    let again = again.await;
    assert_eq!((&again["outcome"], &again["led_to"]), (&json!("processed"), &done["led_to"]));
    assert_eq!(again["effect"], "it says what is known", "what the last look came to");
}

#[tokio::test]
async fn two_subscriptions_of_one_person_are_both_kept_and_one_counts() {
    let mut shop = Shop::open(DAY).await;
    let (checkout, plan) =
        ("/v1/subscriptions/checkout", json!({"plan": "starter", "cycle": "monthly"}));
    let page = shop.kim.post(checkout, Some("one"), plan.clone()).await.ok(201);
    shop.subscribe(STARTER);
    shop.deliver().await;
    shop.stands("active").await;
    shop.subscribe(STARTER);
    shop.deliver().await;
    let both =
        shop.kim.until("/v1/subscriptions", |list| list["data"].as_array().unwrap().len() == 2);
    both.await;
    shop.has(2 * STARTER_CREDITS).await;
    let another = json!({"plan": "pro", "cycle": "monthly"});
    shop.kim.post(checkout, Some("two"), another).await.problem(409, "already-subscribed");
    let again = shop.kim.post(checkout, Some("one"), plan).await;
    assert_eq!(again.ok(201)["checkout_url"], page["checkout_url"], "the stored answer");
}

#[tokio::test]
async fn what_webhooks_missed_the_poll_repairs() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    shop.has(STARTER_CREDITS).await;
    let shown = shop.stands("active").await;
    shop.advance(30).await;
    shop.act(id, Act::Renew);
    shop.lose();
    let operator = shop.app.operator().await;
    let poll = || operator.post("/v1/admin/subscriptions/poll", None, json!({}));
    poll().await.ok(202);
    let path = format!("/v1/subscriptions/{}/invoices", shown["id"].as_str().unwrap());
    let two = |list: &Value| list["data"].as_array().unwrap().len() == 2;
    shop.kim.until(&path, two).await;
    poll().await.ok(202);
    shop.settled().await;
    shop.has(STARTER_CREDITS).await;
    shop.kim.post("/v1/admin/subscriptions/poll", None, json!({})).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_subscription_no_webhook_told_of_is_found_by_the_poll_and_given_to_whose_checkout_it_was()
{
    let mut shop = Shop::open(DAY).await;
    let operator = shop.app.operator().await;
    let plan = json!({"plan": "starter", "cycle": "monthly"});
    let page = shop.kim.post("/v1/subscriptions/checkout", Some("one"), plan).await.ok(201);
    let paid = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .post(page["checkout_url"].as_str().unwrap());
    assert_eq!(paid.send().await.unwrap().status(), 303);
    let stranger = Custom { user_id: "nobody".to_owned(), checkout_id: String::new() };
    shop.app.lemon.subscribe(STARTER, stranger);
    shop.lose();
    operator.post("/v1/admin/subscriptions/poll", None, json!({})).await.ok(202);
    shop.stands("active").await;
    shop.has(STARTER_CREDITS).await;
    let mine = shop.kim.get("/v1/subscriptions").await.ok(200);
    assert_eq!(mine["data"].as_array().unwrap().len(), 1, "the stranger's is nobody's");
}

#[tokio::test]
async fn one_subscription_that_nobody_understands_hides_none_from_the_poll() {
    let mut shop = Shop::open(DAY).await;
    let operator = shop.app.operator().await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    shop.stands("active").await;
    let newer = Custom { user_id: "nobody".to_owned(), checkout_id: String::new() };
    let newer = shop.app.lemon.subscribe(STARTER, newer);
    shop.app.lemon.says(newer, "on_the_moon");
    shop.act(id, Act::Cancel);
    shop.lose();
    operator.post("/v1/admin/subscriptions/poll", None, json!({})).await.ok(202);
    shop.stands("cancelled").await;
    shop.later(Duration::ZERO).await; // The look is over, and not begun again.
}

#[tokio::test]
async fn while_lemon_squeezy_is_away_the_poll_waits_and_goes_on_later() {
    let mut shop = Shop::open(DAY).await;
    let operator = shop.app.operator().await;
    shop.subscribe(STARTER);
    shop.deliver().await;
    shop.has(STARTER_CREDITS).await;
    shop.app.lemon.trouble(503, 2);
    shop.act(7_000_001, Act::Cancel);
    shop.lose();
    operator.post("/v1/admin/subscriptions/poll", None, json!({})).await.ok(202);
    shop.later(Duration::ZERO).await;
    shop.stands("active").await;
    shop.later(Duration::from_secs(60)).await; // It is away still, and asked once a minute.
    shop.stands("active").await;
    shop.later(Duration::from_secs(60)).await;
    shop.stands("cancelled").await;
}
