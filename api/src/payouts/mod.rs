//! Payouts (c15, P8): artists ask for their earnings, the house decides.

pub mod account;
pub mod admin;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::input::FieldError;
use domain::payouts::{CancelPayout, RequestPayout, Requested};
use domain::{Amount, PayoutId};
use projections::payouts as read;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{
    AtLeast, Caller, Keyed, List, MinPosition, NoBody, OptionallyKeyed, Page, PageParams, Path,
};
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["payouts"];

/// Ask for earnings to be paid out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayout {
    /// How much of the EARNING wallet; the minimum is in /v1/config.
    #[schema(minimum = 1, example = 2_000)]
    amount: i64,
}

/// A payout that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestedPayout {
    /// Which.
    id: Uuid,
    /// Amount times unit price, whole won.
    gross: i64,
    /// Tax withheld of it, whole won.
    withheld: i64,
    /// What is transferred, whole won.
    net: i64,
    /// ISO 4217.
    currency: &'static str,
}

impl From<Requested> for RequestedPayout {
    fn from(Requested { payout, deal }: Requested) -> Self {
        Self {
            id: payout.0,
            gross: deal.gross,
            withheld: deal.withheld,
            net: deal.net,
            currency: domain::purchases::CURRENCY,
        }
    }
}

/// A payout.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutBody {
    /// Which.
    id: Uuid,
    /// Whose earnings.
    artist_id: Uuid,
    /// How much of them.
    amount: i64,
    /// Won per unit, a decimal.
    unit_price: String,
    /// Amount times unit price, whole won.
    gross: i64,
    /// Tax withheld, in basis points.
    withholding_basis_points: i64,
    /// Tax withheld, whole won.
    withheld: i64,
    /// What is transferred, whole won.
    net: i64,
    /// ISO 4217.
    currency: String,
    /// `requested`, `approved`, `rejected`, `paid`, `failed` or `canceled`.
    status: String,
    /// Why it was rejected or failed.
    reason: Option<String>,
    /// What the bank calls the transfer.
    reference: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it was approved.
    approved_at: Option<DateTime<Utc>>,
    /// When it came to its end.
    closed_at: Option<DateTime<Utc>>,
}

impl From<read::Payout> for PayoutBody {
    fn from(row: read::Payout) -> Self {
        Self {
            id: row.id,
            artist_id: row.artist_id,
            amount: row.amount,
            unit_price: row.unit_price,
            gross: row.gross,
            withholding_basis_points: row.withholding_basis_points,
            withheld: row.withheld,
            net: row.net,
            currency: row.currency_code,
            status: row.status,
            reason: row.reason,
            reference: row.reference,
            created_at: row.created_at,
            approved_at: row.approved_at,
            closed_at: row.closed_at,
        }
    }
}

/// A payout after a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecidedPayout {
    /// Which.
    id: Uuid,
    /// Where it stands now.
    status: &'static str,
}

/// Ask for earnings to be paid out. They are held until the money has arrived.
#[utoipa::path(post, path = "/v1/payouts", tag = "payouts", operation_id = "request_payout",
    security(("bearer" = [])), request_body = NewPayout,
    params(("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 201, description = "Asked for", body = Positioned<RequestedPayout>),
        (status = 402, description = "insufficient-funds"),
        (status = 403, description = "forbidden: only artists earn"),
        (status = 409, description = "already-exists: one payout at a time; below-minimum; payout-account-missing")))]
pub async fn request_payout(
    State(app): State<App>,
    caller: Caller,
    Keyed { key, body }: Keyed<NewPayout>,
) -> Result<Answered<RequestedPayout>, Problem> {
    let amount = Amount::above_zero(body.amount).map_err(|e| FieldError::new("/amount", e))?;
    let decision = RequestPayout {
        payout: PayoutId(Uuid::now_v7()),
        artist: caller.user,
        amount,
        terms: app.config.figures.payout,
    };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.created(RequestedPayout::from))
}

/// The caller's payouts, newest first.
#[utoipa::path(get, path = "/v1/payouts", tag = "payouts", operation_id = "list_payouts",
    params(PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of payouts", body = List<PayoutBody>)))]
pub async fn list_payouts(
    State(app): State<App>,
    caller: Caller,
    page: Page,
    at_least: AtLeast,
) -> Result<List<PayoutBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let list = format!("payouts:{}", caller.user);
    let rows = read::of_artist(caller.reads(&app), caller.user.0, page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read payouts")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), PayoutBody::from)
}

/// One payout of the caller.
#[utoipa::path(get, path = "/v1/payouts/{id}", tag = "payouts", operation_id = "read_payout",
    params(("id" = Uuid, Path, description = "The payout"), MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "The payout", body = PayoutBody)))]
pub async fn read_payout(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<PayoutBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found = read::one(caller.reads(&app), caller.user.0, id).await.or_fault("read a payout")?;
    let found = found.ok_or_else(|| Problem::not_found("payout"))?;
    Ok(Json(found.into()))
}

/// Take a payout back that nobody has approved yet; the earnings are given back.
#[utoipa::path(post, path = "/v1/payouts/{id}/cancel", tag = "payouts", operation_id = "cancel_payout",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The payout"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Canceled", body = Positioned<DecidedPayout>),
        (status = 409, description = "conflict: it is approved, or over")))]
pub async fn cancel_payout(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<DecidedPayout>, Problem> {
    let decision = CancelPayout { payout: PayoutId(id), caller: caller.user };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|status| DecidedPayout { id, status: status.word() }))
}
