//! Which events of a person change what they may do: the one place where that is said, for sessions,
//! access tokens and API keys alike.

use super::{Status, UserEvent};
use crate::UserId;

/// What an event does to access that was given before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: what access tokens state is still true.
    Kept,
    /// Access tokens state what is no longer true: they must be renewed, sessions go on.
    Stale,
    /// All sessions are over, and their tokens with them.
    Ended,
}

impl UserEvent {
    /// Whose event it is.
    #[must_use]
    pub fn user(&self) -> UserId {
        match self {
            Self::Registered { user, .. }
            | Self::UsernameChanged { user, .. }
            | Self::UsernameReleased { user, .. }
            | Self::ProfileUpdated { user, .. }
            | Self::PreferencesChanged { user, .. }
            | Self::RegisteredWithOauth { user, .. }
            | Self::EmailVerificationRequested { user, .. }
            | Self::EmailVerified { user }
            | Self::EmailChangeRequested { user, .. }
            | Self::EmailChanged { user, .. }
            | Self::PasswordResetRequested { user, .. }
            | Self::PasswordReset { user }
            | Self::PasswordChanged { user }
            | Self::PasswordRehashed { user }
            | Self::OauthAccountLinked { user, .. }
            | Self::OauthAccountUnlinked { user, .. }
            | Self::RoleGranted { user, .. }
            | Self::RoleRevoked { user, .. }
            | Self::Suspended { user, .. }
            | Self::Reinstated { user, .. }
            | Self::Deactivated { user }
            | Self::Reactivated { user }
            | Self::SignedOutEverywhere { user }
            | Self::TierChanged { user, .. }
            | Self::EntitlementsChanged { user, .. }
            | Self::SecondSubscriptionFound { user, .. }
            | Self::DeletionRequested { user, .. }
            | Self::DeletionCanceled { user, .. }
            | Self::DeletionPostponed { user, .. }
            | Self::ErasureBegun { user }
            | Self::SensitiveDataViewed { user, .. }
            | Self::Erased { user, .. } => *user,
        }
    }

    /// What it does to access that was given before it.
    #[must_use]
    pub fn access(&self) -> Access {
        self.effect().0
    }

    /// Where the account stands after it, if it says so.
    #[must_use]
    pub fn standing(&self) -> Option<Status> {
        self.effect().1
    }

    fn effect(&self) -> (Access, Option<Status>) {
        match self {
            // A token that lacks a new role can do less than its holder, not more; and a new address
            // was asked for by whoever proved anew who they are. The tier only says how often one may
            // ask.
            Self::Registered { .. }
            | Self::UsernameChanged { .. }
            | Self::UsernameReleased { .. }
            | Self::ProfileUpdated { .. }
            | Self::PreferencesChanged { .. }
            | Self::RegisteredWithOauth { .. }
            | Self::EmailVerificationRequested { .. }
            | Self::EmailVerified { .. }
            | Self::EmailChangeRequested { .. }
            | Self::EmailChanged { .. }
            | Self::PasswordResetRequested { .. }
            | Self::PasswordRehashed { .. }
            | Self::OauthAccountLinked { .. }
            | Self::OauthAccountUnlinked { .. }
            | Self::RoleGranted { .. }
            | Self::TierChanged { .. }
            | Self::EntitlementsChanged { .. }
            | Self::SecondSubscriptionFound { .. }
            | Self::DeletionPostponed { .. }
            | Self::ErasureBegun { .. }
            | Self::SensitiveDataViewed { .. } => (Access::Kept, None),
            // Whoever rests or leaves may still come in, to come back or to stay.
            Self::Deactivated { .. } => (Access::Kept, Some(Status::Deactivated)),
            Self::DeletionRequested { .. } => (Access::Kept, Some(Status::PendingDeletion)),
            Self::DeletionCanceled { status, .. } => (Access::Kept, Some(*status)),
            Self::Reinstated { .. } | Self::Reactivated { .. } => {
                (Access::Kept, Some(Status::Active))
            }
            Self::RoleRevoked { .. } => (Access::Stale, None),
            // Whoever knew the old password may be somebody else.
            Self::PasswordReset { .. }
            | Self::PasswordChanged { .. }
            | Self::SignedOutEverywhere { .. } => (Access::Ended, None),
            Self::Suspended { .. } => (Access::Ended, Some(Status::Suspended)),
            Self::Erased { .. } => (Access::Ended, Some(Status::Erased)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::id;
    use crate::users::Role;

    #[test]
    fn a_lost_role_needs_new_tokens_and_a_new_password_new_sessions() {
        let user = UserId(id(1));
        let role = Role::Admin;
        let access = |event: UserEvent| event.access();
        assert_eq!(access(UserEvent::RoleGranted { user, role }), Access::Kept);
        assert_eq!(access(UserEvent::RoleRevoked { user, role }), Access::Stale);
        assert_eq!(access(UserEvent::PasswordChanged { user }), Access::Ended);
        assert_eq!(access(UserEvent::PasswordReset { user }), Access::Ended);
        assert_eq!(access(UserEvent::SignedOutEverywhere { user }), Access::Ended);
    }
}
