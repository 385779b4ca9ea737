//! Styles: what artists offer.

mod command;
mod error;
mod event;

pub use command::StyleCommand;
pub use error::StyleError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {}

aggregate!(Style, "style", StyleCommand, StyleEvent, StyleError);

impl Decide for Style {
    fn decide(&self, command: StyleCommand) -> Result<Vec<StyleEvent>, StyleError> {
        match command {}
    }
}

impl Style {
    fn evolve(&mut self, _event: StyleEvent) {}
}
