//! The movements of a wallet.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use projections::wallets as read;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{READS, parse_asset, presented};
use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Path, Query};
use crate::present::Presentation;
use crate::problem::{OrFault as _, Problem};

/// A movement of what the caller owns.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransactionBody {
    /// Which.
    id: Uuid,
    /// For example `purchase`, `transfer` or `generation_payment`.
    kind: String,
    /// Below zero when it left.
    amount: i64,
    /// What was owned afterwards.
    balance_after: i64,
    /// Who sent it.
    sender_id: Option<Uuid>,
    /// Who received it.
    receiver_id: Option<Uuid>,
    /// For which style.
    related_style_id: Option<Uuid>,
    /// For which generation.
    related_generation_id: Option<Uuid>,
    /// By which purchase.
    related_purchase_id: Option<Uuid>,
    /// By which transfer.
    related_transfer_id: Option<Uuid>,
    /// By which payout.
    related_payout_id: Option<Uuid>,
    /// By which refund.
    related_refund_id: Option<Uuid>,
    /// By which subscription.
    related_subscription_id: Option<Uuid>,
    /// By which decision of support.
    related_adjustment_id: Option<Uuid>,
    /// A word of the sender.
    memo: Option<String>,
    /// Where it stands in the log; send it as `Min-Position`.
    position: String,
    /// When it happened.
    created_at: DateTime<Utc>,
    /// The same in the words that `present` asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    presented: Option<Value>,
}

impl TransactionBody {
    pub(crate) fn of(app: &App, row: read::Transaction, present: Option<Presentation>) -> Self {
        Self {
            presented: present.and_then(|present| presented::transaction(present, &row)),
            id: row.id,
            kind: row.kind,
            amount: row.amount,
            balance_after: row.balance_after,
            sender_id: row.sender_id,
            receiver_id: row.receiver_id,
            related_style_id: row.related_style_id,
            related_generation_id: row.related_generation_id,
            related_purchase_id: row.related_purchase_id,
            related_transfer_id: row.related_transfer_id,
            related_payout_id: row.related_payout_id,
            related_refund_id: row.related_refund_id,
            related_subscription_id: row.related_subscription_id,
            related_adjustment_id: row.related_adjustment_id,
            memo: row.memo,
            position: app.position_token(row.position),
            created_at: row.created_at,
        }
    }
}

/// Which movements.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransactionFilter {
    /// Kinds, separated by commas.
    kind: Option<String>,
    /// `style_license`, `pingvas_s2`, `pingvas_s3` or `pingvas_s4`: adds `presented`, the same in
    /// that system's words.
    #[param(inline)]
    present: Option<Presentation>,
}

/// The movements of a wallet, newest first.
#[utoipa::path(get, path = "/v1/wallets/{asset}/transactions", tag = "wallets", operation_id = "list_transactions",
    params(("asset" = String, Path, description = "token, credit or earning"), TransactionFilter, PageParams, MinPosition),
    security(("bearer" = []), ("api_key" = ["wallets:read"])),
    responses((status = 200, description = "A page of movements", body = List<TransactionBody>)))]
pub async fn list_transactions(
    State(app): State<App>,
    caller: Caller,
    Path(asset): Path<String>,
    Query(filter): Query<TransactionFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<TransactionBody>, Problem> {
    let asset = parse_asset(&asset)?;
    at_least.reached(&app, READS).await?;
    let list = format!("transactions:{}:{asset}:{:?}", caller.user, filter.kind);
    let kinds: Option<Vec<String>> =
        filter.kind.map(|kinds| kinds.split(',').map(str::to_owned).collect());
    let rows = page.rows(&app, &list)?;
    let rows =
        read::transactions_of(caller.reads(&app), (caller.user.0, asset), kinds.as_deref(), rows);
    let rows = rows.await.or_fault("read transactions")?;
    page.list(
        &app,
        &list,
        rows,
        |row| (row.created_at, row.id),
        |row| TransactionBody::of(&app, row, filter.present),
    )
}

/// A movement and what else moved because of the same request.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedTransaction {
    /// The movement.
    #[serde(flatten)]
    transaction: TransactionBody,
    /// Shared by everything that followed from the same request.
    correlation_id: Uuid,
    /// The event that caused it, if it was not the request itself.
    causation_id: Option<Uuid>,
    /// The caller's other movements of the same request, in the log's order.
    related: Vec<TransactionBody>,
}

/// One movement, and why.
#[utoipa::path(get, path = "/v1/wallets/{asset}/transactions/{id}", tag = "wallets", operation_id = "read_transaction",
    params(("asset" = String, Path, description = "token, credit or earning"),
        ("id" = Uuid, Path, description = "The movement"), MinPosition),
    security(("bearer" = [])),
    responses((status = 200, description = "The movement with its causes", body = ExplainedTransaction)))]
pub async fn read_transaction(
    State(app): State<App>,
    caller: Caller,
    Path((asset, id)): Path<(String, Uuid)>,
    at_least: AtLeast,
) -> Result<Json<ExplainedTransaction>, Problem> {
    let asset = parse_asset(&asset)?;
    at_least.reached(&app, READS).await?;
    let found = read::transaction(caller.reads(&app), (caller.user.0, asset), id).await;
    let found = found.or_fault("read a transaction")?;
    let found = found.ok_or_else(|| Problem::not_found("transaction"))?;
    let (correlation_id, causation_id) = (found.correlation_id, found.causation_id);
    let related = read::correlated(caller.reads(&app), correlation_id, caller.user.0);
    let related = related.await.or_fault("read transactions")?;
    let related = related.into_iter().filter(|row| row.id != id);
    Ok(Json(ExplainedTransaction {
        related: related.map(|row| TransactionBody::of(&app, row, None)).collect(),
        transaction: TransactionBody::of(&app, found, None),
        correlation_id,
        causation_id,
    }))
}
