//! The inbox (c6): every delivery of every provider, what it led to, and once more if need be.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use chrono::{DateTime, Utc};
use domain::WebhookId;
use domain::process::plan_subscription;
use domain::purchases;
use domain::users::Role;
use domain::webhooks::{BODY, ReplayWebhook, ViewDelivery};
use projections::webhooks as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{
    AtLeast, Caller, List, MinPosition, NoBody, OptionallyKeyed, Page, PageParams, Path, Query,
    Viewing,
};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["webhooks"];
/// Who sees the inbox.
const INSIDE: &[Role] = &[Role::Admin, Role::Support, Role::Auditor];
/// Who sees what a provider said of a payer.
const EVIDENCE: &[Role] = &[Role::Admin, Role::Auditor];

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// `toss` or `lemonsqueezy`.
    #[param(inline)]
    provider: Option<Provider>,
    /// `received`, `processed`, `ignored`, `deferred`, `rejected` or `failed`.
    #[param(inline)]
    outcome: Option<Outcome>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Provider {
    Toss,
    LemonSqueezy,
}

impl Provider {
    const fn word(self) -> &'static str {
        match self {
            Self::Toss => purchases::PROVIDER,
            Self::LemonSqueezy => plan_subscription::PROVIDER,
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Received,
    Processed,
    Ignored,
    Deferred,
    Rejected,
    Failed,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Processed => "processed",
            Self::Ignored => "ignored",
            Self::Deferred => "deferred",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

/// A delivery and what it led to.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryBody {
    /// Which.
    id: Uuid,
    /// Who sent it, or said so.
    provider: String,
    /// The provider's word for what it tells.
    event_type: Option<String>,
    /// `received`, `processed`, `ignored`, `deferred`, `rejected` or `failed`.
    outcome: String,
    /// What it led to, or why it led to nothing, the last time it was worked off.
    effect: Option<String>,
    /// What it led to the first time it led to anything: a replay changes nothing of that.
    led_to: Option<String>,
    /// What went wrong, or what it waits for.
    error: Option<String>,
    /// The purchase it speaks of.
    purchase_id: Option<Uuid>,
    /// Whom it is about.
    user_id: Option<Uuid>,
    /// How often it was put off.
    deferrals: i64,
    /// How often it was worked off again.
    replays: i64,
    /// Hex SHA-256 of the raw body.
    body_sha256: String,
    /// When it arrived.
    received_at: DateTime<Utc>,
    /// When it was last worked on.
    processed_at: Option<DateTime<Utc>>,
}

impl From<read::Delivery> for DeliveryBody {
    fn from(row: read::Delivery) -> Self {
        Self {
            id: row.id,
            provider: row.source,
            event_type: row.event_type,
            outcome: row.status,
            effect: row.effect,
            led_to: row.led_to,
            error: row.error_message,
            purchase_id: row.purchase_id,
            user_id: row.user_id,
            deferrals: row.deferrals,
            replays: row.replays,
            body_sha256: row.body_sha256,
            received_at: row.created_at,
            processed_at: row.processed_at,
        }
    }
}

/// Every provider's deliveries, newest first.
#[utoipa::path(get, path = "/v1/admin/webhooks", tag = "admin", operation_id = "list_deliveries",
    params(DeliveryFilter, PageParams, MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"]), ("bearer" = ["auditor"])),
    responses((status = 200, description = "A page of deliveries", body = List<DeliveryBody>),
        (status = 403, description = "forbidden")))]
pub async fn list_deliveries(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<DeliveryFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<DeliveryBody>, Problem> {
    let reads = caller.reads_as(&app, INSIDE)?;
    at_least.reached(&app, READS).await?;
    let (outcome, provider) =
        (filter.outcome.map(Outcome::word), filter.provider.map(Provider::word));
    let list = format!("deliveries:{outcome:?}:{provider:?}");
    let rows = read::page(reads, (outcome, provider), page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read deliveries")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), DeliveryBody::from)
}

/// One delivery.
#[utoipa::path(get, path = "/v1/admin/webhooks/{id}", tag = "admin", operation_id = "read_delivery",
    params(("id" = Uuid, Path, description = "The delivery"), MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"]), ("bearer" = ["auditor"])),
    responses((status = 200, description = "The delivery", body = DeliveryBody),
        (status = 403, description = "forbidden")))]
pub async fn read_delivery(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<DeliveryBody>, Problem> {
    let reads = caller.reads_as(&app, INSIDE)?;
    at_least.reached(&app, READS).await?;
    let found = read::by_id(reads, id).await.or_fault("read a delivery")?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("delivery"))?.into()))
}

/// A delivery that is worked off again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replaying {
    /// Which.
    id: Uuid,
    /// `received`: its outcome is to be seen in the inbox.
    #[schema(value_type = String, example = "received")]
    outcome: &'static str,
}

/// Work a delivery off again. What it told once still happens once.
#[utoipa::path(post, path = "/v1/admin/webhooks/{id}/replay", tag = "admin", operation_id = "replay_delivery",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    params(("id" = Uuid, Path, description = "The delivery"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "It is worked off again", body = Positioned<Replaying>),
        (status = 403, description = "forbidden"),
        (status = 409, description = "conflict: it is being worked off, or not from its provider")))]
pub async fn replay_delivery(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<Replaying>, Problem> {
    let decision = ReplayWebhook { webhook: WebhookId(id) };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| Replaying { id, outcome: Outcome::Received.word() }))
}

/// The raw bytes of a delivery, as evidence. They name the payer, so support does not see them, they
/// are not kept for ever, and who looks at them and what for is in the log first.
#[utoipa::path(get, path = "/v1/admin/webhooks/{id}/raw", tag = "admin", operation_id = "read_raw_delivery",
    params(("id" = Uuid, Path, description = "The delivery"), Viewing),
    security(("bearer" = ["admin"]), ("bearer" = ["auditor"])),
    responses((status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 403, description = "forbidden"),
        (status = 404, description = "not-found: also when they are no longer kept"),
        (status = 422, description = "validation-failed: no reason")))]
pub async fn read_raw_delivery(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(viewing): Query<Viewing>,
) -> Result<([(HeaderName, &'static str); 3], Vec<u8>), Problem> {
    caller.require(EVIDENCE)?;
    let reason = viewing.reason()?;
    let body = app.vault.get(BODY, &id.to_string()).await.or_fault("read a raw delivery")?;
    let body = body.ok_or_else(|| Problem::not_found("body of a delivery"))?;
    let decision = ViewDelivery { webhook: WebhookId(id), reason };
    app.execute(app.attempt(), caller.metadata(&app), decision).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, body))
}
