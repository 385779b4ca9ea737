//! `GET /v1/me/entitlements`: what the caller may do (SUB-03).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::plans::{Feature, Tier};
use projections::{plans, subscriptions};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, Caller, MinPosition};
use crate::problem::{OrFault as _, Problem};

/// What the caller may do. What is null has no limit.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entitlements {
    /// By which plan: the tier.
    #[schema(example = "pro")]
    plan: String,
    /// By which version of it.
    plan_version: i64,
    /// By which subscription.
    subscription_id: Option<Uuid>,
    /// Credits each month.
    credits: i64,
    /// Bytes of pictures.
    storage_bytes: Option<i64>,
    /// Jobs that may run at once.
    queue_count: Option<i64>,
    /// By key: whether it can be done, and how far.
    #[schema(value_type = Object)]
    features: BTreeMap<String, Feature>,
}

impl From<subscriptions::Entitlement> for Entitlements {
    fn from(row: subscriptions::Entitlement) -> Self {
        Self {
            plan: row.plan,
            plan_version: row.plan_version,
            subscription_id: row.subscription_id,
            credits: row.credits,
            storage_bytes: row.storage_bytes,
            queue_count: row.queue_count,
            features: row.features.0,
        }
    }
}

impl From<plans::Plan> for Entitlements {
    fn from(row: plans::Plan) -> Self {
        Self {
            plan: row.name,
            plan_version: row.version,
            subscription_id: None,
            credits: row.credits,
            storage_bytes: row.storage_bytes,
            queue_count: row.queue_count,
            features: row.features.0,
        }
    }
}

/// What I may do. Whoever never subscribed has the free plan as it is now.
#[utoipa::path(get, path = "/v1/me/entitlements", tag = "users", operation_id = "read_entitlements",
    params(MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "Limits and features", body = Entitlements)))]
pub async fn read_entitlements(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
) -> Result<Json<Entitlements>, Problem> {
    at_least.reached(&app, &["subscriptions", "plans"]).await?;
    let own = subscriptions::entitlements(caller.reads(&app), caller.user.0).await;
    if let Some(own) = own.or_fault("read entitlements")? {
        return Ok(Json(own.into()));
    }
    let free = plans::named(app.reads.public(), Tier::Free.word()).await;
    let free = free.or_fault("read the free plan")?;
    Ok(Json(free.ok_or_else(|| Problem::not_found("plan"))?.into()))
}
