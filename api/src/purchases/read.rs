//! The caller's purchases.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::purchases::PurchaseStatus;
use projections::frame::{Page as Rows, Reader};
use projections::purchases as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::shape::{PurchaseShape, StyleLicensePurchase, is_theirs};
use crate::app::App;
use crate::extract::{AtLeast, AtRest, List, MinPosition, Page, PageParams, Path, Query};
use crate::present::Present;
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
pub(super) const READS: &[&str] = &["purchases"];
/// Refunds that are shown with a purchase; it can have few.
const REFUNDS_MAX: u16 = 100;

/// A purchase.
#[derive(Debug, Serialize, ToSchema)]
pub struct PurchaseBody {
    /// Which.
    id: Uuid,
    /// Who buys.
    buyer_id: Uuid,
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
    /// `initiated`, `confirming`, `in_doubt`, `awaiting_deposit`, `paid`, `partially_refunded`,
    /// `refunded`, `declined`, `canceled`, `expired`, `tampered` or `mismatched`.
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
    /// The account to pay into.
    deposit_account: Option<String>,
    /// Until when the deposit can be made.
    deposit_due_at: Option<DateTime<Utc>>,
    /// Until when it can be confirmed.
    expires_at: DateTime<Utc>,
    /// When Toss approved it.
    approved_at: Option<DateTime<Utc>>,
    /// When the tokens were granted.
    granted_at: Option<DateTime<Utc>>,
    /// What Toss still has of it, whole won.
    balance: Option<i64>,
    /// Tokens that went back for money.
    returned_tokens: i64,
    /// Tokens of those that were spent already. They became a debt of the wallet, whose `owed` says
    /// how much of it is left; 0 again when the purchase is paid anew, which settles them.
    owed_tokens: i64,
    /// Why somebody looks into it: `mismatched`, `canceled_externally` or `deposit_reversed`.
    review: Option<String>,
    /// When it began.
    created_at: DateTime<Utc>,
}

impl From<read::Purchase> for PurchaseBody {
    fn from(row: read::Purchase) -> Self {
        Self {
            id: row.id,
            buyer_id: row.buyer_id,
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
            deposit_account: row.deposit_account,
            deposit_due_at: row.deposit_due_at,
            expires_at: row.expires_at,
            approved_at: row.approved_at,
            granted_at: row.granted_at,
            balance: row.balance,
            returned_tokens: row.returned_tokens,
            owed_tokens: row.owed_tokens,
            review: row.review,
            created_at: row.created_at,
        }
    }
}

/// A refund.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundBody {
    /// Which.
    id: Uuid,
    /// Of which purchase.
    purchase_id: Uuid,
    /// Who gets the money back.
    buyer_id: Uuid,
    /// How many tokens.
    tokens: i64,
    /// Whole won to be given back.
    amount: i64,
    /// ISO 4217.
    currency: String,
    /// `requested`, `approved`, `in_doubt`, `executed`, `rejected` or `failed`.
    status: String,
    /// Why it was rejected, failed or is in doubt.
    reason: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it was approved.
    approved_at: Option<DateTime<Utc>>,
    /// When it came to its end.
    closed_at: Option<DateTime<Utc>>,
}

impl From<read::Refund> for RefundBody {
    fn from(row: read::Refund) -> Self {
        Self {
            id: row.id,
            purchase_id: row.purchase_id,
            buyer_id: row.buyer_id,
            tokens: row.amount_tokens,
            amount: row.amount,
            currency: row.currency_code,
            status: row.status,
            reason: row.reason,
            created_at: row.created_at,
            approved_at: row.approved_at,
            closed_at: row.closed_at,
        }
    }
}

/// A purchase with its refunds.
#[derive(Debug, Serialize, ToSchema)]
pub struct PurchaseWithRefunds {
    /// The purchase.
    #[serde(flatten)]
    purchase: PurchaseBody,
    /// Its refunds, newest first.
    refunds: Vec<RefundBody>,
}

/// Adds a purchase's refunds.
pub(super) async fn with_refunds(
    reader: Reader<'_>,
    purchase: read::Purchase,
) -> Result<PurchaseWithRefunds, Problem> {
    let refunds = read::refunds_of(reader, purchase.id, Rows::after(None, REFUNDS_MAX)).await;
    let refunds = refunds.or_fault("read refunds")?.into_iter().map(RefundBody::from).collect();
    Ok(PurchaseWithRefunds { purchase: purchase.into(), refunds })
}

/// Which purchases.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PurchaseFilter {
    /// Statuses, separated by commas.
    status: Option<String>,
}

/// A status that was asked for.
pub(super) fn status(word: &str) -> Result<&'static str, Problem> {
    PurchaseStatus::parse(word).map(PurchaseStatus::code).ok_or_else(|| {
        let all = PurchaseStatus::ALL.map(PurchaseStatus::code).join(", ");
        Problem::invalid("?status", format!("{word:?} is none of {all}."))
    })
}

/// The caller's purchases, newest first.
#[utoipa::path(get, path = "/v1/purchases", tag = "purchases", operation_id = "list_purchases",
    params(PurchaseFilter, Present, PageParams, MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "A page of purchases", body = List<PurchaseShape<PurchaseBody>>)))]
pub async fn list_purchases(
    State(app): State<App>,
    AtRest(caller): AtRest,
    Query(filter): Query<PurchaseFilter>,
    present: Present,
    page: Page,
    at_least: AtLeast,
) -> Result<List<PurchaseShape<PurchaseBody>>, Problem> {
    let is_theirs = is_theirs(present)?;
    at_least.reached(&app, READS).await?;
    let list = format!("purchases:{}:{:?}", caller.user, filter.status);
    let words = filter.status.iter().flat_map(|words| words.split(','));
    let known =
        words.map(|word| Ok(status(word)?.to_owned())).collect::<Result<Vec<_>, Problem>>()?;
    let statuses = filter.status.is_some().then_some(known.as_slice());
    let rows = page.rows(&app, &list)?;
    let rows = read::purchases_of(caller.reads(&app), caller.user.0, statuses, rows).await;
    let rows = rows.or_fault("read purchases")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), |row| row)?.try_map(|row| {
        Ok(if is_theirs {
            PurchaseShape::StyleLicense(Box::new(StyleLicensePurchase::of(row)?))
        } else {
            PurchaseShape::Folio(row.into())
        })
    })
}

/// One purchase of the caller.
#[utoipa::path(get, path = "/v1/purchases/{id}", tag = "purchases", operation_id = "read_purchase",
    params(("id" = Uuid, Path, description = "The purchase"), Present, MinPosition),
    security(("bearer" = [])),
    responses((status = 200, description = "The purchase", body = PurchaseShape<PurchaseWithRefunds>)))]
pub async fn read_purchase(
    State(app): State<App>,
    AtRest(caller): AtRest,
    Path(id): Path<Uuid>,
    present: Present,
    at_least: AtLeast,
) -> Result<Json<PurchaseShape<PurchaseWithRefunds>>, Problem> {
    let is_theirs = is_theirs(present)?;
    at_least.reached(&app, READS).await?;
    let reads = caller.reads(&app);
    let found = read::one(reads, caller.user.0, id).await.or_fault("read a purchase")?;
    let found = found.ok_or_else(|| Problem::not_found("purchase"))?;
    if is_theirs {
        let found = StyleLicensePurchase::of(found)?;
        return Ok(Json(PurchaseShape::StyleLicense(Box::new(found))));
    }
    Ok(Json(PurchaseShape::Folio(with_refunds(reads, found).await?)))
}
