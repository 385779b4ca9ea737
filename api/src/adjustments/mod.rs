//! Adjustments (c4, c15): support gives to wallets and takes from them, with a reason; above a limit
//! a second person decides (LED-15).

pub mod decide;
pub mod list;

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::adjustments::{Change, Outcome, Reason, RequestAdjustment};
use domain::input::FieldError;
use domain::wallets::WalletKey;
use domain::{AdjustmentId, Amount, UserId};
use eventstore::command::Key;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, Keyed, Path};
use crate::problem::Problem;
use crate::wallets::parse_asset;

/// Give a present.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// How much, above zero.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 100)]
    amount: i64,
    /// Why: for whoever looks at the books.
    #[schema(min_length = 3, max_length = 300, example = "Winner of the spring contest")]
    reason: String,
    /// When it ends, if it does: still to come.
    expires_at: Option<DateTime<Utc>>,
}

/// Correct a balance.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdjustment {
    /// How much, and not 0: above zero is given, below is taken; what is not there is owed.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64, example = -20)]
    amount: i64,
    /// Why: for whoever looks at the books.
    #[schema(min_length = 3, max_length = 300, example = "Charged twice on 3 May")]
    reason: String,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdjustedBody {
    /// Which.
    id: Uuid,
    /// `executed`, or `requested` while it waits for a second person, or `rejected`.
    #[schema(value_type = String, example = "executed")]
    status: &'static str,
    /// How much was given or taken.
    moved: i64,
    /// How much could not be taken, and is owed.
    owed: i64,
}

impl From<Outcome> for AdjustedBody {
    fn from(outcome: Outcome) -> Self {
        let Outcome { adjustment, status, moved, owed } = outcome;
        Self { id: adjustment.0, status: status.word(), moved: moved.get(), owed: owed.get() }
    }
}

/// Give somebody a present of the house: promo, so it cannot be given on.
#[utoipa::path(post, path = "/v1/admin/wallets/{user}/{asset}/grants", tag = "admin", operation_id = "grant_to_wallet",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = NewGrant,
    params(("user" = Uuid, Path, description = "Whose wallet"),
        ("asset" = String, Path, description = "token or credit"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 201, description = "Given, or waiting for a second person", body = Positioned<AdjustedBody>),
        (status = 403, description = "forbidden: one's own wallet"),
        (status = 404, description = "not-found: nobody there"),
        (status = 422, description = "validation-failed: earnings are made by work alone")))]
pub async fn grant_to_wallet(
    State(app): State<App>,
    caller: Caller,
    Path((user, asset)): Path<(Uuid, String)>,
    Keyed { key, body }: Keyed<NewGrant>,
) -> Result<Answered<AdjustedBody>, Problem> {
    let change = Change::Grant { amount: amount(body.amount)?, expires_at: body.expires_at };
    request(&app, &caller, (wallet(user, &asset)?, change, &body.reason), key).await
}

/// Correct somebody's balance.
#[utoipa::path(post, path = "/v1/admin/wallets/{user}/{asset}/adjustments", tag = "admin", operation_id = "adjust_wallet",
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = NewAdjustment,
    params(("user" = Uuid, Path, description = "Whose wallet"),
        ("asset" = String, Path, description = "token or credit"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 201, description = "Done, or waiting for a second person", body = Positioned<AdjustedBody>),
        (status = 403, description = "forbidden: one's own wallet"),
        (status = 404, description = "not-found: nobody there"),
        (status = 422, description = "validation-failed: earnings are made by work alone")))]
pub async fn adjust_wallet(
    State(app): State<App>,
    caller: Caller,
    Path((user, asset)): Path<(Uuid, String)>,
    Keyed { key, body }: Keyed<NewAdjustment>,
) -> Result<Answered<AdjustedBody>, Problem> {
    let wrong = || {
        let most = Amount::MAX.get();
        let detail = format!("up to {most} to give, or down to -{most} to take, and not 0");
        FieldError::new("/amount", detail)
    };
    let amount = Amount::above_zero(body.amount.saturating_abs()).map_err(|_| wrong())?;
    let change = if body.amount < 0 { Change::Take { amount } } else { Change::Add { amount } };
    request(&app, &caller, (wallet(user, &asset)?, change, &body.reason), key).await
}

fn amount(number: i64) -> Result<Amount, FieldError> {
    Amount::above_zero(number).map_err(|e| FieldError::new("/amount", e))
}

fn reason(text: &str) -> Result<Reason, FieldError> {
    Reason::parse(text).map_err(|e| FieldError::new("/reason", e))
}

fn wallet(user: Uuid, asset: &str) -> Result<WalletKey, Problem> {
    Ok(WalletKey { owner: UserId(user), asset: parse_asset(asset)? })
}

async fn request(
    app: &App,
    caller: &Caller,
    (wallet, change, why): (WalletKey, Change, &str),
    key: Key,
) -> Result<Answered<AdjustedBody>, Problem> {
    let decision = RequestAdjustment {
        adjustment: AdjustmentId(Uuid::now_v7()),
        wallet,
        change,
        reason: reason(why)?,
        by: caller.user,
        alone: app.config.figures.wallets.adjustment_alone,
    };
    let done = app.execute(key, caller.metadata(app), decision).await?;
    Ok(done.created(AdjustedBody::from))
}
