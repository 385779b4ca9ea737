//! Step 8: what is known of pictures goes, after their files went.

use crate::aggregate::Stream;
use crate::images::{Image, ImageCommand};
use crate::work::{Decision, Halt, Work};
use crate::{ImageId, UserId};

/// Removes a person's pictures, whose files are gone.
#[derive(Debug, Clone)]
pub struct RemoveImages {
    /// Whose.
    pub owner: UserId,
    /// Which; at most [`super::PAGE_MAX`].
    pub images: Vec<ImageId>,
}

impl Decision for RemoveImages {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        self.images.iter().map(|image| Stream::of::<Image>(*image)).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let owner = self.owner;
        for image in self.images.iter().copied() {
            work.decide::<Image>(image, ImageCommand::Remove { image, owner })?;
        }
        Ok(())
    }
}
