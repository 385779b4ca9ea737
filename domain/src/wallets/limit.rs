//! How much one user may do in a day: give away (LED-06), or move for the house alone (LED-15).

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Wallet, WalletError};
use crate::Amount;

/// The policy of so much in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyLimit {
    /// At most this much on one day.
    pub amount: Amount,
    /// Where the day begins at midnight.
    pub zone: FixedOffset,
}

/// How much it was on the last day there was any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnDay {
    /// Which day, in the policy's zone.
    pub day: NaiveDate,
    /// How much.
    pub amount: i64,
}

impl DailyLimit {
    /// The day of a moment.
    #[must_use]
    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }
}

impl OnDay {
    /// The day that a moment counts for, and what is left of it; below zero, if the limit was higher.
    /// A day before the last one of which something is known, by a clock that lags, counts as that one.
    #[must_use]
    pub fn left(&self, limit: DailyLimit, at: DateTime<Utc>) -> (NaiveDate, i64) {
        let day = limit.day(at).max(self.day);
        (day, limit.amount.get() - self.on(day))
    }

    /// So much more on a day.
    pub fn add(&mut self, day: NaiveDate, amount: i64) {
        *self = Self { day, amount: self.on(day).saturating_add(amount) };
    }

    fn on(&self, day: NaiveDate) -> i64 {
        if day == self.day { self.amount } else { 0 }
    }
}

impl Wallet {
    /// The day, if `amount` more may leave on it.
    pub(super) fn within_day(
        &self,
        limit: DailyLimit,
        at: DateTime<Utc>,
        amount: Amount,
    ) -> Result<NaiveDate, WalletError> {
        let (day, left) = self.sent.left(limit, at);
        if amount.get() > left {
            return Err(WalletError::DailyLimit { limit: limit.amount, left: left.max(0) });
        }
        Ok(day)
    }

    pub(super) fn has_sent(&mut self, day: Option<NaiveDate>, amount: i64) {
        if let Some(day) = day {
            self.sent.add(day, amount);
        }
    }
}
