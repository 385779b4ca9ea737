//! Verifying e-mail addresses (c2, IAM-12): whatever a letter asked to be confirmed comes back here.

use axum::extract::State;
use axum::http::StatusCode;
use domain::Actor;
use domain::artists::{Artist, ArtistError};
use domain::mail::Letter;
use domain::users::{AskVerification, User, UserError, VERIFICATION_LIFE, VerifyEmail};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Accepted, change_email};
use crate::act::{Answered, Refused};
use crate::app::App;
use crate::artists;
use crate::extract::{AtLeast, Caller, Json, NoBody};
use crate::http::Trace;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::tickets;

/// A letter came back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// The token of the letter.
    token: String,
}

/// Show that an address is yours, with the token of the letter: the one you signed up with, one you
/// want to sign in with from now on, or the one artists are written to. It works once.
#[utoipa::path(post, path = "/v1/auth/verify-email", tag = "auth", operation_id = "verify_email",
    request_body = TokenBody,
    responses((status = 204, description = "Verified"),
        (status = 410, description = "link-expired: used, replaced, too old, or never ours")))]
pub async fn verify_email(
    State(app): State<App>,
    trace: Trace,
    Json(body): Json<TokenBody>,
) -> Result<StatusCode, Problem> {
    let returned = tickets::read(&body.token).ok_or_else(stale_link)?;
    let (user, token_hash, now) = (returned.user, returned.token_hash.clone(), app.clock.now());
    let trace = trace.of_person(&app, user.0).await?;
    let metadata = trace.metadata(Actor::User(user.0), now);
    let person: User = app.state_of(user).await?;
    if let Some(address) = person.email_change(token_hash.as_str(), now) {
        change_email::take(&app, returned, address, metadata).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let artist: Artist = app.state_of(user).await?;
    if let Some(address) = artist.email_to_verify(token_hash.as_str(), now) {
        artists::email::take(&app, returned, address, metadata).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let verified = app.execute_raw(app.attempt(), metadata, VerifyEmail { user, token_hash });
    verified.await?.map_err(of_letter)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send the letter again: one a minute, and five a day.
#[utoipa::path(post, path = "/v1/auth/verify-email/resend", tag = "auth",
    operation_id = "resend_verification", request_body = NoBody, security(("bearer" = [])),
    responses((status = 202, description = "It is on its way", body = crate::act::Positioned<Accepted>),
        (status = 409, description = "conflict: the account has no address, or it is verified already"),
        (status = 429, description = "quota-exceeded: less than a minute after the last one, or five in a day")))]
pub async fn resend_verification(
    State(app): State<App>,
    caller: Caller,
    Json(NoBody {}): Json<NoBody>,
) -> Result<Answered<Accepted>, Problem> {
    AtLeast::now(&app).await?.reached(&app, &["users"]).await?;
    let user = projections::users::by_id(caller.reads(&app), caller.user.0).await;
    let user = user.or_fault("read a user")?.ok_or_else(|| Problem::not_found("user"))?;
    let email = user.email.ok_or(domain::Refusal::User(UserError::NoEmail))?;
    let letter = |token| Letter::VerifyEmail { token };
    let ticket = app.ticket(caller.user, &email, VERIFICATION_LIFE, letter)?;
    let ask = AskVerification { user: caller.user, ticket };
    let done = app.execute(app.attempt(), caller.metadata(&app), ask).await?;
    Ok(done.answer(StatusCode::ACCEPTED, |()| Accepted::new()))
}

/// A token that no letter holds any more; one answer, whatever is wrong with it.
pub(crate) fn stale_link() -> Problem {
    Problem::new(Slug::LinkExpired, "The link is no longer valid, ask for a new one.")
}

/// Whether the token's user exists is told to nobody either.
pub(crate) fn of_letter(refused: Refused) -> Problem {
    match refused.refusal {
        domain::Refusal::User(UserError::NotFound | UserError::TokenNotValid)
        | domain::Refusal::Artist(ArtistError::TokenNotValid) => stale_link(),
        _ => refused.into(),
    }
}
