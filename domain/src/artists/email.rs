//! The address under which everybody may write to an artist (ART-02): shown once a letter to it came
//! back. It may be another one than they sign in with, and need not be theirs alone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Artist, ArtistCommand, ArtistError, ArtistEvent};
use crate::users::{Asked, Ticket, VERIFICATION_LIFE};
use crate::{Decision, Halt, Sealed, Sha256, Stream, UserId, Work};

/// A letter under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ToVerify {
    asked: Asked,
    email: Sealed,
}

impl ToVerify {
    pub(super) fn new(email: Sealed, token_hash: String, expires_at: DateTime<Utc>) -> Self {
        Self { asked: Asked::new(token_hash, expires_at), email }
    }
}

impl Artist {
    /// The address that the letter with this token would verify, sealed in
    /// `artist.email_verification_requested`.
    #[must_use]
    pub fn email_to_verify(&self, token_hash: &str, at: DateTime<Utc>) -> Option<&Sealed> {
        let sent = self.email.as_ref()?;
        sent.asked.fits(token_hash, at).then_some(&sent.email)
    }

    /// Not too often: it goes wherever somebody says.
    pub(super) fn ask_email(
        &self,
        (artist, email): (UserId, Sealed),
        (token_hash, expires_at): (Sha256, DateTime<Utc>),
    ) -> Result<Vec<ArtistEvent>, ArtistError> {
        let may = self.emails.allow(expires_at - VERIFICATION_LIFE);
        may.map_err(|seconds| ArtistError::LetterTooSoon { seconds })?;
        let token_hash = token_hash.into();
        Ok(vec![ArtistEvent::EmailVerificationRequested { artist, email, token_hash, expires_at }])
    }

    pub(super) fn verify_email(
        &self,
        (artist, email): (UserId, Sealed),
        (token_hash, at): (&Sha256, DateTime<Utc>),
    ) -> Result<Vec<ArtistEvent>, ArtistError> {
        match self.email_to_verify(token_hash.as_str(), at) {
            Some(_) => Ok(vec![ArtistEvent::EmailVerified { artist, email }]),
            None => Err(ArtistError::TokenNotValid),
        }
    }
}

/// An artist wants to be written to under an address. Not `Debug`: it carries a secret.
#[derive(Clone)]
pub struct AskArtistEmail {
    /// Who.
    pub artist: UserId,
    /// The address.
    pub email: Sealed,
    /// What the letter carries.
    pub ticket: Ticket,
}

impl Decision for AskArtistEmail {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Artist>(self.artist)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (artist, email) = (self.artist, self.email.clone());
        self.ticket.ask::<Artist>(work, artist, |token_hash, expires_at| ArtistCommand::AskEmail {
            artist,
            email,
            token_hash,
            expires_at,
        })
    }
}

/// The token of the letter came back.
#[derive(Debug, Clone)]
pub struct VerifyArtistEmail {
    /// Who, as the token says.
    pub artist: UserId,
    /// The address, sealed for `artist.email_verified`.
    pub email: Sealed,
    /// Of the token.
    pub token_hash: Sha256,
}

impl Decision for VerifyArtistEmail {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Artist>(self.artist)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let (artist, email, at) = (self.artist, self.email.clone(), work.at());
        let token_hash = self.token_hash.clone();
        let verify = ArtistCommand::VerifyEmail { artist, email, token_hash, at };
        work.decide::<Artist>(artist, verify).map(|_| ())
    }
}
