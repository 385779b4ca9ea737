//! Linking an account to somebody who is signed in: a ticket goes along with the browser, and what
//! comes back is a code that only the same person can use. Without that, a foreign ticket could
//! link somebody's account to a stranger.

use chrono::{DateTime, TimeDelta, Utc};
use domain::UserId;
use domain::users::{Profile, Provider, Subject};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::{LINKED, profile, subject};
use super::exchange::{CODE_LIFE, stale};
use super::flow::Flow;
use super::pkce::Challenge;
use crate::app::App;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::providers::identity::Account;

/// How long a ticket can be used.
const TICKET_LIFE: TimeDelta = TimeDelta::minutes(10);
const TICKET: &str = "oauth-link-ticket";
/// Both the purpose of the code and the scope in which its id is used once.
pub const CODE: &str = "oauth-link-code";

#[derive(Serialize, Deserialize)]
struct Ticket {
    user: UserId,
    provider: Provider,
}

/// What a code says.
#[derive(Serialize, Deserialize)]
pub struct Consent {
    /// The code's own id.
    pub jti: Uuid,
    /// Who asked for it.
    pub user: UserId,
    /// The account.
    pub subject: Subject,
    /// What it says, sealed for them.
    pub profile: Profile,
    /// Of the secret with which the app redeems it.
    pub challenge: Challenge,
}

impl Consent {
    /// Refuses whoever did not begin it.
    ///
    /// # Errors
    /// [`Slug::Forbidden`].
    pub fn is_for(&self, caller: UserId) -> Result<(), Problem> {
        if self.user == caller {
            return Ok(());
        }
        let detail = "Somebody else began this. Begin anew, signed in as yourself.";
        Err(Problem::new(Slug::Forbidden, detail))
    }
}

/// A ticket for `?link=`, and how long it is good.
///
/// # Errors
/// The provider is not connected.
pub fn ticket(
    app: &App,
    user: UserId,
    provider: Provider,
) -> Result<(String, DateTime<Utc>), Problem> {
    super::connected(app, provider)?;
    let until = app.clock.now() + TICKET_LIFE;
    Ok((app.token_until(TICKET, &Ticket { user, provider }, until)?, until))
}

/// Whose ticket it is.
pub(super) fn holder(app: &App, provider: Provider, ticket: &str) -> Result<UserId, Problem> {
    let held = app.grant::<Ticket>(TICKET, ticket).ok();
    let held = held.filter(|held| held.provider == provider);
    held.map(|held| held.user).ok_or_else(stale)
}

/// The code that finishes it.
pub(super) async fn code(
    app: &App,
    user: UserId,
    flow: &Flow,
    account: &Account,
) -> Result<String, Problem> {
    app.keyring.preload(&[user.0]).await.or_fault("read a person's key")?;
    let profile = profile(account, |field, text| {
        app.keyring.seal_loaded(user.0, (LINKED, field), text).or_fault("seal an account")
    })?;
    let (jti, subject) = (Uuid::now_v7(), subject(app, flow.provider, account));
    let challenge = flow.errand.challenge.clone();
    let consent = Consent { jti, user, subject, profile, challenge };
    app.token_until(CODE, &consent, app.clock.now() + CODE_LIFE)
}

/// What a code says.
///
/// # Errors
/// `link-expired`: too old, or not ours.
pub fn consent(app: &App, code: &str) -> Result<Consent, Problem> {
    app.grant(CODE, code).map_err(|_| stale())
}
