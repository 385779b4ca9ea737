//! The accounts of providers that sign the caller in (c3, IAM-16).

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::mail::{Notice, Told};
use domain::users::{LinkOauth, Provider, UnlinkOauth};
use projections::users::OauthAccount;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::auth::again;
use crate::auth::oauth::{link, pkce};
use crate::extract::{
    Anyone, AtLeast, Caller, Json, List, MinPosition, NoBody, OptionallyKeyed, Path,
};
use crate::http::ClientAddress;
use crate::problem::{OrFault as _, Problem};

/// An account of a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct OauthAccountBody {
    /// `google` or `discord`.
    provider: String,
    /// The address there, if the provider verified it.
    email: Option<String>,
    /// The name there.
    name: Option<String>,
    /// Since when.
    linked_at: DateTime<Utc>,
}

/// What a browser is sent off with.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkTicket {
    /// For `?link=` of `/v1/auth/oauth/{provider}/authorize`.
    ticket: String,
    /// Until when.
    expires_at: DateTime<Utc>,
}

/// What the browser came back with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// The `link_code` of the address.
    code: String,
    /// The secret whose hash the round trip began with.
    #[schema(min_length = 43, max_length = 128)]
    code_verifier: String,
    /// The caller's. An account without one must have been signed in to within ten minutes.
    password: Option<String>,
}

/// Where a link stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkState {
    /// Whose account.
    provider: &'static str,
    /// Whether it signs the caller in.
    is_linked: bool,
}

impl From<OauthAccount> for OauthAccountBody {
    fn from(row: OauthAccount) -> Self {
        Self {
            provider: row.provider,
            email: row.provider_email,
            name: row.provider_name,
            linked_at: row.created_at,
        }
    }
}

/// With which providers I can sign in.
#[utoipa::path(get, path = "/v1/me/oauth-accounts", tag = "users",
    operation_id = "list_oauth_accounts", params(MinPosition), security(("bearer" = [])),
    responses((status = 200, description = "All of them", body = List<OauthAccountBody>)))]
pub async fn list_oauth_accounts(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
) -> Result<List<OauthAccountBody>, Problem> {
    at_least.reached(&app, &["users"]).await?;
    let rows = projections::users::oauth_accounts_of(caller.reads(&app), caller.user.0).await;
    let rows = rows.or_fault("read accounts of providers")?;
    Ok(List::whole(rows.into_iter().map(OauthAccountBody::from).collect()))
}

/// Begin to link an account, or to show who one is: a ticket to send the browser off with.
#[utoipa::path(post, path = "/v1/me/oauth-accounts/{provider}", tag = "users",
    operation_id = "begin_oauth_link", request_body = NoBody, security(("bearer" = [])),
    params(("provider" = String, Path, description = "google or discord")),
    responses((status = 201, description = "Good for ten minutes", body = LinkTicket),
        (status = 404, description = "not-found: the provider is not connected here")))]
pub async fn begin_oauth_link(
    State(app): State<App>,
    Anyone(caller): Anyone,
    Path(provider): Path<Provider>,
    Json(NoBody {}): Json<NoBody>,
) -> Result<(StatusCode, JsonBody<LinkTicket>), Problem> {
    let (ticket, expires_at) = link::ticket(&app, caller.user, provider)?;
    Ok((StatusCode::CREATED, JsonBody(LinkTicket { ticket, expires_at })))
}

/// Finish to link an account, with the code the browser came back with. From then on it lets in
/// whoever has it, so a found access token alone does not do it.
#[utoipa::path(post, path = "/v1/me/oauth-accounts", tag = "users",
    operation_id = "link_oauth_account", request_body = LinkBody, security(("bearer" = [])),
    responses((status = 200, description = "It signs the caller in", body = Positioned<LinkState>),
        (status = 401, description = "invalid-credentials: the password"),
        (status = 403, description = "forbidden: the code is for somebody else"),
        (status = 409, description = "oauth-account-in-use, conflict: another one is linked, or the password was replaced meanwhile"),
        (status = 410, description = "link-expired: too old, never ours, or the secret does not fit"),
        (status = 429, description = "quota-exceeded: ten failures in ten minutes")))]
pub async fn link_oauth_account(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    caller: Caller,
    Json(LinkBody { code, code_verifier, password }): Json<LinkBody>,
) -> Result<Answered<LinkState>, Problem> {
    let consent = link::consent(&app, &code)?;
    consent.is_for(caller.user)?;
    let key = app.fact(link::CODE, consent.jti);
    pkce::demand(&app, caller.user, &key, (&consent.challenge, &code_verifier)).await?;
    let passwords = again::authenticate(&app, &caller, from, password).await?;
    let link::Consent { user, subject, profile, .. } = consent;
    let provider = subject.provider;
    let decision = LinkOauth { user, subject, profile, passwords };
    let notice = app.notice(user, Notice::ProviderLinked { provider }).await?;
    let done = app.execute(key, caller.metadata(&app), Told { decision, notice }).await?;
    Ok(done.ok(|()| LinkState { provider: provider.name(), is_linked: true }))
}

/// Unlink an account; never the last way to sign in.
#[utoipa::path(delete, path = "/v1/me/oauth-accounts/{provider}", tag = "users",
    operation_id = "unlink_oauth_account", security(("bearer" = [])),
    params(("provider" = String, Path, description = "google or discord"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "It does no more", body = Positioned<LinkState>),
        (status = 404, description = "not-found: none is linked"),
        (status = 409, description = "last-login-method")))]
pub async fn unlink_oauth_account(
    State(app): State<App>,
    caller: Caller,
    Path(provider): Path<Provider>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<LinkState>, Problem> {
    let passwords_work = app.config.login.passwords;
    let decision = UnlinkOauth { user: caller.user, provider, passwords_work };
    let notice = app.notice(caller.user, Notice::ProviderUnlinked { provider }).await?;
    let done = app.execute(key, caller.metadata(&app), Told { decision, notice }).await?;
    Ok(done.ok(|()| LinkState { provider: provider.name(), is_linked: false }))
}
