//! Liking needs something to be seen; taking a like back does not, so that nobody is stuck with it.

use super::{Like, LikeCommand, LikeError};
use crate::aggregate::Stream;
use crate::generations::Generation;
use crate::work::{Decision, Halt, Work};
use crate::{GenerationId, LikeId, UserId};

/// A user likes a published generation, possibly their own. Liking twice is liking once (SOC-02).
#[derive(Debug, Clone, Copy)]
pub struct AddLike {
    /// Who.
    pub user: UserId,
    /// What.
    pub generation: GenerationId,
}

impl Decision for AddLike {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        let like = LikeId::of(self.user, self.generation);
        vec![Stream::of::<Like>(like), Stream::of::<Generation>(self.generation)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { user, generation } = *self;
        if !work.state::<Generation>(generation)?.is_published() {
            return Err(LikeError::NotFound.into());
        }
        work.decide::<Like>(LikeId::of(user, generation), LikeCommand::Add { user, generation })?;
        Ok(())
    }
}

/// A user no longer likes a generation; nothing happens if they did not (SOC-02).
#[derive(Debug, Clone, Copy)]
pub struct RemoveLike {
    /// Who.
    pub user: UserId,
    /// What.
    pub generation: GenerationId,
}

impl Decision for RemoveLike {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Like>(LikeId::of(self.user, self.generation))]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { user, generation } = *self;
        work.decide::<Like>(
            LikeId::of(user, generation),
            LikeCommand::Remove { user, generation },
        )?;
        Ok(())
    }
}
