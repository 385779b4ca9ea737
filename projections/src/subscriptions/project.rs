//! What the events of a subscription do to its row.

use chrono::{DateTime, Utc};
use domain::subscriptions::{Direction, Period, Pin, Snapshot, SubscriptionEvent, Wish};
use domain::{PlanId, SubscriptionId, UserId};

use super::Subscription;
use crate::frame::Batch;

/// Exhaustive: a new fact does not compile until somebody says what its owner sees of it.
pub(super) fn apply(event: &SubscriptionEvent, batch: &mut Batch) {
    let (subscription, user) = event.about();
    match event {
        SubscriptionEvent::Started { snapshot, pin, .. } => {
            batch.insert(begin(subscription, user, snapshot, *pin, batch));
        }
        SubscriptionEvent::SnapshotObserved { snapshot, .. } => {
            let shown = *snapshot;
            change(subscription, batch, move |row| row.show(&shown));
        }
        SubscriptionEvent::ConflictDetected { other, .. } => {
            let other = other.0;
            change(subscription, batch, move |row| row.conflict_with = Some(other));
        }
        SubscriptionEvent::TookOver { .. } => {
            change(subscription, batch, |row| row.conflict_with = None);
        }
        SubscriptionEvent::Renewed { pin, period, .. } => {
            let (pin, period) = (*pin, *period);
            change(subscription, batch, move |row| row.renew(pin, period));
        }
        SubscriptionEvent::GracePeriodStarted { until, .. } => {
            let until = *until;
            change(subscription, batch, move |row| row.grace_period_end = Some(until));
        }
        SubscriptionEvent::PlanChanged { to, direction, .. } => {
            let (to, direction) = (*to, *direction);
            change(subscription, batch, move |row| row.change_plan(to, direction));
        }
        SubscriptionEvent::Cancelled { .. } => {
            let at = batch.at();
            change(subscription, batch, move |row| row.cancel(at));
        }
        SubscriptionEvent::Resumed { .. } => change(subscription, batch, |row| {
            (row.cancelled_at, row.cancel_reason) = (None, None);
        }),
        SubscriptionEvent::ChangeRequested { wish, .. } => {
            let word = wish.word().to_owned();
            change(subscription, batch, move |row| row.pending_change = Some(word));
        }
        SubscriptionEvent::ChangeConfirmed { .. } | SubscriptionEvent::ChangeFailed { .. } => {
            change(subscription, batch, |row| row.pending_change = None);
        }
        SubscriptionEvent::SnapshotIgnored { .. }
        | SubscriptionEvent::TrialStarted { .. }
        | SubscriptionEvent::TrialEnded { .. }
        | SubscriptionEvent::PaymentFailed { .. }
        | SubscriptionEvent::GracePeriodEnded { .. }
        | SubscriptionEvent::AccessEnded { .. }
        | SubscriptionEvent::Recovered { .. }
        | SubscriptionEvent::Unpaid { .. }
        | SubscriptionEvent::PlanChangePaid { .. }
        | SubscriptionEvent::ChangeInvoiceKept { .. }
        | SubscriptionEvent::MonthGranted { .. }
        | SubscriptionEvent::YearStopped { .. }
        | SubscriptionEvent::Paused { .. }
        | SubscriptionEvent::Unpaused { .. }
        | SubscriptionEvent::Expired { .. } => {} // What is shown says it.
    }
}

fn change(
    subscription: SubscriptionId,
    batch: &mut Batch,
    how: impl FnOnce(&mut Subscription) + Send + 'static,
) {
    batch.update::<Subscription>(subscription.0, how);
}

fn begin(
    subscription: SubscriptionId,
    user: UserId,
    shown: &Snapshot,
    pin: Pin,
    batch: &Batch,
) -> Subscription {
    let end = shown.renews_at.or(shown.trial_ends_at).or(shown.ends_at);
    let mut row = Subscription {
        id: subscription.0,
        user_id: user.0,
        lemon_squeezy_subscription_id: shown.lemon_id.to_string(),
        lemon_squeezy_customer_id: String::new(),
        plan_id: PlanId::of(pin.plan).0,
        plan: String::new(),
        plan_version: 0,
        next_plan: None,
        next_billing_cycle: None,
        next_plan_since: None,
        billing_cycle: String::new(),
        status: String::new(),
        current_period_start: shown.created_at,
        current_period_end: end.unwrap_or(shown.created_at),
        trial_ends_at: None,
        grace_period_end: None,
        renews_at: None,
        ends_at: None,
        cancelled_at: None,
        cancel_reason: None,
        pause_mode: None,
        resumes_at: None,
        pending_change: None,
        conflict_with: None,
        shown_at: shown.updated_at,
        created_at: shown.created_at,
        updated_at: batch.at(),
    };
    row.pin(pin);
    row.show(shown);
    row
}

impl Subscription {
    /// A smaller plan counts from the first renewal after it was chosen; an invoice that was told late
    /// moves nothing.
    fn renew(&mut self, pin: Pin, period: Period) {
        if self.next_plan_since.is_some_and(|since| since <= period.from) {
            self.pin(pin);
        }
        if period.from >= self.current_period_start {
            (self.current_period_start, self.current_period_end) = (period.from, period.to);
        }
    }

    fn change_plan(&mut self, to: Pin, direction: Direction) {
        match direction {
            Direction::Down => {
                self.next_plan = Some(to.plan.word().to_owned());
                self.next_billing_cycle = Some(to.cycle.word().to_owned());
                self.next_plan_since = Some(self.shown_at);
            }
            Direction::Up | Direction::Across => self.pin(to),
        }
    }

    fn cancel(&mut self, at: DateTime<Utc>) {
        let asked = self.pending_change.as_deref() == Some(Wish::Cancel.word());
        let reason = if asked { "requested" } else { "provider" };
        (self.cancelled_at, self.cancel_reason) = (Some(at), Some(reason.to_owned()));
    }

    fn pin(&mut self, pin: Pin) {
        self.plan_id = PlanId::of(pin.plan).0;
        self.plan = pin.plan.word().to_owned();
        self.plan_version = i64::from(pin.version);
        self.billing_cycle = pin.cycle.word().to_owned();
        (self.next_plan, self.next_billing_cycle, self.next_plan_since) = (None, None, None);
    }

    fn show(&mut self, shown: &Snapshot) {
        self.lemon_squeezy_customer_id = shown.customer.to_string();
        self.shown_at = shown.updated_at;
        self.status = shown.status.word().to_owned();
        if shown.status.is_collected() {
            self.grace_period_end = None;
        }
        self.trial_ends_at = shown.trial_ends_at;
        self.renews_at = shown.renews_at;
        self.ends_at = shown.ends_at;
        self.pause_mode = shown.pause.map(|pause| pause.mode.word().to_owned());
        self.resumes_at = shown.pause.and_then(|pause| pause.resumes_at);
    }
}
