//! Debt: what was taken back and was not there any more (LED-15, LED-16, P2.8). The balance is never
//! negative; what comes in later pays what is owed before it can be spent.

use chrono::{DateTime, Utc};

use super::lot::{Lot, push};
use super::{
    Category, Draw, Revocation, RevokeReason, Wallet, WalletError, WalletEvent, WalletKey,
};
use crate::{AdjustmentId, Amount, Asset, LotId};

impl Wallet {
    /// What is not spent of a lot and of what came of it, because it rolled over or was made good: up to
    /// `wanted`, first what is left, lot by lot, then how much is held.
    #[must_use]
    pub fn unspent(&self, lot: LotId, wanted: Amount) -> (Vec<Draw>, Amount) {
        let line = [lot, LotId::rollover(lot)];
        let of_line = |(id, open): &(&LotId, &Lot)| {
            line.contains(id) || open.goes_on.is_some_and(|before| line.contains(&before))
        };
        let (mut wanted, mut left) = (wanted, Vec::new());
        let of_line = || self.lots.iter().filter(of_line);
        for (id, open) in of_line() {
            let part = open.remaining.min(wanted);
            wanted = wanted.minus(part);
            push(&mut left, *id, part);
        }
        let held = of_line().fold(Amount::ZERO, |held, (_, open)| held.plus(open.held));
        (left, held.min(wanted))
    }

    /// Takes back what is left of a lot; what is spent, gone or held by others is owed. What the
    /// wallet has beside this lot stays.
    pub(super) fn revoke(&self, revocation: Revocation) -> Result<Vec<WalletEvent>, WalletError> {
        let Revocation { wallet: WalletKey { owner, asset }, lot, amount: wanted, reason } =
            revocation;
        if asset == Asset::Earning {
            return Err(WalletError::WrongAsset { asset });
        }
        if wanted.is_zero() {
            return Err(WalletError::NothingToMove);
        }
        let amount = self.left(lot).min(wanted);
        let category = self.lots.get(&lot).map_or(Category::Paid, |lot| lot.terms.category);
        let revoked = WalletEvent::Revoked { owner, asset, lot, amount, category, reason };
        let missing = wanted.minus(amount);
        let owed = WalletEvent::DebtRecorded { owner, asset, amount: missing, reason };
        let events = [(amount, revoked), (missing, owed)];
        Ok(events.into_iter().filter(|(n, _)| !n.is_zero()).map(|(_, event)| event).collect())
    }

    /// Takes back what can be spent, in burn order; the rest is owed (LED-15).
    pub(super) fn take(
        &self,
        wallet: WalletKey,
        adjustment: AdjustmentId,
        wanted: Amount,
        at: DateTime<Utc>,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let WalletKey { owner, asset } = wallet;
        if asset == Asset::Earning {
            return Err(WalletError::WrongAsset { asset });
        }
        if wanted.is_zero() {
            return Err(WalletError::NothingToMove);
        }
        let taken = wanted.min(at_most(self.spendable(at)));
        let draws = self.burn(taken, at, |_| true).unwrap_or_default(); // As much is there.
        let is_paid = |draw: &Draw| {
            self.lots.get(&draw.lot).is_some_and(|lot| lot.terms.category == Category::Paid)
        };
        let (paid, promo) = draws.into_iter().partition(is_paid);
        let adjusted = WalletEvent::Adjusted { owner, asset, adjustment, paid, promo };
        let (amount, reason) = (wanted.minus(taken), RevokeReason::Adjustment { adjustment });
        let owed = WalletEvent::DebtRecorded { owner, asset, amount, reason };
        let events = [(taken, adjusted), (amount, owed)];
        Ok(events.into_iter().filter(|(n, _)| !n.is_zero()).map(|(_, event)| event).collect())
    }

    /// Pays what is owed with what `events` bring in.
    pub(super) fn settle_debt(&self, mut events: Vec<WalletEvent>) -> Vec<WalletEvent> {
        if self.owed == 0 {
            return events;
        }
        let mut after = self.clone();
        events.iter().cloned().for_each(|event| after.evolve(event));
        let (mut open, mut draws) = (self.owed, Vec::new());
        for Draw { lot, amount } in events.iter().flat_map(incoming) {
            let part = amount.min(after.left(lot)).min(at_most(open));
            open -= part.get();
            push(&mut draws, lot, part);
        }
        if !draws.is_empty() {
            let WalletKey { owner, asset } = after.key;
            events.push(WalletEvent::DebtSettled { owner, asset, draws });
        }
        events
    }
}

/// What an event makes available, by lot.
fn incoming(event: &WalletEvent) -> Vec<Draw> {
    match event {
        WalletEvent::Granted { lot, amount, .. }
        | WalletEvent::TransferReceived { lot, amount, .. } => {
            vec![Draw { lot: *lot, amount: *amount }]
        }
        WalletEvent::Captured { released, .. }
        | WalletEvent::Released { released, .. }
        | WalletEvent::HoldExpired { released, .. } => released.clone(),
        WalletEvent::Held { .. }
        | WalletEvent::LotExpired { .. }
        | WalletEvent::TransferSent { .. }
        | WalletEvent::Earned { .. } // EARNING owes nothing.
        | WalletEvent::Revoked { .. }
        | WalletEvent::DebtRecorded { .. }
        | WalletEvent::DebtSettled { .. }
        | WalletEvent::Adjusted { .. }
        | WalletEvent::OverrunAbsorbed { .. }
        | WalletEvent::TipSent { .. }
        | WalletEvent::TipEarned { .. }
        | WalletEvent::AlertsSet { .. }
        | WalletEvent::RanLow { .. }
        | WalletEvent::EndsSoon { .. } => vec![],
    }
}

/// One movement's part of a sum.
fn at_most(sum: i64) -> Amount {
    Amount::new(sum).unwrap_or(Amount::MAX)
}
