//! What the timers of wallets, purchases and subscriptions ask for when they ring.

use serde::de::DeserializeOwned;

use crate::purchases::{ExpirePurchase, PURCHASE_EXPIRY, PURCHASE_RECONCILE, TossCall};
use crate::subscriptions::{ACCESS_END, AskForWish, EndAccess, GrantMonth, MONTH_GRANT, WISH};
use crate::wallets::{ExpireHold, ExpireLot, HOLD_EXPIRY, LOT_EXPIRY, LOT_NOTICE, WarnOfEnd};

/// A timer of money that rang.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoneyTimer {
    /// Submit it.
    ExpireHold(ExpireHold),
    /// Submit it.
    ExpireLot(ExpireLot),
    /// Submit it.
    WarnOfEnd(WarnOfEnd),
    /// Submit it.
    ExpirePurchase(ExpirePurchase),
    /// Submit it.
    EndAccess(EndAccess),
    /// Submit it.
    GrantMonth(GrantMonth),
    /// Ask Lemon Squeezy, if it is still wished for.
    AskForWish(AskForWish),
    /// Ask Toss, then submit [`TossCall::answered`]. That sets the timer anew if Toss gave no
    /// clear answer, so a finished timer is removed only if its due time is still the old one.
    Ask(TossCall),
}

/// A timer's record that cannot be read: a fault of ours.
#[derive(Debug, thiserror::Error)]
#[error("the record of the timer {kind} cannot be read")]
pub struct MoneyTimerError {
    /// Its kind.
    kind: &'static str,
    /// Why.
    #[source]
    source: serde_json::Error,
}

impl MoneyTimer {
    /// What a timer asks for; `None` when its kind is not of money.
    ///
    /// # Errors
    /// It is, but cannot be read.
    pub fn read(kind: &str, bytes: &[u8]) -> Result<Option<Self>, MoneyTimerError> {
        Ok(Some(match kind {
            HOLD_EXPIRY => Self::ExpireHold(record(HOLD_EXPIRY, bytes)?),
            LOT_EXPIRY => Self::ExpireLot(record(LOT_EXPIRY, bytes)?),
            LOT_NOTICE => Self::WarnOfEnd(record(LOT_NOTICE, bytes)?),
            PURCHASE_EXPIRY => Self::ExpirePurchase(record(PURCHASE_EXPIRY, bytes)?),
            ACCESS_END => Self::EndAccess(record(ACCESS_END, bytes)?),
            MONTH_GRANT => Self::GrantMonth(record(MONTH_GRANT, bytes)?),
            WISH => Self::AskForWish(record(WISH, bytes)?),
            PURCHASE_RECONCILE => Self::Ask(record(PURCHASE_RECONCILE, bytes)?),
            _ => return Ok(None),
        }))
    }
}

fn record<T: DeserializeOwned>(kind: &'static str, bytes: &[u8]) -> Result<T, MoneyTimerError> {
    serde_json::from_slice(bytes).map_err(|source| MoneyTimerError { kind, source })
}
