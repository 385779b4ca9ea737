//! How the facts of a wallet become its state. Nothing is argued with and nothing fails.

use super::lot::{Hold, Lot};
use super::{Category, Draw, GrantSource, PRIORITY, Wallet, WalletEvent, WalletKey};
use crate::{Amount, HoldId};

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
            } => {
                self.key = WalletKey { owner, asset };
                self.welcomed |= source == GrantSource::Welcome;
                let fresh = Lot {
                    granted: amount,
                    remaining: amount,
                    held: Amount::ZERO,
                    category,
                    priority,
                    effective_at,
                    expires_at,
                };
                self.lots.insert(lot, fresh);
            }
            WalletEvent::Held { hold, generation, draws, expires_at, .. } => {
                self.each(&draws, Lot::hold);
                self.holds.insert(hold, Hold { generation, draws, expires_at });
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
            WalletEvent::TransferSent { draws, .. } => self.each(&draws, Lot::lose),
            WalletEvent::TransferReceived { owner, asset, lot, amount, effective_at, .. } => {
                self.key = WalletKey { owner, asset };
                let lot = self.lots.entry(lot).or_insert(Lot {
                    granted: Amount::ZERO,
                    remaining: Amount::ZERO,
                    held: Amount::ZERO,
                    category: Category::Paid,
                    priority: PRIORITY,
                    effective_at,
                    expires_at: None,
                });
                lot.granted = lot.granted.plus(amount);
                lot.remaining = lot.remaining.plus(amount);
            }
            WalletEvent::Earned { owner, asset, amount, .. } => {
                self.key = WalletKey { owner, asset };
                // Far above all supply; what is appended unseen must not be able to fail.
                self.earned = self.earned.saturating_add(amount.get());
            }
        }
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
