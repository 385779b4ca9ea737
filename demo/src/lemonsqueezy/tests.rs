//! The stand-in keeps the protocol it stands in for, seen from a shop's side.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use axum::routing::post;
use serde_json::json;

use super::*;

const KEY: &str = "ls_key";
const SECRET: &str = "ls_test_secret_0123456789";

async fn stand_in(options: Options) -> (LemonSqueezy, reqwest::Client) {
    let policy = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().redirect(policy).build().unwrap();
    (LemonSqueezy::start(options).await.unwrap(), client)
}

fn kim() -> Custom {
    Custom { user_id: "kim".to_owned(), checkout_id: "c".to_owned() }
}

#[tokio::test]
async fn a_letter_is_signed_over_its_raw_bytes_as_documented() {
    let (lemon, _) = stand_in(Options::new(KEY, SECRET)).await;
    let body: Value = json!({"meta": {"event_name": "x"}});
    let letter = lemon.sign(&body);
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature: Vec<u8> = (0..32)
        .map(|byte| u8::from_str_radix(&letter.signature[2 * byte..2 * byte + 2], 16).unwrap())
        .collect();
    aws_lc_rs::hmac::verify(&key, &letter.body, &signature).unwrap();
}

#[tokio::test]
async fn a_webhook_is_sent_again_three_times_and_then_given_up() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    async fn hook() -> StatusCode {
        SEEN.fetch_add(1, Ordering::SeqCst);
        StatusCode::ACCEPTED // Only 200 counts.
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let app = axum::Router::new().route("/hook", post(hook));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let options = Options {
        webhook_url: Some(url),
        second: Duration::from_micros(100),
        ..Options::new(KEY, SECRET)
    };
    let (lemon, _) = stand_in(options).await;
    lemon.subscribe(111, kim());
    while lemon.attempts().len() < 16 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(SEEN.load(Ordering::SeqCst), 16, "four webhooks, four times each");
}

#[tokio::test]
async fn a_checkout_is_paid_once_and_leads_back_to_the_shop() {
    let (lemon, client) = stand_in(Options::new(KEY, SECRET)).await;
    let asked = json!({"data": {
        "attributes": {
            "product_options": {"redirect_url": "http://shop/done"},
            "checkout_data": {"custom": {"user_id": "kim", "checkout_id": "c"}},
        },
        "relationships": {
            "store": {"data": {"id": "1"}}, "variant": {"data": {"id": "111"}},
        },
    }});
    let make = client.post(format!("{}/v1/checkouts", lemon.url())).json(&asked);
    let refused = make.try_clone().unwrap().send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let made: Value = make.bearer_auth(KEY).send().await.unwrap().json().await.unwrap();
    let page = made["data"]["attributes"]["url"].as_str().unwrap();
    for _ in 0..2 {
        let paid = client.post(page).send().await.unwrap();
        assert_eq!(paid.headers()["location"], "http://shop/done");
    }
    assert_eq!(lemon.subscription(7_000_001).unwrap().custom, kim());
    assert_eq!(lemon.invoices(7_000_001).len(), 1);
    let events: Vec<_> = lemon.letters().into_iter().map(|letter| letter.event).collect();
    let expected = ["order_created", "subscription_created", "subscription_updated"];
    assert_eq!(events[..3], expected);
    assert_eq!(events[3..], ["subscription_payment_success"]);
}

#[tokio::test]
async fn a_payment_that_failed_is_recovered_under_two_names() {
    let (lemon, _) = stand_in(Options::new(KEY, SECRET)).await;
    let id = lemon.subscribe(112, kim());
    assert!(lemon.act(id, Act::Fail));
    assert_eq!(lemon.subscription(id).unwrap().status, "past_due");
    assert!(lemon.act(id, Act::Recover));
    let invoices = lemon.invoices(id);
    assert_eq!((invoices.len(), invoices[1].status.as_str()), (2, "paid"));
    let letters = lemon.letters();
    let two: Vec<_> = letters[letters.len() - 2..].iter().map(|letter| &letter.event).collect();
    assert_eq!(two, ["subscription_payment_success", "subscription_payment_recovered"]);
    assert!(!lemon.act(id, Act::Recover), "nothing is left to recover");
}

#[tokio::test]
async fn what_is_paid_after_all_goes_on_though_it_was_cancelled_meanwhile() {
    let (lemon, _) = stand_in(Options::new(KEY, SECRET)).await;
    let id = lemon.subscribe(112, kim());
    for act in [Act::Fail, Act::Cancel, Act::Recover] {
        assert!(lemon.act(id, act));
    }
    let shown = lemon.subscription(id).unwrap();
    assert_eq!((shown.status.as_str(), shown.cancelled, shown.ends_at), ("active", false, None));
}

#[tokio::test]
async fn another_cycle_begins_when_it_is_paid_less_what_is_left_of_the_one_before() {
    let (lemon, _) = stand_in(Options::new(KEY, SECRET)).await;
    let day = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    lemon.set_time(day("2026-11-20T12:00:00Z"));
    let (year, later) = (lemon.subscribe(112, kim()), lemon.subscribe(112, kim()));
    lemon.set_time(day("2026-11-30T12:00:00Z"));
    assert!(lemon.act(year, Act::Change { variant: 122, at_once: true }));
    let shown = lemon.subscription(year).unwrap();
    assert_eq!((shown.renews_at, shown.anchor), (day("2027-11-30T12:00:00Z"), 30));
    let totals = |id| lemon.invoices(id).iter().map(|one| one.total).collect::<Vec<_>>();
    assert_eq!(totals(year), [7_500, 75_000 - 5_000], "20 of 30 days were left");
    assert!(lemon.act(later, Act::Change { variant: 122, at_once: false }));
    let shown = lemon.subscription(later).unwrap();
    assert_eq!(shown.renews_at, day("2026-12-20T12:00:00Z"), "as before, and nothing is billed");
    assert_eq!(totals(later), [7_500]);
}

#[tokio::test]
async fn a_pause_ends_when_it_was_said_to() {
    let (lemon, _) = stand_in(Options::new(KEY, SECRET)).await;
    let day = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    lemon.set_time(day("2026-11-20T12:00:00Z"));
    let (id, end) = (lemon.subscribe(112, kim()), day("2026-12-01T00:00:00Z"));
    let pause = Pause { mode: PauseMode::Free, resumes_at: Some(end) };
    assert!(lemon.act(id, Act::Pause(pause)));
    let shown = lemon.subscription(id).unwrap().to_json("");
    let expected = json!({"mode": "free", "resumes_at": "2026-12-01T00:00:00.000000Z"});
    assert_eq!(shown["attributes"]["pause"], expected);
    lemon.set_time(day("2026-11-30T00:00:00Z"));
    assert_eq!(lemon.subscription(id).unwrap().status, "paused");
    lemon.set_time(end);
    let shown = lemon.subscription(id).unwrap();
    assert_eq!((shown.status.as_str(), shown.pause), ("active", None));
    assert!(lemon.letters().iter().any(|letter| letter.event == "subscription_unpaused"));
}

#[tokio::test]
async fn a_refund_of_the_first_invoice_is_told_as_the_orders_too() {
    let (lemon, _) = stand_in(Options::new(KEY, SECRET)).await;
    let id = lemon.subscribe(111, kim());
    assert!(lemon.act(id, Act::Refund { cents: Some(1_000) }));
    assert_eq!(lemon.invoices(id)[0].status, "partial_refund");
    assert!(lemon.act(id, Act::Refund { cents: None }));
    let invoice = &lemon.invoices(id)[0];
    assert_eq!((invoice.status.as_str(), invoice.refunded), ("refunded", 2_500));
    assert_eq!(lemon.letters().last().unwrap().event, "order_refunded");
}

#[tokio::test]
async fn lists_have_pages_and_calls_can_be_made_to_fail() {
    let (lemon, client) = stand_in(Options::new(KEY, SECRET)).await;
    for _ in 0..3 {
        lemon.subscribe(111, kim());
    }
    let list = || {
        let query = [("page[size]", "2"), ("page[number]", "2")];
        client
            .get(format!("{}/v1/subscriptions", lemon.url()))
            .query(&query)
            .bearer_auth(KEY)
            .send()
    };
    lemon.trouble(429, 2);
    assert_eq!(list().await.unwrap().status(), 429);
    assert_eq!(list().await.unwrap().status(), 429);
    let page: Value = list().await.unwrap().json().await.unwrap();
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    assert_eq!(page["meta"]["page"]["lastPage"], 2);
}

#[tokio::test]
async fn what_was_subscribed_outlives_the_stand_in() {
    let file = std::env::temp_dir().join(format!("folio-lemon-{}.json", uuid::Uuid::now_v7()));
    let options = Options { file: Some(file.clone()), ..Options::new(KEY, SECRET) };
    let (lemon, _) = stand_in(options.clone()).await;
    let id = lemon.subscribe(121, kim());
    let before = lemon.subscription(id);
    drop(lemon);
    let (lemon, _) = stand_in(options).await;
    assert_eq!(lemon.subscription(id), before);
    std::fs::remove_file(file).unwrap();
}
