//! Letters that ask for nothing: they tell whose account it is what was done there, since whoever got
//! into it would do the same. What the system does by itself, nobody is told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Mail;
use crate::users::Provider;
use crate::{Decision, Halt, Stream, Work};

/// What was done.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Somebody asked to sign in with another address instead of this one.
    EmailChangeAsked,
    /// This address signs you in no more.
    EmailChanged,
    /// Another password was chosen, by whoever knew the old one.
    PasswordChanged,
    /// Another password was chosen, by whoever had the letter.
    PasswordReset,
    /// An account of a provider signs you in.
    ProviderLinked {
        /// Whose account.
        provider: Provider,
    },
    /// It does so no more.
    ProviderUnlinked {
        /// Whose account.
        provider: Provider,
    },
    /// A program may act for you.
    ApiKeyCreated,
    /// A program's key has another secret.
    ApiKeyRotated,
    /// Earnings are paid to another bank account from now on (P8).
    PayoutAccountSet,
    /// Everything will be erased (P7).
    DeletionRequested {
        /// When.
        due: DateTime<Utc>,
    },
    /// It will not.
    DeletionCanceled,
    /// Staff stopped the account (IAM-08).
    Suspended {
        /// Why, in words.
        reason: String,
    },
}

impl Notice {
    /// Which sort, for logs and measurements.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::EmailChangeAsked => "email-change-asked",
            Self::EmailChanged => "email-changed",
            Self::PasswordChanged => "password-changed",
            Self::PasswordReset => "password-reset",
            Self::ProviderLinked { .. } => "provider-linked",
            Self::ProviderUnlinked { .. } => "provider-unlinked",
            Self::ApiKeyCreated => "api-key-created",
            Self::ApiKeyRotated => "api-key-rotated",
            Self::PayoutAccountSet => "payout-account-set",
            Self::DeletionRequested { .. } => "deletion-requested",
            Self::DeletionCanceled => "deletion-canceled",
            Self::Suspended { .. } => "suspended",
        }
    }
}

/// A decision whose owner is told of it, in the same append, if it did anything.
#[derive(Clone)]
pub struct Told<D> {
    /// What is decided.
    pub decision: D,
    /// The letter, for whoever has an address.
    pub notice: Option<Mail>,
}

impl<D: Decision> Decision for Told<D> {
    type Reply = D::Reply;

    fn streams(&self) -> Vec<Stream> {
        self.decision.streams()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<D::Reply, Halt> {
        let before = work.recorded();
        let reply = self.decision.decide(work)?;
        if work.recorded() > before {
            self.notice.iter().try_for_each(|letter| letter.post(work))?;
        }
        Ok(reply)
    }
}
