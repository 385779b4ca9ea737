//! The wallets that support corrects, as it has to see them first (c15). What people say with
//! transfers is theirs alone.

use axum::extract::State;
use domain::users::{Role, User};
use domain::{Asset, UserId};
use projections::wallets as read;
use uuid::Uuid;

use super::transactions::{TransactionBody, TransactionFilter};
use super::{READS, WalletBody, parse_asset};
use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Page, PageParams, Path, Query};
use crate::problem::{OrFault as _, Problem};

/// Who decides about money.
const DECIDES: &[Role] = &[Role::Admin, Role::Support];

/// All wallets of somebody, empty ones too.
#[utoipa::path(get, path = "/v1/admin/wallets/{user}", tag = "admin", operation_id = "list_wallets_of_user",
    params(("user" = Uuid, Path, description = "Whose wallets"), MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "One entry per asset", body = List<WalletBody>),
        (status = 403, description = "forbidden: the caller does not run the place"),
        (status = 404, description = "not-found: nobody there")))]
pub async fn list_wallets_of_user(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<Uuid>,
    at_least: AtLeast,
) -> Result<List<WalletBody>, Problem> {
    let reads = caller.reads_as(&app, DECIDES)?;
    somebody(&app, user).await?;
    at_least.reached(&app, READS).await?;
    let wallets = read::wallets_of(reads, user).await.or_fault("read wallets")?;
    let body = |asset: Asset| {
        let wallet = wallets.iter().find(|wallet| wallet.asset == asset.code()).cloned();
        wallet.map_or_else(|| WalletBody::empty(asset), WalletBody::from)
    };
    Ok(List::whole(Asset::ALL.into_iter().map(body).collect()))
}

/// The movements of somebody's wallet, newest first, without what people said with them.
#[utoipa::path(get, path = "/v1/admin/wallets/{user}/{asset}/transactions", tag = "admin", operation_id = "list_transactions_of_user",
    params(("user" = Uuid, Path, description = "Whose wallet"),
        ("asset" = String, Path, description = "token, credit or earning"), TransactionFilter,
        PageParams, MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "A page of movements", body = List<TransactionBody>),
        (status = 403, description = "forbidden: the caller does not run the place"),
        (status = 404, description = "not-found: nobody there")))]
pub async fn list_transactions_of_user(
    State(app): State<App>,
    caller: Caller,
    Path((user, asset)): Path<(Uuid, String)>,
    Query(filter): Query<TransactionFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<TransactionBody>, Problem> {
    let reads = caller.reads_as(&app, DECIDES)?;
    let (asset, kinds) = (parse_asset(&asset)?, filter.kinds()?);
    somebody(&app, user).await?;
    at_least.reached(&app, READS).await?;
    let list = format!("transactions-of:{user}:{asset}:{filter:?}");
    let rows = page.rows(&app, &list)?;
    let wanted = filter.wanted(kinds.as_deref());
    let rows = read::transactions_of(reads, (user, asset), wanted, rows).await;
    let rows = rows.or_fault("read transactions")?;
    let body = |row| TransactionBody::of(&app, read::Transaction { memo: None, ..row });
    page.list(&app, &list, rows, |row| (row.created_at, row.id), body)
}

async fn somebody(app: &App, user: Uuid) -> Result<(), Problem> {
    let known = app.state_of::<User>(UserId(user)).await?.is_registered();
    known.then_some(()).ok_or_else(|| Problem::not_found("user"))
}
