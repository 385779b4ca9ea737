//! Beginning a session, and what a signed-in person works with.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::sessions::{OpenSession, Proof, Rights, SessionError};
use domain::{Actor, Refusal, SessionId, UserId};
use eventstore::command::Key;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::cookies;
use super::refresh_token::{self, Name};
use crate::act::{Done, Refused};
use crate::app::App;
use crate::auth::oauth::exchange::stale;
use crate::auth::wrong;
use crate::http::Trace;
use crate::problem::{OrFault as _, Problem};
use crate::tokens::ACCESS_SECONDS;

/// What a signed-in person works with.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokensBody {
    /// Who.
    user_id: Uuid,
    /// Which login this is, as in the list of devices.
    session_id: Uuid,
    /// For `Authorization: Bearer`; absent if it is in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// For `POST /v1/auth/refresh`; each works once. Absent if it is in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// With cookies: for `X-CSRF-Token` of every request that is no read.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
    /// Always `Bearer`.
    token_type: &'static str,
    /// How many seconds the access token is good for.
    expires_in: i64,
}

/// Somebody who is signed in, to be answered with their tokens: 200, or 201 by
/// [`SignedIn::created`].
pub struct SignedIn {
    done: Done<TokensBody>,
    /// Access and refresh token, for whoever wants cookies.
    cookies: Option<(App, String, String)>,
}

/// Opens a session for somebody who proved who they are, by whichever way. Their name on the
/// request need not be sealed yet.
///
/// # Errors
/// Nobody is behind the account any more, the proof is void by now (as if it had never been good), or
/// there is no outcome.
pub async fn open(
    app: &App,
    trace: &Trace,
    user: UserId,
    proof: Proof,
) -> Result<SignedIn, Problem> {
    open_under(app, trace, user, proof, app.attempt()).await
}

/// The same under a key of what lets them in: what was used before is seen by
/// [`SignedIn::is_replayed`], and its tokens must then not be given away.
///
/// # Errors
/// As [`open`].
pub async fn open_under(
    app: &App,
    trace: &Trace,
    user: UserId,
    proof: Proof,
    key: Key,
) -> Result<SignedIn, Problem> {
    let session = SessionId(Uuid::now_v7());
    let trace = trace.clone().of_person(app, user.0).await?;
    let mut metadata = trace.metadata(Actor::User(user.0), app.clock.now());
    metadata.session_id = Some(session.0);
    let name = Name { session, user, counter: 0 };
    let token_hash = refresh_token::hash(&app.refresh_tokens.make(name));
    let token_hash = token_hash.or_fault("hash a refresh token")?;
    let void = match &proof {
        Proof::Password { .. } => wrong,
        Proof::Provider { .. } => stale,
    };
    let refused = |refused: Refused| match refused.refusal {
        Refusal::Session(SessionError::ProofVoid) => void(),
        _ => refused.into(),
    };
    let decision = OpenSession { session, user, proof, token_hash };
    let done = app.execute_raw(key, metadata, decision).await?.map_err(refused)?;
    SignedIn::of(app, name, trace.wants_cookies, done)
}

impl SignedIn {
    /// The pair of tokens for these rights, in the body or in cookies.
    pub(super) fn of(
        app: &App,
        name: Name,
        by_cookie: bool,
        done: Done<Rights>,
    ) -> Result<Self, Problem> {
        let Done { reply: rights, position, number, replayed } = done;
        let access = app.tokens.issue(name.session, rights, number, app.clock.now());
        let access = access.or_fault("issue a token")?;
        let refresh = app.refresh_tokens.make(name);
        let (user_id, session_id) = (name.user.0, name.session.0);
        let (token_type, expires_in) = ("Bearer", ACCESS_SECONDS);
        let mut body = TokensBody {
            user_id,
            session_id,
            access_token: None,
            refresh_token: None,
            csrf_token: None,
            token_type,
            expires_in,
        };
        let cookies = if by_cookie {
            body.csrf_token = Some(cookies::csrf_token(app, name.session)?);
            Some((app.clone(), access, refresh))
        } else {
            (body.access_token, body.refresh_token) = (Some(access), Some(refresh));
            None
        };
        Ok(Self { done: Done { reply: body, position, number, replayed }, cookies })
    }

    /// Whether the session was opened before, under the same key.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        self.done.replayed
    }

    /// The answer to whoever has just signed up.
    #[must_use]
    pub fn created(self) -> Response {
        self.answer(StatusCode::CREATED)
    }

    fn answer(self, status: StatusCode) -> Response {
        let mut response = self.done.answer(status, |body| body).into_response();
        if let Some((app, access, refresh)) = self.cookies {
            cookies::set(&app, &access, &refresh, &mut response);
        }
        response
    }
}

impl IntoResponse for SignedIn {
    fn into_response(self) -> Response {
        self.answer(StatusCode::OK)
    }
}
