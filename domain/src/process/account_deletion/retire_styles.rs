//! Step 4: styles are taken out of use; those who painted in them keep their pictures, and what
//! was earned stays in the books (IAM-20).

use crate::aggregate::Stream;
use crate::artists::{Artist, ArtistEvent};
use crate::styles::{Style, StyleCommand};
use crate::work::{Decision, Halt, Work};
use crate::{StyleId, UserId};

/// What an artist is called who is deleted.
pub const NAME_OF_DELETED: &str = "deleted artist";

/// Retires styles of an artist and takes the artist's name away.
#[derive(Debug, Clone)]
pub struct RetireStyles {
    /// Whose.
    pub artist: UserId,
    /// Which; at most [`super::PAGE_MAX`].
    pub styles: Vec<StyleId>,
}

impl Decision for RetireStyles {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        let styles = self.styles.iter().map(|style| Stream::of::<Style>(*style));
        std::iter::once(Stream::of::<Artist>(self.artist)).chain(styles).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let artist = self.artist;
        for style in self.styles.iter().copied() {
            work.decide::<Style>(style, StyleCommand::Retire { style, artist })?;
        }
        if work.state::<Artist>(artist)?.name().is_some_and(|name| name != NAME_OF_DELETED) {
            let artist_name = NAME_OF_DELETED.to_owned();
            work.record::<Artist>(artist, ArtistEvent::Renamed { artist, artist_name })?;
        }
        Ok(())
    }
}
