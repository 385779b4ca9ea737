//! `POST /v1/webhooks/toss` (d1.5): what a delivery leads to, a process finds out by asking Toss.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use domain::process::PAYOUT_CHANGED;
use domain::purchases::{PROVIDER, purchase_of};
use domain::webhooks::Mentions;

use super::{Arrived, header, read};
use crate::app::App;
use crate::http::Trace;
use crate::problem::Problem;
use crate::providers::toss;

/// What Toss signs.
const SIGNED: [&str; 2] = [PAYOUT_CHANGED, "seller.changed"];

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
    let toss::Delivery { event_type, order_id } = toss::delivery(&body);
    let rejected = forged(&app, &parts.headers, (event_type.as_deref(), &body));
    let mut delivery_id = header(&parts.headers, "tosspayments-webhook-transmission-id").to_owned();
    if rejected.is_some() {
        metrics::counter!("folio_webhooks_forged_total", "provider" => PROVIDER).increment(1);
        if !app.forgeries.is_worth_keeping(app.clock.now()) {
            return Ok(StatusCode::OK);
        }
        // Under an id of its own: a forgery must not stand in the way of the true delivery.
        delivery_id = format!("forged:{delivery_id}");
    }
    let arrived = Arrived {
        provider: PROVIDER,
        delivery_id,
        event_type,
        body,
        mentions: Mentions {
            purchase: order_id.as_deref().and_then(purchase_of),
            ..Mentions::default()
        },
        rejected,
    };
    arrived.store(&app, &trace).await?;
    Ok(StatusCode::OK)
}

/// What Toss signs and is not signed by Toss. Payments never are, so a signature there says nothing.
fn forged(
    app: &App,
    headers: &HeaderMap,
    (event_type, body): (Option<&str>, &[u8]),
) -> Option<String> {
    if !event_type.is_some_and(|word| SIGNED.contains(&word)) {
        return None;
    }
    let Some(keys) = &app.toss_security else {
        return Some("there is no secret toss-security-key to check it with".to_owned());
    };
    let told = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = told("tosspayments-webhook-signature");
    let fits = keys.fit(signature, told("tosspayments-webhook-transmission-time"), body);
    (!fits).then(|| "its signature does not fit".to_owned())
}
