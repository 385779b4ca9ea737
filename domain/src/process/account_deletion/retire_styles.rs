//! Step 5: styles are taken out of use; those who painted in them keep their pictures, and what
//! was earned stays in the books (IAM-20).

use super::Claim;
use crate::aggregate::Stream;
use crate::artists::{Artist, ArtistCommand, ArtistEvent};
use crate::styles::{NAME_SCOPE, Style, StyleCommand};
use crate::work::{Decision, Halt, Work};
use crate::{StyleId, UserId};

/// What an artist is called who is deleted.
pub const NAME_OF_DELETED: &str = "deleted artist";

/// Retires styles of an artist, frees their names, and takes the artist's name and signature away.
#[derive(Debug, Clone)]
pub struct RetireStyles {
    /// Whose.
    pub artist: UserId,
    /// Which, with what they claim; at most [`super::PAGE_MAX`].
    pub styles: Vec<(StyleId, Vec<Claim>)>,
}

impl Decision for RetireStyles {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        let styles = self.styles.iter().map(|(style, _)| Stream::of::<Style>(*style));
        std::iter::once(Stream::of::<Artist>(self.artist)).chain(styles).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let artist = self.artist;
        for (style, claims) in &self.styles {
            let (style, owner) = (*style, Stream::of::<Style>(*style).id);
            if work.decide::<Style>(style, StyleCommand::Retire { style, artist })? == 0 {
                continue;
            }
            for Claim { scope, value } in claims {
                if scope != NAME_SCOPE {
                    let fault = format!("nobody knows what becomes of the claim {scope:?}");
                    return Err(Halt::Fault(fault));
                }
                work.release(NAME_SCOPE, value.clone(), owner);
            }
        }
        if work.state::<Artist>(artist)?.name().is_some_and(|name| name != NAME_OF_DELETED) {
            let artist_name = NAME_OF_DELETED.to_owned();
            work.record::<Artist>(artist, ArtistEvent::Renamed { artist, artist_name })?;
            work.decide::<Artist>(artist, ArtistCommand::SetSignature { artist, image: None })?;
        }
        Ok(())
    }
}
