//! The caller's purchases.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use projections::purchases as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Path, Query};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["purchases"];

/// A purchase.
#[derive(Debug, Serialize, ToSchema)]
pub struct PurchaseBody {
    /// Which.
    id: Uuid,
    /// The package of the price list.
    package_id: String,
    /// How many tokens.
    tokens: i64,
    /// Won per token, a decimal.
    unit_price: String,
    /// Whole won to pay.
    amount: i64,
    /// ISO 4217.
    currency: String,
    /// Our order id at Toss.
    order_id: String,
    /// `initiated`, `confirming`, `in_doubt`, `awaiting_deposit`, `paid`, `declined`, `canceled`,
    /// `expired`, `tampered` or `mismatched`.
    status: String,
    /// Why it failed or is in doubt: Toss's code.
    provider_code: Option<String>,
    /// How it was paid, in Toss's word.
    method: Option<String>,
    /// For the buyer.
    receipt_url: Option<String>,
    /// Masked card number.
    card: Option<String>,
    /// The bank that waits for a deposit.
    deposit_bank: Option<String>,
    /// Until when the deposit can be made.
    deposit_due_at: Option<DateTime<Utc>>,
    /// Until when it can be confirmed.
    expires_at: DateTime<Utc>,
    /// When Toss approved it.
    approved_at: Option<DateTime<Utc>>,
    /// When the tokens were granted.
    granted_at: Option<DateTime<Utc>>,
    /// When it began.
    created_at: DateTime<Utc>,
}

impl From<read::Purchase> for PurchaseBody {
    fn from(row: read::Purchase) -> Self {
        Self {
            id: row.id,
            package_id: row.package,
            tokens: row.amount_tokens,
            unit_price: row.price_per_token,
            amount: row.total_price,
            currency: row.currency_code,
            order_id: row.provider_order_id,
            status: row.status,
            provider_code: row.failure_code,
            method: row.method,
            receipt_url: row.receipt_url,
            card: row.card_detail,
            deposit_bank: row.deposit_bank,
            deposit_due_at: row.deposit_due_at,
            expires_at: row.expires_at,
            approved_at: row.approved_at,
            granted_at: row.granted_at,
            created_at: row.created_at,
        }
    }
}

/// Which purchases.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PurchaseFilter {
    /// Statuses, separated by commas.
    status: Option<String>,
}

/// The caller's purchases, newest first.
#[utoipa::path(get, path = "/v1/purchases", tag = "purchases", operation_id = "list_purchases",
    params(PurchaseFilter, PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of purchases", body = List<PurchaseBody>)))]
pub async fn list_purchases(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<PurchaseFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<PurchaseBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = format!("purchases:{}:{:?}", caller.user, filter.status);
    let statuses: Option<Vec<String>> =
        filter.status.map(|words| words.split(',').map(str::to_owned).collect());
    let rows = page.rows(&app, &list)?;
    let rows =
        read::purchases_of(caller.reads(&app), caller.user.0, statuses.as_deref(), rows).await;
    let rows = rows.or_fault("read purchases")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), PurchaseBody::from)
}

/// One purchase of the caller.
#[utoipa::path(get, path = "/v1/purchases/{id}", tag = "purchases", operation_id = "read_purchase",
    params(("id" = Uuid, Path, description = "The purchase"), MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "The purchase", body = PurchaseBody)))]
pub async fn read_purchase(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<PurchaseBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found =
        read::one(caller.reads(&app), caller.user.0, id).await.or_fault("read a purchase")?;
    let found = found.ok_or_else(|| Problem::not_found("purchase"))?;
    Ok(Json(found.into()))
}
