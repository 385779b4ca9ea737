//! What happens to an artist.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{ImageId, Sealed, StyleId, UserId};

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArtistEvent {
    /// A user became an artist (ART-01).
    Registered {
        /// Who; also the stream's id.
        artist: UserId,
        /// The public name (ART-02).
        artist_name: String,
    },
    /// The public name changed.
    Renamed {
        /// Who.
        artist: UserId,
        /// The new name.
        artist_name: String,
    },
    /// The picture that marks one's pictures was chosen, or taken away (ART-02).
    SignatureImageSet {
        /// Who.
        artist: UserId,
        /// The picture.
        image: Option<ImageId>,
    },
    /// A style was made; counted here because the limit is the artist's, not the style's (ART-05).
    StyleAdded {
        /// Who.
        artist: UserId,
        /// The new style; what it is stands in its own stream.
        style: StyleId,
    },
    /// A letter to verify the address they are written to went into the outbox (ART-02).
    EmailVerificationRequested {
        /// Who.
        artist: UserId,
        /// The address.
        email: Sealed,
        /// Hex SHA-256 of the token in it.
        token_hash: String,
        /// When the token ends.
        expires_at: DateTime<Utc>,
    },
    /// The address they are written to was shown to be theirs (ART-02); everybody may see it.
    EmailVerified {
        /// Who.
        artist: UserId,
        /// The address.
        email: Sealed,
    },
    /// Where payouts go that are asked for from now on (P8).
    PayoutAccountSet {
        /// Who.
        artist: UserId,
        /// Which of theirs, counted from 1: a payout goes to the one it was asked for with.
        version: u32,
        /// Which bank.
        bank: String,
        /// Which account there.
        account_number: Sealed,
        /// Whose it is.
        holder_name: Sealed,
    },
}

event_types!(ArtistEvent {
    Registered => "artist.registered",
    Renamed => "artist.renamed",
    SignatureImageSet => "artist.signature_image_set",
    EmailVerificationRequested => "artist.email_verification_requested",
    EmailVerified => "artist.email_verified",
    StyleAdded => "artist.style_added",
    PayoutAccountSet => "artist.payout_account_set",
});
