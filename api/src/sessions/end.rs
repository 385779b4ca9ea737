//! Ending sessions (c2): this one, another one, or all.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::sessions::{RevokeReason, Session, SessionCommand};
use domain::users::{User, UserCommand};
use domain::{One, SessionId};
use uuid::Uuid;

use super::cookies;
use crate::act::{self, Done};
use crate::app::App;
use crate::extract::{Anyone, AtRest, Caller, Json, NoBody, Path};
use crate::problem::{Problem, Slug};
use crate::revocations::Revocation;

/// End this session. Its tokens stop working at once here, and within a second everywhere.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth", operation_id = "logout",
    request_body = NoBody, security(("bearer" = [])),
    responses((status = 204, description = "Logged out")))]
pub async fn logout(
    State(app): State<App>,
    Anyone(caller): Anyone,
    headers: HeaderMap,
    Json(NoBody {}): Json<NoBody>,
) -> Result<Response, Problem> {
    let none = || Problem::new(Slug::Forbidden, "An API key has no session: revoke the key.");
    let done = revoke(&app, &caller, caller.session.ok_or_else(none)?).await?;
    let mut response = ended(&done);
    cookies::clear(&app, &headers, &mut response);
    Ok(response)
}

/// End all sessions, on all devices.
#[utoipa::path(post, path = "/v1/auth/logout-all", tag = "auth", operation_id = "logout_all",
    request_body = NoBody, security(("bearer" = [])),
    responses((status = 204, description = "Logged out everywhere")))]
pub async fn logout_all(
    State(app): State<App>,
    Anyone(caller): Anyone,
    headers: HeaderMap,
    Json(NoBody {}): Json<NoBody>,
) -> Result<Response, Problem> {
    let user = caller.user;
    let decision = One::<User>::of(user, UserCommand::SignOutEverywhere { user });
    let done = app.execute(app.attempt(), caller.metadata(&app), decision).await?;
    app.revoke_here(Revocation::Sessions(user), done.number);
    let mut response = ended(&done);
    cookies::clear(&app, &headers, &mut response);
    Ok(response)
}

/// End one session, for example that of a lost device.
#[utoipa::path(delete, path = "/v1/auth/sessions/{id}", tag = "auth", operation_id = "end_session",
    params(("id" = Uuid, Path, description = "The session")), security(("bearer" = [])),
    responses((status = 204, description = "Ended"), (status = 404, description = "not-found")))]
pub async fn end_session(
    State(app): State<App>,
    AtRest(caller): AtRest,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    Ok(ended(&revoke(&app, &caller, SessionId(id)).await?))
}

async fn revoke(app: &App, caller: &Caller, session: SessionId) -> Result<Done<()>, Problem> {
    let (user, reason) = (caller.user, RevokeReason::LoggedOut);
    let decision = One::<Session>::of(session, SessionCommand::Revoke { user, reason });
    let done = app.execute(app.attempt(), caller.metadata(app), decision).await?;
    app.revoke_here(Revocation::Session(session), done.number);
    Ok(done)
}

fn ended(done: &Done<()>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    act::mark(&mut response, &done.position, done.replayed);
    response
}
