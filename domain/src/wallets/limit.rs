//! How much one user may give away in a day (LED-06).

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Wallet, WalletError};
use crate::Amount;

/// The policy a transfer is made under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyLimit {
    /// At most this much leaves a wallet for other users on one day.
    pub amount: Amount,
    /// Where the day begins at midnight.
    pub zone: FixedOffset,
}

/// What left a wallet for others on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentOn {
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

impl Wallet {
    /// The day, if `amount` more may leave on it. A day before the last one of which something is
    /// known, by a clock that lags, counts as that one.
    pub(super) fn within_day(
        &self,
        limit: DailyLimit,
        at: DateTime<Utc>,
        amount: Amount,
    ) -> Result<NaiveDate, WalletError> {
        let day = limit.day(at).max(self.sent.day);
        let sent = if day == self.sent.day { self.sent.amount } else { 0 };
        let left = limit.amount.get() - sent;
        if amount.get() > left {
            return Err(WalletError::DailyLimit { limit: limit.amount, left: left.max(0) });
        }
        Ok(day)
    }

    pub(super) fn has_sent(&mut self, day: Option<NaiveDate>, amount: i64) {
        let Some(day) = day else { return };
        let before = if day == self.sent.day { self.sent.amount } else { 0 };
        self.sent = SentOn { day, amount: before + amount };
    }
}
