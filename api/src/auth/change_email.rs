//! `POST /v1/me/email` (IAM-03): another address to sign in with.

use axum::extract::State;
use axum::http::StatusCode;
use domain::input::FieldError;
use domain::mail::{Letter, Notice};
use domain::users::{AskEmailChange, ChangeEmail, EMAIL_CHANGE_LIFE, Email, User, UserError};
use domain::{Metadata, Refusal, Sealed, UserId};
use projections::frame::Capacity;
use projections::users as read;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::email::{of_letter, stale_link};
use super::password::ANSWER_AFTER;
use super::{Accepted, again, email_claim};
use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{AtLeast, Caller, Json};
use crate::http::ClientAddress;
use crate::problem::{OrFault as _, Problem};
use crate::tickets::Returned;

/// What the address is sealed for while it waits,
const ASKED: &str = "user.email_change_requested";
/// and when it is theirs.
const CHANGED: &str = "user.email_changed";

/// Another address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    /// The address to sign in with.
    #[schema(example = "ada@example.org")]
    email: String,
    /// The password; who has none must have signed in within the last ten minutes.
    password: Option<String>,
}

/// Sign in with another address. It changes when the letter to the new one comes back to
/// `/v1/auth/verify-email`, within an hour; the old one is told. The answer is the same whether or not
/// somebody has the address. Sessions and API keys go on.
#[utoipa::path(post, path = "/v1/me/email", tag = "users", operation_id = "change_email",
    request_body = NewEmail, security(("bearer" = [])),
    responses((status = 202, description = "A letter is on its way", body = Positioned<Accepted>),
        (status = 401, description = "invalid-credentials: the password"),
        (status = 409, description = "conflict: the password was replaced meanwhile"),
        (status = 429, description = "quota-exceeded: less than a minute after the last one, five in a day, or ten failures in ten minutes")))]
pub async fn change_email(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    caller: Caller,
    Json(body): Json<NewEmail>,
) -> Result<Answered<Accepted>, Problem> {
    let email = Email::parse(&body.email).map_err(|e| FieldError::new("/email", e))?;
    let passwords = again::authenticate(&app, &caller, from, body.password).await?;
    let user = caller.user;
    let answer_at = Instant::now() + ANSWER_AFTER;

    AtLeast::now(&app).await?.reached(&app, &["users"]).await?;
    let present = address_of(&app, user).await?;
    if present.as_deref() == Some(email.as_str()) {
        return Err(Problem::invalid("/email", "It is the address of the account already."));
    }
    let service = app.reads.capacity(Capacity::Service);
    let taken = read::by_email(service, email.as_str()).await.or_fault("look for an address")?;
    let letter = match taken {
        Some(_) => |_| Letter::EmailInUse,
        None => |token| Letter::ChangeEmail { token },
    };
    let ticket = app.ticket(user, email.as_str(), EMAIL_CHANGE_LIFE, letter)?;
    let notice = app.notice(user, Notice::EmailChangeAsked).await?;
    let email = app.keyring.seal(user.0, ASKED, "email", email.as_str()).await;
    let email = email.or_fault("seal an address")?;
    let ask = AskEmailChange { user, email, passwords, ticket, notice };
    let done = app.execute(app.attempt(), caller.metadata(&app), ask).await?;
    tokio::time::sleep_until(answer_at).await;
    Ok(done.answer(StatusCode::ACCEPTED, |()| Accepted::new()))
}

/// The letter to the new address came back.
pub(super) async fn take(
    app: &App,
    returned: Returned,
    asked: &Sealed,
    metadata: Metadata,
) -> Result<(), Problem> {
    let Returned { user, token_hash } = returned;
    app.keyring.preload(&[user.0]).await.or_fault("open an address")?;
    let email = app.keyring.open(asked, ASKED, "email").or_fault("open an address")?;
    let email = Email::parse(&email).map_err(|_| stale_link())?; // They left: nothing opens.
    let claim = email_claim(app, &email);
    let held = app.log.claims_of::<User>(user).await.or_fault("read what is claimed")?;
    let former = held.into_iter().find_map(|(scope, value)| (scope == "email").then_some(value));
    let notice = app.notice(user, Notice::EmailChanged).await?;
    let email = app.keyring.seal(user.0, CHANGED, "email", email.as_str()).await;
    let email = email.or_fault("seal an address")?;
    let change = ChangeEmail { user, token_hash, email, claim, former, notice };
    match app.execute_raw(app.attempt(), metadata, change).await? {
        Ok(_) => Ok(()),
        // Whether somebody has the address is told to nobody.
        Err(refused) if refused.refusal == Refusal::User(UserError::EmailTaken) => {
            Err(stale_link())
        }
        Err(refused) => Err(of_letter(refused)),
    }
}

/// The address they sign in with now, as far as the read table knows.
///
/// # Errors
/// The read table cannot be read.
pub async fn address_of(app: &App, user: UserId) -> Result<Option<String>, Problem> {
    let row = read::by_id(app.reads.user(user.0), user.0).await.or_fault("read a user")?;
    Ok(row.and_then(|row| row.email))
}
