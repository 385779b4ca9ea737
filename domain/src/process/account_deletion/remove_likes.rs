//! Step 7: likes are taken back, so that nothing counts nobody.

use crate::aggregate::Stream;
use crate::likes::{Like, LikeCommand};
use crate::work::{Decision, Halt, Work};
use crate::{GenerationId, LikeId, UserId};

/// Takes a person's likes back.
#[derive(Debug, Clone)]
pub struct RemoveLikes {
    /// Whose.
    pub user: UserId,
    /// Of what; at most [`super::PAGE_MAX`].
    pub generations: Vec<GenerationId>,
}

impl Decision for RemoveLikes {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        let like = |generation: &GenerationId| LikeId::of(self.user, *generation);
        self.generations.iter().map(|generation| Stream::of::<Like>(like(generation))).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let user = self.user;
        for generation in self.generations.iter().copied() {
            let remove = LikeCommand::Remove { user, generation };
            work.decide::<Like>(LikeId::of(user, generation), remove)?;
        }
        Ok(())
    }
}
