//! Showing that an address is one's own (IAM-12): a letter with a token, of which the log keeps
//! the hash.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{RegisterUser, User, UserCommand, UserError, UserEvent};
use crate::aggregate::Decide;
use crate::mail::Mail;
use crate::{Decision, Halt, Refusal, Sealed, Sha256, Stream, UserId, Work};

/// How long an address can be verified with one letter.
pub const VERIFICATION_LIFE: TimeDelta = TimeDelta::hours(24);

/// A one-time token on its way into a mailbox: its hash for the log, itself only in the letter.
#[derive(Clone)]
pub struct Ticket {
    /// Of the token.
    pub token_hash: Sha256,
    /// When it ends, by the clock of the command that asks for it.
    pub expires_at: DateTime<Utc>,
    /// The letter it travels in.
    pub mail: Mail,
}

impl Ticket {
    /// Gives the command that asks for the letter, which leaves if that changed something.
    pub(crate) fn ask<A: Decide>(
        &self,
        work: &mut Work<'_>,
        id: impl Into<Uuid>,
        command: impl FnOnce(Sha256, DateTime<Utc>) -> A::Command,
    ) -> Result<(), Halt>
    where
        A::Error: Into<Refusal>,
    {
        if work.decide::<A>(id, command(self.token_hash.clone(), self.expires_at))? > 0 {
            self.mail.post(work)?;
        }
        Ok(())
    }
}

/// What concerns the address.
#[derive(Debug, Clone)]
pub enum EmailCommand {
    /// Send a letter.
    AskVerification {
        /// Who.
        user: UserId,
        /// Of the token in the letter.
        token_hash: Sha256,
        /// When it ends.
        expires_at: DateTime<Utc>,
    },
    /// Send a letter to another address.
    AskChange {
        /// Who.
        user: UserId,
        /// The other address.
        email: Sealed,
        /// Of the token in the letter.
        token_hash: Sha256,
        /// When it ends.
        expires_at: DateTime<Utc>,
        /// Which password was checked: [`User::passwords`].
        passwords: u32,
    },
    /// That letter has arrived.
    Change {
        /// Who.
        user: UserId,
        /// The new address.
        email: Sealed,
        /// Of the token that came back.
        token_hash: Sha256,
        /// Now.
        at: DateTime<Utc>,
    },
    /// The letter has arrived.
    Verify {
        /// Who.
        user: UserId,
        /// Of the token that came back.
        token_hash: Sha256,
        /// Now.
        at: DateTime<Utc>,
    },
}

impl User {
    pub(super) fn decide_email(&self, command: EmailCommand) -> Result<Vec<UserEvent>, UserError> {
        let credentials = &self.credentials;
        match command {
            EmailCommand::AskVerification { .. } if !credentials.has_email => {
                Err(UserError::NoEmail)
            }
            EmailCommand::AskVerification { user, token_hash, expires_at } => {
                if credentials.email_verified {
                    return Err(UserError::AlreadyVerified);
                }
                let may = credentials.verifications.allow(expires_at - VERIFICATION_LIFE);
                may.map_err(|seconds| UserError::LetterTooSoon { seconds })?;
                let token_hash = token_hash.into();
                Ok(vec![UserEvent::EmailVerificationRequested { user, token_hash, expires_at }])
            }
            EmailCommand::AskChange { user, email, token_hash, expires_at, passwords } => {
                self.ask_email_change((user, email), (token_hash, expires_at), passwords)
            }
            EmailCommand::Change { user, email, token_hash, at } => {
                self.change_email((user, email), (&token_hash, at))
            }
            EmailCommand::Verify { user, token_hash, at } => {
                let sent = credentials.verification.as_ref();
                match sent.filter(|sent| sent.fits(token_hash.as_str(), at)) {
                    Some(_) => Ok(vec![UserEvent::EmailVerified { user }]),
                    None => Err(UserError::TokenNotValid),
                }
            }
        }
    }
}

/// A letter to verify the address is asked for: not too often, and not once it is verified.
#[derive(Clone)]
pub struct AskVerification {
    /// Who.
    pub user: UserId,
    /// What the letter carries.
    pub ticket: Ticket,
}

impl Decision for AskVerification {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let user = self.user;
        self.ticket.ask::<User>(work, user, |token_hash, expires_at| {
            UserCommand::Email(EmailCommand::AskVerification { user, token_hash, expires_at })
        })
    }
}

/// The token of a letter came back.
#[derive(Debug, Clone)]
pub struct VerifyEmail {
    /// Who, as the token says.
    pub user: UserId,
    /// Of the token.
    pub token_hash: Sha256,
}

impl Decision for VerifyEmail {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (user, token_hash, at) = (self.user, self.token_hash.clone(), work.at());
        let verify = EmailCommand::Verify { user, token_hash, at };
        work.decide::<User>(user, UserCommand::Email(verify))?;
        Ok(())
    }
}

/// Signing up, with the letter that verifies the address, in one append (P1).
#[derive(Clone)]
pub struct RegisterAndVerify {
    /// The sign-up.
    pub register: RegisterUser,
    /// What the letter carries.
    pub ticket: Ticket,
}

impl Decision for RegisterAndVerify {
    type Reply = UserId;

    fn streams(&self) -> Vec<Stream> {
        self.register.streams()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<UserId, Halt> {
        let user = self.register.decide(work)?;
        AskVerification { user, ticket: self.ticket.clone() }.decide(work)?;
        Ok(user)
    }
}
