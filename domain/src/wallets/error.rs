//! Why a wallet can refuse.

use serde::{Deserialize, Serialize};

use crate::{Amount, Asset, HoldId, LotId, UserId};

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum WalletError {
    /// Nothing is not an amount to move.
    #[error("an amount to move is above zero")]
    NothingToMove,
    /// `insufficient-funds`, 402: there is less than needed that is neither held nor ended.
    #[error("{needed} {asset} needed, {available} available")]
    InsufficientFunds {
        /// Of what.
        asset: Asset,
        /// How much was asked for.
        needed: Amount,
        /// How much can be spent now.
        available: i64,
    },
    /// `non-transferable`, 409: enough is there, but too much of it is a present (LED-06).
    #[error(
        "{needed} {asset} needed, only {transferable} can be given away: presents cannot be passed on"
    )]
    NotTransferable {
        /// Of what.
        asset: Asset,
        /// How much was asked for.
        needed: Amount,
        /// How much was paid for and can be sent now.
        transferable: i64,
    },
    /// `daily-limit`, 409: so much can be given away in a day (LED-06).
    #[error("at most {limit} can be given away in a day, {left} are left of it today")]
    DailyLimit {
        /// In a day.
        limit: Amount,
        /// Of today.
        left: i64,
    },
    /// The movement does not exist in this asset: a grant to EARNING, a transfer of CREDIT.
    #[error("{asset} does not move like this")]
    WrongAsset {
        /// In which.
        asset: Asset,
    },
    /// The wallet would hold more than [`Amount::WALLET_MAX`], or one lot more than [`Amount::MAX`].
    #[error("the wallet cannot hold that much {asset}")]
    WalletFull {
        /// Of what.
        asset: Asset,
    },
    /// The wallet has as many lots as it can have: what is spent together must fit one event.
    #[error("the wallet has {max} lots already: some have to be spent first")]
    TooManyLots {
        /// The most.
        max: usize,
    },
    /// Its end is not after its beginning.
    #[error("it would end before it begins")]
    AlreadyEnded,
    /// The account of a provider they came with was welcomed before, as another user's (P1).
    #[error("this account of the provider was welcomed before")]
    AlreadyWelcomed,
    /// The lot is there with another content.
    #[error("the lot {lot} is there with another content")]
    LotConflict {
        /// Which.
        lot: LotId,
    },
    /// `nothing-refundable` of whoever asked: nothing of the lot is left that is not held.
    #[error("nothing is left of the lot {lot}")]
    LotSpent {
        /// Which.
        lot: LotId,
    },
    /// The hold is there with another content.
    #[error("the hold {hold} is there with another content")]
    HoldConflict {
        /// Which.
        hold: HoldId,
    },
    /// There is no such hold, or it was closed.
    #[error("the hold {hold} is not open")]
    HoldNotOpen {
        /// Which.
        hold: HoldId,
    },
    /// More was to be spent than was set aside.
    #[error("the hold {hold} holds {held}, {asked} were to be spent")]
    CaptureExceedsHold {
        /// Which.
        hold: HoldId,
        /// What it holds.
        held: i64,
        /// What was asked for.
        asked: Amount,
    },
    /// Nobody sends to himself.
    #[error("sender and receiver are the same")]
    SelfTransfer,
    /// `not-found`, 404: nobody of this id is registered.
    #[error("the receiver {receiver} is not registered")]
    UnknownReceiver {
        /// Who was meant.
        receiver: UserId,
    },
    /// Nobody tips himself.
    #[error("a tip is for somebody else")]
    SelfTip,
    /// Only artists are tipped; a transfer goes to anybody.
    #[error("there is no artist {artist}")]
    UnknownArtist {
        /// Who was meant.
        artist: UserId,
    },
}
