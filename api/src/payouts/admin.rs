//! What the house does about payouts: approve, reject, and say how the transfer went.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use domain::PayoutId;
use domain::input::FieldError;
use domain::payouts::{DecidePayout, Reason, Reference, Status, Verdict, ViewPayoutAccount};
use domain::users::Role;
use eventstore::command::Key;
use projections::frame::Reader;
use projections::payouts as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::account::masked;
use super::{DecidedPayout, PayoutBody, READS};
use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{
    AtLeast, Caller, List, MinPosition, NoBody, OptionallyKeyed, Page, PageParams, Path, Query,
    Viewing,
};
use crate::problem::{OrFault as _, Problem};

/// Who decides about money.
const DECIDES: &[Role] = &[Role::Admin, Role::Support];

/// Why not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// In words the artist reads.
    #[schema(min_length = 1, max_length = 200, example = "The account is in another name")]
    reason: String,
}

impl Refuse {
    fn parse(&self) -> Result<Reason, FieldError> {
        Reason::parse(&self.reason).map_err(|e| FieldError::new("/reason", e))
    }
}

/// The money has arrived.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// What the bank calls the transfer.
    #[schema(min_length = 1, max_length = 100, example = "FT-20261121-0001")]
    reference: String,
}

/// Which payouts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PayoutFilter {
    /// `requested`, `approved`, `rejected`, `paid`, `failed` or `canceled`.
    #[param(inline)]
    status: Option<PayoutStatus>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PayoutStatus {
    Requested,
    Approved,
    Rejected,
    Paid,
    Failed,
    Canceled,
}

impl PayoutStatus {
    const fn word(self) -> &'static str {
        match self {
            Self::Requested => Status::Requested.word(),
            Self::Approved => Status::Approved.word(),
            Self::Rejected => Status::Rejected.word(),
            Self::Paid => Status::Paid.word(),
            Self::Failed => Status::Failed.word(),
            Self::Canceled => Status::Canceled.word(),
        }
    }
}

/// A payout and where it goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutWithAccount {
    /// The payout.
    #[serde(flatten)]
    payout: PayoutBody,
    /// The bank.
    bank: Option<String>,
    /// The last digits of the account number.
    #[schema(example = "*6789")]
    account_number: Option<String>,
}

/// The bank account a payout goes to, whole: it is typed into a transfer.
#[derive(Serialize, ToSchema)]
pub struct OpenedAccount {
    /// The bank.
    #[schema(example = "088")]
    bank: String,
    /// The account number.
    #[schema(example = "110-123-456789")]
    account_number: String,
    /// Whose account it is.
    holder_name: String,
    /// Where in the log it is said that it was looked at.
    position: String,
}

/// Everybody's payouts, newest first.
#[utoipa::path(get, path = "/v1/admin/payouts", tag = "admin", operation_id = "list_all_payouts",
    params(PayoutFilter, PageParams, MinPosition), security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "A page of payouts", body = List<PayoutBody>),
        (status = 403, description = "forbidden: the caller does not run the place")))]
pub async fn list_all_payouts(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<PayoutFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<PayoutBody>, Problem> {
    let reads = caller.reads_as(&app, DECIDES)?;
    at_least.reached(&app, READS).await?;
    let status = filter.status.map(PayoutStatus::word);
    let list = format!("all-payouts:{status:?}");
    let rows = read::page(reads, status, page.rows(&app, &list)?).await;
    let rows = rows.or_fault("read payouts")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), PayoutBody::from)
}

/// One payout, and the bank account it goes to, enough of it to recognise it.
#[utoipa::path(get, path = "/v1/admin/payouts/{id}", tag = "admin", operation_id = "read_any_payout",
    params(("id" = Uuid, Path, description = "The payout"), MinPosition), security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "The payout", body = PayoutWithAccount),
        (status = 403, description = "forbidden: the caller does not run the place")))]
pub async fn read_any_payout(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<Json<PayoutWithAccount>, Problem> {
    let reads = caller.reads_as(&app, DECIDES)?;
    at_least.reached(&app, READS).await?;
    let (payout, account) = with_account(reads, id).await?;
    let (bank, account_number) = account.map(|row| (row.bank, masked(&row.account_number))).unzip();
    Ok(Json(PayoutWithAccount { payout: payout.into(), bank, account_number }))
}

/// The bank account a payout goes to, whole. Who looks at it and what for is in the log first.
#[utoipa::path(get, path = "/v1/admin/payouts/{id}/account", tag = "admin", operation_id = "open_payout_account",
    params(("id" = Uuid, Path, description = "The payout"), Viewing, MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "The account", body = OpenedAccount),
        (status = 403, description = "forbidden: the caller does not run the place"),
        (status = 404, description = "not-found: also when its artist was forgotten"),
        (status = 422, description = "validation-failed: no reason")))]
pub async fn open_payout_account(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(viewing): Query<Viewing>,
    at_least: AtLeast,
) -> Result<([(HeaderName, &'static str); 1], Json<OpenedAccount>), Problem> {
    let reads = caller.reads_as(&app, DECIDES)?;
    let reason = viewing.reason()?;
    at_least.reached(&app, READS).await?;
    let (_, account) = with_account(reads, id).await?;
    let account = account.ok_or_else(|| Problem::not_found("bank account"))?;
    let decision = ViewPayoutAccount { payout: PayoutId(id), reason };
    let done = app.execute(app.attempt(), caller.metadata(&app), decision).await?;
    let read::PayoutAccount { bank, account_number, holder_name, .. } = account;
    let opened = OpenedAccount { bank, account_number, holder_name, position: done.position };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(opened)))
}

/// A payout, and the bank account it goes to unless its artist was forgotten.
async fn with_account(
    reads: Reader<'_>,
    id: Uuid,
) -> Result<(read::Payout, Option<read::PayoutAccount>), Problem> {
    let found = read::any(reads, id).await.or_fault("read a payout")?;
    let payout = found.ok_or_else(|| Problem::not_found("payout"))?;
    let account = read::account_for(reads, &payout).await.or_fault("read a bank account")?;
    Ok((payout, account))
}

/// It shall be transferred. Nobody approves a payout of their own.
#[utoipa::path(post, path = "/v1/admin/payouts/{id}/approve", tag = "admin", operation_id = "approve_payout",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    params(("id" = Uuid, Path, description = "The payout"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Approved", body = Positioned<DecidedPayout>),
        (status = 403, description = "forbidden"),
        (status = 409, description = "conflict: also when somebody else approved it")))]
pub async fn approve_payout(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<DecidedPayout>, Problem> {
    decide(&app, &caller, (id, Verdict::Approve), key).await
}

/// It shall not be transferred; the earnings are given back.
#[utoipa::path(post, path = "/v1/admin/payouts/{id}/reject", tag = "admin", operation_id = "reject_payout",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = Refuse,
    params(("id" = Uuid, Path, description = "The payout"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Rejected", body = Positioned<DecidedPayout>),
        (status = 403, description = "forbidden"),
        (status = 409, description = "conflict: also when it was rejected for another reason")))]
pub async fn reject_payout(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<Refuse>,
) -> Result<Answered<DecidedPayout>, Problem> {
    decide(&app, &caller, (id, Verdict::Reject { reason: body.parse()? }), key).await
}

/// The money has arrived; the earnings leave the artist's wallet.
#[utoipa::path(post, path = "/v1/admin/payouts/{id}/settle", tag = "admin", operation_id = "settle_payout",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = Settle,
    params(("id" = Uuid, Path, description = "The payout"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Paid", body = Positioned<DecidedPayout>),
        (status = 403, description = "forbidden"),
        (status = 409, description = "conflict: also when it was settled by another transfer")))]
pub async fn settle_payout(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<Settle>,
) -> Result<Answered<DecidedPayout>, Problem> {
    let reference = Reference::parse(&body.reference);
    let reference = reference.map_err(|e| FieldError::new("/reference", e))?;
    decide(&app, &caller, (id, Verdict::Settle { reference }), key).await
}

/// The bank did not take it; the earnings are given back.
#[utoipa::path(post, path = "/v1/admin/payouts/{id}/fail", tag = "admin", operation_id = "fail_payout",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = Refuse,
    params(("id" = Uuid, Path, description = "The payout"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Failed", body = Positioned<DecidedPayout>),
        (status = 403, description = "forbidden"),
        (status = 409, description = "conflict: also when it failed for another reason")))]
pub async fn fail_payout(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<Refuse>,
) -> Result<Answered<DecidedPayout>, Problem> {
    decide(&app, &caller, (id, Verdict::Fail { reason: body.parse()? }), key).await
}

async fn decide(
    app: &App,
    caller: &Caller,
    (id, verdict): (Uuid, Verdict),
    key: Key,
) -> Result<Answered<DecidedPayout>, Problem> {
    let decision = DecidePayout { payout: PayoutId(id), by: caller.user, verdict };
    let done = app.execute(key, caller.metadata(app), decision).await?;
    Ok(done.ok(|status| DecidedPayout { id, status: status.word() }))
}
