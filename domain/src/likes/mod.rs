//! Likes: one toggle per user and generation.

mod command;
mod error;
mod event;

pub use command::LikeCommand;
pub use error::LikeError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Like {}

aggregate!(Like, "like", LikeCommand, LikeEvent, LikeError);

impl Decide for Like {
    fn decide(&self, command: LikeCommand) -> Result<Vec<LikeEvent>, LikeError> {
        match command {}
    }
}

impl Like {
    fn evolve(&mut self, _event: LikeEvent) {}
}
