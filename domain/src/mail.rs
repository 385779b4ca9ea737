//! The mail outbox (D15): a letter lies in the vault as a timer that is due at once, written in the
//! append of the event it follows from, and is forgotten when it was sent.

mod notice;

pub use notice::{Notice, Told};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Decision, Halt, Stream, UserId, Work};

/// Vault kind of a letter that is to be sent; the key is [`Mail::key`].
pub const MAIL: &str = "mail";
/// How often a letter is tried before it is given up: about six hours.
pub const TRIES_MAX: u32 = 12;
/// The wait after the first failure; it triples with each further one.
const WAIT_FIRST: TimeDelta = TimeDelta::seconds(5);
/// The wait for one's turn.
const WAIT_TURN: TimeDelta = TimeDelta::seconds(1);
/// The longest wait.
const WAIT_MAX: TimeDelta = TimeDelta::hours(1);

/// A letter with its address and its secret: both lie only here. Not `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Drawn at the edge; names the letter wherever it is told of.
    pub id: Uuid,
    /// Whom it is for.
    pub user: UserId,
    /// Their address.
    pub to: String,
    /// What it says.
    pub letter: Letter,
    /// How often sending it failed.
    pub failures: u32,
}

/// What a letter says. The tokens are plain: their hashes stand in the events.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// Show that the address is yours (IAM-12).
    VerifyEmail {
        /// For `POST /v1/auth/verify-email`.
        token: String,
    },
    /// Show that the address you want to sign in with is yours (IAM-03).
    ChangeEmail {
        /// For `POST /v1/auth/verify-email`.
        token: String,
    },
    /// Somebody wants to sign in with this address, which is yours already.
    EmailInUse,
    /// Show that the address artists are written to is yours (ART-02).
    VerifyArtistEmail {
        /// For `POST /v1/auth/verify-email`.
        token: String,
    },
    /// Choose a new password (IAM-13).
    ResetPassword {
        /// For `POST /v1/auth/password/reset`.
        token: String,
    },
    /// This was done in your account.
    Notice(Notice),
}

impl Letter {
    /// Which sort, for logs and measurements.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify-email",
            Self::ResetPassword { .. } => "reset-password",
            Self::ChangeEmail { .. } => "change-email",
            Self::EmailInUse => "email-in-use",
            Self::VerifyArtistEmail { .. } => "verify-artist-email",
            Self::Notice(notice) => notice.name(),
        }
    }
}

impl Mail {
    /// Where the letter lies: under its person, so that it can leave with them.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}{}", Self::keys_of(self.user), self.id)
    }

    /// What the keys of all letters to a person begin with.
    #[must_use]
    pub fn keys_of(user: UserId) -> String {
        format!("{user}/")
    }

    /// Puts the letter into the outbox, to be sent at once.
    ///
    /// # Errors
    /// A fault, if it does not serialize.
    pub fn post(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        self.post_after(work, TimeDelta::zero())
    }

    fn post_after(&self, work: &mut Work<'_>, wait: TimeDelta) -> Result<(), Halt> {
        let bytes = serde_json::to_vec(self).map_err(|error| Halt::Fault(error.to_string()))?;
        work.schedule(MAIL, self.key(), work.at() + wait, bytes);
        Ok(())
    }
}

/// A letter was not sent: it is tried again later, or given up after [`TRIES_MAX`].
#[derive(Clone)]
pub struct PostponeMail {
    /// As it lay in the outbox.
    pub mail: Mail,
    /// Whether it was tried; if not, others were before it.
    pub tried: bool,
}

impl PostponeMail {
    /// Whether this was the last try.
    #[must_use]
    pub fn gives_up(&self) -> bool {
        self.tried && self.mail.failures + 1 >= TRIES_MAX
    }
}

impl Decision for PostponeMail {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        if self.gives_up() {
            work.forget(MAIL, self.mail.key());
            return Ok(());
        }
        if !self.tried {
            return self.mail.post_after(work, WAIT_TURN);
        }
        let wait = WAIT_FIRST * 3_i32.saturating_pow(self.mail.failures);
        let failed = Mail { failures: self.mail.failures + 1, ..self.mail.clone() };
        failed.post_after(work, wait.min(WAIT_MAX))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

    use super::*;
    use crate::given::{Given, id};

    fn mail() -> Mail {
        let letter = Letter::ResetPassword { token: "secret".to_owned() };
        let (user, to) = (UserId(id(1)), "mina@example.com".to_owned());
        Mail { id: id(7), user, to, letter, failures: 0 }
    }

    #[test]
    fn a_letter_that_fails_is_tried_ever_later_and_then_given_up() {
        let (mut log, mut mail, mut waits) = (Given::nothing(), mail(), Vec::new());
        loop {
            log.when(&PostponeMail { mail: mail.clone(), tried: true }).unwrap();
            let Some(kept) = log.kept(MAIL, &mail.key()) else { break };
            waits.push((kept.due.unwrap() - log.at()).num_seconds());
            mail = serde_json::from_slice(&kept.bytes).unwrap();
        }
        assert_eq!(waits[..4], [5, 15, 45, 135]);
        assert_eq!((waits.len() as u32 + 1, waits.last()), (TRIES_MAX, Some(&3_600)));
    }

    #[test]
    fn waiting_for_ones_turn_is_no_failure() {
        let (mut log, mail) = (Given::nothing(), mail());
        log.when(&PostponeMail { mail: mail.clone(), tried: false }).unwrap();
        let kept = log.kept(MAIL, &mail.key()).unwrap();
        assert_eq!(kept.due, Some(log.at() + WAIT_TURN));
        assert_eq!(serde_json::from_slice::<Mail>(&kept.bytes).unwrap().failures, 0);
    }
}
