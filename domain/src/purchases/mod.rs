//! Purchases: tokens bought with won through Toss.

mod command;
mod error;
mod event;

pub use command::PurchaseCommand;
pub use error::PurchaseError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {}

aggregate!(Purchase, "purchase", PurchaseCommand, PurchaseEvent, PurchaseError);

impl Decide for Purchase {
    fn decide(&self, command: PurchaseCommand) -> Result<Vec<PurchaseEvent>, PurchaseError> {
        match command {}
    }
}

impl Purchase {
    fn evolve(&mut self, _event: PurchaseEvent) {}
}
