//! Why an artist's command can be refused.

use serde::{Deserialize, Serialize};

use crate::users::LETTERS_A_DAY_MAX;

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ArtistError {
    /// Once per user (ART-01).
    #[error("this user is already an artist")]
    AlreadyRegistered,
    /// Only artists do this.
    #[error("this user is not an artist")]
    NotAnArtist,
    /// The picture is somebody else's (ART-02).
    #[error("the picture must be one of the artist's own")]
    NotYourImage,
    /// A stranger may be the one who reads it (ART-02).
    #[error(
        "a letter a minute and {} a day can be asked for: ask again in {seconds} seconds",
        LETTERS_A_DAY_MAX
    )]
    LetterTooSoon {
        /// How long to wait.
        seconds: u64,
    },
    /// The token of a letter is used, replaced by a newer one, too old, or made up.
    #[error("the link is no longer valid, ask for a new one")]
    TokenNotValid,
    /// The plan allows no more (ART-05).
    #[error("an artist has at most {max} style{}", if *max == 1 { "" } else { "s" })]
    StyleLimit {
        /// How many.
        max: u32,
    },
}
