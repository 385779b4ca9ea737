//! The routes that tests and people steer the stand-in by: scripts, and the hands of the bank and of
//! the dashboard.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::Value;

use super::Till;
use super::cancel::Event;
use super::script::Script;

pub(super) fn router() -> Router<Arc<Till>> {
    Router::new()
        .route("/_script", put(script_all))
        .route("/_script/{order_id}", put(script_one))
        .route("/_script/{order_id}/announce", post(announce))
        .route("/_script/{order_id}/forge", post(forge))
        .route("/_script/{order_id}/happens", post(happens))
        .route("/_script/deliveries", get(deliveries))
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

/// The button of the developer centre: `{"is": "deposited"}`, `reversed`, `expired`, or `canceled`
/// with an amount.
async fn happens(
    State(till): State<Arc<Till>>,
    Path(order_id): Path<String>,
    Json(event): Json<Event>,
) -> StatusCode {
    if till.happens(&order_id, &event) { StatusCode::ACCEPTED } else { StatusCode::CONFLICT }
}

async fn deliveries(State(till): State<Arc<Till>>) -> Json<Value> {
    Json(serde_json::json!(till.messenger.attempts()))
}
