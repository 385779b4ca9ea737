//! `POST /v1/webhooks/toss` (d1.5): what a delivery leads to, a process finds out by asking Toss.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use domain::purchases::{PROVIDER, purchase_of};

use super::{Arrived, header, read};
use crate::app::App;
use crate::http::Trace;
use crate::problem::Problem;
use crate::providers::toss;

/// Store a delivery of Toss. 200 says that it is stored, not that it was believed.
#[utoipa::path(post, path = "/v1/webhooks/toss", tag = "webhooks", operation_id = "receive_toss",
    request_body(content = serde_json::Value, description = "One of Toss's three envelopes"),
    responses((status = 200, description = "Stored"),
        (status = 503, description = "The store is down: send it again")))]
pub async fn receive_toss(
    State(app): State<App>,
    trace: Trace,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (parts, body) = request.into_parts();
    let body = read(body).await?;
    let delivery = toss::delivery(&body);
    let arrived = Arrived {
        provider: PROVIDER,
        delivery_id: header(&parts.headers, "tosspayments-webhook-transmission-id").to_owned(),
        event_type: delivery.event_type,
        body,
        purchase: delivery.order_id.as_deref().and_then(purchase_of),
        rejected: None,
    };
    arrived.store(&app, &trace).await?;
    Ok(StatusCode::OK)
}
