//! The rule book of a wallet: the one place that refuses.

use chrono::{DateTime, NaiveDate, Utc};

use super::lot::{Hold, Lot};
use super::{
    Category, DailyLimit, Draw, Grant, GrantSource, NewHold, Receiving, ReleaseReason, Sending,
    Tipping, Wallet, WalletCommand, WalletError, WalletEvent, WalletKey,
};
use crate::aggregate::Decide;
use crate::{Amount, Asset, HoldId, LotId, StyleId, UserId};

type Events = Result<Vec<WalletEvent>, WalletError>;

impl Decide for Wallet {
    const STATE_VERSION: u32 = 2; // Its lots know which ones they go on from.

    fn decide(&self, command: WalletCommand) -> Events {
        let events = match command {
            WalletCommand::Grant(grant) => self.grant(grant),
            WalletCommand::Hold(new) => self.hold(new),
            WalletCommand::HoldLot(new, lot) => self.hold_lot(new, lot),
            WalletCommand::Capture { hold, amount, style, at } => {
                self.capture(hold, (amount, style), at)
            }
            WalletCommand::Release { hold, reason, at } => self.release(hold, reason, at),
            WalletCommand::ExpireHold { hold, due, at } => Ok(self.expire_hold(hold, due, at)),
            WalletCommand::ExpireLot { lot, due } => Ok(self.expire_lot(lot, due)),
            WalletCommand::SendTransfer(sending, limit) => self.send(sending, limit),
            WalletCommand::SendTip(tipping, limit) => self.tip(tipping, limit),
            WalletCommand::ReceiveTransfer(receiving) => self.receive(receiving),
            WalletCommand::Earn(earn) => Ok(earn.event().into_iter().collect()),
            WalletCommand::Revoke(revocation) => self.revoke(revocation),
            WalletCommand::Take { wallet, adjustment, amount, at } => {
                self.take(wallet, adjustment, amount, at)
            }
            WalletCommand::Absorb { wallet, purpose, amount } => {
                let (WalletKey { owner, asset }, hold) = (wallet, HoldId::from(purpose));
                let amount = positive(amount)?;
                Ok(vec![WalletEvent::OverrunAbsorbed { owner, asset, hold, purpose, amount }])
            }
            WalletCommand::SetAlerts(wallet, mark) => Ok(self.set_alerts(wallet, mark)),
            WalletCommand::WarnOfEnd { lot, end } => Ok(self.warn_of_end(lot, end)),
        };
        events.map(|events| self.warn_when_low(self.settle_debt(events)))
    }
}

impl Wallet {
    fn grant(&self, grant: Grant) -> Events {
        let asset = grant.wallet.asset;
        if self.welcomed && grant.source == GrantSource::Welcome {
            return Ok(vec![]); // Once per user, even when it is long spent (LED-05).
        }
        if let Some(lot) = self.lots.get(&grant.lot) {
            let same = lot.granted == grant.amount
                && lot.terms.category == grant.category
                && lot.terms.priority == grant.priority
                && lot.terms.rollover == grant.rollover;
            return if same {
                Ok(vec![])
            } else {
                Err(WalletError::LotConflict { lot: grant.lot })
            };
        }
        if asset == Asset::Earning {
            return Err(WalletError::WrongAsset { asset });
        }
        if grant.expires_at.is_some_and(|end| end <= grant.effective_at) {
            return Err(WalletError::AlreadyEnded);
        }
        self.room(asset, positive(grant.amount)?)?;
        Ok(vec![grant.event()])
    }

    fn hold(&self, new: NewHold) -> Events {
        let NewHold { wallet, hold, purpose, amount, at, expires_at } = new;
        let WalletKey { owner, asset } = wallet;
        if let Some(open) = self.holds.get(&hold) {
            let same = open.purpose == purpose && open.amount() == amount.get();
            return if same { Ok(vec![]) } else { Err(WalletError::HoldConflict { hold }) };
        }
        if expires_at.is_some_and(|end| end <= at) {
            return Err(WalletError::AlreadyEnded);
        }
        let draws = self.burn(positive(amount)?, at, |_| true).map_err(|available| {
            WalletError::InsufficientFunds { asset, needed: amount, available }
        })?;
        Ok(vec![WalletEvent::Held { owner, asset, hold, purpose, draws, expires_at }])
    }

    fn hold_lot(&self, new: NewHold, lot: LotId) -> Events {
        let NewHold { wallet, hold, purpose, amount, at, expires_at } = new;
        let WalletKey { owner, asset } = wallet;
        if let Some(open) = self.holds.get(&hold) {
            let same = open.purpose == purpose && open.draws.iter().all(|draw| draw.lot == lot);
            return if same { Ok(vec![]) } else { Err(WalletError::HoldConflict { hold }) };
        }
        let open = self.lots.get(&lot).filter(|lot| lot.terms.usable(at));
        let left = open.map_or(Amount::ZERO, |lot| lot.remaining).min(positive(amount)?);
        if left.is_zero() {
            return Err(WalletError::LotSpent { lot });
        }
        let draws = vec![Draw { lot, amount: left }];
        Ok(vec![WalletEvent::Held { owner, asset, hold, purpose, draws, expires_at }])
    }

    fn capture(
        &self,
        hold: HoldId,
        (amount, style): (Amount, Option<StyleId>),
        at: DateTime<Utc>,
    ) -> Events {
        let open = self.open(hold)?;
        if positive(amount)?.get() > open.amount() {
            let held = open.amount();
            return Err(WalletError::CaptureExceedsHold { hold, held, asked: amount });
        }
        let (captured, released) = open.split(amount);
        let WalletKey { owner, asset } = self.key;
        let purpose = open.purpose;
        let ended = self.ended_meanwhile(&released, at);
        let spent =
            WalletEvent::Captured { owner, asset, hold, purpose, captured, released, style };
        Ok([vec![spent], ended].concat())
    }

    fn release(&self, hold: HoldId, reason: ReleaseReason, at: DateTime<Utc>) -> Events {
        let open = self.open(hold)?;
        let (purpose, released) = (open.purpose, open.draws.clone());
        let mut after = self.ended_meanwhile(&released, at);
        match reason {
            ReleaseReason::Failed => after.extend(self.made_good(hold, &released, at)),
            ReleaseReason::Canceled => {} // The owner's own choice of moment.
        }
        let WalletKey { owner, asset } = self.key;
        let back = WalletEvent::Released { owner, asset, hold, purpose, released, reason };
        Ok([vec![back], after].concat())
    }

    fn expire_hold(&self, hold: HoldId, due: DateTime<Utc>, at: DateTime<Utc>) -> Vec<WalletEvent> {
        let Some(open) =
            self.holds.get(&hold).filter(|open| open.expires_at.is_some_and(|end| end <= due))
        else {
            return vec![];
        };
        let (purpose, released) = (open.purpose, open.draws.clone());
        let ended = self.ended_meanwhile(&released, at);
        let good = self.made_good(hold, &released, at);
        let WalletKey { owner, asset } = self.key;
        let back = WalletEvent::HoldExpired { owner, asset, hold, purpose, released };
        [vec![back], ended, good].concat()
    }

    fn expire_lot(&self, lot: LotId, due: DateTime<Utc>) -> Vec<WalletEvent> {
        match self.lots.get(&lot) {
            Some(open) if !open.terms.usable(due) && !open.remaining.is_zero() => {
                let ended = self.lot_expired(lot, open, open.remaining);
                [vec![ended], self.rolled_over(lot, open)].concat()
            }
            Some(_) | None => vec![], // What is held meets its end when it comes back.
        }
    }

    fn send(&self, sending: Sending, limit: DailyLimit) -> Events {
        let Sending { wallet, transfer, to, amount, memo, at } = sending;
        let WalletKey { owner, asset } = wallet;
        let (draws, day) = self.give(wallet, to, (amount, at), limit)?;
        let day = Some(day);
        Ok(vec![WalletEvent::TransferSent { owner, asset, transfer, to, draws, memo, day }])
    }

    fn tip(&self, tipping: Tipping, limit: DailyLimit) -> Events {
        let Tipping { wallet, tip, artist, generation, amount, at } = tipping;
        let WalletKey { owner, asset } = wallet;
        let (draws, day) = self.give(wallet, artist, (amount, at), limit)?;
        Ok(vec![WalletEvent::TipSent { owner, asset, tip, artist, generation, draws, day }])
    }

    /// Paid tokens for somebody else, and the day they count for.
    fn give(
        &self,
        wallet: WalletKey,
        to: UserId,
        (amount, at): (Amount, DateTime<Utc>),
        limit: DailyLimit,
    ) -> Result<(Vec<Draw>, NaiveDate), WalletError> {
        let WalletKey { owner, asset } = wallet;
        if asset != Asset::Token {
            return Err(WalletError::WrongAsset { asset });
        }
        if to == owner {
            return Err(WalletError::SelfTransfer);
        }
        let paid = |lot: &Lot| lot.terms.category == Category::Paid;
        let draws = self.burn(positive(amount)?, at, paid).map_err(|transferable| {
            let available = self.spendable(at);
            if available < amount.get() {
                WalletError::InsufficientFunds { asset, needed: amount, available }
            } else {
                WalletError::NotTransferable { asset, needed: amount, transferable }
            }
        })?;
        Ok((draws, self.within_day(limit, at, amount)?))
    }

    fn receive(&self, receiving: Receiving) -> Events {
        let Receiving { wallet, transfer, from, amount, at: effective_at } = receiving;
        let WalletKey { owner, asset } = wallet;
        if asset != Asset::Token {
            return Err(WalletError::WrongAsset { asset });
        }
        self.room(asset, positive(amount)?)?;
        let lot = LotId::received(wallet.id());
        let there = self.lots.get(&lot).map_or(0, |lot| lot.remaining.get() + lot.held.get());
        if there + amount.get() > Amount::MAX.get() {
            return Err(WalletError::WalletFull { asset });
        }
        let arrived = WalletEvent::TransferReceived {
            owner,
            asset,
            transfer,
            from,
            lot,
            amount,
            effective_at,
        };
        Ok(vec![arrived])
    }

    fn open(&self, hold: HoldId) -> Result<&Hold, WalletError> {
        self.holds.get(&hold).ok_or(WalletError::HoldNotOpen { hold })
    }

    fn room(&self, asset: Asset, amount: Amount) -> Result<(), WalletError> {
        if self.posted().saturating_add(amount.get()) > Amount::WALLET_MAX {
            return Err(WalletError::WalletFull { asset });
        }
        Ok(())
    }
}

fn positive(amount: Amount) -> Result<Amount, WalletError> {
    if amount.is_zero() { Err(WalletError::NothingToMove) } else { Ok(amount) }
}
