//! Artists: users who publish styles. An artist has the user's id (ART-01).

mod command;
mod email;
mod error;
mod event;
mod payout_account;
mod register;
mod signature;
#[cfg(test)]
mod tests;

pub use command::ArtistCommand;
pub use email::{AskArtistEmail, VerifyArtistEmail};
pub use error::ArtistError;
pub use event::*;
pub use payout_account::{AccountNumber, Bank, HolderName, SetPayoutAccount};
pub use register::RegisterArtist;
pub use signature::SetSignature;

use serde::{Deserialize, Serialize};

use crate::ImageId;
use crate::aggregate::{Decide, aggregate};
use crate::input::{TextError, text};
use crate::names::nobody_of_ours;
use crate::users::{Asks, VERIFICATION_LIFE};
use email::ToVerify;

text!(/** The public name of an artist (ART-02). */ ArtistName, Line, 1..=100);

impl ArtistName {
    /// A name that somebody may choose for themselves: none that reads like Folio's own.
    ///
    /// # Errors
    /// As [`ArtistName::parse`], or it is reserved.
    pub fn chosen(text: &str) -> Result<Self, TextError> {
        nobody_of_ours(text).and_then(|()| Self::parse(text))
    }
}

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artist {
    /// `None` for somebody who is no artist.
    name: Option<String>,
    signature: Option<ImageId>,
    styles: u32,
    /// Which bank account counts, counted from 1; none was named at 0.
    payout_account: u32,
    /// The letter that can verify the address they are written to.
    email: Option<ToVerify>,
    /// Letters to verify it.
    emails: Asks,
}

aggregate!(Artist, "artist", ArtistCommand, ArtistEvent, ArtistError);

impl Decide for Artist {
    const STATE_VERSION: u32 = 4; // It knows when letters were asked for.

    fn decide(&self, command: ArtistCommand) -> Result<Vec<ArtistEvent>, ArtistError> {
        match (command, self.name.as_deref()) {
            (ArtistCommand::Register { artist, artist_name }, None) => {
                Ok(vec![ArtistEvent::Registered { artist, artist_name: artist_name.into() }])
            }
            (ArtistCommand::Register { .. }, Some(_)) => Err(ArtistError::AlreadyRegistered),
            (
                ArtistCommand::Rename { .. }
                | ArtistCommand::SetSignature { .. }
                | ArtistCommand::AddStyle { .. }
                | ArtistCommand::AskEmail { .. }
                | ArtistCommand::VerifyEmail { .. }
                | ArtistCommand::SetPayoutAccount { .. },
                None,
            ) => Err(ArtistError::NotAnArtist),
            (ArtistCommand::SetSignature { image, .. }, Some(_)) if image == self.signature => {
                Ok(vec![])
            }
            (ArtistCommand::SetSignature { artist, image }, Some(_)) => {
                Ok(vec![ArtistEvent::SignatureImageSet { artist, image }])
            }
            (ArtistCommand::Rename { artist_name, .. }, Some(name))
                if artist_name.as_str() == name =>
            {
                Ok(vec![])
            }
            (ArtistCommand::Rename { artist, artist_name }, Some(_)) => {
                Ok(vec![ArtistEvent::Renamed { artist, artist_name: artist_name.into() }])
            }
            (ArtistCommand::AskEmail { artist, email, token_hash, expires_at }, Some(_)) => {
                self.ask_email((artist, email), (token_hash, expires_at))
            }
            (ArtistCommand::VerifyEmail { artist, email, token_hash, at }, Some(_)) => {
                self.verify_email((artist, email), (&token_hash, at))
            }
            (ArtistCommand::AddStyle { max_styles, .. }, Some(_)) if self.styles >= max_styles => {
                Err(ArtistError::StyleLimit { max: max_styles })
            }
            (ArtistCommand::AddStyle { artist, style, .. }, Some(_)) => {
                Ok(vec![ArtistEvent::StyleAdded { artist, style }])
            }
            (ArtistCommand::SetPayoutAccount { artist, bank, account_number, holder_name }, _) => {
                let bank = bank.into();
                let version = self.payout_account.saturating_add(1);
                Ok(vec![ArtistEvent::PayoutAccountSet {
                    artist,
                    version,
                    bank,
                    account_number,
                    holder_name,
                }])
            }
        }
    }
}

impl Artist {
    /// Whether this person is an artist.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.name.is_some()
    }

    /// Which of their bank accounts payouts go to that are asked for now (P8).
    #[must_use]
    pub fn payout_account(&self) -> Option<u32> {
        (self.payout_account > 0).then_some(self.payout_account)
    }

    /// The public name; `None` for somebody who is no artist.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn evolve(&mut self, event: ArtistEvent) {
        match event {
            ArtistEvent::Registered { artist_name, .. }
            | ArtistEvent::Renamed { artist_name, .. } => {
                self.name = Some(artist_name);
            }
            ArtistEvent::SignatureImageSet { image, .. } => self.signature = image,
            ArtistEvent::EmailVerificationRequested { email, token_hash, expires_at, .. } => {
                self.email = Some(ToVerify::new(email, token_hash, expires_at));
                self.emails.note(expires_at - VERIFICATION_LIFE);
            }
            ArtistEvent::EmailVerified { .. } => self.email = None,
            ArtistEvent::PayoutAccountSet { version, .. } => self.payout_account = version,
            ArtistEvent::StyleAdded { .. } => self.styles = self.styles.saturating_add(1),
        }
    }
}
