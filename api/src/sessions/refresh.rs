//! `POST /v1/auth/refresh` (c2): a new pair of tokens for an old one.

use axum::extract::State;
use axum::http::HeaderMap;
use domain::sessions::{RefreshSession, Refreshed, SessionError};
use domain::users::UserError;
use domain::{Actor, Refusal};
use serde::Deserialize;
use utoipa::ToSchema;

use super::cookies::{self, Cookie};
use super::open::{SignedIn, TokensBody};
use super::refresh_token;
use crate::act::{Done, Refused};
use crate::app::App;
use crate::extract::Json;
use crate::http::Trace;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::revocations::Revocation;

/// Stay logged in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The latest one; browsers with cookies leave it out.
    refresh_token: Option<String>,
}

/// A new pair of tokens. The old refresh token stops working, but for half a minute still gets the
/// same successor: an answer may be lost, and two tabs may ask at once. If it comes back later two
/// have it, and the session ends.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "auth", operation_id = "refresh",
    request_body = Refresh,
    params(("X-CSRF-Token" = Option<String>, Header, description = "Required with cookies: the csrf_token of /v1/auth/csrf")),
    responses((status = 200, description = "A new pair", body = crate::act::Positioned<TokensBody>),
        (status = 401, description = "unauthenticated, session-ended or refresh-reused: log in again"),
        (status = 403, description = "csrf-failed")))]
pub async fn refresh(
    State(app): State<App>,
    trace: Trace,
    headers: HeaderMap,
    Json(body): Json<Refresh>,
) -> Result<SignedIn, Problem> {
    let by_cookie = body.refresh_token.is_none();
    let token = body.refresh_token.as_deref();
    let token = token.or_else(|| Cookie::Refresh.of(&app, &headers)).ok_or_else(|| {
        Problem::new(Slug::Unauthenticated, "Send the refresh_token of the last answer.")
    })?;
    let genuine = app.refresh_tokens.read(token).ok_or_else(|| {
        Problem::new(Slug::Unauthenticated, "The refresh token is not one of ours. Log in again.")
    })?;
    if by_cookie {
        cookies::guard(&app, &headers, genuine.session)?;
    }
    let hash = |token: &str| refresh_token::hash(token).or_fault("hash a refresh token");
    let decision = RefreshSession {
        session: genuine.session,
        user: genuine.user,
        presented: hash(token)?,
        next: hash(&app.refresh_tokens.make(genuine.next()))?,
    };
    let trace = trace.of_person(&app, genuine.user.0).await?;
    let mut metadata = trace.metadata(Actor::User(genuine.user.0), app.clock.now());
    metadata.session_id = Some(genuine.session.0);
    let done = match app.execute_raw(app.attempt(), metadata, decision).await? {
        Ok(done) => done,
        Err(refused) => return Err(not_renewed(refused)),
    };
    let Done { reply, position, number, replayed } = done;
    match reply {
        Refreshed::Renewed { rights, counter } => {
            let done = Done { reply: rights, position, number, replayed };
            SignedIn::of(&app, genuine.numbered(counter), by_cookie, done)
        }
        Refreshed::Reused => {
            app.revoke_here(Revocation::Session(genuine.session), number);
            Err(Problem::new(Slug::RefreshReused, "Log in again.").at(position, replayed))
        }
    }
}

/// Genuine, yet unknown: the log was restored to a time before it, or its person was erased.
fn not_renewed(refused: Refused) -> Problem {
    match refused.refusal {
        Refusal::Session(SessionError::NotFound) | Refusal::User(UserError::NotFound) => {
            Problem::new(Slug::SessionEnded, "Log in again.")
        }
        _ => refused.into(),
    }
}
