//! `GET /v1/subscriptions/{id}/portal` (c6): links made now, for its owner. They live 24 hours and
//! are never kept.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use domain::SubscriptionId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::checkout::unhelpful;
use crate::app::App;
use crate::extract::{Caller, Path};
use crate::problem::{OrFault as _, Problem};
use crate::subscriptions::carrier::known;

/// Pages of Lemon Squeezy for the owner of a subscription. Whoever has them is taken for the owner.
#[derive(Serialize, ToSchema)]
pub struct PortalBody {
    /// Everything about it: invoices, plan, card.
    customer_portal: Option<String>,
    /// Only the card.
    update_payment_method: Option<String>,
}

/// Get pages where the caller can look after a subscription at Lemon Squeezy.
#[utoipa::path(get, path = "/v1/subscriptions/{id}/portal", tag = "subscriptions", operation_id = "read_portal",
    security(("bearer" = [])), params(("id" = Uuid, Path, description = "The subscription")),
    responses((status = 200, description = "Links that live 24 hours", body = PortalBody),
        (status = 503, description = "upstream-unavailable")))]
pub async fn read_portal(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<([(HeaderName, &'static str); 1], Json<PortalBody>), Problem> {
    let state = known(&app, SubscriptionId(id)).await.or_fault("read a subscription")?;
    let lemon_id = state.of(caller.user).map_err(domain::Refusal::from)?.shown.lemon_id;
    let object = app.lemonsqueezy.subscription(lemon_id).await.map_err(|e| unhelpful(&e))?;
    let body = PortalBody {
        customer_portal: object.urls.customer_portal,
        update_payment_method: object.urls.update_payment_method,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)))
}
