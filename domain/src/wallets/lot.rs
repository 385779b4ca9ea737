//! What a wallet consists of: lots, and holds on parts of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Category, Draw, PRIORITY, Purpose, Rollover};
use crate::{Amount, LotId};

/// A grant of which something is left or held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// How much it was, all together.
    pub granted: Amount,
    /// Left, and not held.
    pub remaining: Amount,
    /// Held, and not spent.
    pub held: Amount,
    /// On which terms.
    pub terms: Terms,
    /// The lot it goes on from: that rolled over into it, or was made good by it.
    pub goes_on: Option<LotId>,
}

/// What decides whether and when a lot is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Paid or promo.
    pub category: Category,
    /// Lower burns first.
    pub priority: i16,
    /// Older burns first among equals.
    pub effective_at: DateTime<Utc>,
    /// When it stops to be usable.
    pub expires_at: Option<DateTime<Utc>>,
    /// What becomes of its rest then.
    pub rollover: Option<Rollover>,
}

impl Terms {
    /// Of what came by work or from others: paid, and without an end.
    pub(super) const EARNED: Self = Self {
        category: Category::Paid,
        priority: PRIORITY,
        effective_at: DateTime::<Utc>::UNIX_EPOCH,
        expires_at: None,
        rollover: None,
    };

    /// Whether it can be spent at `at`. One that has ended still counts until its `lot_expired`.
    #[must_use]
    pub fn usable(&self, at: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| end > at)
    }

    /// Its place in the burn order: priority, then what ends first, then promo before paid, then
    /// the older, then the id.
    #[must_use]
    pub fn burn_order(&self, id: LotId) -> impl Ord + use<> {
        let end = self.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        (self.priority, end, self.category == Category::Paid, self.effective_at, id)
    }
}

impl Lot {
    /// Nothing left and nothing held: it need not be remembered.
    pub(super) fn is_gone(&self) -> bool {
        self.remaining.is_zero() && self.held.is_zero()
    }

    pub(super) fn hold(&mut self, amount: Amount) {
        self.remaining = self.remaining.minus(amount);
        self.held = self.held.plus(amount);
    }

    pub(super) fn take_back(&mut self, amount: Amount) {
        self.held = self.held.minus(amount);
        self.remaining = self.remaining.plus(amount);
    }

    pub(super) fn spend_held(&mut self, amount: Amount) {
        self.held = self.held.minus(amount);
    }

    pub(super) fn lose(&mut self, amount: Amount) {
        self.remaining = self.remaining.minus(amount);
    }
}

/// Funds set aside and not yet spent or given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// For what.
    pub purpose: Purpose,
    /// From which lots, in burn order.
    pub draws: Vec<Draw>,
    /// When it ends by itself, if it does.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Hold {
    /// How much it holds.
    #[must_use]
    pub fn amount(&self) -> i64 {
        Amount::total(self.draws.iter().map(|draw| draw.amount))
    }

    /// Its draws in two: the first `spent` in burn order, and the rest.
    pub(super) fn split(&self, spent: Amount) -> (Vec<Draw>, Vec<Draw>) {
        let (mut captured, mut released) = (Vec::new(), Vec::new());
        let mut open = spent;
        for draw in &self.draws {
            let part = draw.amount.min(open);
            open = open.minus(part);
            push(&mut captured, draw.lot, part);
            push(&mut released, draw.lot, draw.amount.minus(part));
        }
        (captured, released)
    }
}

/// Adds a draw unless it is of nothing.
pub(super) fn push(draws: &mut Vec<Draw>, lot: LotId, amount: Amount) {
    if !amount.is_zero() {
        draws.push(Draw { lot, amount });
    }
}
