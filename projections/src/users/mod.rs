//! `users`, `user_profiles`, `user_preferences` and `oauth_accounts`: who is who, what they show, what
//! they keep, by what they sign in. What is sealed in their events is opened here, and only here.

mod oauth_account;
mod preferences;
mod profile;
mod user;

pub use oauth_account::*;
pub use preferences::*;
pub use profile::*;
pub use user::*;

use domain::artists::ArtistEvent;
use domain::plans::Tier;
use domain::sessions::SessionEvent;
use domain::users::{self, Role, Status, Subject, UserEvent};
use domain::{Sealed, UserId};
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table, word};
use crate::projector::Opener;
use profile::Said;

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] =
    &[user::STATEMENTS, profile::STATEMENTS, preferences::STATEMENTS, oauth_account::STATEMENTS];

/// Fills `users` and `oauth_accounts`.
pub struct Users;

impl Projector for Users {
    fn name(&self) -> &'static str {
        "users"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["user", "artist", "session"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[User::DEFINITION, Profile::DEFINITION, Preferences::DEFINITION, OauthAccount::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            user(event, batch, &Opener::of(entry, keyring))?;
            if !matches!(event, UserEvent::Erased { .. }) {
                let version = entry.recorded.sequence;
                batch.update::<User>(event.user().0, move |row| row.version = version);
            }
        }
        if let Some(ArtistEvent::Registered { artist, .. }) = entry.event.of() {
            grant(*artist, Role::Artist, batch)?;
        }
        if let Some(SessionEvent::Opened { user, opened_at, .. }) = entry.event.of() {
            let at = *opened_at;
            batch.update::<User>(user.0, move |row| row.last_login_at = Some(at));
        }
        Ok(())
    }
}

fn user(event: &UserEvent, batch: &mut Batch, opener: &Opener<'_>) -> Result<(), Poison> {
    match event {
        UserEvent::Registered { user, username, email, display_name } => {
            let email = Some(opener.open(email, "email")?);
            let display_name = opener.open(display_name, "display_name")?;
            enter(*user, username, email, display_name, batch)?;
        }
        UserEvent::UsernameChanged { user, username, .. } => {
            profile::rename(*user, username, batch);
        }
        UserEvent::ProfileUpdated { user, display_name, bio, avatar } => {
            let bio = bio.as_ref().map(Option::as_ref);
            let said = Said { display_name: display_name.as_ref(), bio, avatar: *avatar };
            profile::update(*user, &said, batch, opener)?;
        }
        UserEvent::PreferencesChanged { user, preferences } => {
            preferences::change(*user, preferences, batch, opener)?;
        }
        UserEvent::RegisteredWithOauth { user, username, email, display_name, .. } => {
            let email = maybe(opener, email.as_ref(), "email")?;
            let display_name = opener.open(display_name, "display_name")?;
            enter(*user, username, email, display_name, batch)?;
        }
        UserEvent::EmailVerified { user } => {
            batch.update::<User>(user.0, |row| row.email_verified = true);
        }
        UserEvent::EmailChanged { user, email } => {
            let email = opener.open(email, "email")?;
            batch.update::<User>(user.0, move |row| {
                (row.email, row.email_verified) = (Some(email), true);
            });
        }
        UserEvent::OauthAccountLinked { user, subject, profile } => {
            link(*user, subject, profile, batch, opener)?;
        }
        UserEvent::OauthAccountUnlinked { user, subject } => {
            batch.delete::<OauthAccount>((user.0, word(&subject.provider)?));
        }
        UserEvent::EmailVerificationRequested { .. }
        | UserEvent::EmailChangeRequested { .. }
        | UserEvent::PasswordResetRequested { .. }
        | UserEvent::PasswordReset { .. }
        | UserEvent::PasswordChanged { .. }
        | UserEvent::PasswordRehashed { .. } => {}
        UserEvent::RoleGranted { user, role } => grant(*user, *role, batch)?,
        UserEvent::RoleRevoked { user, role } => {
            let role = word(role)?;
            batch.update::<User>(user.0, move |row| row.roles.retain(|other| *other != role));
        }
        UserEvent::Suspended { user, reason } | UserEvent::Reinstated { user, reason } => {
            stand(*user, event.standing(), Some(opener.open(reason, "reason")?), batch)?;
        }
        UserEvent::Deactivated { user }
        | UserEvent::Reactivated { user }
        | UserEvent::DeletionRequested { user, .. }
        | UserEvent::DeletionCanceled { user, .. } => stand(*user, event.standing(), None, batch)?,
        UserEvent::TierChanged { user, to, .. } => climb(*user, *to, batch),
        UserEvent::UsernameReleased { .. }
        | UserEvent::SignedOutEverywhere { .. }
        | UserEvent::EntitlementsChanged { .. }
        | UserEvent::SecondSubscriptionFound { .. }
        | UserEvent::DeletionPostponed { .. }
        | UserEvent::ErasureBegun { .. }
        | UserEvent::SensitiveDataViewed { .. } => {}
        UserEvent::Erased { user, unspent: _ } => forget(*user, batch),
    }
    Ok(())
}

fn forget(user: UserId, batch: &mut Batch) {
    batch.delete::<User>(user.0);
    batch.delete::<Profile>(user.0);
    batch.remove::<Preferences>(user.0);
    batch.remove_person::<OauthAccount>("user_id", user.0);
}

/// Somebody is there from now on.
fn enter(
    user: UserId,
    username: &str,
    email: Option<String>,
    display_name: String,
    batch: &mut Batch,
) -> Result<(), Poison> {
    let user = User {
        id: user.0,
        username: username.to_owned(),
        email,
        email_verified: false,
        display_name,
        bio: None,
        avatar_image_id: None,
        roles: Vec::new(),
        tier: Tier::Free.word().to_owned(),
        status: word(&Status::Active)?,
        status_reason: None,
        last_login_at: None,
        version: 0,
        created_at: batch.at(),
        updated_at: batch.at(),
    };
    profile::begin(&user, batch);
    batch.insert(user);
    Ok(())
}

fn link(
    user: UserId,
    subject: &Subject,
    profile: &users::Profile,
    batch: &mut Batch,
    opener: &Opener<'_>,
) -> Result<(), Poison> {
    batch.insert(OauthAccount {
        user_id: user.0,
        provider: word(&subject.provider)?,
        provider_user_id: opener.open(&profile.subject, "subject")?,
        provider_email: maybe(opener, profile.email.as_ref(), "email")?,
        provider_name: maybe(opener, profile.name.as_ref(), "name")?,
        subject_hash: subject.hash.clone(),
        created_at: batch.at(),
        updated_at: batch.at(),
    });
    Ok(())
}

fn maybe(
    opener: &Opener<'_>,
    sealed: Option<&Sealed>,
    field: &str,
) -> Result<Option<String>, Poison> {
    sealed.map(|sealed| opener.open(sealed, field)).transpose()
}

/// Roles are a set: granting one again changes nothing (IAM-07).
fn grant(user: UserId, role: Role, batch: &mut Batch) -> Result<(), Poison> {
    let role = word(&role)?;
    batch.update::<User>(user.0, move |row| {
        if !row.roles.contains(&role) {
            row.roles.push(role);
            row.roles.sort_unstable();
        }
    });
    Ok(())
}

fn climb(user: UserId, to: Tier, batch: &mut Batch) {
    batch.update::<User>(user.0, move |row| row.tier = to.word().to_owned());
}

fn stand(
    user: UserId,
    status: Option<Status>,
    reason: Option<String>,
    batch: &mut Batch,
) -> Result<(), Poison> {
    let Some(status) = status.map(|status| word(&status)).transpose()? else { return Ok(()) };
    batch.update::<User>(user.0, move |row| (row.status, row.status_reason) = (status, reason));
    Ok(())
}
