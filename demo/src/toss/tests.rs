//! The stand-in keeps the protocol it stands in for, seen from a shop's side.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use axum::routing::post;

use super::*;

const SECRET: &str = "test_sk_example0000000000000000";

async fn shop_with(options: Options) -> (Toss, reqwest::Client) {
    // A connection each: a broken one must not be met again.
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    (Toss::start(options).await.unwrap(), client)
}

async fn confirm(
    toss: &Toss,
    client: &reqwest::Client,
    order_id: &str,
    key: &str,
) -> reqwest::Result<(u16, Value)> {
    let payment = toss.payment(order_id).unwrap();
    let answer = client
        .post(format!("{}/v1/payments/confirm", toss.url()))
        .basic_auth(SECRET, Some(""))
        .header("Idempotency-Key", key)
        .json(&json!({"paymentKey": payment.key, "orderId": order_id, "amount": payment.amount}))
        .send()
        .await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}

#[tokio::test]
async fn the_secret_key_is_the_user_and_the_colon_is_required() {
    let (toss, client) = shop_with(Options::new(SECRET)).await;
    let ask = |value: &'static str| {
        client.get(format!("{}/v1/payments/orders/p_1", toss.url())).header("authorization", value)
    };
    let vectors = [
        ("Basic dGVzdF9za19leGFtcGxlMDAwMDAwMDAwMDAwMDAwMDo=", 404, "NOT_FOUND_PAYMENT"),
        ("Basic dGVzdF9za19leGFtcGxlMDAwMDAwMDAwMDAwMDAwMA==", 403, "INCORRECT_BASIC_AUTH_FORMAT"),
        ("Basic b3RoZXI6", 401, "UNAUTHORIZED_KEY"),
    ];
    for (header, status, code) in vectors {
        let answer = ask(header).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{header}");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code);
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_under_the_same_key() {
    let (toss, client) = shop_with(Options::new(SECRET)).await;
    toss.agree("p_1", "Tokens 50", 5_000);
    toss.script(Some("p_1"), Script::lost_answer());
    assert!(confirm(&toss, &client, "p_1", "confirm-1").await.is_err(), "the connection breaks");
    assert_eq!(toss.payment("p_1").unwrap().status, Status::Done);
    let (status, payment) = confirm(&toss, &client, "p_1", "confirm-1").await.unwrap();
    assert_eq!((status, payment["status"].as_str()), (200, Some("DONE")));
    let (status, problem) = confirm(&toss, &client, "p_1", "confirm-2").await.unwrap();
    assert_eq!((status, problem["code"].as_str()), (400, Some("ALREADY_PROCESSED_PAYMENT")));
}

#[tokio::test]
async fn a_request_still_running_under_a_key_is_a_conflict() {
    let (toss, client) = shop_with(Options::new(SECRET)).await;
    toss.agree("p_1", "Tokens 50", 5_000);
    toss.script(None, Script::late_answer(500));
    let (first, second) = tokio::join!(confirm(&toss, &client, "p_1", "k"), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        confirm(&toss, &client, "p_1", "k").await
    });
    assert_eq!(first.unwrap().0, 200);
    assert_eq!(second.unwrap().1["code"], "IDEMPOTENT_REQUEST_PROCESSING");
}

#[tokio::test]
async fn a_webhook_is_repeated_under_one_id_until_it_is_answered_with_200() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    async fn hook() -> StatusCode {
        match SEEN.fetch_add(1, Ordering::SeqCst) {
            0 => StatusCode::SERVICE_UNAVAILABLE,
            1 => StatusCode::ACCEPTED, // Other 2xx do not count.
            _ => StatusCode::OK,
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let app = axum::Router::new().route("/hook", post(hook));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let options = Options {
        webhook_url: Some(url),
        minute: Duration::from_millis(5),
        ..Options::new(SECRET)
    };
    let (toss, client) = shop_with(options).await;
    toss.agree("p_1", "Tokens 50", 5_000);
    confirm(&toss, &client, "p_1", "k").await.unwrap();
    while toss.attempts().len() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let attempts = toss.attempts();
    assert_eq!(
        attempts.iter().map(|a| a.status).collect::<Vec<_>>(),
        [Some(503), Some(202), Some(200)]
    );
    assert!(attempts.iter().all(|a| a.transmission_id == attempts[0].transmission_id));
}

#[tokio::test]
async fn what_was_paid_outlives_the_stand_in() {
    let store = std::env::temp_dir().join(format!("folio-toss-{}.json", uuid::Uuid::now_v7()));
    let options = Options { store: Some(store.clone()), ..Options::new(SECRET) };
    let (toss, client) = shop_with(options.clone()).await;
    toss.agree("p_1", "Tokens 50", 5_000);
    confirm(&toss, &client, "p_1", "k").await.unwrap();
    let paid = toss.payment("p_1");
    drop(toss);
    let (toss, client) = shop_with(options).await;
    assert_eq!(toss.payment("p_1"), paid);
    assert_eq!(confirm(&toss, &client, "p_1", "k").await.unwrap().0, 200, "the key is remembered");
    std::fs::remove_file(store).unwrap();
}

#[tokio::test]
async fn the_payment_window_sends_the_browser_back_with_the_key() {
    let (toss, _) = shop_with(Options::new(SECRET)).await;
    let policy = reqwest::redirect::Policy::none();
    let browser = reqwest::Client::builder().redirect(policy).build().unwrap();
    let window = [
        ("orderId", "p_1"),
        ("orderName", "Tokens 50"),
        ("amount", "5000"),
        ("successUrl", "http://shop/ok?id=1"),
    ];
    let answer = browser.get(format!("{}/pay", toss.url())).query(&window).send().await.unwrap();
    let key = toss.payment("p_1").unwrap().key;
    let expected =
        format!("http://shop/ok?id=1&paymentType=NORMAL&orderId=p_1&paymentKey={key}&amount=5000");
    assert_eq!(answer.headers()["location"].to_str().unwrap(), expected);
}
