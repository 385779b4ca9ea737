//! Images: pictures in the object store.

mod command;
mod error;
mod event;

pub use command::ImageCommand;
pub use error::ImageError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {}

aggregate!(Image, "image", ImageCommand, ImageEvent, ImageError);

impl Decide for Image {
    fn decide(&self, command: ImageCommand) -> Result<Vec<ImageEvent>, ImageError> {
        match command {}
    }
}

impl Image {
    fn evolve(&mut self, _event: ImageEvent) {}
}
