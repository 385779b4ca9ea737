//! A better plan, or another cycle, in the middle of what was paid (SUB-07): credits come when both
//! the change and its invoice were told, in whichever order. Several changes of a day have an invoice
//! each; which belongs to which, nobody says: those nearest in time are taken together.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Direction, Known, Period, Pin, Subscription, SubscriptionEvent, credits};
use crate::invoices::{Invoice, InvoiceEvent, refund};
use crate::plans::{Cycle, Plan};
use crate::wallets::GrantSource;
use crate::work::{Halt, Work};
use crate::{Amount, InvoiceId, LotId, PlanId, SubscriptionId};

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
        !self.to.is_like(self.from) && Direction::of(self.from, self.to) != Direction::Down
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

/// A paid invoice of a change that was not told yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub invoice: InvoiceId,
    /// When Lemon Squeezy made it.
    pub at: DateTime<Utc>,
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

    /// The change that an invoice made at `at` pays for, and the time whose share it pays. Without one
    /// that was paid there is nothing to share.
    fn payable(&self, at: DateTime<Utc>) -> Option<(Change, Period)> {
        let covers = self.paid.iter().filter(|paid| paid.period.contains(at));
        let paid = covers.max_by_key(|paid| paid.period.from)?;
        let open = self.chosen.iter().filter(|chosen| !chosen.is_paid);
        let changes = open.map(|chosen| Change {
            from: self.counted(paid, chosen.at),
            to: chosen.pin,
            at: chosen.at,
        });
        let near = changes.filter(|change| change.is_billed() && apart(change, at) <= WINDOW);
        let change = near.min_by_key(|change| apart(change, at))?;
        Some((change, self.granted_at(paid, at)?))
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

    /// The kept invoice that is nearest to a change, if there is one.
    fn payable_kept(&self) -> Option<InvoiceId> {
        let kept = self.kept.iter().filter_map(|kept| Some((kept, self.payable(kept.at)?.0)));
        kept.min_by_key(|(kept, change)| apart(change, kept.at)).map(|(kept, _)| kept.invoice)
    }
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

/// A paid invoice of a change: grants if the change was told, else is kept for it.
pub(super) fn pay(
    work: &mut Work<'_>,
    subscription: SubscriptionId,
    invoice: InvoiceId,
) -> Result<(), Halt> {
    let at = work.state::<Invoice>(invoice)?.known()?.shown.created_at;
    let known = work.state::<Subscription>(subscription)?.known()?;
    let user = known.user;
    let is_kept = known.kept.iter().any(|kept| kept.invoice == invoice);
    let Some((change, running)) = known.payable(at) else {
        if !is_kept {
            let created_at = at;
            let event =
                SubscriptionEvent::ChangeInvoiceKept { subscription, user, invoice, created_at };
            work.record::<Subscription>(subscription, event)?;
        }
        return Ok(());
    };
    if change.from.cycle != change.to.cycle {
        // Its invoice may be older than what first showed the change: not the plan of then.
        super::observe_invoice::open_period(work, subscription, invoice, change.to)?;
    } else {
        let more = more(work, change.from, change.to)?;
        let period = Period { from: at, to: running.to };
        let (lot, amount) = (LotId::invoice(invoice), running.share(more, at));
        let source = GrantSource::Upgrade { subscription, invoice: Some(invoice) };
        let mut credits = credits::Credits::of(work, (user, change.to), (lot, source), period)?;
        credits.amount = amount;
        let granted = InvoiceEvent::CreditsGranted {
            invoice,
            subscription,
            user,
            lot,
            amount,
            expires_at: period.to,
        };
        work.record::<Invoice>(invoice, granted)?;
        credits.grant(work)?;
    }
    let paid = SubscriptionEvent::PlanChangePaid { subscription, user, invoice, change };
    work.record::<Subscription>(subscription, paid)
}

/// Changes have come whose invoices were kept. Answers whether any had.
pub(super) fn pay_kept(work: &mut Work<'_>, subscription: SubscriptionId) -> Result<bool, Halt> {
    let mut paid = false;
    while let Some(invoice) = work.state::<Subscription>(subscription)?.known()?.payable_kept() {
        pay(work, subscription, invoice)?;
        refund::take_back(work, invoice)?; // It may have been given back while it was kept.
        paid = true;
    }
    Ok(paid)
}

/// How many credits a month one plan gives more than another.
fn more(work: &mut Work<'_>, from: Pin, to: Pin) -> Result<Amount, Halt> {
    let mut credits = |pin: Pin| -> Result<Amount, Halt> {
        let plan = work.state::<Plan>(PlanId::of(pin.plan))?;
        Ok(plan.terms(pin.version).map_or(Amount::ZERO, |terms| terms.credits))
    };
    Ok(credits(to)?.minus(credits(from)?))
}
