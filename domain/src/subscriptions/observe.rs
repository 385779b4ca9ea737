//! Lemon Squeezy shows a subscription: a delivery, an answer to a change, the poll.

use serde::{Deserialize, Serialize};

use super::{Pin, Shop, Snapshot, Subscription, SubscriptionCommand, SubscriptionError, follow};
use crate::aggregate::Stream;
use crate::plans::{self, Plan, Tier};
use crate::users::{self, User};
use crate::work::{Decision, Halt, Work};
use crate::{PlanId, UserId};

/// Brings a subscription, its owner's tier and entitlements, and the timers in line with what is
/// shown, in one append (P3.i). Whoever took a delivery settles it beside this.
#[derive(Debug, Clone)]
pub struct ObserveSubscription {
    /// Our side.
    pub shop: Shop,
    /// What is shown.
    pub snapshot: Snapshot,
    /// Who bought it, as the checkout said (`custom_data.user_id`); not asked once it is known.
    pub user: Option<UserId>,
}

/// What became of what was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// It was taken in, and this is how it stands: for example `subscription.active`, or
    /// `subscription.conflict` if its owner has another one that counts (SUB-05).
    Applied {
        /// For the inbox.
        effect: String,
    },
    /// It says what is known.
    Nothing,
    /// It is older than what is known (P3.v).
    Stale,
    /// It speaks of a subscription that nobody told of yet: show that first, then this again
    /// (P3.iv).
    Deferred,
}

impl Decision for ObserveSubscription {
    type Reply = Seen;

    fn streams(&self) -> Vec<Stream> {
        let plans = Tier::ALL.into_iter().map(|tier| Stream::of::<Plan>(PlanId::of(tier)));
        let user = self.user.map(Stream::of::<User>);
        plans.chain([Stream::of::<Subscription>(self.snapshot.id())]).chain(user).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Seen, Halt> {
        let Self { shop, snapshot, .. } = *self;
        shop.admit(snapshot.store, snapshot.test_mode)?;
        let user = self.owner(work)?;
        let offered = offered(work, snapshot.variant)?;
        let subscription = snapshot.id();
        let observe = SubscriptionCommand::Observe { user, zone: shop.zone, snapshot, offered };
        let events = work.decide::<Subscription>(subscription, observe)?;
        let shown = work.state::<Subscription>(subscription)?.known()?.shown;
        if shown != snapshot {
            return Ok(if events > 0 { Seen::Stale } else { Seen::Nothing });
        }
        let now = work.at();
        let followed = follow::follow(work, subscription, now)?;
        if events == 0 && !followed {
            return Ok(Seen::Nothing);
        }
        let counts = work.state::<User>(user)?.membership().subscription == Some(subscription);
        if shown.status.is_live() && !counts {
            return Ok(Seen::Applied { effect: "subscription.conflict".to_owned() });
        }
        Ok(Seen::Applied { effect: format!("subscription.{}", shown.status) })
    }
}

impl ObserveSubscription {
    /// Who is known to own it, before anybody who is named now (d2.5).
    fn owner(&self, work: &mut Work<'_>) -> Result<UserId, Halt> {
        if let Ok(known) = work.state::<Subscription>(self.snapshot.id())?.known() {
            return Ok(known.user);
        }
        let user = self.user.ok_or(SubscriptionError::UnknownUser)?;
        let state = work.state::<User>(user)?;
        if !state.is_registered() || state.status() == users::Status::Erased {
            return Err(SubscriptionError::UnknownUser.into());
        }
        Ok(user)
    }
}

/// The newest version of what a variant means.
fn offered(work: &mut Work<'_>, variant: u64) -> Result<Pin, Halt> {
    let meaning = plans::meaning(work, variant)?;
    let (plan, cycle) = meaning.ok_or(SubscriptionError::UnknownVariant { variant })?;
    let version = work.state::<Plan>(PlanId::of(plan))?.version();
    Ok(Pin { plan, version, cycle })
}
