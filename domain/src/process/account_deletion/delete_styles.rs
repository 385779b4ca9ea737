//! Step 6: a style that nobody painted in goes whole (IAM-20). It is retired before anybody looks
//! whether it was used, so that no use can begin after the look.

use crate::aggregate::Stream;
use crate::styles::{Style, StyleCommand};
use crate::work::{Decision, Halt, Work};
use crate::{StyleId, UserId};

/// Deletes styles of an artist that were never used.
#[derive(Debug, Clone)]
pub struct DeleteStyles {
    /// Whose.
    pub artist: UserId,
    /// Which; at most [`super::PAGE_MAX`].
    pub unused: Vec<StyleId>,
}

impl Decision for DeleteStyles {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        self.unused.iter().map(|style| Stream::of::<Style>(*style)).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let artist = self.artist;
        for style in self.unused.iter().copied() {
            work.decide::<Style>(style, StyleCommand::Delete { style, artist })?;
        }
        Ok(())
    }
}
