//! What is paid for: which plan, and from when to when.

use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Direction, Snapshot, Zone};
use crate::Amount;
use crate::plans::{Cycle, Tier};

/// A plan as somebody subscribed to it: later versions are not theirs (SUB-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Which plan.
    pub plan: Tier,
    /// Which version of it.
    pub version: u32,
    /// Paid how often.
    pub cycle: Cycle,
}

impl Pin {
    /// Whether it is the same plan paid by the same cycle, in whichever version.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        (self.plan, self.cycle) == (other.plan, other.cycle)
    }

    /// Whether choosing it instead of `counting` counts and is paid at once, not with the next renewal.
    #[must_use]
    pub fn is_paid_at_once(self, counting: Self) -> bool {
        !self.is_like(counting) && Direction::of(counting, self) != Direction::Down
    }
}

/// A time for which credits are granted, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// From then on.
    pub from: DateTime<Utc>,
    /// Until then.
    pub to: DateTime<Utc>,
}

impl Period {
    /// What an invoice made at `from` pays for: counted from the invoice alone, so that it is the
    /// same in whichever order things are told. A month ends on the day Lemon Squeezy renews on.
    #[must_use]
    pub fn paid(from: DateTime<Utc>, pin: Pin, shown: &Snapshot) -> Self {
        let months = match pin.cycle {
            Cycle::Monthly => 1,
            Cycle::Yearly => 12,
        };
        let day = match shown.billing_anchor {
            day @ 1..=31 => day,
            _ => Zone::Utc.day(from),
        };
        Self { from, to: Zone::Utc.months_after(from, months, day) }
    }

    /// Whether an instant lies in it.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.to
    }

    /// What a better plan gives in addition for what is left of the period at `at`:
    /// `ceil(more * days left / days)`. A day that has begun counts as left.
    #[must_use]
    pub fn share(&self, more: Amount, at: DateTime<Utc>) -> Amount {
        let days = whole_days(self.to - self.from).max(1);
        let left = whole_days(self.to - at).clamp(0, days);
        let share = (more.get() * left + days - 1) / days; // 10^12 times 366 fits an i64.
        Amount::new(share).unwrap_or(more)
    }

    /// What can be asked at `at` for what is left of the period, if all of it is `price` more: whether
    /// days or seconds are counted, and whether a day that has begun is.
    pub(super) fn asked(&self, price: i64, at: DateTime<Utc>) -> RangeInclusive<i64> {
        let days = whole_days(self.to - self.from).max(1);
        let begun = whole_days(self.to - at).clamp(0, days);
        let whole = (begun - 1).max(0);
        let (least, most) =
            ((price * whole).div_euclid(days), (price * begun + days - 1).div_euclid(days));
        least.min(most)..=least.max(most)
    }
}

/// Days, a begun one counted.
fn whole_days(span: TimeDelta) -> i64 {
    const DAY: i64 = 24 * 60 * 60;
    (span.num_seconds() + DAY - 1).div_euclid(DAY)
}

/// A year that was paid at once and gets its credits month by month (P4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Year {
    /// When it began.
    pub from: DateTime<Utc>,
    /// The next month to get credits, counted from 0; [`Year::MONTHS`] when all did.
    pub next: u8,
}

impl Year {
    /// How many months get credits.
    pub const MONTHS: u8 = 12;

    /// The `number`th month, by the calendar of `zone`.
    #[must_use]
    pub fn month(&self, number: u8, zone: Zone) -> Period {
        let day = zone.day(self.from);
        let after = |months: u8| zone.months_after(self.from, u32::from(months), day);
        Period { from: after(number), to: after(number + 1) }
    }

    /// The next month, if there is one.
    #[must_use]
    pub fn upcoming(&self, zone: Zone) -> Option<Period> {
        (self.next < Self::MONTHS).then(|| self.month(self.next, zone))
    }
}
