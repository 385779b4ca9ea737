//! How much one person of support moves in a day without a second one (LED-15). What is split into
//! small parts counts together, whosever wallets it is for.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::AdjustmentError;
use crate::aggregate::{Decide, aggregate, event_types};
use crate::wallets::{DailyLimit, OnDay};
use crate::{AdjustmentId, Amount, UserId};

/// What one person moved alone on the last day they did; the stream's id is theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance(OnDay);

/// A person moves something alone, on a day that [`Allowance::day`] found room on.
#[derive(Debug, Clone)]
pub struct UseAllowance {
    /// Who.
    pub by: UserId,
    /// By which adjustment.
    pub adjustment: AdjustmentId,
    /// How much is given or taken.
    pub amount: Amount,
    /// The day it counts for.
    pub day: NaiveDate,
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowanceEvent {
    /// Somebody moved something alone.
    Used {
        /// Who; also the stream's id.
        by: UserId,
        /// By which adjustment.
        adjustment: AdjustmentId,
        /// How much was to be given or taken, tokens and credits alike.
        amount: Amount,
        /// The day it counts for.
        day: NaiveDate,
    },
}

event_types!(AllowanceEvent {
    Used => "allowance.used",
});

aggregate!(Allowance, "allowance", UseAllowance, AllowanceEvent, AdjustmentError);

impl Decide for Allowance {
    fn decide(&self, command: UseAllowance) -> Result<Vec<AllowanceEvent>, AdjustmentError> {
        let UseAllowance { by, adjustment, amount, day } = command;
        Ok(vec![AllowanceEvent::Used { by, adjustment, amount, day }])
    }
}

impl Allowance {
    /// The day that `amount` more counts for; none, if it is too much for one person on that day.
    #[must_use]
    pub fn day(&self, limit: DailyLimit, at: DateTime<Utc>, amount: Amount) -> Option<NaiveDate> {
        let (day, left) = self.0.left(limit, at);
        (amount.get() <= left).then_some(day)
    }

    fn evolve(&mut self, event: AllowanceEvent) {
        match event {
            AllowanceEvent::Used { amount, day, .. } => self.0.add(day, amount.get()),
        }
    }
}
