//! Artists: users who publish styles.

mod command;
mod error;
mod event;

pub use command::ArtistCommand;
pub use error::ArtistError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artist {}

aggregate!(Artist, "artist", ArtistCommand, ArtistEvent, ArtistError);

impl Decide for Artist {
    fn decide(&self, command: ArtistCommand) -> Result<Vec<ArtistEvent>, ArtistError> {
        match command {}
    }
}

impl Artist {
    fn evolve(&mut self, _event: ArtistEvent) {}
}
