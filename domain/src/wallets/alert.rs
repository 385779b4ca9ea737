//! What a wallet says of itself before it is too late: that it ran low, and that a lot will end
//! (P10). Facts of their own, so that whoever tells people needs no state.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::{Wallet, WalletCommand, WalletEvent, WalletKey};
use crate::{Amount, Decision, Halt, LotId, Stream, Work};

/// How long before its end a lot is spoken of; one that lives no longer than that never is.
pub const NOTICE: Duration = Duration::days(7);
/// The kind of timer that says a lot will end; its bytes are a [`WarnOfEnd`].
pub const LOT_NOTICE: &str = "lot-notice";

/// Says that a lot will end, if anything is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarnOfEnd {
    /// In which wallet.
    pub wallet: WalletKey,
    /// Which lot.
    pub lot: LotId,
    /// The end it was given.
    pub end: DateTime<Utc>,
}

impl Decision for WarnOfEnd {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Wallet>(self.wallet)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { wallet, lot, end } = *self;
        work.decide::<Wallet>(wallet, WalletCommand::WarnOfEnd { lot, end })?;
        Ok(())
    }
}

impl Wallet {
    /// The owner is told from now on when less than this is available; nothing stops it.
    pub(super) fn set_alerts(
        &self,
        wallet: WalletKey,
        low_balance: Option<Amount>,
    ) -> Vec<WalletEvent> {
        let WalletKey { owner, asset } = wallet;
        if self.low_balance == low_balance {
            return vec![];
        }
        vec![WalletEvent::AlertsSet { owner, asset, low_balance }]
    }

    pub(super) fn warn_of_end(&self, lot: LotId, end: DateTime<Utc>) -> Vec<WalletEvent> {
        let WalletKey { owner, asset } = self.key;
        let amount = self.left(lot);
        let same = |open: &super::Lot| open.terms.expires_at == Some(end);
        if amount.is_zero() || !self.lots.get(&lot).is_some_and(same) {
            return vec![];
        }
        vec![WalletEvent::EndsSoon { owner, asset, lot, amount, expires_at: end }]
    }

    /// Says so when `events` bring what is available below the owner's mark: once, until it has
    /// been above it again.
    pub(super) fn warn_when_low(&self, mut events: Vec<WalletEvent>) -> Vec<WalletEvent> {
        let sets = |event: &WalletEvent| matches!(event, WalletEvent::AlertsSet { .. });
        if events.is_empty() || self.low_balance.is_none() && !events.iter().any(sets) {
            return events;
        }
        let mut after = self.clone();
        events.iter().cloned().for_each(|event| after.evolve(event));
        if let Some(mark) = after.low_mark().filter(|_| self.low_mark().is_none()) {
            let WalletKey { owner, asset } = after.key;
            let available = after.available();
            events.push(WalletEvent::RanLow { owner, asset, available, mark });
        }
        events
    }

    /// The mark, if less is available.
    fn low_mark(&self) -> Option<Amount> {
        self.low_balance.filter(|mark| self.available() < mark.get())
    }
}
