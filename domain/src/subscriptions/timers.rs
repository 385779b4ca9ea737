//! What time does to a subscription. The timers lie in the vault and keep the decision itself, so
//! that ringing one needs nothing else. A subscription has at most one of each kind: what follows is
//! set when it has rung.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Access, Subscription, WISH, credits, follow};
use crate::SubscriptionId;
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};

/// The kind of timer that ends access: of grace (SUB-08), of what was cancelled or paused. Its key is
/// the subscription, its bytes an [`EndAccess`].
pub const ACCESS_END: &str = "subscription-access";
/// The kind of timer that grants a month of a year (P4). Its key is the subscription, its bytes a
/// [`GrantMonth`].
pub const MONTH_GRANT: &str = "subscription-month";

/// Ends access that lasted until now. What was renewed or prolonged meanwhile is none of its
/// business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndAccess {
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// The end it was given.
    pub due: DateTime<Utc>,
}

impl Decision for EndAccess {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Subscription>(self.subscription)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let now = work.at().max(self.due);
        follow::follow(work, self.subscription, now)?;
        Ok(())
    }
}

/// Grants the month that begins now, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantMonth {
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// When the month begins.
    pub due: DateTime<Utc>,
}

impl Decision for GrantMonth {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Subscription>(self.subscription)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { subscription, due } = *self;
        let upcoming = work.state::<Subscription>(subscription)?.known()?.upcoming_month();
        if upcoming.is_some_and(|month| month.from <= due) {
            credits::grant_month(work, subscription)?;
        }
        let now = work.at().max(due);
        follow::follow(work, subscription, now)?;
        Ok(())
    }
}

/// Sets what is to ring, and stops what is not.
pub(super) fn set(work: &mut Work<'_>, subscription: SubscriptionId) -> Result<(), Halt> {
    let known = work.state::<Subscription>(subscription)?.known()?;
    let (access, month) = (known.access(), known.upcoming_month());
    if known.wish.is_none() {
        work.forget(WISH, subscription.to_string());
    }
    match access {
        Access::Until(due) => {
            let ring = EndAccess { subscription, due };
            work.schedule(ACCESS_END, subscription.to_string(), due, bytes(&ring)?);
        }
        Access::Open | Access::Closed => work.forget(ACCESS_END, subscription.to_string()),
    }
    match month.map(|month| month.from) {
        Some(due) => {
            let ring = GrantMonth { subscription, due };
            work.schedule(MONTH_GRANT, subscription.to_string(), due, bytes(&ring)?);
        }
        None => work.forget(MONTH_GRANT, subscription.to_string()),
    }
    Ok(())
}

fn bytes(ring: &impl Serialize) -> Result<Vec<u8>, Halt> {
    serde_json::to_vec(ring).map_err(|e| Halt::Fault(e.to_string()))
}
