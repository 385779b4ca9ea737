//! P1: who signs up is welcomed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Process, Start};
use crate::users::UserEvent;
use crate::wallets::GrantWelcome;
use crate::{Amount, Event};

/// Grants every new user the welcome tokens. What the configuration says when it happens is
/// recorded in the event; changing it changes nobody's past.
#[derive(Debug, Clone, Copy)]
pub struct SignUp {
    /// How many promo tokens.
    pub welcome: Amount,
}

impl Process for SignUp {
    type Act = GrantWelcome;

    const NAME: &'static str = "sign-up";
    const START: Start = Start::Genesis;

    fn react(&self, event: &Event, _event_id: Uuid, _at: DateTime<Utc>) -> Vec<GrantWelcome> {
        event.of().and_then(|event| self.grant(event)).into_iter().collect()
    }
}

impl SignUp {
    fn grant(&self, event: &UserEvent) -> Option<GrantWelcome> {
        match event {
            UserEvent::Registered { user, .. } => {
                Some(GrantWelcome { user: *user, amount: self.welcome, subject: None })
            }
            UserEvent::RegisteredWithOauth { user, subject, .. } => {
                let subject = Some(subject.clone());
                Some(GrantWelcome { user: *user, amount: self.welcome, subject })
            }
            UserEvent::EmailVerificationRequested { .. }
            | UserEvent::EmailVerified { .. }
            | UserEvent::EmailChangeRequested { .. }
            | UserEvent::EmailChanged { .. }
            | UserEvent::PasswordResetRequested { .. }
            | UserEvent::PasswordReset { .. }
            | UserEvent::PasswordChanged { .. }
            | UserEvent::PasswordRehashed { .. }
            | UserEvent::OauthAccountLinked { .. }
            | UserEvent::OauthAccountUnlinked { .. }
            | UserEvent::UsernameChanged { .. }
            | UserEvent::UsernameReleased { .. }
            | UserEvent::ProfileUpdated { .. }
            | UserEvent::PreferencesChanged { .. }
            | UserEvent::RoleGranted { .. }
            | UserEvent::RoleRevoked { .. }
            | UserEvent::Suspended { .. }
            | UserEvent::Reinstated { .. }
            | UserEvent::Deactivated { .. }
            | UserEvent::Reactivated { .. }
            | UserEvent::SignedOutEverywhere { .. }
            | UserEvent::TierChanged { .. }
            | UserEvent::EntitlementsChanged { .. }
            | UserEvent::SecondSubscriptionFound { .. }
            | UserEvent::DeletionRequested { .. }
            | UserEvent::DeletionCanceled { .. }
            | UserEvent::DeletionPostponed { .. }
            | UserEvent::ErasureBegun { .. }
            | UserEvent::SensitiveDataViewed { .. }
            | UserEvent::Erased { .. } => None,
        }
    }
}
