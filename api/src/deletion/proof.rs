//! Showing again who one is, before what cannot be undone: by password, or by a fresh round trip to
//! a provider.

use std::net::IpAddr;

use domain::users::User;
use uuid::Uuid;

use super::{CODE, Leave};
use crate::app::App;
use crate::auth::oauth::{link, pkce};
use crate::auth::{checked, password};
use crate::extract::Caller;
use crate::problem::{Problem, Slug};

/// How it was shown who asks.
pub(super) enum Shown {
    /// The password is known, as often as it likes.
    Password,
    /// By a code, good for one command; its id.
    Code(Uuid),
}

/// A token may have been found; the password is known to one, and so is the way into the account
/// of a provider.
///
/// # Errors
/// Whoever asks has not shown it, or failed too often.
pub(super) async fn demand(
    app: &App,
    caller: &Caller,
    from: IpAddr,
    Leave { password, code, code_verifier }: Leave,
) -> Result<Shown, Problem> {
    match (password, code) {
        (Some(password), None) => {
            by_password(app, caller, from, password).await.map(|()| Shown::Password)
        }
        (None, Some(code)) => by_provider(app, caller, &code, code_verifier).await.map(Shown::Code),
        (Some(_), Some(_)) => Err(Problem::invalid("/code", "Either the password or a code.")),
        (None, None) => Err(Problem::invalid("/password", "The password, or a code.")),
    }
}

async fn by_password(
    app: &App,
    caller: &Caller,
    from: IpAddr,
    password: String,
) -> Result<(), Problem> {
    let (user, account) = (caller.user, caller.user.to_string());
    let fits = checked(app, (&account, from), password::fits(app, user, password)).await?;
    let refused = || Problem::new(Slug::InvalidCredentials, "The password does not fit.");
    fits.map(|_| ()).ok_or_else(refused)
}

/// The code says who came back from the provider, a minute ago at most, for whom, and as whom: it
/// proves something only if that account signs the caller in already. Answers which code it is.
async fn by_provider(
    app: &App,
    caller: &Caller,
    code: &str,
    verifier: Option<String>,
) -> Result<Uuid, Problem> {
    let consent = link::consent(app, code)?;
    consent.is_for(caller.user)?;
    let (key, verifier) = (app.fact(CODE, consent.jti), verifier.unwrap_or_default());
    pkce::demand(app, caller.user, &key, (&consent.challenge, &verifier)).await?;
    if app.state_of::<User>(caller.user).await?.signs_in_with(&consent.subject) {
        return Ok(consent.jti);
    }
    let detail = "This account of the provider does not sign you in.";
    Err(Problem::new(Slug::InvalidCredentials, detail))
}
