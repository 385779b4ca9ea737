//! In which order lots are drawn from, and what becomes of what comes back to one that has ended.

use chrono::{DateTime, Duration, Utc};

use super::lot::{Lot, Terms, push};
use super::{Draw, Grant, GrantSource, Wallet, WalletEvent, WalletKey};
use crate::{Amount, HoldId, LotId};

/// How long a lot lives that replaces one which ended while it was held (LED-13).
pub const MAKE_GOOD: Duration = Duration::days(7);

impl Wallet {
    /// Draws `needed` in burn order from usable lots of a kind; all there is, if that is less.
    pub(super) fn burn(
        &self,
        needed: Amount,
        at: DateTime<Utc>,
        which: impl Fn(&Lot) -> bool,
    ) -> Result<Vec<Draw>, i64> {
        let usable = self.lots.iter().filter(|(_, lot)| lot.terms.usable(at) && which(lot));
        let mut usable: Vec<_> = usable.collect();
        usable.sort_by_cached_key(|(id, lot)| lot.terms.burn_order(**id));
        let (mut open, mut draws) = (needed, Vec::new());
        for (id, lot) in usable {
            let part = lot.remaining.min(open);
            open = open.minus(part);
            push(&mut draws, *id, part);
        }
        if open.is_zero() { Ok(draws) } else { Err(needed.minus(open).get()) }
    }

    /// What came back to lots that have ended is gone at once, with whatever else they had left.
    pub(super) fn ended_meanwhile(&self, released: &[Draw], at: DateTime<Utc>) -> Vec<WalletEvent> {
        let ended = self.ended(released, at);
        ended
            .flat_map(|(draw, lot)| {
                let gone = lot.remaining.plus(draw.amount);
                let ended = self.lot_expired(draw.lot, lot, gone);
                [vec![ended], self.rolled_over(draw.lot, lot)].concat()
            })
            .collect()
    }

    /// Work that failed costs nothing, even if a lot ended meanwhile: its part lives on (LED-13).
    pub(super) fn made_good(
        &self,
        hold: HoldId,
        released: &[Draw],
        at: DateTime<Utc>,
    ) -> Vec<WalletEvent> {
        let ended = self.ended(released, at);
        ended
            .map(|(draw, lot)| {
                Grant {
                    wallet: self.key,
                    lot: LotId::make_good(hold, draw.lot),
                    amount: draw.amount,
                    source: GrantSource::MakeGood { lot: draw.lot },
                    category: lot.terms.category,
                    priority: lot.terms.priority,
                    effective_at: at,
                    expires_at: Some(at + MAKE_GOOD),
                    rollover: None,
                }
                .event()
            })
            .collect()
    }

    /// What the plan of an ended lot lets live on (LED-14): as long again as the lot did. What was
    /// held when it ended does not.
    pub(super) fn rolled_over(&self, lot: LotId, open: &Lot) -> Vec<WalletEvent> {
        let Terms { category, priority, effective_at, expires_at, rollover } = open.terms;
        let Some((rollover, end)) = rollover.zip(expires_at) else { return vec![] };
        let amount = rollover.of(open.remaining);
        if amount.is_zero() {
            return vec![];
        }
        let grant = Grant {
            wallet: self.key,
            lot: LotId::rollover(lot),
            amount,
            source: GrantSource::Rollover { lot },
            category,
            priority,
            effective_at: end,
            expires_at: Some(end + (end - effective_at)),
            rollover: None,
        };
        vec![grant.event()]
    }

    fn ended<'a>(
        &'a self,
        released: &'a [Draw],
        at: DateTime<Utc>,
    ) -> impl Iterator<Item = (&'a Draw, &'a Lot)> {
        let lots = released.iter().filter_map(|draw| Some((draw, self.lots.get(&draw.lot)?)));
        lots.filter(move |(_, lot)| !lot.terms.usable(at))
    }

    pub(super) fn lot_expired(&self, lot: LotId, open: &Lot, amount: Amount) -> WalletEvent {
        let WalletKey { owner, asset } = self.key;
        WalletEvent::LotExpired { owner, asset, lot, amount, category: open.terms.category }
    }
}
