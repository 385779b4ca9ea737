//! Step 3: jobs that have not ended are canceled, and their holds released (P5.7).

use crate::aggregate::Stream;
use crate::generations::{CancelGeneration, Generation};
use crate::work::{Decision, Halt, Work};
use crate::{GenerationId, UserId};

/// Cancels those of a person's jobs that have not ended.
#[derive(Debug, Clone)]
pub struct CancelJobs {
    /// Whose.
    pub user: UserId,
    /// Which; at most [`super::PAGE_MAX`].
    pub generations: Vec<GenerationId>,
}

impl Decision for CancelJobs {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        self.generations.iter().map(|generation| Stream::of::<Generation>(*generation)).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        for generation in self.generations.iter().copied() {
            if !work.state::<Generation>(generation)?.status().is_terminal() {
                CancelGeneration { generation, user: self.user }.decide(work)?;
            }
        }
        Ok(())
    }
}
