//! What showed who somebody is, looked at a moment ago: while a hash was computed, or a code was on
//! its way, the owner may have taken it away.

use super::{Method, SessionError};
use crate::users::{Provider, Subject, User};

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
