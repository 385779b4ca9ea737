//! `GET /v1/wallets/{asset}/balance?at=` (c4): what the caller owned then, folded from the log, so
//! that the answer does not depend on any read table.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use cqrs_es::Aggregate as _;
use domain::wallets::Wallet;
use domain::{Asset, UserId, WalletId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::parse_asset;
use crate::app::App;
use crate::extract::{Caller, Path, Query};
use crate::problem::{OrFault as _, Problem, Slug};

/// Events read at once.
const PAGE_EVENTS: i64 = 1_000;
/// A longer history is the auditor's to fold, with `replay-tool balance`.
const EVENTS_MAX: i64 = 200_000;

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct When {
    /// A time (RFC 3339) that is not still to come; now if neither is given.
    at: Option<DateTime<Utc>>,
    /// A position, instead of a time.
    position: Option<String>,
}

/// What the caller owned then.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceThen {
    /// Of what.
    asset: String,
    /// All of it.
    posted: i64,
    /// Set aside.
    held: i64,
    /// Posted less held.
    available: i64,
    /// What was to be taken back and was not there any more.
    owed: i64,
    /// As of which position.
    position: String,
}

/// What the caller owned at a time or position.
#[utoipa::path(get, path = "/v1/wallets/{asset}/balance", tag = "wallets", operation_id = "balance_at",
    params(("asset" = String, Path, description = "token, credit or earning"), When),
    security(("bearer" = [])),
    responses((status = 200, description = "The balance then", body = BalanceThen)))]
pub async fn balance_at(
    State(app): State<App>,
    caller: Caller,
    Path(asset): Path<String>,
    Query(when): Query<When>,
) -> Result<Json<BalanceThen>, Problem> {
    let asset = parse_asset(&asset)?;
    let position = position(&app, when).await?;
    let wallet = fold(&app, caller.user, asset, position).await?;
    Ok(Json(BalanceThen {
        asset: asset.code().to_owned(),
        posted: wallet.posted(),
        held: wallet.held(),
        available: wallet.available(),
        owed: wallet.owed(),
        position: app.position_token(position),
    }))
}

async fn position(app: &App, when: When) -> Result<i64, Problem> {
    match (when.at, when.position) {
        (Some(_), Some(_)) => Err(Problem::invalid("?position", "Give a time or a position.")),
        // Before the first event nothing was owned, and the future is not known.
        (Some(at), None) if at < DateTime::UNIX_EPOCH => Ok(0),
        (Some(at), None) if at > app.clock.now() => {
            Err(Problem::invalid("?at", "A time that is not still to come."))
        }
        (Some(at), None) => app.log.position_at(at).await.or_fault("find a time in the log"),
        (None, Some(token)) => app.watcher.check(&token).await.map_err(Problem::from),
        (None, None) => app.log.head().await.or_fault("read the head"),
    }
}

async fn fold(app: &App, user: UserId, asset: Asset, until: i64) -> Result<Wallet, Problem> {
    let stream = WalletId::of(user, asset).0;
    let mut wallet = Wallet::default();
    let mut sequence = 0;
    loop {
        let page = app.log.stream(Wallet::TYPE, stream, sequence, PAGE_EVENTS).await;
        let page = page.or_fault("read a wallet's history")?;
        for event in &page {
            if event.position > until {
                return Ok(wallet);
            }
            let decoded = domain::aggregate::decode(&event.event_type, &event.payload);
            wallet.apply(decoded.or_fault("read a wallet's history")?);
            sequence = event.sequence;
        }
        if page.is_empty() {
            return Ok(wallet);
        }
        if sequence >= EVENTS_MAX {
            let detail = format!("The wallet has more than {EVENTS_MAX} events.");
            return Err(Problem::new(Slug::Conflict, detail));
        }
    }
}
