//! A worker's manners, against a service that has its moods.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{Options, Worker};

/// A service that hands out one job, and what it heard.
#[derive(Default)]
struct Service {
    heard: Vec<(String, Option<String>, Value)>,
    prompt: &'static str,
    /// Answers for the next calls of a path's last part, before it behaves.
    moods: Vec<(&'static str, StatusCode)>,
    url: String,
}

type Shared = Arc<Mutex<Service>>;

async fn answer(
    State(service): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut service = service.lock().unwrap();
    let part = uri.path().rsplit('/').next().unwrap().to_owned();
    let key = headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
    let document = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let first_claim = !service.heard.iter().any(|(heard, _, _)| heard == "POST claims");
    service.heard.push((format!("{method} {part}"), key, document));
    if let Some(index) = service.moods.iter().position(|(moody, _)| *moody == part) {
        return service.moods.remove(index).1.into_response();
    }
    let reply = match &*part {
        "claims" if !first_claim => return StatusCode::NO_CONTENT.into_response(),
        "claims" => json!({"id": Uuid::nil(), "attempt": 2, "parameters": {
            "prompt": service.prompt, "width": 48, "height": 32, "steps": 3, "seed": 7,
        }}),
        "outputs" => {
            let upload_url = format!("{}/upload", service.url);
            json!({"outputs": [{"image_id": Uuid::max(), "upload_url": upload_url}]})
        }
        "heartbeat" => json!({"jobs": [{"state": "held"}]}),
        _ => json!({"canceled": false}),
    };
    axum::Json(reply).into_response()
}

/// Lets a worker work until the service has heard `end`; gives all it heard.
async fn shift(
    prompt: &'static str,
    moods: &[(&'static str, StatusCode)],
    end: &str,
) -> Vec<(String, Option<String>, Value)> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = Service { prompt, moods: moods.to_vec(), url: url.clone(), ..Service::default() };
    let service = Arc::new(Mutex::new(service));
    let app = Router::new().fallback(answer).with_state(Arc::clone(&service));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let options = Options {
        url,
        key: "key".to_owned(),
        gpu: "none".to_owned(),
        classes: vec!["default".to_owned()],
        pace: Duration::ZERO,
    };
    let worker = Worker::register(options).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run(stopped).await });
    while !service.lock().unwrap().heard.iter().any(|(heard, _, _)| heard == end) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send_replace(true);
    working.await.unwrap().unwrap();
    service.lock().unwrap().heard.clone()
}

fn count(heard: &[(String, Option<String>, Value)], what: &str) -> usize {
    heard.iter().filter(|(heard, _, _)| heard == what).count()
}

#[tokio::test]
async fn a_job_is_delivered_once_however_often_it_must_be_said() {
    let unwell = StatusCode::SERVICE_UNAVAILABLE;
    let moods = [("complete", unwell), ("complete", unwell), ("upload", unwell)];
    let heard = shift("the sea", &moods, "POST complete").await;
    let completes: Vec<_> = heard.iter().filter(|(heard, _, _)| heard == "POST complete").collect();
    assert_eq!(completes.len(), 3);
    assert!(completes.iter().all(|(_, key, _)| *key == completes[0].1 && key.is_some()));
    assert_eq!(completes[0].2["attempt"], 2, "the attempt is named");
    assert_eq!(count(&heard, "POST fail"), 0);
}

#[tokio::test]
async fn a_job_that_is_no_longer_ours_is_dropped_without_a_word() {
    let heard = shift("the sea", &[("outputs", StatusCode::CONFLICT)], "POST outputs").await;
    assert_eq!(count(&heard, "PUT upload") + count(&heard, "POST complete"), 0);
    assert_eq!(count(&heard, "POST fail"), 0);
}

#[tokio::test]
async fn what_is_not_painted_here_is_refused_for_good() {
    let heard = shift("Gore, please", &[], "POST fail").await;
    let (_, key, fail) = heard.iter().find(|(heard, _, _)| heard == "POST fail").unwrap();
    assert_eq!(
        (fail["code"].as_str(), fail["retryable"].as_bool()),
        (Some("nsfw_blocked"), Some(false))
    );
    assert!(key.is_some());
}

#[tokio::test]
async fn a_worker_whose_key_no_longer_works_ends() {
    let refused = StatusCode::UNAUTHORIZED;
    let url = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(move || async move { refused });
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    };
    let (gpu, classes, key) = (String::new(), Vec::new(), "key".to_owned());
    let options = Options { url, key, gpu, classes, pace: Duration::ZERO };
    assert!(Worker::register(options).await.is_err());
}
