//! What happens to a wallet. Every event says whose wallet and which asset, so that a reader of
//! the whole log needs no state to post it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{
    Amount, Asset, GenerationId, HoldId, LotId, PayoutId, PurchaseId, Sealed, StyleId, TransferId,
    UserId,
};

/// Where a lot came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GrantSource {
    /// The welcome grant (P1).
    Welcome,
    /// A paid purchase (P2).
    Purchase {
        /// Which.
        purchase: PurchaseId,
    },
    /// In place of a lot that ended while it was held for work that failed (LED-13).
    MakeGood {
        /// The lot that ended.
        lot: LotId,
    },
}

/// Whether somebody paid for it. Promo tokens cannot be transferred (LED-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Paid for.
    Paid,
    /// A present.
    Promo,
}

/// A part of one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Which lot.
    pub lot: LotId,
    /// How much of it.
    pub amount: Amount,
}

/// What funds are set aside for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Work to be done.
    Generation(GenerationId),
    /// Earnings on their way to an artist's bank (P8).
    Payout(PayoutId),
}

/// Why a hold was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// The work failed for good.
    Failed,
    /// The owner canceled.
    Canceled,
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
            | Self::Earned { owner, .. } => *owner,
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
            | Self::Earned { asset, .. } => *asset,
        }
    }
}
