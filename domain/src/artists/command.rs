//! What can be asked of an artist.

use chrono::{DateTime, Utc};

use super::{ArtistName, Bank};
use crate::{ImageId, Sealed, Sha256, StyleId, UserId};

/// See the module.
#[derive(Debug, Clone)]
pub enum ArtistCommand {
    /// Become an artist; the user's part is [`super::RegisterArtist`]'s.
    Register {
        /// Who.
        artist: UserId,
        /// The public name.
        artist_name: ArtistName,
    },
    /// Take another public name (ART-02).
    Rename {
        /// Who.
        artist: UserId,
        /// The new name.
        artist_name: ArtistName,
    },
    /// Choose the picture that marks one's pictures, or none (ART-02).
    SetSignature {
        /// Who.
        artist: UserId,
        /// The picture.
        image: Option<ImageId>,
    },
    /// Send a letter to the address they want to be written to (ART-02).
    AskEmail {
        /// Who.
        artist: UserId,
        /// The address.
        email: Sealed,
        /// Of the token in the letter.
        token_hash: Sha256,
        /// When it ends.
        expires_at: DateTime<Utc>,
    },
    /// That letter has arrived.
    VerifyEmail {
        /// Who.
        artist: UserId,
        /// The address.
        email: Sealed,
        /// Of the token that came back.
        token_hash: Sha256,
        /// Now.
        at: DateTime<Utc>,
    },
    /// Make room for one more style (ART-05).
    AddStyle {
        /// Who.
        artist: UserId,
        /// The new style.
        style: StyleId,
        /// How many the artist's plan allows.
        max_styles: u32,
    },
    /// Say where payouts go that are asked for from now on; the letter is
    /// [`super::SetPayoutAccount`]'s (P8).
    SetPayoutAccount {
        /// Who.
        artist: UserId,
        /// Which bank.
        bank: Bank,
        /// Which account there.
        account_number: Sealed,
        /// Whose it is.
        holder_name: Sealed,
    },
}
