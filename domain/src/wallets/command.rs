//! What can be asked of a wallet. Commands carry their own time: there is no clock here.

use chrono::{DateTime, Utc};

use super::{
    Category, DailyLimit, Earn, GrantSource, Purpose, ReleaseReason, RevokeReason, Rollover,
    WalletEvent, WalletKey,
};
use crate::{
    AdjustmentId, Amount, GenerationId, HoldId, LotId, Sealed, StyleId, TransferId, UserId,
};

/// One wish of one wallet. [`super::funds`] wraps those that need a timer beside them.
#[derive(Debug, Clone)]
pub enum WalletCommand {
    /// Add a lot (TOKEN, CREDIT). The same open lot again changes nothing.
    Grant(Grant),
    /// Set funds aside, in burn order. The same open hold again changes nothing.
    Hold(NewHold),
    /// Set aside what is left of one lot, at most the hold's amount. The same open hold again
    /// changes nothing.
    HoldLot(NewHold, LotId),
    /// Spend `amount` of a hold, above zero; the rest goes back to its lots.
    Capture {
        /// The hold, closed by this.
        hold: HoldId,
        /// How much of it.
        amount: Amount,
        /// With which style, if it is work with one.
        style: Option<StyleId>,
        /// Now.
        at: DateTime<Utc>,
    },
    /// Give a hold back to its lots.
    Release {
        /// The hold, closed by this.
        hold: HoldId,
        /// Why.
        reason: ReleaseReason,
        /// Now.
        at: DateTime<Utc>,
    },
    /// The timer of a hold rang. Nothing happens if it is closed.
    ExpireHold {
        /// The hold.
        hold: HoldId,
        /// What the timer was set to, so that a clock that lags cannot lose it.
        due: DateTime<Utc>,
        /// Now.
        at: DateTime<Utc>,
    },
    /// The timer of a lot rang. Nothing happens if nothing unheld is left.
    ExpireLot {
        /// The lot.
        lot: LotId,
        /// What the timer was set to.
        due: DateTime<Utc>,
    },
    /// Send paid tokens to another user, so much a day (LED-06).
    SendTransfer(Sending, DailyLimit),
    /// Send paid tokens to an artist, under the same limit.
    SendTip(Tipping, DailyLimit),
    /// The other side of [`WalletCommand::SendTransfer`], in the same append.
    ReceiveTransfer(Receiving),
    /// Add an artist's share to the EARNING wallet.
    Earn(Earn),
    /// Take back what is left of a lot; what is missing is owed from then on.
    Revoke(Revocation),
    /// Take back what is available, whatever it came by, up to `amount`; the rest is owed.
    Take {
        /// From which wallet.
        wallet: WalletKey,
        /// The decision.
        adjustment: AdjustmentId,
        /// How much, above zero.
        amount: Amount,
        /// Now.
        at: DateTime<Utc>,
    },
    /// Say that work took more than was set aside for it.
    Absorb {
        /// Whose wallet.
        wallet: WalletKey,
        /// The hold it went beyond.
        purpose: Purpose,
        /// By how much, above zero.
        amount: Amount,
    },
    /// Choose when to be told that it runs low.
    SetAlerts(WalletKey, Option<Amount>),
    /// The timer before a lot's end rang. Nothing happens if nothing unheld is left.
    WarnOfEnd {
        /// The lot.
        lot: LotId,
        /// The end it was given.
        end: DateTime<Utc>,
    },
}

/// A lot to be.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Into which wallet.
    pub wallet: WalletKey,
    /// The new lot, derived from its source, so that its second arrival is recognised.
    pub lot: LotId,
    /// How much, above zero.
    pub amount: Amount,
    /// Where from.
    pub source: GrantSource,
    /// Paid or promo.
    pub category: Category,
    /// Lower burns first.
    pub priority: i16,
    /// Now; older burns first among equals.
    pub effective_at: DateTime<Utc>,
    /// When it stops to be usable.
    pub expires_at: Option<DateTime<Utc>>,
    /// What becomes of its rest then.
    pub rollover: Option<Rollover>,
}

impl Grant {
    /// The fact this grant becomes.
    #[must_use]
    pub fn event(self) -> WalletEvent {
        WalletEvent::Granted {
            owner: self.wallet.owner,
            asset: self.wallet.asset,
            lot: self.lot,
            amount: self.amount,
            source: self.source,
            category: self.category,
            priority: self.priority,
            effective_at: self.effective_at,
            expires_at: self.expires_at,
            rollover: self.rollover,
        }
    }
}

/// Funds to be set aside.
#[derive(Debug, Clone, Copy)]
pub struct NewHold {
    /// In which wallet.
    pub wallet: WalletKey,
    /// The hold.
    pub hold: HoldId,
    /// For what.
    pub purpose: Purpose,
    /// How much, above zero.
    pub amount: Amount,
    /// Now; lots that end by now are refused.
    pub at: DateTime<Utc>,
    /// When the hold ends by itself, if it does.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What is to be taken back.
#[derive(Debug, Clone, Copy)]
pub struct Revocation {
    /// From which wallet.
    pub wallet: WalletKey,
    /// From which lot of it.
    pub lot: LotId,
    /// How much, above zero.
    pub amount: Amount,
    /// Why.
    pub reason: RevokeReason,
}

/// The sender's side of a transfer.
#[derive(Debug, Clone)]
pub struct Sending {
    /// From which wallet.
    pub wallet: WalletKey,
    /// The transfer.
    pub transfer: TransferId,
    /// To whom.
    pub to: UserId,
    /// How much, above zero.
    pub amount: Amount,
    /// A word to the receiver, sealed for the sender.
    pub memo: Option<Sealed>,
    /// Now.
    pub at: DateTime<Utc>,
}

/// The giver's side of a tip.
#[derive(Debug, Clone, Copy)]
pub struct Tipping {
    /// From which wallet.
    pub wallet: WalletKey,
    /// The tip.
    pub tip: TransferId,
    /// To whom.
    pub artist: UserId,
    /// For which picture, if for one.
    pub generation: Option<GenerationId>,
    /// How much, above zero.
    pub amount: Amount,
    /// Now.
    pub at: DateTime<Utc>,
}

/// The receiver's side of a transfer.
#[derive(Debug, Clone, Copy)]
pub struct Receiving {
    /// Into which wallet.
    pub wallet: WalletKey,
    /// The transfer.
    pub transfer: TransferId,
    /// From whom.
    pub from: UserId,
    /// How much, above zero.
    pub amount: Amount,
    /// Now.
    pub at: DateTime<Utc>,
}
