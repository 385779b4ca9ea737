//! Making, rotating and revoking keys.

use std::collections::BTreeSet;

use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use domain::input::FieldError;
use domain::keys::{
    ApiKeys, CreateKey, KeyCommand, KeyMode, KeyName, OVERLAP_MAX, RotateKey, Scope,
};
use domain::mail::{Notice, Told};
use domain::{KeyId, One};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::authority::secret_keys::draw;
use crate::extract::{Caller, Json, NoBody, OptionallyKeyed, Path};
use crate::openapi::words;
use crate::problem::{OrFault as _, Problem};

/// The event that carries a key's name.
const SEALED_FOR: &str = "api_key.created";
/// How long the old secret works after a rotation, unless told otherwise: a day.
const OVERLAP_SECONDS: i64 = 86_400;

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100, example = "Nightly batch")]
    name: String,
    /// `live`, or `test`: only reads, whatever its scopes say.
    #[serde(default = "live")]
    #[schema(value_type = words::KeyMode, default = "live")]
    mode: KeyMode,
    /// At least one of `wallets:read`, `generations:read`, `generations:write`.
    #[schema(value_type = Vec<words::Scope>, example = json!(["generations:write"]), min_items = 1)]
    scopes: BTreeSet<Scope>,
    /// From when on it shall not work.
    expires_at: Option<DateTime<Utc>>,
}

fn live() -> KeyMode {
    KeyMode::Live
}

/// A key with its secret, which is shown only now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretBody {
    /// Which.
    id: Uuid,
    /// For `Authorization: Bearer`. Keep it: it is known to nobody else.
    secret: String,
    /// Until when the secret before this one works.
    previous_until: Option<DateTime<Utc>>,
}

/// Make a key. Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/api-keys", tag = "api-keys", operation_id = "create_api_key",
    security(("bearer" = [])), request_body = NewKey,
    responses((status = 201, description = "The key, with its secret", body = Positioned<SecretBody>),
        (status = 409, description = "conflict: too many keys"),
        (status = 422, description = "validation-failed: unknown scope, no scope, an end in the past")))]
pub async fn create_api_key(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<NewKey>,
) -> Result<Answered<SecretBody>, Problem> {
    let name = KeyName::parse(&body.name).map_err(|e| FieldError::new("/name", e))?;
    let secret = draw(caller.user, body.mode).or_fault("draw a key")?;
    let name = app.keyring.seal(caller.user.0, SEALED_FOR, "name", name.as_str()).await;
    let decision = CreateKey {
        user: caller.user,
        key: KeyId(Uuid::now_v7()),
        name: name.or_fault("seal a key's name")?,
        mode: body.mode,
        scopes: body.scopes,
        secret: secret.kept,
        expires_at: body.expires_at,
    };
    let notice = app.notice(caller.user, Notice::ApiKeyCreated).await?;
    let decision = Told { decision, notice };
    let done = app.execute(app.attempt(), caller.metadata(&app), decision).await?;
    let secret = secret.text;
    Ok(done.created(|key| SecretBody { id: key.0, secret, previous_until: None }))
}

/// How to rotate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// How many seconds the old secret works beside the new one; 0 ends it at once.
    #[serde(default = "a_day")]
    #[schema(minimum = 0, maximum = 604_800, default = 86_400)]
    overlap_seconds: i64,
}

fn a_day() -> i64 {
    OVERLAP_SECONDS
}

/// Give a key another secret, in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/api-keys/{id}/rotate", tag = "api-keys", operation_id = "rotate_api_key",
    security(("bearer" = [])), request_body = Rotation,
    params(("id" = Uuid, Path, description = "The key")),
    responses((status = 200, description = "The new secret", body = Positioned<SecretBody>),
        (status = 404, description = "not-found: also if it is revoked, or another's")))]
pub async fn rotate_api_key(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(body): Json<Rotation>,
) -> Result<Answered<SecretBody>, Problem> {
    let (key, user) = (KeyId(id), caller.user);
    if !(0..=OVERLAP_MAX.num_seconds()).contains(&body.overlap_seconds) {
        let detail = format!("From 0 to {}.", OVERLAP_MAX.num_seconds());
        return Err(Problem::invalid("/overlap_seconds", detail));
    }
    let keys = app.state_of::<ApiKeys>(user).await?;
    let found = keys.live().find(|(live, _)| *live == key).map(|(_, key)| key.mode);
    let mode = found.ok_or_else(|| Problem::not_found("key"))?;
    let secret = draw(user, mode).or_fault("draw a key")?;
    let overlap = TimeDelta::seconds(body.overlap_seconds);
    let decision = RotateKey { user, key, secret: secret.kept, overlap };
    let notice = app.notice(user, Notice::ApiKeyRotated).await?;
    let decision = Told { decision, notice };
    let done = app.execute(app.attempt(), caller.metadata(&app), decision).await?;
    app.secret_keys.forget(user); // The old secret ends here at once, if it ends now.
    let secret = secret.text;
    Ok(done.ok(|until| SecretBody { id, secret, previous_until: Some(until) }))
}

/// A key that works no more.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevokedKey {
    /// Which.
    id: Uuid,
}

/// Revoke a key: within a second no process takes it any more.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "api-keys", operation_id = "revoke_api_key",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The key"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Revoked", body = Positioned<RevokedKey>),
        (status = 404, description = "not-found: also if it is revoked, or another's")))]
pub async fn revoke_api_key(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<RevokedKey>, Problem> {
    let user = caller.user;
    let revoke = One::<ApiKeys>::of(user, KeyCommand::Revoke { user, key: KeyId(id) });
    let done = app.execute(key, caller.metadata(&app), revoke).await?;
    app.secret_keys.forget(user); // Here at once; others learn it from the log.
    Ok(done.ok(|()| RevokedKey { id }))
}
