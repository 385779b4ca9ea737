//! How a person can show who they are: a password, accounts of providers, and the mailbox that
//! proves the rest. Only what a decision needs; addresses and secrets lie elsewhere.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::email_change::EmailChange;
use super::{Asks, EMAIL_CHANGE_LIFE, LETTER_EVERY, Provider, Subject, VERIFICATION_LIFE};
use crate::Sealed;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Credentials {
    /// How often a password was chosen; 0 is none. What was checked against an older one is void.
    pub(super) passwords: u32,
    /// Whether there is an e-mail address.
    pub(super) has_email: bool,
    /// Whether it was shown to be theirs.
    pub(super) email_verified: bool,
    /// The letter that can show it.
    pub(super) verification: Option<Asked>,
    /// Letters to verify it.
    pub(super) verifications: Asks,
    /// The letter that can replace the address.
    pub(super) change: Option<EmailChange>,
    /// Letters to replace it.
    pub(super) changes: Asks,
    /// The letter that can replace the password.
    pub(super) reset: Option<Asked>,
    /// Linked accounts of providers: the hashes of their subjects.
    pub(super) accounts: BTreeMap<Provider, String>,
}

/// A token that was sent and not used yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    token_hash: String,
    expires_at: DateTime<Utc>,
}

impl Asked {
    pub(crate) fn new(token_hash: String, expires_at: DateTime<Utc>) -> Self {
        Self { token_hash, expires_at }
    }

    /// Whether this token is the one, and still in time.
    pub(crate) fn fits(&self, token_hash: &str, at: DateTime<Utc>) -> bool {
        self.token_hash == token_hash && at < self.expires_at
    }

    /// Whether the letter that a new one would replace was asked for so shortly before it that
    /// another would only fill the mailbox.
    pub(crate) fn is_fresh(&self, expires_at: DateTime<Utc>) -> bool {
        expires_at - self.expires_at < LETTER_EVERY
    }
}

impl Credentials {
    /// A new password; letters that were under way may not undo it.
    pub(super) fn choose_password(&mut self) {
        self.passwords = self.passwords.saturating_add(1);
        (self.reset, self.change) = (None, None);
    }

    /// A new address, which a letter has shown to be theirs; letters to the old one end.
    pub(super) fn change_email(&mut self) {
        self.has_email = true;
        (self.reset, self.change) = (None, None);
        self.verify_email();
    }

    pub(super) fn ask_verification(&mut self, token_hash: String, expires_at: DateTime<Utc>) {
        self.verification = Some(Asked::new(token_hash, expires_at));
        self.verifications.note(expires_at - VERIFICATION_LIFE);
    }

    pub(super) fn ask_change(
        &mut self,
        email: Sealed,
        token_hash: String,
        expires_at: DateTime<Utc>,
    ) {
        self.change = Some(EmailChange::new(email, token_hash, expires_at));
        self.changes.note(expires_at - EMAIL_CHANGE_LIFE);
    }

    pub(super) fn verify_email(&mut self) {
        self.email_verified = true;
        self.verification = None;
    }

    pub(super) fn has(&self, subject: &Subject) -> bool {
        self.accounts.get(&subject.provider) == Some(&subject.hash)
    }

    /// Whether they can still sign in without this provider.
    pub(super) fn can_do_without(&self, provider: Provider, passwords_work: bool) -> bool {
        let by_password = passwords_work && self.passwords > 0 && self.has_email;
        by_password || self.accounts.keys().any(|other| *other != provider)
    }
}
