//! Models: the weights behind styles.

mod command;
mod error;
mod event;

pub use command::ModelCommand;
pub use error::ModelError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {}

aggregate!(Model, "model", ModelCommand, ModelEvent, ModelError);

impl Decide for Model {
    fn decide(&self, command: ModelCommand) -> Result<Vec<ModelEvent>, ModelError> {
        match command {}
    }
}

impl Model {
    fn evolve(&mut self, _event: ModelEvent) {}
}
