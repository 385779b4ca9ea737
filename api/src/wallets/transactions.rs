//! The movements of a wallet.

use axum::extract::State;
use chrono::{DateTime, Utc};
use projections::wallets::{self as read, TransactionKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::line::TransactionLine;
use super::{READS, parse_asset};
use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Path, Query};
use crate::present::Present;
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
    /// Who sent it; not told of what an artist earns with a style.
    sender_id: Option<Uuid>,
    /// Who received it.
    receiver_id: Option<Uuid>,
    /// For work with which style.
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
}

impl TransactionBody {
    pub(super) fn of(app: &App, row: read::Transaction) -> Self {
        Self {
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
    #[param(example = "purchase,transfer")]
    kind: Option<String>,
    /// Only then or later.
    from: Option<DateTime<Utc>>,
    /// Only before then.
    to: Option<DateTime<Utc>>,
    /// Only what was paid or earned for work with this style.
    style: Option<Uuid>,
    /// Only what was paid, earned or tipped for this generation.
    generation: Option<Uuid>,
}

impl TransactionFilter {
    /// The kinds, each of which there is.
    pub(super) fn kinds(&self) -> Result<Option<Vec<&'static str>>, Problem> {
        let parse = |word: &str| {
            TransactionKind::parse(word).map(TransactionKind::word).ok_or_else(|| {
                let words = TransactionKind::ALL.map(TransactionKind::word).join(", ");
                Problem::invalid("?kind", format!("Some of {words}."))
            })
        };
        self.kind.as_ref().map(|kinds| kinds.split(',').map(parse).collect()).transpose()
    }

    /// What is looked for.
    pub(super) fn wanted<'a>(
        &self,
        kinds: Option<&'a [&'static str]>,
    ) -> read::TransactionFilter<'a> {
        read::TransactionFilter {
            kinds,
            from: self.from.map(storable),
            to: self.to.map(storable),
            style: self.style,
            generation: self.generation,
        }
    }
}

/// The movements of a wallet, newest first.
#[utoipa::path(get, path = "/v1/wallets/{asset}/transactions", tag = "wallets", operation_id = "list_transactions",
    params(("asset" = String, Path, description = "token, credit or earning"), TransactionFilter,
        Present, PageParams, MinPosition),
    security(("bearer" = []), ("api_key" = ["wallets:read"])),
    responses((status = 200, description = "A page of movements", body = List<TransactionLine>)))]
pub async fn list_transactions(
    State(app): State<App>,
    caller: Caller,
    Path(asset): Path<String>,
    Query(filter): Query<TransactionFilter>,
    present: Present,
    page: Page,
    at_least: AtLeast,
) -> Result<List<TransactionLine>, Problem> {
    let asset = parse_asset(&asset)?;
    let (presentation, kinds) = (present.of_asset(asset)?, filter.kinds()?);
    at_least.reached(&app, READS).await?;
    let list = format!("transactions:{}:{asset}:{filter:?}", caller.user);
    let rows = page.rows(&app, &list)?;
    let wanted = filter.wanted(kinds.as_deref());
    let rows = read::transactions_of(caller.reads(&app), (caller.user.0, asset), wanted, rows);
    let rows = rows.await.or_fault("read transactions")?;
    page.list(
        &app,
        &list,
        rows,
        |row| (row.created_at, row.id),
        |row| TransactionLine::of(&app, presentation, row),
    )
}

/// Nothing happened before it, and Postgres cannot be asked for the year -10,000.
fn storable(time: DateTime<Utc>) -> DateTime<Utc> {
    time.max(DateTime::UNIX_EPOCH)
}
