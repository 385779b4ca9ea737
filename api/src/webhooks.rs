//! `POST /v1/webhooks/toss` (d1.5): every delivery is stored before it is believed; what it leads
//! to, a process finds out by asking Toss.

use aws_lc_rs::digest;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use domain::purchases::purchase_of;
use domain::webhooks::ReceiveWebhook;
use domain::{Actor, Sha256, WebhookId};

use crate::app::App;
use crate::http::Trace;
use crate::objects::hex;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::providers::toss;

/// Who sends.
const PROVIDER: &str = "toss";
/// Largest delivery: a payment object has a few kilobytes.
const DELIVERY_BYTES_MAX: usize = 128 * 1024;
/// Longest word of the provider that is kept.
const EVENT_TYPE_CHARS_MAX: usize = 100;
/// Longest delivery id that is kept.
const DELIVERY_ID_BYTES_MAX: usize = 200;

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
    let sha256 = hex(digest::digest(&digest::SHA256, &body).as_ref());
    let delivery = toss::delivery(&body);
    let webhook = WebhookId::of(PROVIDER, &format!("{}:{sha256}", delivery_id(&parts.headers)));
    let decision = ReceiveWebhook {
        webhook,
        provider: PROVIDER.to_owned(),
        event_type: delivery.event_type.map(|word| clean(&word)),
        body_sha256: Sha256::parse(&sha256).or_fault("hash a delivery")?,
        body: body.to_vec(),
        purchase: delivery.order_id.as_deref().and_then(purchase_of),
    };
    let metadata = trace.metadata(Actor::Webhook(PROVIDER.to_owned()), app.clock.now());
    app.execute(app.fact("webhook:toss", webhook.0), metadata, decision).await?;
    Ok(StatusCode::OK)
}

async fn read(body: Body) -> Result<bytes::Bytes, Problem> {
    to_bytes(body, DELIVERY_BYTES_MAX).await.map_err(|e| {
        Problem::new(Slug::MalformedRequest, "The delivery is too large or broke off.")
            .status(StatusCode::PAYLOAD_TOO_LARGE)
            .because(e)
    })
}

/// The same for all attempts at one delivery.
fn delivery_id(headers: &HeaderMap) -> &str {
    let id = headers.get("tosspayments-webhook-transmission-id");
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    id.get(..DELIVERY_ID_BYTES_MAX).unwrap_or(id)
}

/// Anybody can send us words: what is kept is short and can be stored.
fn clean(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(EVENT_TYPE_CHARS_MAX).collect()
}
