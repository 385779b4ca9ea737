//! The picture that marks an artist's pictures is one of the artist's own (ART-02).

use super::{Artist, ArtistCommand, ArtistError};
use crate::aggregate::Stream;
use crate::images::Image;
use crate::work::{Decision, Halt, Work};
use crate::{ImageId, UserId};

/// An artist chooses a signature, or none.
#[derive(Debug, Clone, Copy)]
pub struct SetSignature {
    /// Who.
    pub artist: UserId,
    /// Their own picture, or one that is not there yet.
    pub image: Option<ImageId>,
}

impl Decision for SetSignature {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        let image = self.image.map(Stream::of::<Image>);
        [Stream::of::<Artist>(self.artist)].into_iter().chain(image).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { artist, image } = *self;
        work.decide::<Artist>(artist, ArtistCommand::SetSignature { artist, image })?;
        if let Some(image) = image
            && !work.state::<Image>(image)?.may_represent(artist)
        {
            return Err(ArtistError::NotYourImage.into());
        }
        Ok(())
    }
}
