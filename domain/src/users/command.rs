//! What can be asked of a user.

use super::{
    EmailCommand, Entitlements, OauthCommand, PasswordCommand, ProfileCommand, Role,
    StandingCommand, TierReason, Username,
};
use crate::{Sealed, SubscriptionId, UserId};

/// See the module.
#[derive(Debug, Clone)]
pub enum UserCommand {
    /// Sign up; claims and secrets are [`super::RegisterUser`]'s.
    Register {
        /// Who; drawn at the edge.
        user: UserId,
        /// The handle (IAM-02).
        username: Username,
        /// The login address (IAM-03).
        email: Sealed,
        /// The free name (IAM-05).
        display_name: Sealed,
    },
    /// Handle, profile, settings.
    Profile(ProfileCommand),
    /// Add a role to the set (IAM-07).
    GrantRole {
        /// Whose.
        user: UserId,
        /// Which.
        role: Role,
    },
    /// End all sessions.
    SignOutEverywhere {
        /// Whose.
        user: UserId,
    },
    /// Take a role from the set (IAM-07).
    RevokeRole {
        /// Whose.
        user: UserId,
        /// Which.
        role: Role,
    },
    /// Have this tier and these entitlements (IAM-09); only subscriptions say so.
    Entitle {
        /// Who.
        user: UserId,
        /// By which subscription.
        subscription: Option<SubscriptionId>,
        /// What.
        entitlements: Entitlements,
        /// Why, if the tier changes.
        reason: TierReason,
    },
    /// Where the account stands.
    Standing(StandingCommand),
    /// The address.
    Email(EmailCommand),
    /// The password.
    Password(PasswordCommand),
    /// Accounts of providers.
    Oauth(OauthCommand),
}
