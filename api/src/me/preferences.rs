//! `/v1/me/preferences` (c3): settings of the caller's clients, a JSON object that is changed by
//! merge patch (RFC 7396). Two clients that change different members at once both succeed.

use axum::extract::State;
use axum::response::Response;
use domain::users::{SetPreferences, UserError, merge};
use domain::{Refusal, Sealed, UserId};
use projections::users::VersionedPreferences;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::update::Changed;
use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{AtLeast, Caller, IfMatch, IfNoneMatch, MinPosition, OptionallyKeyed};
use crate::problem::{OrFault as _, Problem, Slug};

/// The projection these read.
const READS: &[&str] = &["users"];
/// How often a patch is merged anew because somebody else was faster.
const ATTEMPTS_MAX: u32 = 8;

/// Settings of the caller's clients; Folio does not read them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreferencesBody {
    /// A JSON object of at most 16 KiB and 8 levels.
    preferences: Map<String, Value>,
}

/// A merge patch: members of it replace those of the document, null removes one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct Patch(Map<String, Value>);

/// What clients of the caller keep here.
#[utoipa::path(get, path = "/v1/me/preferences", tag = "users", operation_id = "read_preferences",
    params(MinPosition, ("If-None-Match" = Option<String>, Header, description = "An ETag")),
    security(("bearer" = [])),
    responses((status = 200, description = "The settings; ETag begins with the version", body = PreferencesBody),
        (status = 304, description = "As they were with that ETag")))]
pub async fn read_preferences(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let found = current(&app, &caller, at_least).await?;
    let version = found.version;
    known.answer(version, &PreferencesBody { preferences: document(found) })
}

/// Change what clients of the caller keep here, by JSON merge patch.
#[utoipa::path(patch, path = "/v1/me/preferences", tag = "users", operation_id = "change_preferences",
    security(("bearer" = [])),
    request_body(content((Patch = "application/merge-patch+json"), (Patch = "application/json"))),
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted"),
        ("If-Match" = Option<String>, Header, description = "An ETag; without, the patch is merged with whatever is there")),
    responses((status = 200, description = "Changed", body = Positioned<Changed>),
        (status = 412, description = "version-mismatch"),
        (status = 422, description = "validation-failed: too long or too deep after merging")))]
pub async fn change_preferences(
    State(app): State<App>,
    caller: Caller,
    IfMatch(expected): IfMatch,
    OptionallyKeyed { key, body: Patch(patch) }: OptionallyKeyed<Patch>,
) -> Result<Answered<Changed>, Problem> {
    for attempt in 0..ATTEMPTS_MAX {
        let found = current(&app, &caller, AtLeast::now(&app).await?).await?;
        let version = u64::try_from(found.version).or_fault("read a version")?;
        if expected.is_some_and(|expected| expected != version) {
            let detail = format!("It is at version {version} now.");
            return Err(Problem::new(Slug::VersionMismatch, detail));
        }
        let (user, before) = (caller.user, document(found));
        let merged = merge(before.clone(), patch.clone())?;
        let preferences = match merged == Value::Object(before) {
            true => None,
            false => Some(sealed(&app, user, &merged).await?),
        };
        let decision = SetPreferences { user, preferences, version };
        let metadata = caller.metadata(&app);
        match app.execute_raw(key.attempt(attempt), metadata, decision).await? {
            Ok(done) => return Ok(done.ok(|version| Changed { version })),
            Err(refused) if expected.is_none() && is_stale(&refused.refusal) => {}
            Err(refused) => return Err(refused.into()),
        }
    }
    Err(Problem::new(Slug::Conflict, "Others change the settings at the same time. Try again."))
}

async fn sealed(app: &App, user: UserId, document: &Value) -> Result<Sealed, Problem> {
    const EVENT: &str = "user.preferences_changed";
    let sealed = app.keyring.seal(user.0, EVENT, "preferences", &document.to_string()).await;
    sealed.or_fault("seal settings")
}

fn is_stale(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::User(UserError::VersionMismatch { .. }))
}

async fn current(
    app: &App,
    caller: &Caller,
    at_least: AtLeast,
) -> Result<VersionedPreferences, Problem> {
    at_least.reached(app, READS).await?;
    let found = projections::users::preferences(caller.reads(app), caller.user.0).await;
    found.or_fault("read settings")?.ok_or_else(|| Problem::not_found("user"))
}

fn document(found: VersionedPreferences) -> Map<String, Value> {
    found.preferences.unwrap_or_default().0
}
