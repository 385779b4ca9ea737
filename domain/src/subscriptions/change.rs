//! A better plan, or another cycle, in the middle of what was paid (SUB-07): credits come when both
//! the change and its invoice were told, in whichever order. Several changes of a day have an invoice
//! each; which belongs to which, nobody says: of those that can cost what is asked, those nearest in
//! time are taken together. What they grant is in `paying`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::prices::Prices;
use super::{Direction, Known, Period, Pin};
use crate::InvoiceId;
use crate::plans::Cycle;

/// How far apart Lemon Squeezy makes a change of the plan and its invoice.
const WINDOW: TimeDelta = TimeDelta::days(1);
/// How many choices, periods and kept invoices are remembered: more than are ever told late. Beyond
/// that the oldest is forgotten.
pub(super) const REMEMBERED_MAX: usize = 16;

/// A change of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it was.
    pub from: Pin,
    /// What it became.
    pub to: Pin,
    /// When Lemon Squeezy first showed it.
    pub at: DateTime<Utc>,
}

impl Change {
    /// Whether it counts before the next renewal, so that it has an invoice of its own.
    fn is_billed(&self) -> bool {
        self.to.is_paid_at_once(self.from)
    }
}

/// A plan that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chosen {
    pub pin: Pin,
    /// When Lemon Squeezy first showed it.
    pub at: DateTime<Utc>,
    /// Whether an invoice paid for choosing it.
    pub is_paid: bool,
}

/// A month or a year that was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Paid {
    pub pin: Pin,
    pub period: Period,
}

/// A paid invoice of a change, which was not told yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub invoice: InvoiceId,
    /// When Lemon Squeezy made it.
    pub at: DateTime<Utc>,
    /// What it asks for before discounts, in minor units.
    pub asked: Option<i64>,
}

impl Known {
    pub(super) fn choose(&mut self, pin: Pin) {
        let at = self.shown.updated_at;
        push(&mut self.chosen, Chosen { pin, at, is_paid: false });
    }

    pub(super) fn keep(&mut self, kept: Kept) {
        push(&mut self.kept, kept);
    }

    pub(super) fn pay(&mut self, paid: Paid) {
        push(&mut self.paid, paid);
    }

    /// One of them was paid by this invoice.
    pub(super) fn settle_change(&mut self, invoice: InvoiceId, change: Change) {
        let mut chosen = self.chosen.iter_mut();
        if let Some(paid) = chosen.find(|one| (one.pin, one.at) == (change.to, change.at)) {
            paid.is_paid = true;
        }
        self.kept.retain(|kept| kept.invoice != invoice);
    }

    /// The plan that a renewal made at `at` pays for: what was chosen last by then.
    pub(super) fn pin_at(&self, at: DateTime<Utc>) -> Pin {
        let chosen = self.chosen.iter().rev().find(|chosen| chosen.at <= at);
        chosen.or(self.chosen.first()).map_or(self.pin, |chosen| chosen.pin)
    }

    /// The change that an invoice pays for, and the time whose share it pays. Without one that was paid
    /// there is nothing to share.
    pub(super) fn payable(&self, bill: Kept, prices: &Prices) -> Option<(Change, Period)> {
        let (paid, near) = self.near(bill.at)?;
        let change = fitting(near, paid, bill, prices)?;
        Some((change, self.granted_at(paid, bill.at)?))
    }

    /// The least that the change nearest to an invoice costs, if there are such changes and none of them
    /// can be what it pays for.
    pub(super) fn short_of(&self, bill: Kept, prices: &Prices) -> Option<i64> {
        let (paid, near) = self.near(bill.at)?;
        let nearest = near.iter().min_by_key(|change| apart(change, bill.at))?;
        let least = *prices.cost(nearest, paid.period, bill.at).start();
        fitting(near, paid, bill, prices).is_none().then_some(least)
    }

    /// The changes in want of an invoice around `at`, and the time that was paid then.
    fn near(&self, at: DateTime<Utc>) -> Option<(&Paid, Vec<Change>)> {
        let covers = self.paid.iter().filter(|paid| paid.period.contains(at));
        let paid = covers.max_by_key(|paid| paid.period.from)?;
        let open = self.chosen.iter().filter(|chosen| !chosen.is_paid);
        let changes = open.map(|chosen| Change {
            from: self.counted(paid, chosen.at),
            to: chosen.pin,
            at: chosen.at,
        });
        let near = changes.filter(|change| change.is_billed() && apart(change, at) <= WINDOW);
        Some((paid, near.collect()))
    }

    /// The plan that counted just before `at`, in a period that was paid: a smaller one that was chosen
    /// meanwhile waits for the next.
    fn counted(&self, paid: &Paid, at: DateTime<Utc>) -> Pin {
        let since = self.chosen.iter().filter(|one| paid.period.from < one.at && one.at < at);
        since.fold(paid.pin, |counted, one| match Direction::of(counted, one.pin) {
            Direction::Up | Direction::Across => one.pin,
            Direction::Down => counted,
        })
    }

    /// The time around `at` whose credits were granted: the period, or a month of a year.
    fn granted_at(&self, paid: &Paid, at: DateTime<Utc>) -> Option<Period> {
        if paid.pin.cycle == Cycle::Monthly {
            return Some(paid.period);
        }
        let year = self.year.as_ref().filter(|year| year.from == paid.period.from)?;
        (0..year.next).map(|number| year.month(number, self.zone)).find(|month| month.contains(at))
    }

    /// The kept invoice that is nearest to a change it pays for, if there is one.
    pub(super) fn payable_kept(&self, prices: &Prices) -> Option<InvoiceId> {
        let kept = self.kept.iter().filter_map(|kept| Some((kept, self.payable(*kept, prices)?.0)));
        kept.min_by_key(|(kept, change)| apart(change, kept.at)).map(|(kept, _)| kept.invoice)
    }

    /// Every plan somebody had that a change or an invoice may speak of.
    pub(super) fn pins(&self) -> impl Iterator<Item = Pin> {
        let (chosen, paid) = (self.chosen.iter(), self.paid.iter());
        chosen.map(|chosen| chosen.pin).chain(paid.map(|paid| paid.pin))
    }
}

/// The change that an invoice pays for. What costs more than is asked is no such change; what costs less
/// may be, if none costs that much.
fn fitting(near: Vec<Change>, paid: &Paid, bill: Kept, prices: &Prices) -> Option<Change> {
    let cost = |change: &Change| prices.cost(change, paid.period, bill.at);
    let asked = |change: &Change| bill.asked.unwrap_or(*cost(change).end());
    let fits = near.into_iter().filter(|change| asked(change) >= *cost(change).start());
    fits.min_by_key(|change| (asked(change) > *cost(change).end(), apart(change, bill.at)))
}

fn apart(change: &Change, at: DateTime<Utc>) -> TimeDelta {
    (at - change.at).abs()
}

fn push<T>(remembered: &mut Vec<T>, one: T) {
    if remembered.len() >= REMEMBERED_MAX {
        remembered.remove(0);
    }
    remembered.push(one);
}
