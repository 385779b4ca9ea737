//! Users: who somebody is to Folio.

mod command;
mod error;
mod event;

pub use command::UserCommand;
pub use error::UserError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {}

aggregate!(User, "user", UserCommand, UserEvent, UserError);

impl Decide for User {
    fn decide(&self, command: UserCommand) -> Result<Vec<UserEvent>, UserError> {
        match command {}
    }
}

impl User {
    fn evolve(&mut self, _event: UserEvent) {}
}
