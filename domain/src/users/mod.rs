//! Users: who somebody is to Folio.

mod access;
mod asks;
mod command;
mod credentials;
mod deletion;
mod disclosure;
mod email;
mod email_change;
mod error;
mod event;
mod guessable;
mod membership;
mod oauth;
mod password;
mod preferences;
mod profile;
mod register;
mod staff;
mod status;
#[cfg(test)]
mod tests;
mod username;
mod values;

pub use access::Access;
pub use asks::{LETTER_EVERY, LETTERS_A_DAY_MAX};
pub use command::UserCommand;
pub use deletion::{
    ACCOUNT_DELETION, CancelDeletion, Leaving, Obstacle, RequestDeletion, TIME_TO_RECONSIDER,
    Unspent,
};
pub use disclosure::{ViewReason, ViewSensitiveData};
pub use email::*;
pub use email_change::{AskEmailChange, ChangeEmail, EMAIL_CHANGE_LIFE};
pub use error::UserError;
pub use event::*;
pub use membership::{Entitlements, Membership, TierReason};
pub use oauth::*;
pub use password::*;
pub use preferences::{PREFERENCES_BYTES_MAX, SetPreferences, merge};
pub use profile::{Bio, DisplayName, ProfileChange, ProfileCommand, UpdateMe};
pub use register::{PASSWORD, PERSON_KEY, RegisterUser};
pub use staff::{Reinstate, SetRoles, Suspend};
pub use status::{JudgeReason, StandingCommand, Status, Turn};
pub use username::{ReleaseUsername, USERNAME_RELEASE, timer};
pub use values::{Email, EmailClaim, EmailError, Password, Username};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use username::Handles;

pub(crate) use asks::Asks;
pub(crate) use credentials::Asked;
use credentials::Credentials;

/// Only what a decision needs: what a screen shows is a projection's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    registered: bool,
    /// How many events there were: the sequence of the last one.
    version: u64,
    handles: Handles,
    roles: BTreeSet<Role>,
    status: Status,
    /// How often all sessions were ended: those opened before are over.
    epoch: u32,
    credentials: Credentials,
    leaving: Option<Leaving>,
    membership: Membership,
}

aggregate!(User, "user", UserCommand, UserEvent, UserError);

impl Decide for User {
    const STATE_VERSION: u32 = 2; // It knows when letters were asked for.

    fn decide(&self, command: UserCommand) -> Result<Vec<UserEvent>, UserError> {
        match command {
            UserCommand::Register { .. } if self.registered => Err(UserError::AlreadyRegistered),
            UserCommand::Register { user, username, email, display_name } => {
                Ok(vec![UserEvent::Registered {
                    user,
                    username: username.into(),
                    email,
                    display_name,
                }])
            }
            UserCommand::Oauth(OauthCommand::Register { .. }) if self.registered => {
                Err(UserError::AlreadyRegistered)
            }
            UserCommand::Oauth(command @ OauthCommand::Register { .. }) => {
                self.decide_oauth(command)
            }
            UserCommand::GrantRole { .. }
            | UserCommand::RevokeRole { .. }
            | UserCommand::Standing(_)
            | UserCommand::SignOutEverywhere { .. }
            | UserCommand::Profile(_)
            | UserCommand::Email(_)
            | UserCommand::Password(_)
            | UserCommand::Oauth(_)
            | UserCommand::Entitle { .. }
                if !self.registered =>
            {
                Err(UserError::NotFound)
            }
            UserCommand::Profile(command) => self.decide_profile(command),
            UserCommand::Standing(command) => self.decide_standing(command),
            UserCommand::SignOutEverywhere { user } => {
                Ok(vec![UserEvent::SignedOutEverywhere { user }])
            }
            UserCommand::Email(command) => self.decide_email(command),
            UserCommand::Password(command) => self.decide_password(command),
            UserCommand::Oauth(command) => self.decide_oauth(command),
            UserCommand::Entitle { user, subscription, entitlements, reason } => {
                Ok(self.entitle(user, subscription, entitlements, reason))
            }
            UserCommand::GrantRole { role, .. } if self.roles.contains(&role) => Ok(vec![]),
            UserCommand::GrantRole { user, role } => {
                self.status.may_act()?;
                Ok(vec![UserEvent::RoleGranted { user, role }])
            }
            UserCommand::RevokeRole { role, .. } if !self.roles.contains(&role) => Ok(vec![]),
            UserCommand::RevokeRole { user, role } => {
                Ok(vec![UserEvent::RoleRevoked { user, role }])
            }
        }
    }
}

impl User {
    /// Whether this person signed up.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.registered
    }

    /// What they may do beside what everybody may (IAM-07).
    #[must_use]
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// How often all sessions were ended ([`Access::Ended`]): those opened in an earlier epoch are
    /// over.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    fn evolve(&mut self, event: UserEvent) {
        if event.access() == Access::Ended {
            self.epoch = self.epoch.saturating_add(1);
        }
        self.version += 1;
        match event {
            UserEvent::Registered { username, .. } => {
                self.register(username, true);
                self.credentials.choose_password();
            }
            UserEvent::RegisteredWithOauth { username, email, .. } => {
                self.register(username, email.is_some());
            }
            UserEvent::EmailVerificationRequested { token_hash, expires_at, .. } => {
                self.credentials.ask_verification(token_hash, expires_at);
            }
            UserEvent::EmailVerified { .. } => self.credentials.verify_email(),
            UserEvent::EmailChangeRequested { email, token_hash, expires_at, .. } => {
                self.credentials.ask_change(email, token_hash, expires_at);
            }
            UserEvent::EmailChanged { .. } => self.credentials.change_email(),
            UserEvent::PasswordResetRequested { token_hash, expires_at, .. } => {
                self.credentials.reset = Some(Asked::new(token_hash, expires_at));
            }
            UserEvent::PasswordReset { .. } | UserEvent::PasswordChanged { .. } => {
                self.credentials.choose_password();
            }
            UserEvent::OauthAccountLinked { subject, .. } => {
                self.credentials.accounts.insert(subject.provider, subject.hash);
            }
            UserEvent::OauthAccountUnlinked { subject, .. } => {
                self.credentials.accounts.remove(&subject.provider);
            }
            UserEvent::UsernameChanged { username, at, .. } => self.handles.changed(username, at),
            UserEvent::UsernameReleased { username, .. } => self.handles.released(&username),
            UserEvent::RoleGranted { role, .. } => {
                self.roles.insert(role);
            }
            UserEvent::RoleRevoked { role, .. } => {
                self.roles.remove(&role);
            }
            UserEvent::Suspended { .. } => self.status = Status::Suspended,
            UserEvent::Deactivated { .. } => self.status = Status::Deactivated,
            UserEvent::Reinstated { .. } | UserEvent::Reactivated { .. } => {
                self.status = Status::Active;
            }
            UserEvent::TierChanged { to, .. } => self.membership.tier = to,
            UserEvent::EntitlementsChanged { subscription, entitlements, .. } => {
                self.membership.change(subscription, &entitlements);
            }
            UserEvent::SecondSubscriptionFound { subscription, .. } => {
                self.membership.wait(subscription);
            }
            UserEvent::DeletionRequested { due, .. } => self.asked_to_leave(due),
            UserEvent::DeletionPostponed { due, .. } => {
                self.change_leaving(|leaving| leaving.due = due);
            }
            UserEvent::DeletionCanceled { status, .. } => {
                (self.status, self.leaving) = (status, None);
            }
            UserEvent::ErasureBegun { .. } => self.change_leaving(|leaving| leaving.begun = true),
            UserEvent::Erased { .. } => self.forget(),
            UserEvent::PasswordRehashed { .. }
            | UserEvent::ProfileUpdated { .. }
            | UserEvent::PreferencesChanged { .. }
            | UserEvent::SignedOutEverywhere { .. }
            | UserEvent::SensitiveDataViewed { .. } => {}
        }
    }

    fn register(&mut self, username: String, has_email: bool) {
        self.registered = true;
        self.handles.begin(username);
        self.credentials.has_email = has_email;
    }
}
