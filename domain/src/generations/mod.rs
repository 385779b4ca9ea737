//! Generations: one job from request to picture.

mod command;
mod error;
mod event;

pub use command::GenerationCommand;
pub use error::GenerationError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {}

aggregate!(Generation, "generation", GenerationCommand, GenerationEvent, GenerationError);

impl Decide for Generation {
    fn decide(&self, command: GenerationCommand) -> Result<Vec<GenerationEvent>, GenerationError> {
        match command {}
    }
}

impl Generation {
    fn evolve(&mut self, _event: GenerationEvent) {}
}
