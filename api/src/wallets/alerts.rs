//! `PUT /v1/wallets/{asset}/alerts` (c4): when the owner wants to be told that a wallet runs low.

use axum::extract::State;
use domain::input::FieldError;
use domain::wallets::{Wallet, WalletCommand, WalletKey};
use domain::{Amount, One};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::parse_asset;
use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, OptionallyKeyed, Path};
use crate::problem::Problem;

/// When to be told.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// When less than this is available; null for never.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 50)]
    low_balance: Option<i64>,
}

/// Choose when to be told that a wallet runs low. That a lot will end is always told, seven days
/// before.
#[utoipa::path(put, path = "/v1/wallets/{asset}/alerts", tag = "wallets", operation_id = "set_wallet_alerts",
    security(("bearer" = [])), request_body = Alerts,
    params(("asset" = String, Path, description = "token, credit or earning"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Chosen", body = Positioned<Alerts>)))]
pub async fn set_wallet_alerts(
    State(app): State<App>,
    caller: Caller,
    Path(asset): Path<String>,
    OptionallyKeyed { key, body }: OptionallyKeyed<Alerts>,
) -> Result<Answered<Alerts>, Problem> {
    let wallet = WalletKey { owner: caller.user, asset: parse_asset(&asset)? };
    let mark = body.low_balance.map(Amount::above_zero).transpose();
    let mark = mark.map_err(|e| FieldError::new("/low_balance", e))?;
    let decision = One::<Wallet>::of(wallet, WalletCommand::SetAlerts(wallet, mark));
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| body))
}
