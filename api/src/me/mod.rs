//! `/v1/me` (c3): the caller, as the caller sees it.

pub mod entitlements;
pub mod heartbeat;
pub mod oauth_accounts;
pub mod preferences;
pub mod rest;
pub mod update;

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{AtLeast, AtRest, IfNoneMatch, MinPosition};
use crate::problem::{OrFault as _, Problem};
use crate::wallets::WalletBody;

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Who.
    id: Uuid,
    /// The handle.
    username: String,
    /// The login address, if there is one.
    email: Option<String>,
    /// Whether it was shown to be theirs.
    email_verified: bool,
    /// The free name.
    display_name: String,
    /// A few words about oneself.
    bio: Option<String>,
    /// The picture that stands for the caller.
    avatar_image_id: Option<Uuid>,
    /// Where it is shown, to whoever may see it.
    avatar_url: Option<String>,
    /// What the caller pays for: `free`, `starter`, `pro`, `studio` or `enterprise`.
    #[schema(example = "free")]
    tier: String,
    /// Roles beside that of a plain user.
    roles: Vec<String>,
    /// `active`, `deactivated` or `pending_deletion`.
    status: String,
    /// What the caller owns.
    wallets: Vec<WalletBody>,
    /// When they signed up.
    created_at: DateTime<Utc>,
}

/// Who I am, and what I own.
#[utoipa::path(get, path = "/v1/me", tag = "users", operation_id = "read_me",
    params(MinPosition, ("If-None-Match" = Option<String>, Header, description = "An ETag")),
    security(("bearer" = [])),
    responses((status = 200, description = "The caller; ETag begins with the version", body = Me),
        (status = 304, description = "As it was with that ETag")))]
pub async fn read_me(
    State(app): State<App>,
    AtRest(caller): AtRest,
    at_least: AtLeast,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    at_least.reached(&app, &["users", "wallets"]).await?;
    let user = projections::users::by_id(caller.reads(&app), caller.user.0)
        .await
        .or_fault("read a user")?;
    let user = user.ok_or_else(|| Problem::not_found("user"))?;
    let wallets = projections::wallets::wallets_of(caller.reads(&app), caller.user.0);
    let wallets = wallets.await.or_fault("read wallets")?;
    let me = Me {
        id: user.id,
        username: user.username,
        email: user.email,
        email_verified: user.email_verified,
        display_name: user.display_name,
        bio: user.bio,
        avatar_image_id: user.avatar_image_id,
        avatar_url: user.avatar_image_id.map(|image| app.image_url(image)),
        tier: user.tier,
        roles: user.roles,
        status: user.status,
        wallets: wallets.into_iter().map(WalletBody::from).collect(),
        created_at: user.created_at,
    };
    known.answer(user.version, &me)
}
