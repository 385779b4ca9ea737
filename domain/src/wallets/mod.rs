//! Wallets: what a user has of one asset, in lots and holds.

mod command;
mod error;
mod event;

pub use command::WalletCommand;
pub use error::WalletError;
pub use event::*;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {}

aggregate!(Wallet, "wallet", WalletCommand, WalletEvent, WalletError);

impl Decide for Wallet {
    fn decide(&self, command: WalletCommand) -> Result<Vec<WalletEvent>, WalletError> {
        match command {}
    }
}

impl Wallet {
    fn evolve(&mut self, _event: WalletEvent) {}
}
