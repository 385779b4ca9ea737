//! The life of a subscription over HTTP (d2.6): whatever Lemon Squeezy sends, in any order, access
//! follows what it shows and credits follow what was paid, once.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use demo::lemonsqueezy::{Act, Letter, Pause, PauseMode};
use serde_json::json;

use super::support::letters::{body, deliver};
use super::support::shop::{PRO, PRO_CREDITS, STARTER, STARTER_CREDITS, STARTER_YEARLY, Shop};

const DAY: &str = "2026-11-20T11:04:54Z";

/// All orders of a few letters.
fn orders(letters: &[Letter]) -> Vec<Vec<Letter>> {
    if letters.len() <= 1 {
        return vec![letters.to_vec()];
    }
    let mut all = Vec::new();
    for first in 0..letters.len() {
        let mut rest = letters.to_vec();
        let letter = rest.remove(first);
        for mut order in orders(&rest) {
            order.insert(0, letter.clone());
            all.push(order);
        }
    }
    all
}

#[tokio::test]
async fn created_updated_and_paid_in_any_order_and_twice_grant_the_same_once() {
    let shop = Shop::open(DAY).await;
    shop.subscribe(STARTER);
    let letters = shop.app.lemon.letters();
    let (count, letters) = (letters.len(), letters[1..].to_vec());
    assert_eq!(count, 4, "an order, and three about the subscription");
    for (number, order) in orders(&letters).into_iter().enumerate() {
        let person = shop.app.person(&format!("kim{number}")).await;
        let (subscription, invoice) = (7_100_000 + number as u64, 9_100_000 + number as u64);
        for letter in order {
            let mut body = body(&letter);
            body["meta"]["custom_data"]["user_id"] = json!(person.id);
            if body["data"]["type"] == "subscriptions" {
                body["data"]["id"] = json!(subscription.to_string());
            } else {
                body["data"]["id"] = json!(invoice.to_string());
                body["data"]["attributes"]["subscription_id"] = json!(subscription);
            }
            let letter = shop.app.lemon.sign(&body);
            let twice = [deliver(&shop.app, &letter), deliver(&shop.app, &letter)];
            assert_eq!(futures::future::join_all(twice).await, [200; 2]);
        }
        // What overtook its subscription was put off for two seconds.
        shop.settled().await;
        shop.clock.advance(std::time::Duration::from_secs(3));
        let wallet = person.until("/v1/wallets", |list| {
            list["data"]
                .as_array()
                .unwrap()
                .iter()
                .any(|one| one["asset"] == "credit" && one["available"] != 0)
        });
        let wallet = wallet.await;
        let credit = wallet["data"].as_array().unwrap().iter().find(|one| one["asset"] == "credit");
        assert_eq!(credit.unwrap()["available"], STARTER_CREDITS, "order {number}");
    }
}

#[tokio::test]
async fn a_renewal_that_failed_and_was_recovered_is_granted_once() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    shop.has(STARTER_CREDITS).await;
    shop.advance(30).await;
    shop.act(id, Act::Fail);
    shop.deliver().await;
    let due = shop.stands("past_due").await;
    assert!(due["grace_period_end"].is_string(), "{due}");
    shop.advance(3).await;
    shop.act(id, Act::Recover);
    shop.deliver().await;
    shop.stands("active").await;
    shop.settled().await;
    let subscription = text(&shop.stands("active").await, "id");
    let path = format!("/v1/subscriptions/{subscription}/invoices");
    let invoices = shop.kim.get(&path);
    assert_eq!(invoices.await.ok(200)["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_paid_by_way_of_a_cancellation_shows_no_grace() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    shop.stands("active").await;
    shop.advance(30).await;
    for (act, status) in
        [(Act::Fail, "past_due"), (Act::Cancel, "cancelled"), (Act::Recover, "active")]
    {
        shop.act(id, act);
        shop.deliver().await;
        let shown = shop.stands(status).await;
        assert_eq!(shown["grace_period_end"].is_string(), status == "past_due", "{shown}");
        assert_eq!(shown["ends_at"].is_string(), status == "cancelled", "{shown}");
    }
}

#[tokio::test]
async fn cancelled_resumed_cancelled_and_expired_ends_access_with_what_was_paid() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    shop.stands("active").await;
    for (act, status) in
        [(Act::Cancel, "cancelled"), (Act::Resume, "active"), (Act::Cancel, "cancelled")]
    {
        shop.advance(1).await;
        shop.act(id, act);
        shop.deliver().await;
        let shown = shop.stands(status).await;
        assert_eq!(shown["renews_at"].is_null(), status == "cancelled", "{shown}");
    }
    shop.advance(31).await;
    shop.act(id, Act::Expire);
    shop.deliver().await;
    let over = shop.kim.until_answer("/v1/subscriptions/current", |answer| answer.status == 404);
    over.await;
    let all = shop.kim.get("/v1/subscriptions").await.ok(200);
    assert_eq!(all["data"][0]["status"], "expired");
    let again = json!({"plan": "starter", "cycle": "monthly"});
    shop.kim.post("/v1/subscriptions/checkout", Some("again"), again).await.ok(201);
}

#[tokio::test]
async fn a_better_plan_counts_at_once_and_brings_credits_for_what_is_left() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    shop.has(STARTER_CREDITS).await;
    shop.advance(15).await;
    shop.act(id, Act::Change { variant: PRO, at_once: true });
    shop.deliver().await;
    shop.becomes(|shown| shown["plan"] == "pro").await;
    // Half of the period is left, so half of the difference comes.
    shop.has(STARTER_CREDITS + (PRO_CREDITS - STARTER_CREDITS) / 2).await;
}

#[tokio::test]
async fn a_smaller_plan_counts_with_the_next_renewal() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(PRO);
    shop.deliver().await;
    shop.has(PRO_CREDITS).await;
    shop.act(id, Act::Change { variant: STARTER, at_once: false });
    shop.deliver().await;
    let shown = shop.becomes(|shown| shown["next_plan"] == "starter").await;
    assert_eq!(shown["plan"], "pro");
    shop.has(PRO_CREDITS).await;
    shop.advance(30).await;
    shop.act(id, Act::Renew);
    shop.deliver().await;
    shop.becomes(|shown| shown["plan"] == "starter").await;
}

#[tokio::test]
async fn what_is_paid_back_takes_its_share_of_the_credits_and_no_more() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    shop.has(STARTER_CREDITS).await;
    shop.act(id, Act::Refund { cents: Some(1_000) });
    shop.deliver().await;
    shop.has(STARTER_CREDITS * 15 / 25).await;
    shop.act(id, Act::Refund { cents: None });
    shop.deliver().await;
    shop.has(0).await;
    let unpaid = shop.stands("active").await;
    assert_eq!(unpaid["remaining_credits"], 0, "a refund does not end the subscription");
}

#[tokio::test]
async fn a_year_that_was_paid_brings_credits_each_month_cancelled_or_not() {
    let mut shop = Shop::open("2027-01-31T10:00:00Z").await;
    let id = shop.subscribe(STARTER_YEARLY);
    shop.deliver().await;
    shop.has(STARTER_CREDITS).await;
    let subscription = text(&shop.stands("active").await, "id");
    let path = format!("/v1/subscriptions/{subscription}/history?limit=100");
    let granted = |list: &serde_json::Value| {
        let told = list["data"].as_array().unwrap().iter();
        told.filter(|one| one["change_type"] == "month_granted").count()
    };
    for month in 2..=5 {
        shop.advance(31).await;
        shop.kim.until(&path, |list| granted(list) == month).await;
        shop.has(STARTER_CREDITS).await;
    }
    shop.act(id, Act::Cancel);
    shop.deliver().await;
    shop.stands("cancelled").await;
    shop.advance(31).await;
    shop.kim.until(&path, |list| granted(list) == 6).await;
    shop.has(STARTER_CREDITS).await;
}

fn text(value: &serde_json::Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_pause_grants_nothing_and_ends_when_collection_goes_on() {
    let mut shop = Shop::open(DAY).await;
    let id = shop.subscribe(STARTER);
    shop.deliver().await;
    shop.has(STARTER_CREDITS).await;
    for mode in [PauseMode::Void, PauseMode::Free] {
        shop.advance(1).await;
        shop.act(id, Act::Pause(Pause { mode, resumes_at: None }));
        shop.deliver().await;
        shop.stands("paused").await;
        shop.has(STARTER_CREDITS).await;
        shop.advance(1).await;
        shop.act(id, Act::Unpause);
        shop.deliver().await;
        shop.stands("active").await;
    }
}
