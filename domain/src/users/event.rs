//! What happens to a user.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Entitlements, Obstacle, Profile, Status, Subject, TierReason, Unspent};
use crate::aggregate::event_types;
use crate::input::given;
use crate::plans::Tier;
use crate::{ImageId, Sealed, SubscriptionId, UserId};

/// A role beside that of a plain user (IAM-07). Artists are those with an artist stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Publishes styles; granted by registering as an artist.
    Artist,
    /// Runs the place.
    Admin,
    /// Helps users.
    Support,
    /// Hides what must not be shown.
    Moderator,
    /// Reads everything, changes nothing.
    Auditor,
    /// Runs GPU workers: issues, rotates and takes back their keys, and nothing else.
    Worker,
}

impl Role {
    /// Those staff give and take. [`Role::Artist`] comes with registering as one.
    pub const GIVEN: [Self; 5] =
        [Self::Admin, Self::Support, Self::Moderator, Self::Auditor, Self::Worker];

    /// As it is stored and shown.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Admin => "admin",
            Self::Support => "support",
            Self::Moderator => "moderator",
            Self::Auditor => "auditor",
            Self::Worker => "worker",
        }
    }
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserEvent {
    /// A person signed up with e-mail and password. The hash lies in the vault, never here.
    Registered {
        /// Who; also the stream's id.
        user: UserId,
        /// The handle, unique without regard to case (IAM-02).
        username: String,
        /// The login address (IAM-03).
        email: Sealed,
        /// The free name (IAM-05).
        display_name: Sealed,
    },
    /// A person signed up with an account of a provider; there is no password.
    RegisteredWithOauth {
        /// Who; also the stream's id.
        user: UserId,
        /// The handle, unique without regard to case (IAM-02).
        username: String,
        /// The address, if the provider verified it (IAM-03).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<Sealed>,
        /// The free name (IAM-05).
        display_name: Sealed,
        /// The account they came with.
        subject: Subject,
    },
    /// A letter to verify the address went into the outbox (IAM-12).
    EmailVerificationRequested {
        /// Who.
        user: UserId,
        /// Hex SHA-256 of the token in it.
        token_hash: String,
        /// When the token ends.
        expires_at: DateTime<Utc>,
    },
    /// The address was shown to be theirs.
    EmailVerified {
        /// Who.
        user: UserId,
    },
    /// A letter to take another address went into the outbox (IAM-03).
    EmailChangeRequested {
        /// Who.
        user: UserId,
        /// The other address.
        email: Sealed,
        /// Hex SHA-256 of the token in it.
        token_hash: String,
        /// When the token ends.
        expires_at: DateTime<Utc>,
    },
    /// They sign in with another address, which was shown to be theirs.
    EmailChanged {
        /// Who.
        user: UserId,
        /// The new address.
        email: Sealed,
    },
    /// A letter to choose a new password went into the outbox (IAM-13).
    PasswordResetRequested {
        /// Who.
        user: UserId,
        /// Hex SHA-256 of the token in it.
        token_hash: String,
        /// When the token ends.
        expires_at: DateTime<Utc>,
    },
    /// A new password was chosen by letter; every session ended.
    PasswordReset {
        /// Who.
        user: UserId,
    },
    /// A new password was chosen by whoever knew the old one.
    PasswordChanged {
        /// Who.
        user: UserId,
    },
    /// The same password was hashed with stronger parameters (IAM-04).
    PasswordRehashed {
        /// Who.
        user: UserId,
    },
    /// An account of a provider signs them in from now on (IAM-16).
    OauthAccountLinked {
        /// Who.
        user: UserId,
        /// The account.
        subject: Subject,
        /// What it says.
        profile: Profile,
    },
    /// It does no more.
    OauthAccountUnlinked {
        /// Who.
        user: UserId,
        /// The account.
        subject: Subject,
    },
    /// Another handle was taken; the former one stays blocked until it is released (IAM-02).
    UsernameChanged {
        /// Who.
        user: UserId,
        /// The new handle.
        username: String,
        /// The handle before.
        former: String,
        /// By the edge's clock.
        at: DateTime<Utc>,
    },
    /// A former handle was given up: others may take it now (IAM-02).
    UsernameReleased {
        /// Whose it was.
        user: UserId,
        /// The handle in the form in which handles are compared.
        username: String,
    },
    /// What others see was changed (IAM-05, IAM-06). What is absent stays; what is null is gone.
    ProfileUpdated {
        /// Whose.
        user: UserId,
        /// The free name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        display_name: Option<Sealed>,
        /// A few words about oneself.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
        bio: Option<Option<Sealed>>,
        /// The picture that stands for the person.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
        avatar: Option<Option<ImageId>>,
    },
    /// Settings were changed; the whole document as JSON (IAM-06).
    PreferencesChanged {
        /// Whose.
        user: UserId,
        /// A JSON object.
        preferences: Sealed,
    },
    /// A role was added to the set.
    RoleGranted {
        /// Whose.
        user: UserId,
        /// Which.
        role: Role,
    },
    /// A role was taken from the set.
    RoleRevoked {
        /// Whose.
        user: UserId,
        /// Which.
        role: Role,
    },
    /// Staff stopped the account (IAM-08).
    Suspended {
        /// Whose.
        user: UserId,
        /// Why, in words.
        reason: Sealed,
    },
    /// Staff let the person in again.
    Reinstated {
        /// Whose.
        user: UserId,
        /// Why, in words.
        reason: Sealed,
    },
    /// The person rests.
    Deactivated {
        /// Who.
        user: UserId,
    },
    /// The person came back.
    Reactivated {
        /// Who.
        user: UserId,
    },
    /// All sessions were ended at the person's own wish.
    SignedOutEverywhere {
        /// Whose.
        user: UserId,
    },
    /// They pay for more, or for less (IAM-09).
    TierChanged {
        /// Whose.
        user: UserId,
        /// The tier before.
        from: Tier,
        /// The tier from now on.
        to: Tier,
        /// Why.
        reason: TierReason,
    },
    /// What they may do changed, or by which subscription (SUB-03).
    EntitlementsChanged {
        /// Whose.
        user: UserId,
        /// The subscription that counts; none, if there is none that is not over.
        subscription: Option<SubscriptionId>,
        /// All they may do from now on.
        entitlements: Entitlements,
    },
    /// Another live subscription of theirs was shown: it waits until the one that counts opens nothing
    /// more (SUB-05).
    SecondSubscriptionFound {
        /// Whose.
        user: UserId,
        /// Which.
        subscription: SubscriptionId,
    },
    /// The person wants to be forgotten (P7).
    DeletionRequested {
        /// Who.
        user: UserId,
        /// When the erasure begins unless it is taken back.
        due: DateTime<Utc>,
    },
    /// The person stays.
    DeletionCanceled {
        /// Who.
        user: UserId,
        /// Where the account stands again.
        status: Status,
    },
    /// The erasure was due and has to wait.
    DeletionPostponed {
        /// Whose.
        user: UserId,
        /// When it is tried again.
        due: DateTime<Utc>,
        /// What for.
        obstacle: Obstacle,
    },
    /// From here on it cannot be taken back.
    ErasureBegun {
        /// Whose.
        user: UserId,
    },
    /// An auditor opened a sealed field of an event; recorded before it was shown (c15). Who, stands
    /// in the metadata.
    SensitiveDataViewed {
        /// Whose field.
        user: UserId,
        /// Which event.
        event_id: Uuid,
        /// Which field: a JSON pointer into payload and metadata.
        field: String,
        /// What for.
        reason: String,
    },
    /// The person's key is destroyed: nobody is behind the id any more.
    Erased {
        /// Who it was.
        user: UserId,
        /// What stays in the books.
        unspent: Unspent,
    },
}

event_types!(UserEvent {
    Registered => "user.registered",
    UsernameChanged => "user.username_changed",
    UsernameReleased => "user.username_released",
    ProfileUpdated => "user.profile_updated",
    PreferencesChanged => "user.preferences_changed",
    RegisteredWithOauth => "user.registered_with_oauth",
    EmailVerificationRequested => "user.email_verification_requested",
    EmailVerified => "user.email_verified",
    EmailChangeRequested => "user.email_change_requested",
    EmailChanged => "user.email_changed",
    PasswordResetRequested => "user.password_reset_requested",
    PasswordReset => "user.password_reset",
    PasswordChanged => "user.password_changed",
    PasswordRehashed => "user.password_rehashed",
    OauthAccountLinked => "user.oauth_account_linked",
    OauthAccountUnlinked => "user.oauth_account_unlinked",
    RoleGranted => "user.role_granted",
    RoleRevoked => "user.role_revoked",
    Suspended => "user.suspended",
    Reinstated => "user.reinstated",
    Deactivated => "user.deactivated",
    Reactivated => "user.reactivated",
    SignedOutEverywhere => "user.signed_out_everywhere",
    TierChanged => "user.tier_changed",
    EntitlementsChanged => "user.entitlements_changed",
    SecondSubscriptionFound => "user.second_subscription_found",
    DeletionRequested => "user.deletion_requested",
    DeletionCanceled => "user.deletion_canceled",
    DeletionPostponed => "user.deletion_postponed",
    ErasureBegun => "user.erasure_begun",
    SensitiveDataViewed => "user.sensitive_data_viewed",
    Erased => "user.erased",
});
