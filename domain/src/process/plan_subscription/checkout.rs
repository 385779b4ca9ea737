//! Somebody is given a page where they can subscribe (c6).

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::plans::{Cycle, Plan, PlanError, Tier};
use crate::subscriptions::{Status, SubscriptionError};
use crate::{Decision, Halt, PlanId, Stream, UserId, Work};

/// The kind of the record of a page, as a timer that ends it; its key is the user, its bytes are a
/// [`CheckoutPage`].
pub const CHECKOUT: &str = "subscription-checkout";
/// How long a page can be used.
const LIFE: Duration = Duration::hours(24);
/// How long it is remembered to whom it was given: until every webhook and the poll have told what
/// came of it.
const MEMORY: Duration = Duration::days(7);

/// Fixes to what somebody is about to subscribe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartCheckout {
    /// The checkout, drawn at the edge.
    pub checkout: Uuid,
    /// Who: the caller.
    pub user: UserId,
    /// Which plan.
    pub plan: Tier,
    /// Paid how often.
    pub cycle: Cycle,
    /// Where their live subscription stands, if they have one, as read at the edge. A second one that
    /// slips in beside it is a conflict of its own (SUB-05).
    pub subscribed: Option<Status>,
}

/// A page to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// Which checkout.
    pub checkout: Uuid,
    /// What Lemon Squeezy calls the plan.
    pub variant: u64,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
}

impl Decision for StartCheckout {
    type Reply = Checkout;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Plan>(PlanId::of(self.plan))]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Checkout, Halt> {
        if let Some(status) = self.subscribed {
            return Err(SubscriptionError::AlreadySubscribed { status }.into());
        }
        let plan = work.state::<Plan>(PlanId::of(self.plan))?;
        let variant = plan.variant_for_sale(self.cycle);
        let variant = variant.ok_or(PlanError::NotForSale { plan: self.plan })?;
        Ok(Checkout { checkout: self.checkout, variant, expires_at: work.at() + LIFE })
    }
}

/// A page that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutPage {
    /// Of which checkout.
    pub checkout: Uuid,
    /// What Lemon Squeezy calls the plan.
    pub variant: u64,
    /// Where it is.
    pub url: String,
}

/// Remembers the page somebody was given, instead of any before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepCheckout {
    /// To whom.
    pub user: UserId,
    /// Which.
    pub page: CheckoutPage,
}

impl Decision for KeepCheckout {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let bytes = serde_json::to_vec(&self.page).map_err(|e| Halt::Fault(e.to_string()))?;
        work.schedule(CHECKOUT, self.user.to_string(), work.at() + MEMORY, bytes);
        Ok(())
    }
}
