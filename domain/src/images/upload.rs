//! A worker asks where to put a picture; only the one who holds the job may.

use super::{Image, ImageCommand};
use crate::aggregate::Stream;
use crate::generations::{Generation, Lease};
use crate::work::{Decision, Halt, Work};
use crate::{GenerationId, ImageId, Sha256};

/// A worker declares a picture of its job before it uploads it. The same again changes nothing.
#[derive(Debug, Clone)]
pub struct RequestUpload {
    /// Which; [`ImageId::of`] makes asking twice the same image.
    pub image: ImageId,
    /// Made by.
    pub generation: GenerationId,
    /// Who asks, for which attempt.
    pub lease: Lease,
    /// Hash the file must have.
    pub sha256: Sha256,
    /// Size the file must have, at most [`super::IMAGE_BYTES_MAX`].
    pub bytes: u64,
}

impl Decision for RequestUpload {
    type Reply = ImageId;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Generation>(self.generation), Stream::of::<Image>(self.image)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<ImageId, Halt> {
        let Self { image, generation, lease, sha256, bytes } = self.clone();
        let owner = work.state::<Generation>(generation)?.leased_to(lease)?.user;
        let command = ImageCommand::RequestUpload { image, owner, generation, sha256, bytes };
        work.decide::<Image>(image, command)?;
        Ok(image)
    }
}
