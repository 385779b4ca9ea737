//! Forgotten, replaced, changed and harder hashed passwords (c2, IAM-04, IAM-13).

use std::time::Duration;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use domain::input::FieldError;
use domain::mail::{Letter, Notice, Told};
use domain::users::{
    AskReset, ChoosePassword, Email, PASSWORD, Password, RESET_LIFE, Right, User, UserError,
};
use domain::{Actor, Refusal, UserId};
use projections::frame::Capacity;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::email::{of_letter, stale_link};
use super::{Accepted, attempt, checked, passwords_are_on};
use crate::app::App;
use crate::extract::{AtLeast, Caller, Json};
use crate::http::{ClientAddress, Trace};
use crate::problem::{OrFault as _, Problem, Slug};
use crate::tickets;

/// No answer to a forgotten password comes sooner, whether or not the address is known: what a
/// cache or an append takes is then not to be seen.
pub(super) const ANSWER_AFTER: Duration = Duration::from_millis(250);

/// The password is forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Forgot {
    /// The login address.
    #[schema(example = "ada@example.com")]
    email: String,
}

/// A letter came back with a new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// The token of the letter.
    token: String,
    /// The new password; none that is guessed too easily.
    #[schema(min_length = 8, max_length = 128)]
    password: String,
}

/// The old password and a new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The password of now.
    current_password: String,
    /// The new password: another one, and none that is guessed too easily.
    #[schema(min_length = 8, max_length = 128)]
    new_password: String,
}

/// Ask for a letter to choose a new password. The answer is the same, after the same time, whether
/// or not the address is known.
#[utoipa::path(post, path = "/v1/auth/password/forgot", tag = "auth",
    operation_id = "forgot_password", request_body = Forgot,
    responses((status = 202, description = "If the address is known, a letter is on its way", body = Accepted),
        (status = 403, description = "password-login-off"),
        (status = 429, description = "quota-exceeded: ten requests in ten minutes")))]
pub async fn forgot_password(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    trace: Trace,
    Json(body): Json<Forgot>,
) -> Result<(StatusCode, JsonBody<Accepted>), Problem> {
    passwords_are_on(&app)?;
    let answer_at = Instant::now() + ANSWER_AFTER;
    let email = Email::parse(&body.email).map_err(|e| FieldError::new("/email", e))?;
    let account = format!("forgot {}", email.as_str());
    let _counts_as_asked = attempt(&app, &account, from)?;

    AtLeast::now(&app).await?.reached(&app, &["users"]).await?;
    let known =
        projections::users::by_email(app.reads.capacity(Capacity::Service), email.as_str()).await;
    let known = known.or_fault("look for an address")?;
    // Nobody gets the same treatment as somebody, down to the refusal.
    let user = UserId(known.map_or_else(Uuid::now_v7, |user| user.id));
    let letter = |token| Letter::ResetPassword { token };
    let ticket = app.ticket(user, email.as_str(), RESET_LIFE, letter)?;
    let trace = trace.of_person(&app, user.0).await?;
    let metadata = trace.metadata(Actor::User(user.0), app.clock.now());
    match app.execute_raw(app.attempt(), metadata, AskReset { user, ticket }).await? {
        Err(refused) if refused.refusal != Refusal::User(UserError::NotFound) => {
            return Err(refused.into());
        }
        Ok(_) | Err(_) => tokio::time::sleep_until(answer_at).await,
    }
    Ok((StatusCode::ACCEPTED, JsonBody(Accepted::new())))
}

/// Choose a new password with the token of the letter. It works once, verifies the address, and
/// ends every session. If nobody had verified the address before, linked accounts of providers and API
/// keys end too: whoever made them may be somebody else.
#[utoipa::path(post, path = "/v1/auth/password/reset", tag = "auth",
    operation_id = "reset_password", request_body = Reset,
    responses((status = 204, description = "Replaced; log in with it"),
        (status = 403, description = "password-login-off"),
        (status = 410, description = "link-expired: used, replaced, too old, or never ours")))]
pub async fn reset_password(
    State(app): State<App>,
    trace: Trace,
    Json(body): Json<Reset>,
) -> Result<StatusCode, Problem> {
    passwords_are_on(&app)?;
    let returned = tickets::read(&body.token).ok_or_else(stale_link)?;
    let person = app.state_of::<User>(returned.user).await?;
    if !person.can_reset(returned.token_hash.as_str(), app.clock.now()) {
        return Err(stale_link()); // First: what a password may not be says what its owner is called.
    }
    let password = chosen(&app, returned.user, "/password", &body.password).await?;
    let phc = app.passwords.hash(password.expose().to_owned()).await?.into_bytes();
    let by = Right::Letter { token_hash: returned.token_hash };
    let choose = ChoosePassword { user: returned.user, by, phc };
    let notice = app.notice(returned.user, Notice::PasswordReset).await?;
    let choose = Told { decision: choose, notice };
    let trace = trace.of_person(&app, returned.user.0).await?;
    let metadata = trace.metadata(Actor::User(returned.user.0), app.clock.now());
    app.execute_raw(app.attempt(), metadata, choose).await?.map_err(of_letter)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change the password, knowing the present one. Every session ends.
#[utoipa::path(post, path = "/v1/auth/password/change", tag = "auth",
    operation_id = "change_password", request_body = Change, security(("bearer" = [])),
    responses((status = 204, description = "Changed; log in with it"),
        (status = 401, description = "invalid-credentials: the present password does not fit"),
        (status = 403, description = "password-login-off"),
        (status = 409, description = "conflict: replaced meanwhile"),
        (status = 429, description = "quota-exceeded: ten failures in ten minutes")))]
pub async fn change_password(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    caller: Caller,
    Json(body): Json<Change>,
) -> Result<StatusCode, Problem> {
    passwords_are_on(&app)?;
    let password = chosen(&app, caller.user, "/new_password", &body.new_password).await?;
    let (user, account) = (caller.user, format!("change {}", caller.user));
    let is_same = body.new_password == body.current_password;
    let fits = checked(&app, (&account, from), fits(&app, user, body.current_password)).await?;
    let Some(Fit { passwords, .. }) = fits else {
        let detail = "The present password does not fit.";
        return Err(Problem::new(Slug::InvalidCredentials, detail));
    };
    if is_same {
        return Err(Problem::invalid("/new_password", "It is the password of now."));
    }
    let phc = app.passwords.hash(password.expose().to_owned()).await?.into_bytes();
    let decision = ChoosePassword { user, by: Right::OldPassword { passwords }, phc };
    let notice = app.notice(user, Notice::PasswordChanged).await?;
    let choose = Told { decision, notice };
    app.execute(app.attempt(), caller.metadata(&app), choose).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The password, if this person may choose it.
async fn chosen(app: &App, user: UserId, pointer: &str, text: &str) -> Result<Password, Problem> {
    AtLeast::now(app).await?.reached(app, &["users"]).await?;
    let row = projections::users::by_id(app.reads.user(user.0), user.0).await;
    let row = row.or_fault("read a user")?;
    let own = row
        .as_ref()
        .map(|row| [row.email.as_deref().unwrap_or_default(), &row.username, &row.display_name]);
    let password = Password::chosen(text, own.as_ref().map_or(&[], |own| own.as_slice()));
    Ok(password.map_err(|e| FieldError::new(pointer, e))?)
}

/// A password that was found to fit.
pub(crate) struct Fit {
    /// Which it is ([`User::passwords`]).
    pub passwords: u32,
    /// Whether it should be hashed anew (IAM-04).
    pub is_weak: bool,
}

/// Checks a password; `None` if it does not fit, or there is nobody. Both take as long.
pub(crate) async fn fits(
    app: &App,
    user: UserId,
    password: String,
) -> Result<Option<Fit>, Problem> {
    let passwords = app.state_of::<User>(user).await?.passwords(); // Before the check, or it is void.
    let stored = stored(app, user).await?;
    let is_weak = stored.as_deref().is_some_and(|stored| app.passwords.is_weaker(stored));
    let fits = app.passwords.verify(password, stored).await?;
    Ok(fits.then_some(Fit { passwords, is_weak }))
}

/// What the vault keeps of a user's password.
pub(super) async fn stored(app: &App, user: UserId) -> Result<Option<String>, Problem> {
    let stored =
        app.vault.get(PASSWORD, &user.to_string()).await.or_fault("read a password hash")?;
    stored.map(String::from_utf8).transpose().or_fault("read a password hash")
}

/// Hashes a password that was just found to fit with the parameters of now (IAM-04). `passwords` is
/// which it was ([`User::passwords`]): one that was replaced meanwhile stays. Who logs in does not
/// suffer from it: if it fails, the next login tries again.
pub(super) async fn rehash(
    app: &App,
    trace: &Trace,
    user: UserId,
    password: String,
    passwords: u32,
) {
    let attempt = async {
        let phc = app.passwords.hash(password).await?.into_bytes();
        let by = Right::SamePassword { passwords };
        let trace = trace.clone().of_person(app, user.0).await?;
        let metadata = trace.metadata(Actor::User(user.0), app.clock.now());
        app.execute(app.attempt(), metadata, ChoosePassword { user, by, phc }).await?;
        Ok::<(), Problem>(())
    };
    if let Err(problem) = attempt.await {
        let cause = problem.cause().map(|cause| format!("{cause:#}"));
        tracing::warn!(%user, code = problem.slug().text(), cause, "a password was not rehashed");
    }
}
