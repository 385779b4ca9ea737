//! The pictures are there: stored, paid, settled and, if wished, shown, in one append (P5.5).

use super::end::close;
use super::{Generation, GenerationCommand, Lease, Settlement};
use crate::GenerationId;
use crate::aggregate::Stream;
use crate::images::{Image, ImageCommand, StoredFile};
use crate::work::{Decision, Halt, Work};

/// The most pictures of one generation.
pub const OUTPUTS_MAX: usize = 8;

/// A worker delivers. Each file must have been declared for this generation with the same hash and
/// size, and found in the object store by the edge. The same delivery again changes nothing.
#[derive(Debug, Clone)]
pub struct CompleteGeneration {
    /// Which.
    pub generation: GenerationId,
    /// Who delivers.
    pub lease: Lease,
    /// What was found in the object store, at most [`OUTPUTS_MAX`].
    pub files: Vec<StoredFile>,
    /// GPU milliseconds.
    pub gpu_ms: u64,
}

impl Decision for CompleteGeneration {
    /// `None` if it had been completed by the same worker before.
    type Reply = Option<Settlement>;

    fn streams(&self) -> Vec<Stream> {
        let images = self.files.iter().map(|file| Stream::of::<Image>(file.output.image));
        [Stream::of::<Generation>(self.generation)].into_iter().chain(images).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Option<Settlement>, Halt> {
        let Self { generation, lease, files, gpu_ms } = self.clone();
        let outputs = files.iter().map(|file| file.output.clone()).collect();
        let command = GenerationCommand::Complete { generation, lease, outputs, gpu_ms };
        if work.decide::<Generation>(generation, command)? == 0 {
            return Ok(None);
        }

        let job = work.state::<Generation>(generation)?.job()?.clone();
        for file in files {
            let image = file.output.image;
            let command = ImageCommand::Store { file, owner: job.user, generation };
            work.decide::<Image>(image, command)?;
        }
        let settlement = close(work, generation, gpu_ms)?;
        if job.is_public {
            let publish = GenerationCommand::Publish(generation, job.user);
            work.decide::<Generation>(generation, publish)?;
        }
        Ok(Some(settlement))
    }
}
