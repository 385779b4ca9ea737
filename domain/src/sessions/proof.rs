//! What showed who somebody is, looked at a moment ago: while a hash was computed, or a code was on
//! its way, the owner may have taken it away.

use super::{Method, SessionError};
use crate::users::{Provider, Subject, User};
use crate::{Decision, Halt, Stream, Work};

/// See the module. Read before it is checked, and held against the person in the append that lets
/// them in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The password fits.
    Password {
        /// Which one it was checked against: [`User::passwords`].
        passwords: u32,
    },
    /// They came back from a provider.
    Provider {
        /// Whose account it was there; it must still sign them in.
        subject: Subject,
        /// [`User::epoch`] at that time: what ends all sessions also ends a code for the next one.
        epoch: u32,
    },
}

impl Proof {
    /// How they proved who they are.
    #[must_use]
    pub fn method(&self) -> Method {
        match self {
            Self::Password { .. } => Method::Password,
            Self::Provider { subject, .. } => match subject.provider {
                Provider::Google => Method::Google,
                Provider::Discord => Method::Discord,
            },
        }
    }

    /// Refuses what showed it once and does so no more.
    pub(super) fn holds(&self, person: &User) -> Result<(), SessionError> {
        let holds = match self {
            Self::Password { passwords } => *passwords == person.passwords(),
            Self::Provider { subject, epoch } => {
                *epoch == person.epoch() && person.signs_in_with(subject)
            }
        };
        if holds { Ok(()) } else { Err(SessionError::ProofVoid) }
    }
}

/// A code came from somebody it was not given to. Refused, and spent by that: under the key of the code
/// the refusal stays, whoever comes next.
#[derive(Debug, Clone, Copy)]
pub struct SpendCode;

impl Decision for SpendCode {
    /// Whatever was answered before, if the code had been used.
    type Reply = serde_json::Value;

    fn streams(&self) -> Vec<Stream> {
        Vec::new()
    }

    fn decide(&self, _: &mut Work<'_>) -> Result<Self::Reply, Halt> {
        Err(SessionError::ProofVoid.into())
    }
}
