//! Stopping loses nothing that was answered, and what was answered is found again.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;

use super::support::app;

/// Sign-ups on their way when the service is told to stop.
const PEOPLE: usize = 24;

#[tokio::test]
async fn what_was_answered_before_the_stop_is_there_after_it() {
    let mut app = app().await;
    let url = app.url.clone();
    let http = reqwest::Client::new();
    let sign_up = |n: usize| {
        let body = json!({
            "email": format!("p{n}@it.example"), "password": "correct horse battery",
            "display_name": "P", "username": format!("person{n}"),
        });
        http.post(format!("{url}/v1/auth/register")).json(&body).send()
    };
    let under_way = tokio::spawn(join_all((0..PEOPLE).map(sign_up).collect::<Vec<_>>()));
    tokio::time::sleep(Duration::from_millis(150)).await;
    app.stop().await;
    let answers = under_way.await.unwrap();
    app.start().await;

    let mut answered = 0;
    for (n, answer) in answers.into_iter().enumerate() {
        let Ok(answer) = answer else { continue }; // Never accepted, so never promised.
        assert_eq!(answer.status(), 201, "a request that got in was worked off");
        answered += 1;
        let email = format!("p{n}@it.example");
        let person = app.visitor().sign_in(&email, "correct horse battery").await;
        person.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;
    }
    assert!(answered > 0, "the stop came before anything");
}

#[tokio::test]
async fn an_idle_service_stops_at_once() {
    let mut app = app().await;
    let ada = app.person("ada").await;
    ada.get("/v1/me").await.ok(200); // Its connection stays open.
    tokio::time::timeout(Duration::from_secs(5), app.stop()).await.unwrap();
}
