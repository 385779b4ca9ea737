//! What owners ask of their subscriptions over HTTP (c6): carried to Lemon Squeezy once, and true
//! when it shows it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use serde_json::json;

use super::support::Role;
use super::support::caller::PASSWORD;
use super::support::shop::{PRO, PRO_CREDITS, STARTER, STARTER_CREDITS, Shop};

const DAY: &str = "2026-11-20T11:04:54Z";

/// Kim with an active subscription: its path.
async fn subscribed(shop: &mut Shop) -> String {
    shop.subscribe(STARTER);
    shop.deliver().await;
    let shown = shop.stands("active").await;
    format!("/v1/subscriptions/{}", shown["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_checkout_leads_to_a_page_that_names_its_owner_and_the_same_request_to_the_same_page() {
    let shop = Shop::open(DAY).await;
    let plan = json!({"plan": "starter", "cycle": "monthly"});
    let path = "/v1/subscriptions/checkout";
    let page = shop.kim.post(path, Some("one"), plan.clone()).await.ok(201);
    let again = shop.kim.post(path, Some("one"), plan.clone()).await.ok(201);
    assert_eq!(page["checkout_url"], again["checkout_url"]);
    assert_eq!(page["id"], again["id"]);
    let url = page["checkout_url"].as_str().unwrap();
    assert!(url.starts_with(&shop.app.lemon.url()), "{url}");
    shop.kim.post(path, None, plan).await.problem(400, "idempotency-key-required");
    let free = json!({"plan": "free", "cycle": "monthly"});
    shop.kim.post(path, Some("free"), free).await.problem(409, "conflict");
    let gold = json!({"plan": "gold", "cycle": "monthly"});
    shop.kim.post(path, Some("gold"), gold).await.problem(422, "validation-failed");
}

#[tokio::test]
async fn each_wish_is_carried_once_and_shown_when_it_is_granted() {
    let mut shop = Shop::open(DAY).await;
    let path = subscribed(&mut shop).await;
    for (wish, body, done) in [
        ("cancel", json!({}), ("status", json!("cancelled"))),
        ("resume", json!({}), ("status", json!("active"))),
        ("pause", json!({"mode": "void"}), ("status", json!("paused"))),
        ("unpause", json!({}), ("status", json!("active"))),
        ("change-plan", json!({"plan": "pro", "cycle": "monthly"}), ("plan", json!("pro"))),
    ] {
        shop.advance(1).await;
        let ask = format!("{path}/{wish}");
        let asked = shop.kim.post(&ask, Some(wish), body.clone()).await.ok(202);
        let word = wish.replace('-', "_");
        assert_eq!(asked["requested"], word);
        shop.kim.post(&ask, Some(wish), body).await.ok(202);
        shop.becomes(|shown| shown[done.0] == done.1 && shown["pending_change"].is_null()).await;
        shop.deliver().await;
        shop.settled().await;
    }
    let calls = shop.app.lemon.asked();
    let changes = calls.iter().filter(|call| call.starts_with("PATCH")).count();
    assert_eq!(changes, 4, "{calls:?}");
    assert_eq!(calls.iter().filter(|call| call.starts_with("DELETE")).count(), 1);
}

#[tokio::test]
async fn a_smaller_plan_that_is_taken_back_in_time_costs_nothing() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(PRO);
    shop.deliver().await;
    let path = format!("/v1/subscriptions/{}", shop.stands("active").await["id"].as_str().unwrap());
    for (plan, next) in [("starter", json!("starter")), ("pro", json!(null))] {
        shop.advance(1).await;
        let body = json!({"plan": plan, "cycle": "monthly"});
        shop.kim.post(&format!("{path}/change-plan"), Some(plan), body).await.ok(202);
        shop.becomes(|shown| shown["next_plan"] == next && shown["pending_change"].is_null()).await;
        shop.deliver().await;
    }
    assert_eq!(shop.stands("active").await["plan"], "pro");
    assert_eq!(shop.app.lemon.invoices(id).len(), 1, "it was paid for");
    shop.has(PRO_CREDITS).await;
}

#[tokio::test]
async fn a_year_instead_of_months_is_paid_and_begins_at_once() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    let path = format!("/v1/subscriptions/{}", shop.stands("active").await["id"].as_str().unwrap());
    shop.advance(15).await;
    let year = json!({"plan": "starter", "cycle": "yearly"});
    shop.kim.post(&format!("{path}/change-plan"), Some("year"), year).await.ok(202);
    shop.becomes(|shown| shown["billing_cycle"] == "yearly").await;
    shop.deliver().await;
    let end = json!("2027-12-05T11:04:54Z");
    shop.becomes(|shown| shown["current_period_end"] == end && shown["renews_at"] == end).await;
    let totals: Vec<_> = shop.app.lemon.invoices(id).iter().map(|one| one.total).collect();
    assert_eq!(totals, [2_500, 25_000 - 1_250]);
    shop.has(2 * STARTER_CREDITS).await;
    let months = json!({"plan": "starter", "cycle": "monthly"});
    shop.kim.post(&format!("{path}/change-plan"), Some("months"), months).await.ok(202);
    let shown = shop.becomes(|shown| shown["next_billing_cycle"] == "monthly").await;
    assert_eq!((&shown["billing_cycle"], &shown["renews_at"]), (&json!("yearly"), &end));
}

#[tokio::test]
async fn a_pause_has_the_mode_and_the_end_that_were_asked_for_last() {
    let mut shop = Shop::open(DAY).await;
    let path = subscribed(&mut shop).await;
    let pause = format!("{path}/pause");
    let end = "2026-12-10T00:00:00Z";
    shop.kim.post(&pause, Some("one"), json!({"mode": "void"})).await.ok(202);
    shop.becomes(|shown| shown["pause_mode"] == "void").await;
    let free = json!({"mode": "free", "resumes_at": end});
    shop.kim.post(&pause, Some("two"), free.clone()).await.ok(202);
    let shown = shop.becomes(|shown| shown["pause_mode"] == "free").await;
    assert_eq!(shown["resumes_at"], end);
    let so_already = shop.kim.post(&pause, Some("three"), free).await.ok(200);
    assert!(so_already["requested"].is_null(), "{so_already}");
    shop.advance(20).await;
    shop.deliver().await;
    let shown = shop.stands("active").await;
    assert!(shown["pause_mode"].is_null() && shown["resumes_at"].is_null(), "{shown}");
}

#[tokio::test]
async fn who_wants_out_waits_for_no_other_wish() {
    let mut shop = Shop::open(DAY).await;
    let path = subscribed(&mut shop).await;
    shop.app.lemon.trouble(503, 1);
    let pro = json!({"plan": "pro", "cycle": "monthly"});
    shop.kim.post(&format!("{path}/change-plan"), Some("up"), pro.clone()).await.ok(202);
    shop.settled().await;
    shop.becomes(|shown| shown["pending_change"] == "change_plan").await;
    let pause = json!({"mode": "void"});
    shop.kim.post(&format!("{path}/pause"), Some("rest"), pause).await.problem(409, "conflict");
    shop.kim.post(&format!("{path}/cancel"), Some("out"), json!({})).await.ok(202);
    shop.stands("cancelled").await;
    shop.later(Duration::from_secs(3 * 3600)).await; // All that was put off has rung.
    let calls = shop.app.lemon.asked();
    assert!(!calls.iter().any(|call| call.starts_with("PATCH")), "{calls:?}");
    shop.kim = shop.app.visitor().sign_in_as("kim").await;
    let history = shop.kim.get(&format!("{path}/history")).await.ok(200);
    let failed = history["data"].as_array().unwrap().iter();
    let mut failed = failed.filter(|one| one["change_type"] == "change_failed");
    assert_eq!(failed.next().unwrap()["details"]["code"], "replaced");
    let again = shop.kim.post("/v1/subscriptions/checkout", Some("again"), pro).await;
    let problem = again.problem(409, "already-subscribed");
    assert!(problem["detail"].as_str().unwrap().contains("resume it"), "{problem}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_anothers_is_not_found() {
    let mut shop = Shop::open(DAY).await;
    let path = subscribed(&mut shop).await;
    let stranger = shop.app.person("stranger").await;
    let cancel = format!("{path}/cancel");
    stranger.post(&cancel, Some("x"), json!({})).await.problem(404, "not-found");
    stranger.get(&format!("{path}/portal")).await.problem(404, "not-found");
    shop.kim.post(&cancel, None, json!({})).await.problem(400, "idempotency-key-required");
    let resume = format!("{path}/resume");
    let so_already = shop.kim.post(&resume, Some("r"), json!({})).await.ok(200);
    assert!(so_already["requested"].is_null(), "{so_already}");
    let pause = format!("{path}/pause");
    let past = json!({"mode": "free", "resumes_at": "2020-01-01T00:00:00Z"});
    shop.kim.post(&pause, Some("p"), past).await.problem(422, "validation-failed");
}

#[tokio::test]
async fn a_wish_that_lemon_squeezy_refuses_is_over_and_another_can_follow() {
    let mut shop = Shop::open(DAY).await;
    let path = subscribed(&mut shop).await;
    shop.app.lemon.trouble(422, 1);
    shop.kim.post(&format!("{path}/cancel"), Some("one"), json!({})).await.ok(202);
    shop.becomes(|shown| shown["pending_change"].is_null()).await;
    shop.stands("active").await;
    shop.kim.post(&format!("{path}/cancel"), Some("two"), json!({})).await.ok(202);
    shop.stands("cancelled").await;
}

#[tokio::test]
async fn while_lemon_squeezy_is_away_a_wish_waits_for_it() {
    let mut shop = Shop::open(DAY).await;
    let path = subscribed(&mut shop).await;
    shop.app.lemon.trouble(503, 2);
    shop.kim.post(&format!("{path}/cancel"), Some("one"), json!({})).await.ok(202);
    shop.settled().await;
    shop.becomes(|shown| shown["pending_change"] == "cancel").await;
    shop.later(Duration::from_secs(3)).await; // The first wait is over, and it is still away.
    shop.later(Duration::from_secs(11)).await;
    shop.stands("cancelled").await;
    shop.app.lemon.trouble(500, 1);
    shop.kim.get(&format!("{path}/portal")).await.problem(503, "upstream-unavailable");
}

#[tokio::test]
async fn a_wish_that_is_not_granted_in_time_has_failed_and_another_can_follow() {
    let mut shop = Shop::open(DAY).await;
    let path = subscribed(&mut shop).await;
    shop.app.lemon.trouble(503, u32::MAX);
    shop.kim.post(&format!("{path}/cancel"), Some("one"), json!({})).await.ok(202);
    shop.settled().await;
    for wait in domain::patience::ASK_AGAIN {
        shop.becomes(|shown| shown["pending_change"] == "cancel").await;
        shop.later(wait.to_std().unwrap() + Duration::from_secs(1)).await;
        shop.kim = shop.app.visitor().sign_in_as("kim").await; // Tokens live minutes.
    }
    shop.becomes(|shown| shown["pending_change"].is_null()).await;
    shop.app.lemon.trouble(503, 0);
    shop.kim.post(&format!("{path}/cancel"), Some("two"), json!({})).await.ok(202);
    shop.stands("cancelled").await;
}

#[tokio::test]
async fn what_was_wished_once_is_not_asked_for_again_after_a_restart() {
    let mut shop = Shop::open(DAY).await;
    let path = subscribed(&mut shop).await;
    let pro = json!({"plan": "pro", "cycle": "monthly"});
    shop.kim.post(&format!("{path}/change-plan"), Some("up"), pro).await.ok(202);
    shop.becomes(|shown| shown["plan"] == "pro" && shown["pending_change"].is_null()).await;
    shop.deliver().await;
    shop.settled().await;
    let changes = |shop: &Shop| {
        shop.app.lemon.asked().iter().filter(|call| call.starts_with("PATCH")).count()
    };
    assert_eq!(changes(&shop), 1);
    shop.app.stop().await;
    let forget = "delete from control.checkpoints where projection = 'process:plan-subscription'";
    let superuser = shop.app.database.client(Role::Superuser).await;
    assert_eq!(superuser.execute(forget, &[]).await.unwrap(), 1);
    shop.app.start().await;
    shop.settled().await;
    assert_eq!(changes(&shop), 1, "it was paid once: {:?}", shop.app.lemon.asked());
}

#[tokio::test]
async fn portal_links_are_made_for_the_owner_and_kept_nowhere() {
    let mut shop = Shop::open(DAY).await;
    let path = subscribed(&mut shop).await;
    let portal = shop.kim.get(&format!("{path}/portal")).await;
    assert_eq!(portal.headers["cache-control"], "no-store");
    let links = portal.ok(200);
    assert!(links["customer_portal"].as_str().unwrap().starts_with(&shop.app.lemon.url()));
    assert!(links["update_payment_method"].is_string());
}

#[tokio::test]
async fn who_leaves_for_good_pays_no_longer() {
    let mut shop = Shop::open(DAY).await;
    subscribed(&mut shop).await;
    let leave = json!({"password": PASSWORD});
    shop.kim.post("/v1/me/deletion", None, leave).await.ok(202);
    shop.clock.advance(Duration::from_secs(15 * 24 * 3600));
    while !shop.app.lemon.subscription(7_000_001).unwrap().cancelled {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
