//! The stand-in's routes: Toss's own, and the payment window's.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use serde::Deserialize;
use uuid::Uuid;

use super::command::{cancel, confirm};
use super::shop::Reply;
use super::{Till, steer};

pub(super) fn router(till: Arc<Till>) -> Router {
    Router::new()
        .route("/v1/payments/confirm", post(confirm))
        .route("/v1/payments/{key}", get(payment_by_key))
        .route("/v1/payments/{key}/cancel", post(cancel))
        .route("/v1/payments/orders/{order_id}", get(payment_by_order))
        .route("/pay", get(pay))
        .merge(steer::router())
        .layer(map_response(traced))
        .with_state(till)
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body)).into_response()
    }
}

/// Names the call, for questions to Toss's people.
async fn traced(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&Uuid::now_v7().simple().to_string()) {
        response.headers_mut().insert("x-tosspayments-trace-id", id);
    }
    response
}

/// Basic authentication with the secret key as user and an empty password (d1.1).
pub(super) fn authenticate(headers: &HeaderMap, secret_key: &str) -> Result<(), Reply> {
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
