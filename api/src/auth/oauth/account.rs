//! Whom an account of a provider signs in; who comes for the first time signs up with it (IAM-15).

use aws_lc_rs::hmac;
use domain::users::{
    DisplayName, Email, Profile, Provider, RegisterWithOauth, Subject, UserError, Username,
};
use domain::{Actor, Refusal, Sealed, UserId};
use projections::frame::Capacity;
use uuid::Uuid;

use crate::app::App;
use crate::auth::email_claim;
use crate::extract::AtLeast;
use crate::http::Trace;
use crate::problem::{OrFault as _, Problem, Slug};
use crate::providers::identity::Account;

const REGISTERED: &str = "user.registered_with_oauth";
/// The event that holds what a provider says.
pub const LINKED: &str = "user.oauth_account_linked";

/// The user an account signs in, made if there is none yet.
///
/// # Errors
/// `email-in-use` if its address belongs to somebody who came another way: who they are must be
/// shown there, by signing in and linking.
pub async fn user_of(
    app: &App,
    trace: &Trace,
    subject: &Subject,
    account: &Account,
) -> Result<UserId, Problem> {
    if let Some(user) = known(app, subject).await? {
        return Ok(user);
    }
    let user = UserId(Uuid::now_v7());
    let decision = sign_up(app, user, subject.clone(), account)?;
    let trace = trace.clone().of_new_person(app, user.0, &decision.person_key)?;
    let metadata = trace.metadata(Actor::User(user.0), app.clock.now());
    let Err(refused) = app.execute_raw(app.attempt(), metadata, decision).await? else {
        return Ok(user);
    };
    match refused.refusal {
        // They came in by another door at the same time.
        Refusal::User(UserError::OauthTaken) => {
            known(app, subject).await?.ok_or_else(|| refused.into())
        }
        Refusal::User(UserError::EmailTaken) => {
            let detail = "Log in to the account with this address, and link the provider there.";
            Err(Problem::new(Slug::EmailInUse, detail))
        }
        _ => Err(refused.into()),
    }
}

/// Who an account belongs to, whoever linked it just now and on whichever machine.
async fn known(app: &App, subject: &Subject) -> Result<Option<UserId>, Problem> {
    AtLeast::now(app).await?.reached(app, &["users"]).await?;
    let reads = app.reads.capacity(Capacity::Service);
    let row = projections::users::by_subject(reads, subject.provider.name(), &subject.hash);
    Ok(row.await.or_fault("look for an account of a provider")?.map(|row| UserId(row.user_id)))
}

/// Draws the person's key and seals with it.
fn sign_up(
    app: &App,
    user: UserId,
    subject: Subject,
    account: &Account,
) -> Result<RegisterWithOauth, Problem> {
    let person_key = app.master_key.new_person_key().or_fault("draw a person's key")?;
    let seal = |event, field, text: &str| {
        let sealed = app.master_key.seal_with(&person_key, user.0, (event, field), text);
        sealed.or_fault("seal a new person's field")
    };
    let username = Username::generated(user);
    let name = shown(account).unwrap_or_else(|| String::from(username.clone()));
    let email = match address(account) {
        Some(email) => Some((email_claim(app, &email), seal(REGISTERED, "email", email.as_str())?)),
        None => None,
    };
    let display_name = seal(REGISTERED, "display_name", &name)?;
    let profile = profile(account, |field, text| seal(LINKED, field, text))?;
    Ok(RegisterWithOauth { user, username, email, display_name, subject, profile, person_key })
}

/// What the provider says, with each field sealed.
///
/// # Errors
/// Those of the seal.
pub fn profile(
    account: &Account,
    seal: impl Fn(&'static str, &str) -> Result<Sealed, Problem>,
) -> Result<Profile, Problem> {
    Ok(Profile {
        subject: seal("subject", &account.subject)?,
        email: address(account).map(|email| seal("email", email.as_str())).transpose()?,
        name: shown(account).map(|name| seal("name", &name)).transpose()?,
    })
}

/// What the log knows of an account.
pub fn subject(app: &App, provider: Provider, account: &Account) -> Subject {
    let mut context = hmac::Context::with_key(&app.request_key);
    for part in ["oauth", provider.name(), &account.subject] {
        context.update(part.as_bytes());
        context.update(b"\0");
    }
    let hash = context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Subject { provider, hash }
}

fn address(account: &Account) -> Option<Email> {
    account.email.as_deref().and_then(|email| Email::parse(email).ok())
}

/// The name there, if somebody may have it here.
fn shown(account: &Account) -> Option<String> {
    let name = DisplayName::chosen(account.name.as_deref()?).ok()?;
    Some(name.into())
}
