//! `GET /v1/me` (c3): the caller, as the caller sees it.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, Caller, MinPosition};
use crate::problem::{OrFault as _, Problem};
use crate::wallets::WalletBody;

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Who.
    id: Uuid,
    /// The handle.
    username: String,
    /// The login address.
    email: String,
    /// The free name.
    display_name: String,
    /// Roles beside that of a plain user.
    roles: Vec<String>,
    /// What the caller owns.
    wallets: Vec<WalletBody>,
    /// When they signed up.
    created_at: DateTime<Utc>,
}

/// Who I am, and what I own.
#[utoipa::path(get, path = "/v1/me", tag = "users", operation_id = "read_me",
    params(MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "The caller", body = Me)))]
pub async fn read_me(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
) -> Result<Json<Me>, Problem> {
    at_least.reached(&app, &["users", "wallets"]).await?;
    let user = projections::users::by_id(caller.reads(&app), caller.user.0)
        .await
        .or_fault("read a user")?;
    let user = user.ok_or_else(|| Problem::not_found("user"))?;
    let wallets = projections::wallets::wallets_of(caller.reads(&app), caller.user.0);
    let wallets = wallets.await.or_fault("read wallets")?;
    Ok(Json(Me {
        id: user.id,
        username: user.username,
        email: user.email,
        display_name: user.display_name,
        roles: user.roles,
        wallets: wallets.into_iter().map(WalletBody::from).collect(),
        created_at: user.created_at,
    }))
}
