//! Credits of a subscription: once per paid invoice (P3.ii), month by month for a year paid at once
//! (P4). Every lot's id is derived from what it is for, and ends with its period.

use chrono::{DateTime, Utc};

use super::{Period, Pin, Subscription, SubscriptionEvent};
use crate::plans::Plan;
use crate::wallets::{Category, Grant, GrantSource, PRIORITY, Rollover, WalletKey, funds};
use crate::work::{Halt, Work};
use crate::{Amount, LotId, PlanId, SubscriptionId, UserId};

/// A lot to be.
pub(super) struct Credits {
    pub user: UserId,
    pub lot: LotId,
    pub source: GrantSource,
    pub amount: Amount,
    pub rollover: Option<Rollover>,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl Credits {
    /// What a plan gives for a period.
    pub fn of(
        work: &mut Work<'_>,
        (user, pin): (UserId, Pin),
        (lot, source): (LotId, GrantSource),
        period: Period,
    ) -> Result<Self, Halt> {
        let plan = work.state::<Plan>(PlanId::of(pin.plan))?;
        let terms = plan.terms(pin.version);
        let amount = terms.map_or(Amount::ZERO, |terms| terms.credits);
        let rollover = terms.and_then(|terms| terms.rollover);
        let Period { from, to } = period;
        Ok(Self { user, lot, source, amount, rollover, from, to })
    }

    /// Puts them into the wallet; a plan without credits gives none. Older than their end they are
    /// by construction, even if they come late: then their end follows at once.
    pub fn grant(self, work: &mut Work<'_>) -> Result<(), Halt> {
        if self.amount.is_zero() {
            return Ok(());
        }
        let grant = Grant {
            wallet: WalletKey::credit(self.user),
            lot: self.lot,
            amount: self.amount,
            source: self.source,
            category: Category::Paid,
            priority: PRIORITY,
            effective_at: self.from,
            expires_at: Some(self.to),
            rollover: self.rollover,
        };
        funds::grant(work, grant)
    }
}

/// Grants the next month of a year. Answers its lot and how much that is; `None` if the year is
/// over, or the month was granted as one of a former year.
pub(super) fn grant_month(
    work: &mut Work<'_>,
    subscription: SubscriptionId,
) -> Result<Option<(LotId, Amount, DateTime<Utc>)>, Halt> {
    let known = work.state::<Subscription>(subscription)?.known()?;
    let (user, pin, zone) = (known.user, known.pin, known.zone);
    let Some(year) = known.year.clone() else { return Ok(None) };
    let Some(period) = year.upcoming(zone) else { return Ok(None) };
    let month = zone.month(period.from);
    let granted = known.last_month.as_ref().is_some_and(|last| *last >= month);
    let lot = LotId::month(subscription, &month);
    let source = GrantSource::Month { subscription, month: month.clone() };
    let credits = Credits::of(work, (user, pin), (lot, source), period)?;
    let amount = if granted { Amount::ZERO } else { credits.amount };
    let number = year.next;
    let event = SubscriptionEvent::MonthGranted { subscription, user, month, number, lot, amount };
    work.record::<Subscription>(subscription, event)?;
    if !granted {
        credits.grant(work)?;
    }
    Ok(Some((lot, amount, period.to)))
}
