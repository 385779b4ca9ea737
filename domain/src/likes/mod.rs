//! Likes: one toggle per user and generation, each pair a stream of its own (SOC-02).

mod command;
mod error;
mod event;
#[cfg(test)]
mod tests;
mod toggle;

pub use command::LikeCommand;
pub use error::LikeError;
pub use event::*;
pub use toggle::{AddLike, RemoveLike};

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Like {
    liked: bool,
}

aggregate!(Like, "like", LikeCommand, LikeEvent, LikeError);

impl Decide for Like {
    fn decide(&self, command: LikeCommand) -> Result<Vec<LikeEvent>, LikeError> {
        Ok(match command {
            LikeCommand::Add { user, generation } if !self.liked => {
                vec![LikeEvent::Added { user, generation }]
            }
            LikeCommand::Remove { user, generation } if self.liked => {
                vec![LikeEvent::Removed { user, generation }]
            }
            LikeCommand::Add { .. } | LikeCommand::Remove { .. } => vec![],
        })
    }
}

impl Like {
    fn evolve(&mut self, event: LikeEvent) {
        match event {
            LikeEvent::Added { .. } => self.liked = true,
            LikeEvent::Removed { .. } => self.liked = false,
        }
    }
}
