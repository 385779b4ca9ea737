//! Wallets: what a user has of one asset.
//!
//! TOKEN and CREDIT lie in lots with an end and a burn order, and are spent in two steps, so that
//! work that fails costs nothing: a hold sets parts of lots aside, a capture spends them, a release
//! gives them back to the same lots. What an artist earns gathers in one lot, for a sum is all that
//! anybody asks of it.

mod alert;
mod burn;
mod command;
mod debt;
mod decide;
mod earn;
mod error;
mod event;
mod evolve;
mod expire;
pub mod funds;
mod grant_welcome;
mod key;
mod limit;
mod lot;
mod reason;
mod source;
mod tip;
mod transfer;

#[cfg(test)]
mod tests;

pub use alert::{LOT_NOTICE, NOTICE, WarnOfEnd};
pub use command::{Grant, NewHold, Receiving, Revocation, Sending, Tipping, WalletCommand};
pub use earn::{Earn, fee};
pub use error::WalletError;
pub use event::*;
pub use expire::{ExpireHold, ExpireLot, HOLD_EXPIRY, LOT_EXPIRY};
pub use grant_welcome::GrantWelcome;
pub use key::WalletKey;
pub use limit::{DailyLimit, OnDay};
pub use lot::{Hold, Lot, Terms};
pub use reason::{Purpose, ReleaseReason, RevokeReason};
pub use source::{Billing, Category, GrantSource, Rollover};
pub use tip::{TipArtist, Tipped};
pub use transfer::TransferTokens;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::aggregate;
use crate::{Amount, HoldId, LotId};

/// The burn priority of everything whose source does not say otherwise.
pub const PRIORITY: i16 = 0;

/// Only what a decision needs: what is open. A lot with nothing left and nothing held is gone, as
/// is a closed hold; that they happened is remembered by the command keys and by the aggregates
/// they happened for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    key: WalletKey,
    lots: BTreeMap<LotId, Lot>,
    holds: BTreeMap<HoldId, Hold>,
    welcomed: bool,
    owed: i64,
    sent: OnDay,
    low_balance: Option<Amount>,
}

aggregate!(Wallet, "wallet", WalletCommand, WalletEvent, WalletError);

impl Wallet {
    /// Whose and of what, as the first event said.
    #[must_use]
    pub fn key(&self) -> WalletKey {
        self.key
    }

    /// What is not held. A lot counts until its `lot_expired` event (D11).
    #[must_use]
    pub fn available(&self) -> i64 {
        Amount::total(self.lots.values().map(|lot| lot.remaining))
    }

    /// What is held.
    #[must_use]
    pub fn held(&self) -> i64 {
        Amount::total(self.lots.values().map(|lot| lot.held))
    }

    /// Available and held.
    #[must_use]
    pub fn posted(&self) -> i64 {
        self.available().saturating_add(self.held())
    }

    /// What was to be taken back and was not there; what comes in pays it first.
    #[must_use]
    pub fn owed(&self) -> i64 {
        self.owed
    }

    /// What is left of a lot, and not held; nothing, if it is gone.
    #[must_use]
    pub fn left(&self, lot: LotId) -> Amount {
        self.lots.get(&lot).map_or(Amount::ZERO, |lot| lot.remaining)
    }

    /// What a hold at `at` could take: available less lots that have ended.
    #[must_use]
    pub fn spendable(&self, at: DateTime<Utc>) -> i64 {
        self.usable(at, |_| true)
    }

    /// What could be sent to others at `at`: spendable and paid for (LED-06).
    #[must_use]
    pub fn transferable(&self, at: DateTime<Utc>) -> i64 {
        self.usable(at, |lot| lot.terms.category == Category::Paid)
    }

    /// The lots of which something is left or held.
    #[must_use]
    pub fn lots(&self) -> &BTreeMap<LotId, Lot> {
        &self.lots
    }

    /// The open holds.
    #[must_use]
    pub fn holds(&self) -> &BTreeMap<HoldId, Hold> {
        &self.holds
    }

    /// Whether something of it is on its way to a bank (P8).
    #[must_use]
    pub fn pays_out(&self) -> bool {
        self.holds.values().any(|hold| matches!(hold.purpose, Purpose::Payout(_)))
    }

    /// Whether some of it is on its way back to who paid it in, in money (P2.7).
    #[must_use]
    pub fn gives_back(&self) -> bool {
        self.holds.values().any(|hold| matches!(hold.purpose, Purpose::Refund(_)))
    }

    fn usable(&self, at: DateTime<Utc>, which: impl Fn(&Lot) -> bool) -> i64 {
        let lots = self.lots.values().filter(|lot| lot.terms.usable(at) && which(lot));
        Amount::total(lots.map(|lot| lot.remaining))
    }
}
