//! Deliveries of Lemon Squeezy over HTTP (d2.2): what is signed is stored once, what is not is
//! refused, and nothing else is promised.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use demo::lemonsqueezy::{Custom, Letter};
use eventstore::command::SystemClock;
use serde_json::{Value, json};

use super::support::letters::{body, deliver, hold, post};
use super::support::{App, Visitor, app, app_on, database_on, postgres};

/// The first webhook of somebody's subscription, not delivered.
fn letter(app: &App) -> Letter {
    hold(app);
    app.lemon.subscribe(111, Custom::default());
    app.lemon.letters().swap_remove(0)
}

/// What of Lemon Squeezy is in the inbox.
async fn inbox(operator: &Visitor) -> Vec<Value> {
    let list = operator.get("/v1/admin/webhooks?provider=lemonsqueezy&limit=100").await.ok(200);
    list["data"].as_array().unwrap().clone()
}

/// Reads until as many are there.
async fn inbox_of(operator: &Visitor, count: usize) -> Vec<Value> {
    let path = "/v1/admin/webhooks?provider=lemonsqueezy&limit=100";
    let list = operator.until(path, |list| list["data"].as_array().unwrap().len() == count).await;
    list["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_delivery_is_stored_once_however_often_and_from_how_many_sides_it_comes() {
    let app = app().await;
    let (operator, letter) = (app.operator().await, letter(&app));
    let sides = (0..8).map(|_| deliver(&app, &letter));
    assert_eq!(futures::future::join_all(sides).await, [200; 8]);
    let upper = letter.signature.to_uppercase();
    assert_eq!(post(&app, &letter.body, &[&upper]).await, 200, "hex in capitals is hex");
    let stored = inbox_of(&operator, 1).await;
    assert_eq!(stored[0]["event_type"], body(&letter)["meta"]["event_name"]);
}

#[tokio::test]
async fn what_is_not_signed_as_documented_is_refused_and_believed_in_nothing() {
    let app = app().await;
    let (operator, letter) = (app.operator().await, letter(&app));
    let (true_one, bytes) = (letter.signature.as_str(), letter.body.as_slice());
    let (prefixed, zeros) = (format!("sha256={true_one}"), "0".repeat(64));
    for signatures in [
        &[][..],
        &[""],
        &[&true_one[..63]],
        &[&prefixed],
        &[&zeros],
        &["no hex at all, but as long as a signature has to be: 64 letters."],
        &[true_one, true_one],
        &[true_one, &zeros],
    ] {
        assert_eq!(post(&app, bytes, signatures).await, 401, "{signatures:?}");
    }
    let rewritten = serde_json::to_vec_pretty(&body(&letter)).unwrap();
    for other in [&bytes[..bytes.len() - 1], &rewritten, b"", b"{}"] {
        assert_eq!(post(&app, other, &[true_one]).await, 401);
    }
    let shown = inbox(&operator).await;
    assert!(shown.iter().all(|one| one["outcome"] == "rejected"), "{shown:?}");
    assert_eq!(deliver(&app, &letter).await, 200, "no forgery stands in the way of the true one");
}

#[tokio::test]
async fn a_flood_of_forgeries_leaves_a_trace_and_no_more() {
    let app = app().await;
    let operator = app.operator().await;
    let forged = (0..60).map(|n| {
        let body = json!({"n": n}).to_string();
        let app = &app;
        async move { post(app, body.as_bytes(), &["00"]).await }
    });
    assert_eq!(futures::future::join_all(forged).await, [401; 60]);
    let kept = inbox_of(&operator, 20).await;
    assert!(kept.iter().all(|one| one["outcome"] == "rejected"));
}

#[tokio::test]
async fn both_secrets_fit_while_one_takes_the_place_of_the_other() {
    let mut app = app().await;
    let old = letter(&app);
    let file = app.secrets_folder().join("lemonsqueezy-webhook-secrets");
    let secrets = std::fs::read_to_string(&file).unwrap();
    app.stop().await;
    std::fs::write(&file, format!("the new secret\n{secrets}\n")).unwrap();
    app.reload_secrets();
    app.start().await;
    assert_eq!(deliver(&app, &old).await, 200);
    app.stop().await;
    std::fs::write(&file, "the new secret\n").unwrap();
    app.reload_secrets();
    app.start().await;
    assert_eq!(deliver(&app, &old).await, 401, "the old secret is gone");
}

#[tokio::test]
async fn without_a_store_no_delivery_is_believed() {
    let mut app = app().await;
    let letter = letter(&app);
    app.stop().await;
    app.configure(|config| config.lemonsqueezy.shop = None);
    app.start().await;
    assert_eq!(deliver(&app, &letter).await, 401);
}

#[tokio::test]
async fn a_delivery_that_is_too_large_is_not_read() {
    let app = app().await;
    let letter = app.lemon.sign(&json!({"padding": "x".repeat(200 * 1024)}));
    assert_eq!(deliver(&app, &letter).await, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_the_store_cannot_take_is_sent_again() {
    let mut server = postgres().await;
    let database = database_on(&server.url()).await;
    let app = app_on(database, None, Arc::new(SystemClock)).await;
    let (operator, letter) = (app.operator().await, letter(&app));
    tokio::task::block_in_place(|| server.crash());
    assert_eq!(deliver(&app, &letter).await, 503);
    tokio::task::block_in_place(|| server.start());
    let mut status = 503;
    while status == 503 {
        status = deliver(&app, &letter).await;
    }
    assert_eq!(status, 200);
    inbox_of(&operator, 1).await;
}
