//! Proving anew who one is, before something that an open browser or a found token must not do alone.

use std::net::IpAddr;

use chrono::TimeDelta;
use domain::sessions::Session;
use domain::users::User;

use super::{checked, password};
use crate::app::App;
use crate::extract::Caller;
use crate::problem::{Problem, Slug};

/// How lately whoever has no password must have signed in.
const SIGNED_IN_LATELY: TimeDelta = TimeDelta::minutes(10);

/// Whether it is the person who asks: by the password, or, where the account has none, by having
/// signed in just now. Answers which password was checked ([`User::passwords`]), for the command
/// that follows from it.
///
/// # Errors
/// [`Slug::InvalidCredentials`]; [`Slug::ValidationFailed`] if the account has a password and none is
/// given; [`Slug::QuotaExceeded`] after ten failures in ten minutes.
pub async fn authenticate(
    app: &App,
    caller: &Caller,
    from: IpAddr,
    given: Option<String>,
) -> Result<u32, Problem> {
    let (user, account) = (caller.user, caller.user.to_string());
    let check = async {
        let passwords = app.state_of::<User>(user).await?.passwords();
        match passwords {
            0 => signed_in_lately(app, caller).await.map(|()| Some(passwords)),
            _ => {
                let given = given.ok_or_else(|| Problem::invalid("/password", "Your password."))?;
                let fit = password::fits(app, user, given).await?;
                Ok(fit.map(|fit| fit.passwords))
            }
        }
    };
    let shown = checked(app, (&account, from), check).await?;
    shown.ok_or_else(|| Problem::new(Slug::InvalidCredentials, "The password does not fit."))
}

async fn signed_in_lately(app: &App, caller: &Caller) -> Result<(), Problem> {
    let opened_at = match caller.session {
        Some(session) => app.state_of::<Session>(session).await?.opened_at(),
        None => None,
    };
    match opened_at {
        Some(opened_at) if app.clock.now() < opened_at + SIGNED_IN_LATELY => Ok(()),
        Some(_) | None => {
            let minutes = SIGNED_IN_LATELY.num_minutes();
            let detail = format!("Without a password, sign in anew: within {minutes} minutes.");
            Err(Problem::new(Slug::InvalidCredentials, detail))
        }
    }
}
