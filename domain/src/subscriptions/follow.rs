//! What follows in the same append from any change of a subscription: the end of access, credits of
//! a change that is paid, its owner's tier and entitlements, timers.

use chrono::{DateTime, Utc};

use super::{
    Access, Known, Status, Subscription, SubscriptionError, SubscriptionEvent, change, timers,
};
use crate::aggregate::Stream;
use crate::plans::{Plan, Tier};
use crate::users::{Entitlements, TierReason, User, UserCommand};
use crate::work::{Halt, Work};
use crate::{PlanId, SubscriptionId, UserId};

/// What is unique: a person has one subscription (SUB-05).
const CLAIM: &str = "active-subscription";

/// Does all of it, at `now`: the command's time, or that of a timer which has rung, so that a clock
/// that lags loses nothing. Answers whether anything changed beside timers.
pub(super) fn follow(
    work: &mut Work<'_>,
    subscription: SubscriptionId,
    now: DateTime<Utc>,
) -> Result<bool, Halt> {
    let ended = end_access(work, subscription, now)?;
    let paid = change::pay_kept(work, subscription)?;
    let entitled = entitle(work, subscription)?;
    timers::set(work, subscription)?;
    Ok(ended || paid || entitled)
}

/// What is over by now is recorded as over.
fn end_access(
    work: &mut Work<'_>,
    subscription: SubscriptionId,
    now: DateTime<Utc>,
) -> Result<bool, Halt> {
    let known = work.state::<Subscription>(subscription)?.known()?;
    let (user, status) = (known.user, known.shown.status);
    let Access::Until(until) = known.access() else { return Ok(false) };
    if until > now {
        return Ok(false);
    }
    let ended = match status {
        Status::PastDue => SubscriptionEvent::GracePeriodEnded { subscription, user, until },
        Status::OnTrial
        | Status::Active
        | Status::Paused
        | Status::Unpaid
        | Status::Cancelled
        | Status::Expired => SubscriptionEvent::AccessEnded { subscription, user, until },
    };
    work.record::<Subscription>(subscription, ended)?;
    Ok(true)
}

/// Its owner has the tier and the entitlements of the plan while there is access, and those of the
/// free plan when there is none. Of two subscriptions the first counts.
fn entitle(work: &mut Work<'_>, subscription: SubscriptionId) -> Result<bool, Halt> {
    let known = work.state::<Subscription>(subscription)?.known()?.clone();
    let user = known.user;
    let (bound, from) = {
        let membership = work.state::<User>(user)?.membership();
        (membership.subscription, membership.tier)
    };
    let live = known.shown.status.is_live();
    match bound {
        Some(other) if other != subscription => {
            return if live { conflict(work, (subscription, user), other) } else { Ok(false) };
        }
        None if !live => return Ok(false),
        Some(_) | None => {}
    }
    let open = known.access() != Access::Closed;
    let tier = if open { known.pin.plan } else { Tier::Free };
    let entitlements = {
        let plan = work.state::<Plan>(PlanId::of(tier))?;
        let version = if open { known.pin.version } else { plan.version() };
        let terms = plan.terms(version).ok_or_else(|| no_terms(tier, version))?;
        Entitlements::of(tier, version, terms)
    };
    let (subscription_of, reason) =
        (live.then_some(subscription), reason(&known, bound, from, tier));
    let entitle =
        UserCommand::Entitle { user, subscription: subscription_of, entitlements, reason };
    let entitled = work.decide::<User>(user, entitle)? > 0;
    if entitled && bound != subscription_of {
        let owner = Stream::of::<Subscription>(subscription).id;
        if live {
            work.claim(CLAIM, user.to_string(), owner, SubscriptionError::AlreadySubscribed)?;
        } else {
            work.release(CLAIM, user.to_string(), owner);
        }
    }
    Ok(entitled)
}

fn no_terms(tier: Tier, version: u32) -> Halt {
    Halt::Fault(format!("the plan {tier} has no version {version}: plans are seeded at the start"))
}

/// Said once for each pair.
fn conflict(
    work: &mut Work<'_>,
    (subscription, user): (SubscriptionId, UserId),
    other: SubscriptionId,
) -> Result<bool, Halt> {
    if work.state::<Subscription>(subscription)?.known()?.conflict == Some(other) {
        return Ok(false);
    }
    let detected = SubscriptionEvent::ConflictDetected { subscription, user, other };
    work.record::<Subscription>(subscription, detected)?;
    Ok(true)
}

fn reason(known: &Known, bound: Option<SubscriptionId>, from: Tier, to: Tier) -> TierReason {
    if known.access() != Access::Closed {
        return match bound {
            None => TierReason::Subscribed,
            Some(_) if from == Tier::Free => TierReason::Restored,
            Some(_) if to > from => TierReason::Upgraded,
            Some(_) => TierReason::Downgraded,
        };
    }
    match known.shown.status {
        Status::PastDue => TierReason::GraceOver,
        Status::Unpaid => TierReason::Unpaid,
        Status::Paused => TierReason::Paused,
        Status::Cancelled => TierReason::Cancelled,
        Status::OnTrial | Status::Active | Status::Expired => TierReason::Expired,
    }
}
