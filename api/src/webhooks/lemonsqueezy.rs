//! `POST /v1/webhooks/lemonsqueezy` (d2.2): what is signed is stored, in one append, and answered;
//! what it leads to, a process finds out.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use domain::UserId;
use domain::process::plan_subscription::PROVIDER;
use domain::webhooks::Mentions;

use super::{Arrived, read};
use crate::app::App;
use crate::http::Trace;
use crate::problem::{Problem, Slug};
use crate::providers::lemonsqueezy::{self, Forged};

/// Store a delivery of Lemon Squeezy. 200 says that it is stored; anything else has it sent again.
#[utoipa::path(post, path = "/v1/webhooks/lemonsqueezy", tag = "webhooks", operation_id = "receive_lemonsqueezy",
    request_body(content = serde_json::Value, description = "JSON:API, signed as it is"),
    params(("X-Signature" = String, Header, description = "HMAC-SHA256 of the raw body, in hex")),
    responses((status = 200, description = "Stored"),
        (status = 401, description = "bad-signature"),
        (status = 413, description = "malformed-request: more than 128 KiB"),
        (status = 503, description = "The store is down: send it again")))]
pub async fn receive_lemonsqueezy(
    State(app): State<App>,
    trace: Trace,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (parts, body) = request.into_parts();
    let body = read(body).await?;
    let delivery = lemonsqueezy::delivery(&body);
    let mut arrived = Arrived {
        provider: PROVIDER,
        delivery_id: String::new(), // All that tells deliveries apart stands in their bodies.
        mentions: Mentions {
            purchase: None,
            subscription: delivery.subject.subscription(),
            user: delivery.user.map(UserId),
        },
        event_type: delivery.event,
        body,
        rejected: None,
    };
    let believed = match app.config.lemonsqueezy.shop {
        Some(_) => app.webhook_secrets.verify(&parts.headers, &arrived.body),
        None => Err(Forged::NoSecret),
    };
    if let Err(forged) = believed {
        metrics::counter!("folio_webhooks_forged_total", "provider" => PROVIDER).increment(1);
        if app.forgeries.is_worth_keeping(app.clock.now()) {
            // Under an id of its own: a forgery must not stand in the way of the true delivery.
            arrived.delivery_id = "forged".to_owned();
            arrived.rejected = Some(forged.to_string());
            arrived.store(&app, &trace).await?;
        }
        let detail = "Sign the raw body with the secret of this webhook.";
        return Err(Problem::new(Slug::BadSignature, detail));
    }
    arrived.store(&app, &trace).await?;
    Ok(StatusCode::OK)
}
