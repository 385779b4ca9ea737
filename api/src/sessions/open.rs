//! Beginning a session, and what a signed-in person works with.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::sessions::{Method, OpenSession, Rights};
use domain::{Actor, SessionId, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::refresh_token;
use crate::act::Done;
use crate::app::App;
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
    /// For `Authorization: Bearer`.
    access_token: String,
    /// For `POST /v1/auth/refresh`; each works once.
    refresh_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// How many seconds the access token is good for.
    expires_in: i64,
}

/// Somebody who is signed in, to be answered with their tokens: 200, or 201 by
/// [`SignedIn::created`].
#[derive(Debug)]
pub struct SignedIn {
    done: Done<TokensBody>,
}

/// Opens a session for somebody who proved who they are, by whichever way. Their name on the
/// request need not be sealed yet.
///
/// # Errors
/// The account may not come in (`account-suspended`), or there is no outcome.
pub async fn open(
    app: &App,
    trace: &Trace,
    user: UserId,
    method: Method,
) -> Result<SignedIn, Problem> {
    let session = SessionId(Uuid::now_v7());
    let trace = trace.clone().of_person(app, user.0).await?;
    let mut metadata = trace.metadata(Actor::User(user.0), app.clock.now());
    metadata.session_id = Some(session.0);
    let token_hash = refresh_token::hash(&app.refresh_tokens.make(session, 0));
    let token_hash = token_hash.or_fault("hash a refresh token")?;
    let decision = OpenSession { session, user, method, token_hash };
    let done = app.execute(app.attempt(), metadata, decision).await?;
    SignedIn::of(app, session, 0, done)
}

impl SignedIn {
    /// The pair of tokens for these rights.
    pub(super) fn of(
        app: &App,
        session: SessionId,
        counter: u32,
        done: Done<Rights>,
    ) -> Result<Self, Problem> {
        let Done { reply: rights, position, replayed } = done;
        let user_id = rights.user.0;
        let access_token = app.tokens.issue(session, rights, app.clock.now());
        let body = TokensBody {
            user_id,
            session_id: session.0,
            access_token: access_token.or_fault("issue a token")?,
            refresh_token: app.refresh_tokens.make(session, counter),
            token_type: "Bearer",
            expires_in: ACCESS_SECONDS,
        };
        Ok(Self { done: Done { reply: body, position, replayed } })
    }

    /// The answer to whoever has just signed up.
    #[must_use]
    pub fn created(self) -> Response {
        self.answer(StatusCode::CREATED)
    }

    fn answer(self, status: StatusCode) -> Response {
        self.done.answer(status, |body| body).into_response()
    }
}

impl IntoResponse for SignedIn {
    fn into_response(self) -> Response {
        self.answer(StatusCode::OK)
    }
}
