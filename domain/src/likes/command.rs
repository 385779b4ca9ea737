//! What can be asked of a like.

use crate::{GenerationId, UserId};

/// See the module.
#[derive(Debug, Clone, Copy)]
pub enum LikeCommand {
    /// Like it, if not yet.
    Add {
        /// Who.
        user: UserId,
        /// What.
        generation: GenerationId,
    },
    /// Like it no longer.
    Remove {
        /// Who.
        user: UserId,
        /// What.
        generation: GenerationId,
    },
}
