//! Confirming and canceling, as Toss does both: authenticated, once per idempotency key, the work
//! going on even if the caller hangs up (d1.3).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chrono::Utc;

use super::Till;
use super::cancel::Cancel;
use super::routes::authenticate;
use super::script::Answer;
use super::shop::{Confirm, Reply};

/// Longest idempotency key Toss takes (d1.3).
const IDEMPOTENCY_KEY_MAX: usize = 300;

pub(super) async fn confirm(
    State(till): State<Arc<Till>>,
    headers: HeaderMap,
    Json(asked): Json<Confirm>,
) -> Response {
    once(till, &headers, "/v1/payments/confirm", move |till| {
        let script = till.read(|shop| shop.script_of(&asked.order_id));
        let (reply, changed) = till.change(|shop| shop.confirm(&asked, Utc::now()));
        let announced = if changed { script.webhooks } else { 0 };
        for _ in 0..announced {
            till.announce(&asked.order_id);
        }
        let lost = changed && script.answer == Answer::Lost;
        Work { reply, lost, after: Duration::from_millis(script.answer_after_ms) }
    })
    .await
}

pub(super) async fn cancel(
    State(till): State<Arc<Till>>,
    headers: HeaderMap,
    Path(key): Path<String>,
    Json(asked): Json<Cancel>,
) -> Response {
    let path = format!("/v1/payments/{key}/cancel");
    once(till, &headers, &path, move |till| {
        let (reply, changed) = till.change(|shop| shop.cancel(&key, &asked, Utc::now()));
        let Some(order_id) = changed else {
            return Work { reply, lost: false, after: Duration::ZERO };
        };
        let script = till.read(|shop| shop.script_of(&order_id));
        for _ in 0..script.webhooks {
            till.announce(&order_id);
        }
        let lost = script.cancel.answer == Answer::Lost;
        Work { reply, lost, after: Duration::from_millis(script.cancel.answer_after_ms) }
    })
    .await
}

/// What was done, and how the caller hears of it.
struct Work {
    reply: Reply,
    /// The connection breaks instead.
    lost: bool,
    after: Duration,
}

async fn once(
    till: Arc<Till>,
    headers: &HeaderMap,
    path: &str,
    work: impl FnOnce(&Till) -> Work + Send + 'static,
) -> Response {
    if let Err(reply) = authenticate(headers, &till.secret_key) {
        return reply.into_response();
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(code) = text("tosspayments-test-code") {
        return Reply::error(400, code).into_response();
    }
    let key = text("idempotency-key");
    if key.is_some_and(|key| key.len() > IDEMPOTENCY_KEY_MAX) {
        return Reply::error(400, "INVALID_IDEMPOTENCY_KEY").into_response();
    }
    let slot = key.map(|key| format!("POST {path} {key}"));
    if let Some(first) = slot.as_ref().and_then(|slot| till.change(|shop| shop.begin(slot))) {
        return first.into_response();
    }
    let working = tokio::spawn(async move {
        let Work { reply, lost, after } = work(&till);
        tokio::time::sleep(after).await;
        if let Some(slot) = slot {
            till.change(|shop| shop.finish(&slot, reply.clone()));
        }
        (!lost).then_some(reply)
    });
    match working.await {
        Ok(Some(reply)) => reply.into_response(),
        Ok(None) => broken(),
        Err(_) => Reply::error(500, "UNKNOWN_PAYMENT_ERROR").into_response(),
    }
}

/// A body that breaks off: the caller learns that the connection is gone, and nothing else.
fn broken() -> Response {
    let gone = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(tokio_stream::once(Err::<Vec<u8>, _>(gone))).into_response()
}
