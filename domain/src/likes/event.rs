//! What happens to a like.

use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{GenerationId, UserId};

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LikeEvent {
    /// A user likes a generation.
    Added {
        /// Who.
        user: UserId,
        /// What.
        generation: GenerationId,
    },
    /// And no longer does.
    Removed {
        /// Who.
        user: UserId,
        /// What.
        generation: GenerationId,
    },
}

event_types!(LikeEvent { Added => "like.added", Removed => "like.removed" });
