//! Another address to sign in with (IAM-03): asked for by whoever proved anew who they are, and taken
//! when the letter to the new address comes back. Who reads the old mailbox is told both times, and a
//! new password stops what is under way.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::credentials::Asked;
use super::{EmailClaim, EmailCommand, Ticket, User, UserCommand, UserError, UserEvent};
use crate::mail::Mail;
use crate::{Decision, Halt, Sealed, Sha256, Stream, UserId, Work};

/// How long an address can be taken with one letter.
pub const EMAIL_CHANGE_LIFE: TimeDelta = TimeDelta::hours(1);
/// The scope in which addresses are unique.
const SCOPE: &str = "email";

/// A change that was asked for; the last word counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EmailChange {
    asked: Asked,
    email: Sealed,
}

impl EmailChange {
    pub(super) fn new(email: Sealed, token_hash: String, expires_at: DateTime<Utc>) -> Self {
        Self { asked: Asked::new(token_hash, expires_at), email }
    }
}

impl User {
    /// The address that the letter with this token would make theirs, sealed in
    /// `user.email_change_requested`.
    #[must_use]
    pub fn email_change(&self, token_hash: &str, at: DateTime<Utc>) -> Option<&Sealed> {
        let change = self.credentials.change.as_ref()?;
        change.asked.fits(token_hash, at).then_some(&change.email)
    }

    pub(super) fn ask_email_change(
        &self,
        (user, email): (UserId, Sealed),
        (token_hash, expires_at): (Sha256, DateTime<Utc>),
        passwords: u32,
    ) -> Result<Vec<UserEvent>, UserError> {
        self.status.may_act()?;
        if passwords != self.credentials.passwords {
            return Err(UserError::PasswordReplaced);
        }
        let may = self.credentials.changes.allow(expires_at - EMAIL_CHANGE_LIFE);
        may.map_err(|seconds| UserError::LetterTooSoon { seconds })?;
        let token_hash = token_hash.into();
        Ok(vec![UserEvent::EmailChangeRequested { user, email, token_hash, expires_at }])
    }

    pub(super) fn change_email(
        &self,
        (user, email): (UserId, Sealed),
        (token_hash, at): (&Sha256, DateTime<Utc>),
    ) -> Result<Vec<UserEvent>, UserError> {
        if self.email_change(token_hash.as_str(), at).is_none() {
            return Err(UserError::TokenNotValid);
        }
        self.status.may_act()?;
        Ok(vec![UserEvent::EmailChanged { user, email }])
    }
}

/// Another address is asked for, not too often: it may be a stranger's. Whether somebody has it is told to nobody: who wrote the letter
/// decided what it says. Not `Debug`: it carries secrets.
#[derive(Clone)]
pub struct AskEmailChange {
    /// Who.
    pub user: UserId,
    /// The new address.
    pub email: Sealed,
    /// Which password was checked: [`User::passwords`].
    pub passwords: u32,
    /// What the letter to the new address carries.
    pub ticket: Ticket,
    /// The letter to the present address, if there is one.
    pub notice: Option<Mail>,
}

impl Decision for AskEmailChange {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Ticket { token_hash, expires_at, mail } = &self.ticket;
        let (user, email, passwords) = (self.user, self.email.clone(), self.passwords);
        let (token_hash, expires_at) = (token_hash.clone(), *expires_at);
        let ask = EmailCommand::AskChange { user, email, token_hash, expires_at, passwords };
        work.decide::<User>(user, UserCommand::Email(ask))?;
        for letter in std::iter::once(mail).chain(&self.notice) {
            letter.post(work)?;
        }
        Ok(())
    }
}

/// The token of the letter to the new address came back: it is theirs from now on, the old one is
/// free. Not `Debug`: it carries an address.
#[derive(Clone)]
pub struct ChangeEmail {
    /// Who, as the token says.
    pub user: UserId,
    /// Of the token.
    pub token_hash: Sha256,
    /// The new address, sealed for `user.email_changed`.
    pub email: Sealed,
    /// What makes it unique.
    pub claim: EmailClaim,
    /// The claim of the address it replaces.
    pub former: Option<String>,
    /// The letter to the old address, if there is one.
    pub notice: Option<Mail>,
}

impl Decision for ChangeEmail {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (user, email, at) = (self.user, self.email.clone(), work.at());
        let token_hash = self.token_hash.clone();
        let change = EmailCommand::Change { user, email, token_hash, at };
        work.decide::<User>(user, UserCommand::Email(change))?;
        let (owner, claim) = (Stream::of::<User>(user).id, self.claim.to_hex());
        if let Some(former) = self.former.as_ref().filter(|former| **former != claim) {
            work.release(SCOPE, former.clone(), owner);
        }
        work.claim(SCOPE, claim, owner, UserError::EmailTaken)?;
        self.notice.iter().try_for_each(|letter| letter.post(work))
    }
}
