//! The stand-in's routes: Toss's own, the payment window's, and those that tests steer it by.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use serde::Deserialize;
use serde_json::Value;

use super::Till;
use super::script::{Answer, Script};
use super::shop::{Confirm, Reply};

/// Longest idempotency key Toss takes (d1.3).
const IDEMPOTENCY_KEY_MAX: usize = 300;

pub(super) fn router(till: Arc<Till>) -> Router {
    Router::new()
        .route("/v1/payments/confirm", post(confirm))
        .route("/v1/payments/{key}", get(payment_by_key))
        .route("/v1/payments/orders/{order_id}", get(payment_by_order))
        .route("/pay", get(pay))
        .route("/_script", put(script_all))
        .route("/_script/{order_id}", put(script_one))
        .route("/_script/{order_id}/announce", post(announce))
        .route("/_script/{order_id}/forge", post(forge))
        .route("/_script/deliveries", get(deliveries))
        .with_state(till)
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body)).into_response()
    }
}

async fn confirm(
    State(till): State<Arc<Till>>,
    headers: HeaderMap,
    Json(asked): Json<Confirm>,
) -> Response {
    if let Err(reply) = authenticate(&headers, &till.secret_key) {
        return reply.into_response();
    }
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    if key.is_some_and(|key| key.len() > IDEMPOTENCY_KEY_MAX) {
        return Reply::error(400, "INVALID_IDEMPOTENCY_KEY").into_response();
    }
    let slot = key.map(|key| format!("POST /v1/payments/confirm {key}"));
    if let Some(first) = slot.as_ref().and_then(|slot| till.change(|shop| shop.begin(slot))) {
        return first.into_response();
    }
    // The work goes on even if the caller hangs up, as it would at Toss.
    match tokio::spawn(work(till, asked, slot)).await {
        Ok(Heard::Reply(reply)) => reply.into_response(),
        Ok(Heard::Nothing) => broken(),
        Err(_) => Reply::error(500, "UNKNOWN_PAYMENT_ERROR").into_response(),
    }
}

/// What the caller hears in the end.
enum Heard {
    Reply(Reply),
    Nothing,
}

/// Confirms, announces, waits as told, and keeps the answer under its key.
async fn work(till: Arc<Till>, asked: Confirm, slot: Option<String>) -> Heard {
    let script = till.read(|shop| shop.script_of(&asked.order_id));
    let (reply, changed) = till.change(|shop| shop.confirm(&asked, Utc::now()));
    if changed {
        for _ in 0..script.webhooks {
            till.announce(&asked.order_id);
        }
    }
    tokio::time::sleep(Duration::from_millis(script.answer_after_ms)).await;
    if let Some(slot) = slot {
        till.change(|shop| shop.finish(&slot, reply.clone()));
    }
    if changed && script.answer == Answer::Lost { Heard::Nothing } else { Heard::Reply(reply) }
}

/// A body that breaks off: the caller learns that the connection is gone, and nothing else.
fn broken() -> Response {
    let gone = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(tokio_stream::once(Err::<Vec<u8>, _>(gone))).into_response()
}

/// Basic authentication with the secret key as user and an empty password (d1.1).
fn authenticate(headers: &HeaderMap, secret_key: &str) -> Result<(), Reply> {
    let value = headers.get("authorization").and_then(|value| value.to_str().ok());
    let decoded = value
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((user, "")) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
        return Err(Reply::error(403, "INCORRECT_BASIC_AUTH_FORMAT"));
    };
    if user == secret_key { Ok(()) } else { Err(Reply::error(401, "UNAUTHORIZED_KEY")) }
}

async fn payment_by_key(
    State(till): State<Arc<Till>>,
    headers: HeaderMap,
    Path(key): Path<String>,
) -> Reply {
    if let Err(reply) = authenticate(&headers, &till.secret_key) {
        return reply;
    }
    let found = till.read(|shop| shop.by_key(&key).map(Reply::payment));
    found.unwrap_or_else(|| Reply::error(404, "NOT_FOUND_PAYMENT"))
}

async fn payment_by_order(
    State(till): State<Arc<Till>>,
    headers: HeaderMap,
    Path(order_id): Path<String>,
) -> Reply {
    if let Err(reply) = authenticate(&headers, &till.secret_key) {
        return reply;
    }
    let found = till.read(|shop| shop.payments.get(&order_id).map(Reply::payment));
    found.unwrap_or_else(|| Reply::error(404, "NOT_FOUND_PAYMENT"))
}

/// What the browser SDK is given (d1.2).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Window {
    order_id: String,
    order_name: String,
    amount: i64,
    success_url: String,
}

/// The payment window of a customer who agrees: back to the shop with the payment's key.
async fn pay(State(till): State<Arc<Till>>, Query(window): Query<Window>) -> Redirect {
    let Window { order_id, order_name, amount, success_url } = window;
    let payment = till.change(|shop| shop.agree(&order_id, &order_name, amount, Utc::now()));
    let separator = if success_url.contains('?') { '&' } else { '?' };
    Redirect::to(&format!(
        "{success_url}{separator}paymentType=NORMAL&orderId={order_id}&paymentKey={}&amount={amount}",
        payment.key
    ))
}

async fn script_all(State(till): State<Arc<Till>>, Json(script): Json<Script>) {
    till.change(|shop| shop.script(None, script));
}

async fn script_one(
    State(till): State<Arc<Till>>,
    Path(order_id): Path<String>,
    Json(script): Json<Script>,
) {
    till.change(|shop| shop.script(Some(&order_id), script));
}

/// Announces once more how the payment stands.
async fn announce(State(till): State<Arc<Till>>, Path(order_id): Path<String>) -> StatusCode {
    if till.announce(&order_id) { StatusCode::ACCEPTED } else { StatusCode::NOT_FOUND }
}

/// Announces what is not true: fields of the body replace fields of the payment.
async fn forge(
    State(till): State<Arc<Till>>,
    Path(order_id): Path<String>,
    Json(lies): Json<serde_json::Map<String, Value>>,
) -> StatusCode {
    if till.forge(&order_id, lies) { StatusCode::ACCEPTED } else { StatusCode::NOT_FOUND }
}

async fn deliveries(State(till): State<Arc<Till>>) -> Json<Value> {
    Json(serde_json::json!(till.messenger.attempts()))
}
