//! Step 4: what everybody sees is hidden.

use crate::aggregate::Stream;
use crate::generations::{Generation, GenerationCommand};
use crate::work::{Decision, Halt, Work};
use crate::{GenerationId, UserId};

/// Unpublishes those of a person's generations that are published.
#[derive(Debug, Clone)]
pub struct Unpublish {
    /// Whose.
    pub user: UserId,
    /// Which; at most [`super::PAGE_MAX`].
    pub generations: Vec<GenerationId>,
}

impl Decision for Unpublish {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        self.generations.iter().map(|generation| Stream::of::<Generation>(*generation)).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        for generation in self.generations.iter().copied() {
            if work.state::<Generation>(generation)?.is_published() {
                let unpublish = GenerationCommand::Unpublish(generation, self.user);
                work.decide::<Generation>(generation, unpublish)?;
            }
        }
        Ok(())
    }
}
