//! Making a style: the artist's limit, the name's claim and the style in one append.

use super::{Description, Style, StyleCommand, StyleError, StyleName};
use crate::aggregate::Stream;
use crate::artists::{Artist, ArtistCommand};
use crate::work::{Decision, Halt, Work};
use crate::{Amount, StyleId, UserId};

/// In which scope a style holds its name: unique per artist.
pub const NAME_SCOPE: &str = "style-name";
/// How many styles an artist has room for without a plan (ART-05).
pub const MAX_STYLES_DEFAULT: u32 = 1;

/// An artist makes a style that nobody else sees yet (STY-01).
#[derive(Debug, Clone)]
pub struct CreateStyle {
    /// Drawn at the edge.
    pub style: StyleId,
    /// Who asks.
    pub artist: UserId,
    /// Claimed per artist, without regard to case.
    pub name: StyleName,
    /// What it is.
    pub description: Description,
    /// The licence fee per image to begin with (STY-07).
    pub tokens: Amount,
    /// How many styles the artist's plan allows; [`MAX_STYLES_DEFAULT`] without one.
    pub max_styles: u32,
}

impl Decision for CreateStyle {
    type Reply = StyleId;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Artist>(self.artist), Stream::beginning::<Style>(self.style)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<StyleId, Halt> {
        let Self { style, artist, name, description, tokens, max_styles } = self.clone();
        work.decide::<Artist>(artist, ArtistCommand::AddStyle { artist, style, max_styles })?;

        let value = format!("{artist}:{}", name.folded());
        work.decide::<Style>(style, StyleCommand::Create { style, artist, name, description })?;
        work.decide::<Style>(style, StyleCommand::Price { style, artist, tokens })?;
        work.claim(NAME_SCOPE, value, Stream::of::<Style>(style).id, StyleError::NameTaken)?;
        Ok(style)
    }
}
