//! What is remembered of a subscription, and how its events change it. Only what a decision needs:
//! what each invoice led to is remembered by the invoice.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::change::{Change, Chosen, Kept, Paid};
use super::{Direction, Period, Pin, Snapshot, Status, SubscriptionEvent, Wish, Year, Zone};
use crate::plans::Cycle;
use crate::{InvoiceId, SubscriptionId, UserId};

/// A subscription that was told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Whose.
    pub user: UserId,
    /// By whose calendar its months are counted.
    pub zone: Zone,
    /// What Lemon Squeezy shows.
    pub shown: Snapshot,
    /// The plan that counts.
    pub pin: Pin,
    /// The smaller plan that counts from the next renewal on.
    pub(super) next: Option<Change>,
    /// The last that was told too late.
    pub(super) ignored: Option<Snapshot>,
    /// The one that counts instead of it.
    pub(super) conflict: Option<SubscriptionId>,
    /// Until when a failed payment may come in.
    pub(super) grace: Option<DateTime<Utc>>,
    /// The end of access that was recorded last.
    pub(super) ended: Option<DateTime<Utc>>,
    /// The newest that was paid.
    pub(super) period: Option<Period>,
    /// The invoice that paid it.
    pub(super) paid_by: Option<InvoiceId>,
    /// The year whose months get credits.
    pub(super) year: Option<Year>,
    /// The last month that got credits, as `yyyy-mm`.
    pub(super) last_month: Option<String>,
    /// The plans that were chosen, in the order they were shown.
    pub(super) chosen: Vec<Chosen>,
    /// What was paid, in the order it was told.
    pub(super) paid: Vec<Paid>,
    /// Invoices of changes that have not come.
    pub(super) kept: Vec<Kept>,
    /// What its owner asked for and Lemon Squeezy has not done.
    pub wish: Option<Wish>,
}

/// How long a subscription opens what its plan offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// As long as it goes on.
    Open,
    /// Until then.
    Until(DateTime<Utc>),
    /// No more.
    Closed,
}

impl Known {
    /// What `started` tells.
    pub(super) fn new(user: UserId, zone: Zone, shown: Snapshot, pin: Pin) -> Self {
        Self {
            user,
            zone,
            shown,
            pin,
            next: None,
            ignored: None,
            conflict: None,
            grace: None,
            ended: None,
            period: None,
            paid_by: None,
            year: None,
            last_month: None,
            chosen: vec![Chosen { pin, at: shown.updated_at, is_paid: true }],
            paid: Vec::new(),
            kept: Vec::new(),
            wish: None,
        }
    }

    /// The plan it is on its way to.
    #[must_use]
    pub fn target(&self) -> Pin {
        self.next.map_or(self.pin, |next| next.to)
    }

    /// Access follows status and end (P3.i), with grace for a failed payment (SUB-08).
    #[must_use]
    pub fn access(&self) -> Access {
        let shown = &self.shown;
        let until = match shown.status {
            Status::OnTrial | Status::Active => return Access::Open,
            Status::Unpaid | Status::Expired => return Access::Closed,
            Status::Paused => shown.renews_at.or(self.period.map(|period| period.to)),
            Status::PastDue => self.grace,
            Status::Cancelled => shown.ends_at.or(shown.renews_at),
        };
        match until.unwrap_or(shown.updated_at) {
            until if self.ended.is_some_and(|ended| ended >= until) => Access::Closed,
            until => Access::Until(until),
        }
    }

    /// The month of a year that is to get credits next. What is paused or not paid gets none; what is
    /// cancelled was paid, and gets those that begin before its end (P4).
    #[must_use]
    pub fn upcoming_month(&self) -> Option<Period> {
        let month = self.year.as_ref()?.upcoming(self.zone)?;
        let is_paid = match self.shown.status {
            Status::OnTrial | Status::Active => true,
            Status::Cancelled => self.shown.ends_at.is_some_and(|end| month.from < end),
            Status::Paused | Status::PastDue | Status::Unpaid | Status::Expired => false,
        };
        is_paid.then_some(month)
    }

    /// The month that runs of the year this invoice paid, if it paid one.
    pub(crate) fn year_of(&self, invoice: InvoiceId) -> Option<String> {
        self.year.as_ref().filter(|_| self.paid_by == Some(invoice))?;
        self.last_month.clone()
    }

    pub(super) fn evolve(&mut self, event: SubscriptionEvent) {
        match event {
            SubscriptionEvent::Started { .. }
            | SubscriptionEvent::TrialStarted { .. }
            | SubscriptionEvent::TrialEnded { .. }
            | SubscriptionEvent::PaymentFailed { .. }
            | SubscriptionEvent::Unpaid { .. }
            | SubscriptionEvent::Cancelled { .. }
            | SubscriptionEvent::Resumed { .. }
            | SubscriptionEvent::Paused { .. } => {} // What is shown says it.
            SubscriptionEvent::Expired { .. } | SubscriptionEvent::YearStopped { .. } => {
                self.year = None;
            }
            SubscriptionEvent::SnapshotObserved { snapshot, .. } => {
                if snapshot.status.is_collected() {
                    self.grace = None; // However it came to that: what fails later is another payment.
                }
                self.shown = snapshot;
            }
            SubscriptionEvent::SnapshotIgnored { snapshot, .. } => self.ignored = Some(snapshot),
            SubscriptionEvent::ConflictDetected { other, .. } => self.conflict = Some(other),
            SubscriptionEvent::TookOver { .. } => self.conflict = None,
            SubscriptionEvent::Renewed { invoice, pin, period, .. } => {
                self.renew(invoice, pin, period);
            }
            SubscriptionEvent::GracePeriodStarted { until, .. } => self.grace = Some(until),
            SubscriptionEvent::GracePeriodEnded { until, .. }
            | SubscriptionEvent::AccessEnded { until, .. } => self.ended = Some(until),
            SubscriptionEvent::Recovered { .. } | SubscriptionEvent::Unpaused { .. } => {
                self.skip_months();
            }
            SubscriptionEvent::PlanChanged { to, direction, .. } => self.change_plan(to, direction),
            SubscriptionEvent::PlanChangePaid { invoice, change, .. } => {
                self.settle_change(invoice, change);
            }
            SubscriptionEvent::ChangeInvoiceKept { invoice, created_at, asked, .. } => {
                self.keep(Kept { invoice, at: created_at, asked });
            }
            SubscriptionEvent::MonthGranted { month, number, .. } => {
                self.last_month = Some(month);
                if let Some(year) = &mut self.year {
                    year.next = number.saturating_add(1);
                }
            }
            SubscriptionEvent::ChangeRequested { wish, .. } => self.wish = Some(wish),
            SubscriptionEvent::ChangeConfirmed { .. } | SubscriptionEvent::ChangeFailed { .. } => {
                self.wish = None;
            }
        }
    }

    /// An invoice that was told late pays for what is over, and moves nothing.
    fn renew(&mut self, invoice: InvoiceId, pin: Pin, period: Period) {
        self.pay(Paid { pin, period });
        if self.period.is_some_and(|newest| newest.from > period.from) {
            return;
        }
        if self.next.is_some_and(|next| next.at <= period.from) {
            (self.pin, self.next) = (pin, None);
        }
        self.period = Some(period);
        self.paid_by = Some(invoice);
        self.year = match pin.cycle {
            Cycle::Yearly => Some(Year { from: period.from, next: 0 }),
            Cycle::Monthly => None,
        };
    }

    fn change_plan(&mut self, to: Pin, direction: Direction) {
        self.choose(to);
        let change = Change { from: self.pin, to, at: self.shown.updated_at };
        match direction {
            Direction::Down => self.next = Some(change),
            Direction::Up | Direction::Across => (self.pin, self.next) = (to, None),
        }
    }

    /// Months that went by while nothing was collected get nothing.
    fn skip_months(&mut self) {
        let (zone, now) = (self.zone, self.shown.updated_at);
        if let Some(year) = &mut self.year {
            while year.upcoming(zone).is_some_and(|month| month.to <= now) {
                year.next += 1;
            }
        }
    }
}
