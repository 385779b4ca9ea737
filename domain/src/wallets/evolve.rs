//! How the facts of a wallet become its state. Nothing is argued with and nothing fails.

use chrono::NaiveDate;

use super::lot::{Hold, Lot, Terms};
use super::{Draw, GrantSource, Wallet, WalletEvent, WalletKey};
use crate::{Amount, HoldId, LotId};

impl Wallet {
    pub(super) fn evolve(&mut self, event: WalletEvent) {
        match event {
            WalletEvent::Granted {
                owner,
                asset,
                lot,
                amount,
                source,
                category,
                priority,
                effective_at,
                expires_at,
                rollover,
            } => {
                self.key = WalletKey { owner, asset };
                self.welcomed |= source == GrantSource::Welcome;
                let terms = Terms { category, priority, effective_at, expires_at, rollover };
                self.add(lot, amount, terms);
                if let Some(open) = self.lots.get_mut(&lot) {
                    open.goes_on = source.goes_on();
                }
            }
            WalletEvent::Held { hold, purpose, draws, expires_at, .. } => {
                self.each(&draws, Lot::hold);
                self.holds.insert(hold, Hold { purpose, draws, expires_at });
            }
            WalletEvent::Captured { hold, captured, released, .. } => {
                self.each(&captured, Lot::spend_held);
                self.close(hold, &released);
            }
            WalletEvent::Released { hold, released, .. }
            | WalletEvent::HoldExpired { hold, released, .. } => self.close(hold, &released),
            WalletEvent::LotExpired { lot, amount, .. } => {
                self.each(&[Draw { lot, amount }], Lot::lose);
            }
            WalletEvent::TransferSent { draws, day, .. } => self.given_away(&draws, day),
            WalletEvent::TipSent { draws, day, .. } => self.given_away(&draws, Some(day)),
            WalletEvent::Adjusted { paid, promo, .. } => {
                self.each(&[paid, promo].concat(), Lot::lose);
            }
            WalletEvent::TransferReceived { owner, asset, lot, amount, effective_at, .. } => {
                self.key = WalletKey { owner, asset };
                self.add(lot, amount, Terms { effective_at, ..Terms::EARNED });
            }
            WalletEvent::Earned { owner, asset, amount, .. }
            | WalletEvent::TipEarned { owner, asset, amount, .. } => {
                self.key = WalletKey { owner, asset };
                self.add(LotId::earned(self.key.id()), amount, Terms::EARNED);
            }
            WalletEvent::Revoked { lot, amount, .. } => {
                self.each(&[Draw { lot, amount }], Lot::lose);
            }
            WalletEvent::DebtRecorded { owner, asset, amount, .. } => {
                self.key = WalletKey { owner, asset };
                self.owed = self.owed.saturating_add(amount.get());
            }
            WalletEvent::DebtSettled { draws, .. } => {
                self.owed -= total(&draws);
                self.each(&draws, Lot::lose);
            }
            WalletEvent::AlertsSet { owner, asset, low_balance } => {
                self.key = WalletKey { owner, asset };
                self.low_balance = low_balance;
            }
            // Said to the owner; nothing changes.
            WalletEvent::OverrunAbsorbed { .. }
            | WalletEvent::RanLow { .. }
            | WalletEvent::EndsSoon { .. } => {}
        }
    }

    /// Opens a lot on these terms, or adds to the one that is open.
    fn add(&mut self, lot: LotId, amount: Amount, terms: Terms) {
        let lot = self.lots.entry(lot).or_insert(Lot {
            granted: Amount::ZERO,
            remaining: Amount::ZERO,
            held: Amount::ZERO,
            terms,
            goes_on: None,
        });
        lot.granted = lot.granted.plus(amount);
        lot.remaining = lot.remaining.plus(amount);
    }

    fn given_away(&mut self, draws: &[Draw], day: Option<NaiveDate>) {
        self.has_sent(day, total(draws));
        self.each(draws, Lot::lose);
    }

    fn close(&mut self, hold: HoldId, released: &[Draw]) {
        self.each(released, Lot::take_back);
        self.holds.remove(&hold);
    }

    /// Moves each draw, and forgets lots that are gone.
    fn each(&mut self, draws: &[Draw], how: fn(&mut Lot, Amount)) {
        for draw in draws {
            if let Some(lot) = self.lots.get_mut(&draw.lot) {
                how(lot, draw.amount);
                if lot.is_gone() {
                    self.lots.remove(&draw.lot);
                }
            }
        }
    }
}

fn total(draws: &[Draw]) -> i64 {
    Amount::total(draws.iter().map(|draw| draw.amount))
}
