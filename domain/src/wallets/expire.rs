//! What happens to holds and lots when their time is over. The timers lie in the vault and keep the
//! decision itself, so that ringing one needs nothing else.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Wallet, WalletKey, funds};
use crate::{Decision, Halt, HoldId, LotId, Stream, Work};

/// The kind of timer that ends a hold; its bytes are an [`ExpireHold`].
pub const HOLD_EXPIRY: &str = "hold-expiry";
/// The kind of timer that ends a lot; its bytes are an [`ExpireLot`].
pub const LOT_EXPIRY: &str = "lot-expiry";

/// Gives a hold back that nobody closed in time. A closed one is none of its business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpireHold {
    /// In which wallet.
    pub wallet: WalletKey,
    /// Which hold.
    pub hold: HoldId,
    /// The end it was given. Compared instead of a clock, which may lag behind the timer's.
    pub due: DateTime<Utc>,
}

impl Decision for ExpireHold {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Wallet>(self.wallet)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        funds::expire_hold(work, *self)
    }
}

/// Ends what is left of a lot (LED-14). What is held of it goes on, and ends if it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpireLot {
    /// In which wallet.
    pub wallet: WalletKey,
    /// Which lot.
    pub lot: LotId,
    /// The end it was given.
    pub due: DateTime<Utc>,
}

impl Decision for ExpireLot {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Wallet>(self.wallet)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        funds::expire_lot(work, *self)
    }
}
