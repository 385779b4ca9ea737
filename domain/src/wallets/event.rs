//! What happens to a wallet. Every event says whose wallet and which asset, so that a reader of
//! the whole log needs no state to post it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Category, GrantSource, Purpose, ReleaseReason, RevokeReason, Rollover};
use crate::aggregate::event_types;
use crate::{
    AdjustmentId, Amount, Asset, GenerationId, HoldId, LotId, Sealed, StyleId, TransferId, UserId,
};

/// A part of one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Which lot.
    pub lot: LotId,
    /// How much of it.
    pub amount: Amount,
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WalletEvent {
    /// A lot was added.
    Granted {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The new lot.
        lot: LotId,
        /// How much.
        amount: Amount,
        /// Where from.
        source: GrantSource,
        /// Paid or promo.
        category: Category,
        /// Lower burns first.
        priority: i16,
        /// Older burns first among equals.
        effective_at: DateTime<Utc>,
        /// When it stops to be usable; counted until its `lot_expired` event.
        expires_at: Option<DateTime<Utc>>,
        /// What becomes of its rest then; nothing, if nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rollover: Option<Rollover>,
    },
    /// Funds were set aside.
    Held {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The hold.
        hold: HoldId,
        /// For what.
        purpose: Purpose,
        /// From which lots, in burn order.
        draws: Vec<Draw>,
        /// When the hold ends by itself; never, if whatever it is for always ends it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<DateTime<Utc>>,
    },
    /// A hold was spent, partly or whole; the rest went back to its lots.
    Captured {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The hold, closed by this.
        hold: HoldId,
        /// For what.
        purpose: Purpose,
        /// Spent.
        captured: Vec<Draw>,
        /// Back to its lots.
        released: Vec<Draw>,
        /// With which style, if it was work with one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        style: Option<StyleId>,
    },
    /// A hold went back to its lots.
    Released {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The hold, closed by this.
        hold: HoldId,
        /// For what.
        purpose: Purpose,
        /// Back to its lots.
        released: Vec<Draw>,
        /// Why.
        reason: ReleaseReason,
    },
    /// A hold nobody closed went back to its lots.
    HoldExpired {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The hold, closed by this.
        hold: HoldId,
        /// For what.
        purpose: Purpose,
        /// Back to its lots.
        released: Vec<Draw>,
    },
    /// What was left of a lot at its end is gone (LED-14).
    LotExpired {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The lot.
        lot: LotId,
        /// What was left and not held.
        amount: Amount,
        /// Paid or promo: which platform account takes it back.
        category: Category,
    },
    /// Tokens left for another user's wallet; posts both sides of the transfer.
    TransferSent {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The transfer.
        transfer: TransferId,
        /// To whom.
        to: UserId,
        /// From which lots.
        draws: Vec<Draw>,
        /// A word to the receiver, sealed for the sender.
        memo: Option<Sealed>,
        /// The day it counts for, of the daily limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day: Option<NaiveDate>,
    },
    /// Tokens arrived from another user's wallet. All that a wallet receives gathers in one paid
    /// lot, so that a popular wallet stays small.
    TransferReceived {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The transfer.
        transfer: TransferId,
        /// From whom.
        from: UserId,
        /// The lot they join, or open if it is not there: [`LotId::received`].
        lot: LotId,
        /// How much.
        amount: Amount,
        /// When it arrived; the lot's place in the burn order if it opens with this.
        effective_at: DateTime<Utc>,
    },
    /// An artist's share of a captured hold; an EARNING wallet keeps a sum, not a lot per earning.
    Earned {
        /// The artist.
        owner: UserId,
        /// Always [`Asset::Earning`].
        asset: Asset,
        /// For what.
        generation: GenerationId,
        /// With which style.
        style: StyleId,
        /// Who paid.
        payer: UserId,
        /// What the payer paid.
        gross: Amount,
        /// The platform's share.
        fee: Amount,
        /// The artist's share: gross less fee.
        amount: Amount,
    },
    /// What was left of a lot was taken back (P2.8, LED-15).
    Revoked {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The lot.
        lot: LotId,
        /// How much of it.
        amount: Amount,
        /// Paid or promo: which platform account takes it back.
        category: Category,
        /// Why.
        reason: RevokeReason,
    },
    /// What should have been taken back was not there any more, and is owed.
    DebtRecorded {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// How much was missing.
        amount: Amount,
        /// Why it was to be taken back.
        reason: RevokeReason,
    },
    /// What came in paid what was owed.
    DebtSettled {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// From which lots.
        draws: Vec<Draw>,
    },
    /// Support took something back (LED-15).
    Adjusted {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The decision.
        adjustment: AdjustmentId,
        /// From lots that were paid for, in burn order.
        paid: Vec<Draw>,
        /// From presents, in burn order.
        promo: Vec<Draw>,
    },
    /// Work took more than was set aside; the platform bears it (LED-12).
    OverrunAbsorbed {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The hold it went beyond.
        hold: HoldId,
        /// For what.
        purpose: Purpose,
        /// By how much.
        amount: Amount,
    },
    /// Tokens left for an artist.
    TipSent {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The tip.
        tip: TransferId,
        /// To whom.
        artist: UserId,
        /// For which picture, if for one.
        generation: Option<GenerationId>,
        /// From which lots.
        draws: Vec<Draw>,
        /// The day it counts for, of the daily limit.
        day: NaiveDate,
    },
    /// An artist's share of a tip.
    TipEarned {
        /// The artist.
        owner: UserId,
        /// Always [`Asset::Earning`].
        asset: Asset,
        /// The tip.
        #[serde(flatten)]
        tip: Tip,
        /// The artist's share: gross less fee.
        amount: Amount,
    },
    /// The owner chose when to be told that it runs low.
    AlertsSet {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// When less than this is available; never, if nothing is said.
        low_balance: Option<Amount>,
    },
    /// What is available fell below the owner's mark.
    RanLow {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// What is available.
        available: i64,
        /// The mark.
        mark: Amount,
    },
    /// A lot of which something is left will end (P10).
    EndsSoon {
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// The lot.
        lot: LotId,
        /// What is left and not held.
        amount: Amount,
        /// When it ends.
        expires_at: DateTime<Utc>,
    },
}

/// A tip, as its artist sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tip {
    /// Which.
    pub tip: TransferId,
    /// Who gave it.
    pub payer: UserId,
    /// For which picture, if for one.
    pub generation: Option<GenerationId>,
    /// What was given.
    pub gross: Amount,
    /// The platform's share.
    pub fee: Amount,
}

event_types!(WalletEvent {
    Granted => "wallet.granted",
    Held => "wallet.held",
    Captured => "wallet.captured",
    Released => "wallet.released",
    HoldExpired => "wallet.hold_expired",
    LotExpired => "wallet.lot_expired",
    TransferSent => "wallet.transfer_sent",
    TransferReceived => "wallet.transfer_received",
    Earned => "wallet.earned",
    Revoked => "wallet.revoked",
    DebtRecorded => "wallet.debt_recorded",
    DebtSettled => "wallet.debt_settled",
    Adjusted => "wallet.adjusted",
    OverrunAbsorbed => "wallet.overrun_absorbed",
    TipSent => "wallet.tip_sent",
    TipEarned => "wallet.tip_earned",
    AlertsSet => "wallet.alerts_set",
    RanLow => "wallet.ran_low",
    EndsSoon => "wallet.ends_soon",
});

impl WalletEvent {
    /// Whose wallet it is about.
    #[must_use]
    pub const fn owner(&self) -> UserId {
        match self {
            Self::Granted { owner, .. }
            | Self::Held { owner, .. }
            | Self::Captured { owner, .. }
            | Self::Released { owner, .. }
            | Self::HoldExpired { owner, .. }
            | Self::LotExpired { owner, .. }
            | Self::TransferSent { owner, .. }
            | Self::TransferReceived { owner, .. }
            | Self::Earned { owner, .. }
            | Self::Revoked { owner, .. }
            | Self::DebtRecorded { owner, .. }
            | Self::DebtSettled { owner, .. }
            | Self::Adjusted { owner, .. }
            | Self::OverrunAbsorbed { owner, .. }
            | Self::TipSent { owner, .. }
            | Self::TipEarned { owner, .. }
            | Self::AlertsSet { owner, .. }
            | Self::RanLow { owner, .. }
            | Self::EndsSoon { owner, .. } => *owner,
        }
    }

    /// Which asset it is about.
    #[must_use]
    pub const fn asset(&self) -> Asset {
        match self {
            Self::Granted { asset, .. }
            | Self::Held { asset, .. }
            | Self::Captured { asset, .. }
            | Self::Released { asset, .. }
            | Self::HoldExpired { asset, .. }
            | Self::LotExpired { asset, .. }
            | Self::TransferSent { asset, .. }
            | Self::TransferReceived { asset, .. }
            | Self::Earned { asset, .. }
            | Self::Revoked { asset, .. }
            | Self::DebtRecorded { asset, .. }
            | Self::DebtSettled { asset, .. }
            | Self::Adjusted { asset, .. }
            | Self::OverrunAbsorbed { asset, .. }
            | Self::TipSent { asset, .. }
            | Self::TipEarned { asset, .. }
            | Self::AlertsSet { asset, .. }
            | Self::RanLow { asset, .. }
            | Self::EndsSoon { asset, .. } => *asset,
        }
    }
}
