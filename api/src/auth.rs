//! Signing up and logging in (c2).

pub mod again;
pub mod change_email;
pub mod email;
pub mod oauth;
pub mod password;

use aws_lc_rs::hmac;
use std::net::IpAddr;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::input::FieldError;
use domain::mail::Letter;
use domain::sessions::Proof;
use domain::users::{
    DisplayName, Email, EmailClaim, Password, RegisterAndVerify, RegisterUser, UserError, Username,
    VERIFICATION_LIFE,
};
use domain::{Actor, Refusal, UserId};
use projections::frame::Capacity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use self::password::Fit;
use crate::app::App;
use crate::extract::{AtLeast, Json};
use crate::http::{ClientAddress, Trace};
use crate::problem::{OrFault as _, Problem, Slug};
use crate::sessions::{self, SignedIn, TokensBody};
use crate::throttle::Attempt;

/// Sign up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The login address.
    #[schema(example = "ada@example.com")]
    email: String,
    /// 8 to 128 characters; none that is guessed too easily.
    #[schema(min_length = 8, max_length = 128, example = "correct horse battery")]
    password: String,
    /// The free name people see.
    #[schema(min_length = 1, max_length = 100, example = "Ada")]
    display_name: String,
    /// The handle, unique without regard to case; one is made up if none is given.
    #[schema(min_length = 3, max_length = 50, example = "ada")]
    username: Option<String>,
}

/// Log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The login address.
    #[schema(example = "ada@example.com")]
    email: String,
    /// The password.
    #[schema(example = "correct horse battery")]
    password: String,
}

/// The answer that tells nothing: it was heard.
#[derive(Serialize, ToSchema)]
pub struct Accepted {
    /// Always `accepted`.
    status: &'static str,
}

impl Accepted {
    pub(crate) fn new() -> Self {
        Self { status: "accepted" }
    }
}

/// The well-formed parts of a sign-up.
pub struct SignUp {
    /// The login address.
    pub email: Email,
    /// The password.
    pub password: Password,
    /// The free name.
    pub display_name: DisplayName,
    /// The handle, if one was chosen.
    pub username: Option<Username>,
}

impl Register {
    fn parse(&self) -> Result<SignUp, Problem> {
        let mut wrong = Vec::new();
        let email = field("/email", Email::parse(&self.email), &mut wrong);
        let username = self.username.as_deref();
        let own = [&*self.email, &*self.display_name, username.unwrap_or_default()];
        let password = Password::chosen(&self.password, &own);
        let password = field("/password", password, &mut wrong);
        let name = field("/display_name", DisplayName::chosen(&self.display_name), &mut wrong);
        let username = username.map(Username::chosen).transpose();
        let username = field("/username", username, &mut wrong);
        match (email, password, name, username) {
            (Some(email), Some(password), Some(display_name), Some(username)) => {
                Ok(SignUp { email, password, display_name, username })
            }
            _ => Err(wrong.into()),
        }
    }
}

/// The value, or the complaint noted.
fn field<T, E: ToString>(
    pointer: &str,
    parsed: Result<T, E>,
    wrong: &mut Vec<FieldError>,
) -> Option<T> {
    parsed.map_err(|e| wrong.push(FieldError::new(pointer, e))).ok()
}

/// Sign up with e-mail and password. The answer for an address that is taken is 202 after the same
/// work; who owns it learns nothing new, and who does not is told nothing.
#[utoipa::path(post, path = "/v1/auth/register", tag = "auth", operation_id = "register",
    request_body = Register, params(("Folio-Session" = Option<String>, Header, description = "`cookies`, for browsers: the tokens come as cookies that no script can read")),
    responses((status = 201, description = "Signed up, and signed in", body = crate::act::Positioned<TokensBody>),
        (status = 202, description = "already-exists, masked", body = Accepted),
        (status = 403, description = "password-login-off"),
        (status = 409, description = "name-taken: the username")))]
pub async fn register(
    State(app): State<App>,
    trace: Trace,
    Json(body): Json<Register>,
) -> Result<Response, Problem> {
    passwords_are_on(&app)?;
    let sign_up = body.parse()?;
    let user = UserId(Uuid::now_v7());
    let letter = |token| Letter::VerifyEmail { token };
    let ticket = app.ticket(user, sign_up.email.as_str(), VERIFICATION_LIFE, letter)?;
    let register = sign_up.decision(&app, user).await?;
    let told = trace.clone().of_new_person(&app, user.0, &register.person_key)?;
    let metadata = told.metadata(Actor::User(user.0), app.clock.now());
    let decision = RegisterAndVerify { register, ticket };
    match app.execute_raw(app.attempt(), metadata, decision).await? {
        Ok(_) => {
            let first = Proof::Password { passwords: 1 };
            Ok(sessions::open(&app, &trace, user, first).await?.created())
        }
        Err(refused) if refused.refusal == Refusal::User(UserError::EmailTaken) => {
            Ok((StatusCode::ACCEPTED, JsonBody(Accepted::new())).into_response())
        }
        Err(refused) => Err(refused.into()),
    }
}

impl SignUp {
    /// Draws the person's key, seals with it, hashes the password.
    ///
    /// # Errors
    /// No randomness, or no thread to hash on: faults of ours.
    pub async fn decision(self, app: &App, user: UserId) -> Result<RegisterUser, Problem> {
        const EVENT: &str = "user.registered";
        let person_key = app.master_key.new_person_key().or_fault("draw a person's key")?;
        let seal = |name: &'static str, text: &str| {
            let sealed = app.master_key.seal_with(&person_key, user.0, (EVENT, name), text);
            sealed.or_fault("seal a new person's field")
        };
        let email = seal("email", self.email.as_str())?;
        let display_name = seal("display_name", self.display_name.as_str())?;
        let password = self.password.expose().to_owned();
        let password_phc = app.passwords.hash(password).await?;
        Ok(RegisterUser {
            user,
            username: self.username.unwrap_or_else(|| Username::generated(user)),
            email_claim: email_claim(app, &self.email),
            email,
            display_name,
            password_phc: password_phc.into_bytes(),
            person_key,
        })
    }
}

/// What makes an address unique without showing it.
fn email_claim(app: &App, email: &Email) -> EmailClaim {
    let mut context = hmac::Context::with_key(&app.request_key);
    context.update(b"email\0");
    context.update(email.as_str().as_bytes());
    let mut claim = [0; 32];
    claim.copy_from_slice(context.sign().as_ref());
    EmailClaim(claim)
}

/// Log in with e-mail and password. An unknown address and a wrong password get the same answer
/// after the same work.
#[utoipa::path(post, path = "/v1/auth/login", tag = "auth", operation_id = "login",
    request_body = Login, params(("Folio-Session" = Option<String>, Header, description = "`cookies`, for browsers: the tokens come as cookies that no script can read")),
    responses((status = 200, description = "Signed in", body = crate::act::Positioned<TokensBody>),
        (status = 401, description = "invalid-credentials"),
        (status = 403, description = "password-login-off"),
        (status = 429, description = "quota-exceeded: ten failures in ten minutes")))]
pub async fn login(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    trace: Trace,
    Json(body): Json<Login>,
) -> Result<SignedIn, Problem> {
    passwords_are_on(&app)?;
    let account = body.email.trim().to_lowercase();
    let known = checked(&app, (&account, from), known(&app, &body)).await?;
    let (user, Fit { passwords, is_weak }) = known.ok_or_else(wrong)?;
    if is_weak {
        password::rehash(&app, &trace, user, body.password, passwords).await;
    }
    sessions::open(&app, &trace, user, Proof::Password { passwords }).await
}

/// Whose e-mail and password these are.
async fn known(app: &App, body: &Login) -> Result<Option<(UserId, Fit)>, Problem> {
    // Whoever has just signed up must be found, on whichever machine.
    AtLeast::now(app).await?.reached(app, &["users"]).await?;
    let reads = app.reads.capacity(Capacity::Service);
    let user = match Email::parse(&body.email) {
        Ok(email) => {
            projections::users::by_email(reads, email.as_str()).await.or_fault("log in")?
        }
        Err(_) => None, // No account can have it.
    };
    // Nobody gets the same treatment as somebody.
    let user = UserId(user.map_or_else(Uuid::now_v7, |user| user.id));
    let fit = password::fits(app, user, body.password.clone()).await?;
    Ok(fit.map(|fit| (user, fit)))
}

/// The one answer to whoever does not come in with a password.
pub(crate) fn wrong() -> Problem {
    Problem::new(Slug::InvalidCredentials, "E-mail and password do not fit.")
}

/// Refuses what is about passwords where nobody signs in with one (IAM-04).
fn passwords_are_on(app: &App) -> Result<(), Problem> {
    if app.config.login.passwords {
        return Ok(());
    }
    Err(Problem::new(Slug::PasswordLoginOff, "Sign in with one of the providers in /v1/config."))
}

/// Begins an attempt, unless too many failed for this account from this address. It counts as failed
/// until it is taken back.
fn attempt(app: &App, account: &str, from: IpAddr) -> Result<Attempt, Problem> {
    app.throttle.attempt(account, from, app.clock.now()).map_err(|wait| {
        let detail = "Too many attempts for this account from this address.";
        Problem::new(Slug::QuotaExceeded, detail)
            .with("violated-policies", serde_json::json!(["login"]))
            .retry_after(wait)
    })
}

/// Checks who asks; `None` is a failure. It counts as one before it is made, so that of many at
/// once no more are made than of as many in turn; whoever hangs up meanwhile has failed too.
///
/// # Errors
/// Too many failed; or it could not be made, which does not count.
pub(crate) async fn checked<T>(
    app: &App,
    (account, from): (&str, IpAddr),
    check: impl Future<Output = Result<Option<T>, Problem>>,
) -> Result<Option<T>, Problem> {
    let attempt = attempt(app, account, from)?;
    let shown = check.await;
    if !matches!(shown, Ok(None)) {
        app.throttle.take_back(attempt);
    }
    shown
}
