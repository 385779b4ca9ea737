//! What happened to a subscription, and what was billed for it.

use axum::extract::State;
use chrono::{DateTime, Utc};
use projections::subscriptions as read;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::READS;
use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Path};
use crate::problem::{OrFault as _, Problem};

/// One thing that happened to a subscription.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeBody {
    /// Which.
    id: Uuid,
    /// The plan before, where it changed.
    from_plan_id: Option<Uuid>,
    /// The plan afterwards, where it changed.
    to_plan_id: Option<Uuid>,
    /// `created`, `upgraded`, `downgraded`, `cancelled`, `renewed`, `expired` and others.
    #[schema(example = "upgraded")]
    change_type: String,
    /// What else there is to say.
    details: Value,
    /// When.
    changed_at: DateTime<Utc>,
}

impl From<read::Change> for ChangeBody {
    fn from(row: read::Change) -> Self {
        Self {
            id: row.id,
            from_plan_id: row.from_plan_id,
            to_plan_id: row.to_plan_id,
            change_type: row.change_type,
            details: row.details.0,
            changed_at: row.changed_at,
        }
    }
}

/// An invoice of a subscription.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceBody {
    /// Which.
    id: Uuid,
    /// Lemon Squeezy's number of it.
    lemon_squeezy_invoice_id: String,
    /// `initial`, `renewal` or `updated`.
    billing_reason: String,
    /// `pending`, `void`, `paid`, `partial_refund` or `refunded`.
    status: String,
    /// ISO 4217.
    currency: String,
    /// In minor units.
    #[schema(example = 2_500)]
    total: i64,
    /// All that was given back, in minor units.
    refunded_amount: i64,
    /// The credits it paid for; those of its first month, if it paid a year.
    credits_granted: Option<i64>,
    /// How many of them were taken back.
    credits_revoked: i64,
    /// The lot they are in.
    lot_id: Option<Uuid>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<read::Invoice> for InvoiceBody {
    fn from(row: read::Invoice) -> Self {
        Self {
            id: row.id,
            lemon_squeezy_invoice_id: row.lemon_squeezy_invoice_id,
            billing_reason: row.billing_reason,
            status: row.status,
            currency: row.currency_code,
            total: row.total,
            refunded_amount: row.refunded_amount,
            credits_granted: row.credits_granted,
            credits_revoked: row.credits_revoked,
            lot_id: row.lot_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// What happened to a subscription, newest first.
#[utoipa::path(get, path = "/v1/subscriptions/{id}/history", tag = "subscriptions", operation_id = "list_subscription_history",
    params(("id" = Uuid, Path, description = "The subscription"), PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of changes", body = List<ChangeBody>)))]
pub async fn list_subscription_history(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<ChangeBody>, Problem> {
    at_least.reached(&app, READS).await?;
    own(&app, &caller, id).await?;
    let list = format!("subscription-history:{id}");
    let rows = read::history(caller.reads(&app), id, page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read a history")?;
    page.list(&app, &list, rows, |row| (row.changed_at, row.id), ChangeBody::from)
}

/// What was billed for a subscription, newest first.
#[utoipa::path(get, path = "/v1/subscriptions/{id}/invoices", tag = "subscriptions", operation_id = "list_subscription_invoices",
    params(("id" = Uuid, Path, description = "The subscription"), PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of invoices", body = List<InvoiceBody>)))]
pub async fn list_subscription_invoices(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<InvoiceBody>, Problem> {
    at_least.reached(&app, READS).await?;
    own(&app, &caller, id).await?;
    let list = format!("invoices:{id}");
    let rows = read::invoices(caller.reads(&app), id, page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read invoices")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), InvoiceBody::from)
}

/// Anybody else's subscription is not there.
async fn own(app: &App, caller: &Caller, id: Uuid) -> Result<(), Problem> {
    let found = read::one(caller.reads(app), caller.user.0, id).await;
    let found = found.or_fault("read a subscription")?;
    found.map(|_| ()).ok_or_else(|| Problem::not_found("subscription"))
}
