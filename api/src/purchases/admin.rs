//! Everybody's purchases, for those who look after the money (c5).

use axum::Json;
use axum::extract::State;
use domain::input::FieldError;
use domain::purchases::{AskToss, DecideRefund, RefundReason, RefundVerdict};
use domain::users::Role;
use domain::{PurchaseId, RefundId};
use eventstore::command::Key;
use projections::purchases as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::read::{PurchaseBody, PurchaseWithRefunds, READS, RefundBody, status, with_refunds};
use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{
    AtLeast, Caller, List, MinPosition, NoBody, OptionallyKeyed, Page, PageParams, Path, Query,
};
use crate::problem::{OrFault as _, Problem};

/// Who looks after money.
const SUPPORT: &[Role] = &[Role::Admin, Role::Support];

/// Which purchases.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AllPurchasesFilter {
    /// Only of this status.
    status: Option<String>,
    /// Only those that somebody should look at.
    #[serde(default)]
    review: bool,
}

/// Everybody's purchases, newest first.
#[utoipa::path(get, path = "/v1/admin/purchases", tag = "admin", operation_id = "list_all_purchases",
    params(AllPurchasesFilter, PageParams, MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "A page of purchases", body = List<PurchaseBody>),
        (status = 403, description = "forbidden")))]
pub async fn list_all_purchases(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<AllPurchasesFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<PurchaseBody>, Problem> {
    let reads = caller.reads_as(&app, SUPPORT)?;
    at_least.reached(&app, READS).await?;
    let status = filter.status.as_deref().map(status).transpose()?;
    let list = format!("all-purchases:{:?}:{}", filter.status, filter.review);
    let rows = page.rows(&app, &list)?;
    let rows = if filter.review {
        read::to_review(reads, rows).await
    } else {
        read::page(reads, status, rows).await
    };
    let rows = rows.or_fault("read purchases")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), PurchaseBody::from)
}

/// One purchase with its refunds.
#[utoipa::path(get, path = "/v1/admin/purchases/{id}", tag = "admin", operation_id = "read_any_purchase",
    params(("id" = Uuid, Path, description = "The purchase"), MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "The purchase", body = PurchaseWithRefunds),
        (status = 403, description = "forbidden")))]
pub async fn read_any_purchase(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<PurchaseWithRefunds>, Problem> {
    let reads = caller.reads_as(&app, SUPPORT)?;
    at_least.reached(&app, READS).await?;
    let found = read::any(reads, id).await.or_fault("read a purchase")?;
    let found = found.ok_or_else(|| Problem::not_found("purchase"))?;
    Ok(Json(with_refunds(reads, found).await?))
}

/// Everybody's refunds that wait for approval, newest first.
#[utoipa::path(get, path = "/v1/admin/refunds", tag = "admin", operation_id = "list_waiting_refunds",
    params(PageParams, MinPosition), security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "A page of refunds", body = List<RefundBody>),
        (status = 403, description = "forbidden")))]
pub async fn list_waiting_refunds(
    State(app): State<App>,
    caller: Caller,
    page: Page,
    at_least: AtLeast,
) -> Result<List<RefundBody>, Problem> {
    let reads = caller.reads_as(&app, SUPPORT)?;
    at_least.reached(&app, READS).await?;
    let list = "waiting-refunds";
    let rows = read::refunds_waiting(reads, page.rows(&app, list)?).await;
    let rows = rows.or_fault("read refunds")?;
    page.list(&app, list, rows, |row| (row.created_at, row.id), RefundBody::from)
}

/// A purchase that Toss is asked about.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedPurchase {
    /// Which.
    id: Uuid,
    /// Where it stands until Toss has answered.
    status: &'static str,
}

/// Ask Toss how a payment stands, whatever we believe. Read the purchase for what came of it.
#[utoipa::path(post, path = "/v1/admin/purchases/{id}/reconcile", tag = "admin", operation_id = "reconcile_purchase",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    params(("id" = Uuid, Path, description = "The purchase"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Toss is asked", body = Positioned<AskedPurchase>),
        (status = 403, description = "forbidden")))]
pub async fn reconcile_purchase(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<AskedPurchase>, Problem> {
    let decision = AskToss { purchase: PurchaseId(id) };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|status| AskedPurchase { id, status: status.code() }))
}

/// A refund after a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecidedRefund {
    /// Which.
    id: Uuid,
    /// `approved` or `rejected`.
    #[schema(value_type = String, example = "approved")]
    status: &'static str,
}

/// Why not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseRefund {
    /// In words the buyer reads.
    #[schema(min_length = 1, max_length = 200, example = "Bought as a business, see the terms")]
    reason: String,
}

/// Let a refund go to Toss. Nobody approves a refund of their own.
#[utoipa::path(post, path = "/v1/admin/purchases/{id}/refunds/{refund}/approve", tag = "admin", operation_id = "approve_refund",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    params(("id" = Uuid, Path, description = "The purchase"),
        ("refund" = Uuid, Path, description = "The refund"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Toss is asked", body = Positioned<DecidedRefund>),
        (status = 403, description = "forbidden"), (status = 409, description = "conflict")))]
pub async fn approve_refund(
    State(app): State<App>,
    caller: Caller,
    Path((id, refund)): Path<(Uuid, Uuid)>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<DecidedRefund>, Problem> {
    decide(&app, &caller, (id, refund, RefundVerdict::Approve), key).await
}

/// Do not give the money back; the tokens are given back instead.
#[utoipa::path(post, path = "/v1/admin/purchases/{id}/refunds/{refund}/reject", tag = "admin", operation_id = "reject_refund",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = RefuseRefund,
    params(("id" = Uuid, Path, description = "The purchase"),
        ("refund" = Uuid, Path, description = "The refund"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Rejected", body = Positioned<DecidedRefund>),
        (status = 403, description = "forbidden"), (status = 409, description = "conflict")))]
pub async fn reject_refund(
    State(app): State<App>,
    caller: Caller,
    Path((id, refund)): Path<(Uuid, Uuid)>,
    OptionallyKeyed { key, body }: OptionallyKeyed<RefuseRefund>,
) -> Result<Answered<DecidedRefund>, Problem> {
    let reason = RefundReason::parse(&body.reason).map_err(|e| FieldError::new("/reason", e))?;
    decide(&app, &caller, (id, refund, RefundVerdict::Reject { reason }), key).await
}

async fn decide(
    app: &App,
    caller: &Caller,
    (purchase, id, verdict): (Uuid, Uuid, RefundVerdict),
    key: Key,
) -> Result<Answered<DecidedRefund>, Problem> {
    let (purchase, refund) = (PurchaseId(purchase), RefundId(id));
    let decision = DecideRefund { purchase, refund, by: caller.user, verdict };
    let done = app.execute(key, caller.metadata(app), decision).await?;
    Ok(done.ok(|status| DecidedRefund { id, status: status.word() }))
}
