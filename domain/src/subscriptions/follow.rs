//! What follows in the same append from any change of a subscription: the end of access, credits of
//! a change that is paid, its owner's tier and entitlements, timers.

use chrono::{DateTime, Utc};

use super::{
    Access, Known, Status, Subscription, SubscriptionError, SubscriptionEvent, paying, timers,
};
use crate::aggregate::Stream;
use crate::plans::{Plan, Tier};
use crate::users::{Entitlements, TierReason, User, UserCommand, UserEvent};
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
    let paid = paying::pay_kept(work, subscription)?;
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
/// free plan when there is none. Of several subscriptions the first that opens anything counts; when it
/// opens nothing more, the next does in the same append (SUB-05).
fn entitle(work: &mut Work<'_>, subscription: SubscriptionId) -> Result<bool, Halt> {
    let (user, live) = {
        let known = work.state::<Subscription>(subscription)?.known()?;
        (known.user, known.shown.status.is_live())
    };
    let (bound, from) = {
        let membership = work.state::<User>(user)?.membership();
        (membership.subscription, membership.tier)
    };
    let told = match bound {
        Some(other) if other != subscription && live => {
            conflict(work, (subscription, user), other)?
        }
        None if !live => return Ok(false),
        Some(_) | None => false,
    };
    let counts = counting(work, user, subscription)?;
    let known = work.state::<Subscription>(counts.unwrap_or(subscription))?.known()?.clone();
    let open = known.access() != Access::Closed;
    let tier = if open { known.pin.plan } else { Tier::Free };
    let entitlements = {
        let plan = work.state::<Plan>(PlanId::of(tier))?;
        let version = if open { known.pin.version } else { plan.version() };
        let terms = plan.terms(version).ok_or_else(|| no_terms(tier, version))?;
        Entitlements::of(tier, version, terms)
    };
    let reason = reason(&known, bound, from, tier);
    let entitle = UserCommand::Entitle { user, subscription: counts, entitlements, reason };
    let entitled = work.decide::<User>(user, entitle)? > 0;
    if entitled && bound != counts {
        hand_over(work, user, bound, counts)?;
    }
    Ok(told || entitled)
}

/// Which of somebody's subscriptions counts: the first that opens anything, or else the first that is
/// not over. `shown` is the one at hand.
fn counting(
    work: &mut Work<'_>,
    user: UserId,
    shown: SubscriptionId,
) -> Result<Option<SubscriptionId>, Halt> {
    let membership = work.state::<User>(user)?.membership();
    let waiting = membership.waiting.iter().copied();
    let all: Vec<_> = membership.subscription.into_iter().chain(waiting).chain([shown]).collect();
    let mut live = None;
    for one in all {
        let known = work.state::<Subscription>(one)?.known()?;
        if known.access() != Access::Closed {
            return Ok(Some(one));
        }
        if known.shown.status.is_live() {
            live = live.or(Some(one));
        }
    }
    Ok(live)
}

/// The claim goes from what counted to what counts, which remembers it.
fn hand_over(
    work: &mut Work<'_>,
    user: UserId,
    from: Option<SubscriptionId>,
    to: Option<SubscriptionId>,
) -> Result<(), Halt> {
    let owner = |one| Stream::of::<Subscription>(one).id;
    if let Some(from) = from {
        work.release(CLAIM, user.to_string(), owner(from));
    }
    let Some(subscription) = to else { return Ok(()) };
    let known = work.state::<Subscription>(subscription)?.known()?;
    let (status, conflict) = (known.shown.status, known.conflict);
    let taken = SubscriptionError::AlreadySubscribed { status };
    work.claim(CLAIM, user.to_string(), owner(subscription), taken)?;
    if let Some(from) = from.or(conflict) {
        let took_over = SubscriptionEvent::TookOver { subscription, user, from };
        work.record::<Subscription>(subscription, took_over)?;
    }
    Ok(())
}

fn no_terms(tier: Tier, version: u32) -> Halt {
    Halt::Fault(format!("the plan {tier} has no version {version}: plans are seeded at the start"))
}

/// Said once for each pair; and its owner remembers that it waits.
fn conflict(
    work: &mut Work<'_>,
    (subscription, user): (SubscriptionId, UserId),
    other: SubscriptionId,
) -> Result<bool, Halt> {
    let waits = work.state::<User>(user)?.membership().waiting.contains(&subscription);
    if !waits {
        let found = UserEvent::SecondSubscriptionFound { user, subscription };
        work.record::<User>(user, found)?;
    }
    let is_new = work.state::<Subscription>(subscription)?.known()?.conflict != Some(other);
    if is_new {
        let detected = SubscriptionEvent::ConflictDetected { subscription, user, other };
        work.record::<Subscription>(subscription, detected)?;
    }
    Ok(!waits || is_new)
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
