//! What follows from what Lemon Squeezy shows: one pure function for deliveries, answers and the
//! poll, so that they may come in any order and any number (P3).

use chrono::TimeDelta;

use super::{Direction, Known, Pin, Snapshot, Status, SubscriptionEvent, Zone};
use crate::{SubscriptionId, UserId};

/// How long a failed payment may come in: as long as Lemon Squeezy tries (SUB-08).
pub const GRACE: TimeDelta = TimeDelta::days(14);

/// The first that is shown of a subscription.
pub(super) fn begin(
    user: UserId,
    zone: Zone,
    shown: &Snapshot,
    offered: Pin,
) -> Vec<SubscriptionEvent> {
    let subscription = shown.id();
    let snapshot = *shown;
    let started = SubscriptionEvent::Started { subscription, user, snapshot, pin: offered, zone };
    let about = (subscription, user);
    std::iter::once(started).chain(passage(about, (Status::Active, false), shown)).collect()
}

impl Known {
    /// The events that bring it in line with what is shown; none if it is already. `offered` is the
    /// newest version of the plan and cycle that the shown variant means.
    #[must_use]
    pub fn reconcile(&self, shown: &Snapshot, offered: Pin) -> Vec<SubscriptionEvent> {
        let (subscription, user, snapshot) = (shown.id(), self.user, *shown);
        if *shown == self.shown {
            return self.confirmed(shown).into_iter().collect();
        }
        if shown.updated_at < self.shown.updated_at {
            let again = self.ignored == Some(snapshot);
            let ignored = SubscriptionEvent::SnapshotIgnored { subscription, user, snapshot };
            return if again { vec![] } else { vec![ignored] };
        }
        let mut events = vec![SubscriptionEvent::SnapshotObserved { subscription, user, snapshot }];
        events.extend(passage(
            (subscription, user),
            (self.shown.status, self.grace.is_some()),
            shown,
        ));
        events.extend(self.other_plan(subscription, offered));
        events.extend(self.confirmed(shown));
        events
    }

    /// What is wished for is so.
    fn confirmed(&self, shown: &Snapshot) -> Option<SubscriptionEvent> {
        let (subscription, user) = (shown.id(), self.user);
        let wish = self.wish.filter(|wish| wish.is_granted(shown))?;
        Some(SubscriptionEvent::ChangeConfirmed { subscription, user, wish })
    }

    fn other_plan(&self, subscription: SubscriptionId, offered: Pin) -> Option<SubscriptionEvent> {
        let (user, from) = (self.user, self.target());
        if offered.is_like(from) {
            return None;
        }
        // Back to the plan that still counts is back to the version that is theirs.
        let to = if offered.is_like(self.pin) { self.pin } else { offered };
        let direction = Direction::of(self.pin, to);
        Some(SubscriptionEvent::PlanChanged { subscription, user, from, to, direction })
    }
}

/// What the way from one status to the next is called. Who already had grace for what is not paid gets
/// no second one, whatever was cancelled or paused in between.
fn passage(
    (subscription, user): (SubscriptionId, UserId),
    (before, had_grace): (Status, bool),
    shown: &Snapshot,
) -> Vec<SubscriptionEvent> {
    let after = shown.status;
    if before == after {
        return vec![];
    }
    let collected = after.is_collected();
    let ended = matches!(after, Status::Cancelled | Status::Expired);
    let left = match before {
        Status::OnTrial => Some(SubscriptionEvent::TrialEnded { subscription, user }),
        Status::PastDue | Status::Unpaid if collected => {
            Some(SubscriptionEvent::Recovered { subscription, user })
        }
        Status::Cancelled | Status::Expired if !ended => {
            Some(SubscriptionEvent::Resumed { subscription, user })
        }
        Status::Paused => Some(SubscriptionEvent::Unpaused { subscription, user }),
        Status::Active | Status::PastDue | Status::Unpaid | Status::Cancelled | Status::Expired => {
            None
        }
    };
    let (until, ends_at) = (shown.updated_at + GRACE, shown.ends_at);
    let resumes_at = shown.pause.and_then(|pause| pause.resumes_at);
    let entered = match after {
        Status::Active => vec![],
        Status::OnTrial => {
            let ends_at = shown.trial_ends_at;
            vec![SubscriptionEvent::TrialStarted { subscription, user, ends_at }]
        }
        Status::Paused => vec![SubscriptionEvent::Paused { subscription, user, resumes_at }],
        Status::PastDue if had_grace => {
            vec![SubscriptionEvent::PaymentFailed { subscription, user }]
        }
        Status::PastDue => vec![
            SubscriptionEvent::PaymentFailed { subscription, user },
            SubscriptionEvent::GracePeriodStarted { subscription, user, until },
        ],
        Status::Unpaid => vec![SubscriptionEvent::Unpaid { subscription, user }],
        Status::Cancelled => vec![SubscriptionEvent::Cancelled { subscription, user, ends_at }],
        Status::Expired => vec![SubscriptionEvent::Expired { subscription, user }],
    };
    left.into_iter().chain(entered).collect()
}
