//! What a change of the plan can cost: an invoice that asks for less is no payment of it.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};

use super::{Change, Period, Pin};
use crate::PlanId;
use crate::plans::Plan;
use crate::work::{Halt, Work};

/// What a month or a year of some plans costs, in cents.
pub(super) struct Prices(Vec<(Pin, i64)>);

impl Prices {
    /// Those of these plans, in their versions.
    pub fn of(work: &mut Work<'_>, pins: impl Iterator<Item = Pin>) -> Result<Self, Halt> {
        let mut prices = Vec::new();
        for pin in pins {
            let terms = work.state::<Plan>(PlanId::of(pin.plan))?.terms(pin.version);
            prices.extend(terms.and_then(|terms| terms.price(pin.cycle)).map(|price| (pin, price)));
        }
        Ok(Self(prices))
    }

    /// What can be asked at `at` for a change within `running`, in cents: the difference for what is
    /// left of it; another cycle begins anew, less what is left of before, which is all of it at most.
    /// A price by contract can be anything.
    pub fn cost(&self, change: &Change, running: Period, at: DateTime<Utc>) -> RangeInclusive<i64> {
        match self.price(change.from).zip(self.price(change.to)) {
            Some((from, to)) if change.from.cycle == change.to.cycle => {
                running.asked(to - from, at)
            }
            Some((from, to)) => to - from..=to,
            None => i64::MIN..=i64::MAX,
        }
    }

    fn price(&self, pin: Pin) -> Option<i64> {
        self.0.iter().find(|(of, _)| *of == pin).map(|(_, price)| *price)
    }
}
