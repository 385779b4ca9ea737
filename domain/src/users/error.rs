//! Why a user's command can be refused.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{LETTERS_A_DAY_MAX, Role};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum UserError {
    /// Nobody has this id.
    #[error("there is no such user")]
    NotFound,
    /// The id is in use.
    #[error("this user has already signed up")]
    AlreadyRegistered,
    /// Another user has the handle, whatever its case (IAM-02).
    #[error("the username is taken")]
    UsernameTaken,
    /// Another user has the address; the api must not say so to strangers (c2).
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Staff stopped the account (IAM-08).
    #[error("the account is suspended, ask support")]
    Suspended,
    /// The person rests.
    #[error("the account is deactivated, reactivate it first")]
    Deactivated,
    /// The person is about to leave.
    #[error("the account will be deleted, take that back first")]
    DeletionPending,
    /// Something is erased already.
    #[error("the erasure of this account has begun and cannot be taken back")]
    ErasureBegun,
    /// Money is on its way to them (P7).
    #[error("a payout is under way, wait until it is settled or rejected")]
    PayoutOpen,
    /// What was theirs cannot be opened any more (D12).
    #[error("the person was forgotten: nothing of theirs can be opened any more")]
    Forgotten,
    /// The one who asks is no longer, or never was, an auditor.
    #[error("only auditors open sealed fields")]
    NotAuditor,
    /// Only what was asked for is done.
    #[error("nobody asked for the deletion of this account")]
    NoDeletionPending,
    /// Neither one's own rights nor one's own standing.
    #[error("nobody does this to themselves, somebody else of the staff must")]
    Oneself,
    /// The one who asks is no longer, or never was, of the staff.
    #[error("only support and admins do this")]
    NotStaff,
    /// Support does not judge those who run the place.
    #[error("only an admin does this to an admin")]
    OnlyAdmins,
    /// One cannot give what one does not have.
    #[error("the role {} can only be given and taken by an admin or one who has it", .role.word())]
    RoleNotHeld {
        /// Which.
        role: Role,
    },
    /// So that one always remains.
    #[error("an admin leaves when another admin has taken the role away")]
    StillAdmin,
    /// The handle was changed lately (IAM-02).
    #[error("the username can be changed again after {}", .until.format("%Y-%m-%dT%H:%M:%SZ"))]
    UsernameChangedLately {
        /// When it may be changed again.
        until: DateTime<Utc>,
    },
    /// It changed since it was read (c0.3).
    #[error("it has changed meanwhile and is at version {version} now: read it again")]
    VersionMismatch {
        /// The version it has.
        version: u64,
    },
    /// The picture is somebody else's (IAM-06).
    #[error("the picture must be one of the caller's own")]
    NotYourImage,
    /// They came without an address, so no letter can reach them.
    #[error("the account has no e-mail address")]
    NoEmail,
    /// Nothing is left to show (IAM-12).
    #[error("the e-mail address is verified already")]
    AlreadyVerified,
    /// A stranger may be the one who reads it (IAM-03, IAM-12).
    #[error(
        "a letter a minute and {} a day can be asked for: ask again in {seconds} seconds",
        LETTERS_A_DAY_MAX
    )]
    LetterTooSoon {
        /// How long to wait.
        seconds: u64,
    },
    /// The token of a letter is used, replaced by a newer one, too old, or made up.
    #[error("the link is no longer valid, ask for a new one")]
    TokenNotValid,
    /// The password that was checked is no longer the one (IAM-13).
    #[error("the password was replaced meanwhile")]
    PasswordReplaced,
    /// The account of the provider signs in somebody else (IAM-15).
    #[error("this account of the provider belongs to another user")]
    OauthTaken,
    /// One account of each provider.
    #[error("another account of this provider is linked already, unlink it first")]
    ProviderLinked,
    /// Nothing to unlink.
    #[error("no account of this provider is linked")]
    NotLinked,
    /// They could not sign in any more (IAM-16).
    #[error("this is the only way to sign in, add another one first")]
    LastLoginMethod,
}
