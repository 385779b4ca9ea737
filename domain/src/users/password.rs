//! Passwords: replaced by whoever reads the mailbox (IAM-13) or knows the old one, and hashed anew
//! when hashing became harder (IAM-04, SEC-05). The hashes lie in the vault.
//!
//! Whoever signed up with an address may never have read its mailbox. If the first to show that it is
//! theirs is whoever has a letter for a forgotten password, what was laid up before is somebody else's
//! way in: sessions, keys and linked accounts all end with the old password.

use chrono::{DateTime, TimeDelta, Utc};

use super::{PASSWORD, Subject, Ticket, User, UserCommand, UserError, UserEvent, oauth};
use crate::keys::{ApiKeys, KeyCommand};
use crate::{Decision, Halt, Sha256, Stream, UserId, Work};

/// How long a password can be replaced with one letter.
pub const RESET_LIFE: TimeDelta = TimeDelta::hours(1);

/// What concerns the password.
#[derive(Debug, Clone)]
pub enum PasswordCommand {
    /// Send a letter.
    AskReset {
        /// Who.
        user: UserId,
        /// Of the token in the letter.
        token_hash: Sha256,
        /// When it ends.
        expires_at: DateTime<Utc>,
    },
    /// The letter has arrived.
    Reset {
        /// Who.
        user: UserId,
        /// Of the token that came back.
        token_hash: Sha256,
        /// Now.
        at: DateTime<Utc>,
    },
    /// The old one is known.
    Change {
        /// Who.
        user: UserId,
        /// Which password it was checked against: [`User::passwords`].
        passwords: u32,
    },
    /// The same password, hashed harder.
    Rehash {
        /// Who.
        user: UserId,
        /// Which password it was checked against.
        passwords: u32,
    },
}

impl User {
    /// How often a password was chosen. Read before a password is checked and handed to the command
    /// that follows from it, which is refused if it was replaced meanwhile.
    #[must_use]
    pub fn passwords(&self) -> u32 {
        self.credentials.passwords
    }

    /// Whether the letter with this token can replace the password.
    #[must_use]
    pub fn can_reset(&self, token_hash: &str, at: DateTime<Utc>) -> bool {
        self.credentials.reset.as_ref().is_some_and(|sent| sent.fits(token_hash, at))
    }

    pub(super) fn decide_password(
        &self,
        command: PasswordCommand,
    ) -> Result<Vec<UserEvent>, UserError> {
        let credentials = &self.credentials;
        match command {
            PasswordCommand::AskReset { .. } if !credentials.has_email => Err(UserError::NoEmail),
            PasswordCommand::AskReset { user, token_hash, expires_at } => {
                if credentials.reset.as_ref().is_some_and(|sent| sent.is_fresh(expires_at)) {
                    return Ok(vec![]);
                }
                let token_hash = token_hash.into();
                Ok(vec![UserEvent::PasswordResetRequested { user, token_hash, expires_at }])
            }
            PasswordCommand::Reset { user, token_hash, at } => {
                if !self.can_reset(token_hash.as_str(), at) {
                    return Err(UserError::TokenNotValid);
                }
                let mut events = vec![UserEvent::PasswordReset { user }];
                if !credentials.email_verified {
                    events.push(UserEvent::EmailVerified { user }); // The letter showed it.
                    let unlinked = |subject| UserEvent::OauthAccountUnlinked { user, subject };
                    events.extend(self.subjects().map(unlinked));
                }
                Ok(events)
            }
            PasswordCommand::Change { passwords, .. }
            | PasswordCommand::Rehash { passwords, .. }
                if passwords != credentials.passwords =>
            {
                Err(UserError::PasswordReplaced)
            }
            PasswordCommand::Change { user, .. } => Ok(vec![UserEvent::PasswordChanged { user }]),
            PasswordCommand::Rehash { user, .. } => Ok(vec![UserEvent::PasswordRehashed { user }]),
        }
    }
}

/// A letter to choose a new password is asked for. A letter just sent is not sent again.
#[derive(Clone)]
pub struct AskReset {
    /// Who.
    pub user: UserId,
    /// What the letter carries.
    pub ticket: Ticket,
}

impl Decision for AskReset {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let user = self.user;
        self.ticket.ask::<User>(work, user, |token_hash, expires_at| {
            UserCommand::Password(PasswordCommand::AskReset { user, token_hash, expires_at })
        })
    }
}

/// A password is chosen by whoever may. Not `Debug`: it carries a secret.
#[derive(Clone)]
pub struct ChoosePassword {
    /// Whose.
    pub user: UserId,
    /// Why they may.
    pub by: Right,
    /// The argon2id hash as a PHC string; goes to the vault, never into an event (D12).
    pub phc: Vec<u8>,
}

/// Why somebody may replace what is kept of a password.
#[derive(Debug, Clone)]
pub enum Right {
    /// They have the token of a letter.
    Letter {
        /// Of the token.
        token_hash: Sha256,
    },
    /// They know the password, which was checked when so many had been chosen.
    OldPassword {
        /// [`User::passwords`].
        passwords: u32,
    },
    /// Nothing changes: the same password is hashed harder.
    SamePassword {
        /// [`User::passwords`].
        passwords: u32,
    },
}

impl Decision for ChoosePassword {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (user, at) = (self.user, work.at());
        let unproven = match &self.by {
            Right::Letter { .. } => work.state::<User>(user)?.unproven(),
            Right::OldPassword { .. } | Right::SamePassword { .. } => None,
        };
        let command = match self.by.clone() {
            Right::Letter { token_hash } => PasswordCommand::Reset { user, token_hash, at },
            Right::OldPassword { passwords } => PasswordCommand::Change { user, passwords },
            Right::SamePassword { passwords } => PasswordCommand::Rehash { user, passwords },
        };
        work.decide::<User>(user, UserCommand::Password(command))?;
        work.keep(PASSWORD, user.to_string(), self.phc.clone());
        unproven.map_or(Ok(()), |accounts| turn_out(work, user, &accounts))
    }
}

impl User {
    /// The linked accounts of somebody who never showed that the address is theirs.
    fn unproven(&self) -> Option<Vec<Subject>> {
        (!self.credentials.email_verified).then(|| self.subjects().collect())
    }
}

/// Whoever came before the owner of the address keeps no way in: their accounts are free to sign in
/// somebody else, their keys work no more. Pending letters ended with the password.
fn turn_out(work: &mut Work<'_>, user: UserId, accounts: &[Subject]) -> Result<(), Halt> {
    for subject in accounts {
        oauth::release(work, user, subject);
    }
    let keys: Vec<_> = work.state::<ApiKeys>(user)?.live().map(|(key, _)| key).collect();
    keys.into_iter().try_for_each(|key| {
        work.decide::<ApiKeys>(user, KeyCommand::Revoke { user, key }).map(drop)
    })
}
