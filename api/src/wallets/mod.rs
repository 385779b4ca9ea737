//! Wallets (c4): what the caller owns, where it came from and where it went.

pub mod admin;
pub mod alerts;
pub mod balance;
pub mod line;
pub mod reservations;
pub mod shape;
pub mod statement;
pub mod transactions;
pub mod why;
mod words;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::Asset;
use domain::wallets::NOTICE;
use projections::wallets as read;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use self::shape::WalletShape;
use crate::app::App;
use crate::extract::{AtLeast, Caller, List, MinPosition, Path};
use crate::present::Present;
use crate::problem::{OrFault as _, Problem};

/// The projection all of these read.
const READS: &[&str] = &["wallets"];

/// What the caller has of one asset, in its smallest unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct WalletBody {
    /// `token`, `credit` or `earning`.
    #[schema(example = "token")]
    asset: String,
    /// All of it.
    posted: i64,
    /// Set aside for work under way.
    held: i64,
    /// Posted less held.
    available: i64,
    /// What was to be taken back and was not there any more: what comes in pays it first.
    owed: i64,
    /// When less than this is available, the owner is told.
    low_balance: Option<i64>,
    /// Whether that is so now.
    runs_low: bool,
    /// When the next lot ends of which something is left.
    next_expiry: Option<DateTime<Utc>>,
}

impl From<read::WalletView> for WalletBody {
    fn from(wallet: read::WalletView) -> Self {
        Self {
            asset: wallet.asset,
            posted: wallet.posted,
            held: wallet.held,
            available: wallet.available,
            owed: wallet.owed,
            low_balance: wallet.low_balance,
            runs_low: wallet.low_balance.is_some_and(|mark| wallet.available < mark),
            next_expiry: wallet.next_expiry_at,
        }
    }
}

impl WalletBody {
    /// A wallet before its first movement.
    fn empty(asset: Asset) -> Self {
        Self {
            asset: asset.code().to_owned(),
            posted: 0,
            held: 0,
            available: 0,
            owed: 0,
            low_balance: None,
            runs_low: false,
            next_expiry: None,
        }
    }
}

/// All wallets of the caller, empty ones too; presented, those the other system knows.
#[utoipa::path(get, path = "/v1/wallets", tag = "wallets", operation_id = "list_wallets",
    params(Present, MinPosition), security(("bearer" = []), ("api_key" = ["wallets:read"])),
    responses((status = 200, description = "One entry per asset", body = List<WalletShape>)))]
pub async fn list_wallets(
    State(app): State<App>,
    caller: Caller,
    Present { present: presentation }: Present,
    at_least: AtLeast,
) -> Result<List<WalletShape>, Problem> {
    at_least.reached(&app, READS).await?;
    let wallets =
        read::wallets_of(caller.reads(&app), caller.user.0).await.or_fault("read wallets")?;
    let shape = |asset: Asset| {
        let wallet = wallets.iter().find(|wallet| wallet.asset == asset.code()).cloned();
        WalletShape::of(presentation, (caller.user, asset), wallet)
    };
    let knows = |asset: &Asset| presentation.is_none_or(|presentation| presentation.knows(*asset));
    Ok(List::whole(Asset::ALL.into_iter().filter(knows).map(shape).collect()))
}

/// One wallet of the caller.
#[utoipa::path(get, path = "/v1/wallets/{asset}", tag = "wallets", operation_id = "read_wallet",
    params(("asset" = String, Path, description = "token, credit or earning"), Present,
        MinPosition),
    security(("bearer" = []), ("api_key" = ["wallets:read"])),
    responses((status = 200, description = "Its balance; zeros before its first movement", body = WalletShape)))]
pub async fn read_wallet(
    State(app): State<App>,
    caller: Caller,
    Path(asset): Path<String>,
    present: Present,
    at_least: AtLeast,
) -> Result<Json<WalletShape>, Problem> {
    let asset = parse_asset(&asset)?;
    let presentation = present.of_asset(asset)?;
    at_least.reached(&app, READS).await?;
    let wallet =
        read::wallet(caller.reads(&app), caller.user.0, asset).await.or_fault("read a wallet")?;
    Ok(Json(WalletShape::of(presentation, (caller.user, asset), wallet)))
}

/// A grant inside a wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct LotBody {
    /// Which.
    id: Uuid,
    /// `paid` or `promo`; only paid tokens can be transferred.
    category: String,
    /// Where it came from, for example `welcome`.
    source: String,
    /// For example the purchase.
    source_id: Option<Uuid>,
    /// What it began with.
    amount: i64,
    /// What is left and not held.
    remaining: i64,
    /// What is held of it.
    held: i64,
    /// Older burn first among equals.
    effective_at: DateTime<Utc>,
    /// When it stops to be usable.
    expires_at: Option<DateTime<Utc>>,
    /// Whether that is within seven days: time to use what is left.
    ends_soon: bool,
}

/// The lots of a wallet in the order they burn.
#[utoipa::path(get, path = "/v1/wallets/{asset}/lots", tag = "wallets", operation_id = "list_lots",
    params(("asset" = String, Path, description = "token, credit or earning"), MinPosition),
    security(("bearer" = []), ("api_key" = ["wallets:read"])),
    responses((status = 200, description = "Lots of which something is left", body = List<LotBody>)))]
pub async fn list_lots(
    State(app): State<App>,
    caller: Caller,
    Path(asset): Path<String>,
    at_least: AtLeast,
) -> Result<List<LotBody>, Problem> {
    let asset = parse_asset(&asset)?;
    at_least.reached(&app, READS).await?;
    let lots =
        read::lots_of(caller.reads(&app), caller.user.0, asset).await.or_fault("read lots")?;
    let now = app.clock.now();
    let body = |lot: read::Lot| LotBody {
        id: lot.id,
        category: lot.category,
        source: lot.source,
        source_id: lot.source_id,
        amount: lot.amount,
        remaining: lot.remaining,
        held: lot.held,
        effective_at: lot.effective_at,
        expires_at: lot.expires_at,
        ends_soon: lot.expires_at.is_some_and(|end| end - now <= NOTICE),
    };
    Ok(List::whole(lots.into_iter().map(body).collect()))
}

/// The asset of a path; another word names no wallet.
pub(crate) fn parse_asset(word: &str) -> Result<Asset, Problem> {
    Asset::parse(word).ok_or_else(|| Problem::not_found("wallet"))
}
