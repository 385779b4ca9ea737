//! What happens to a subscription. Every event says whose it is, so that a reader of the log needs
//! no state.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Change, Period, Pin, Snapshot, Wish, Zone};
use crate::aggregate::event_types;
use crate::invoices::BillingReason;
use crate::{Amount, InvoiceId, LotId, SubscriptionId, UserId};

/// Whether a change of the plan is for the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More than before: at once.
    Up,
    /// As much as before, paid by another cycle: at once.
    Across,
    /// Less than before, or as much for months instead of a year: with the next renewal.
    Down,
}

impl Direction {
    /// From which plan to which.
    #[must_use]
    pub fn of(from: Pin, to: Pin) -> Self {
        match to.plan.cmp(&from.plan) {
            std::cmp::Ordering::Greater => Self::Up,
            std::cmp::Ordering::Equal if to.cycle < from.cycle => Self::Down,
            std::cmp::Ordering::Equal => Self::Across,
            std::cmp::Ordering::Less => Self::Down,
        }
    }
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionEvent {
    /// Lemon Squeezy told of it for the first time (SUB-04).
    Started {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// What was shown.
        snapshot: Snapshot,
        /// Which plan, in which version, paid how often.
        pin: Pin,
        /// By whose calendar its months are counted.
        zone: Zone,
    },
    /// What Lemon Squeezy showed, and is believed from now on.
    SnapshotObserved {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// What.
        snapshot: Snapshot,
    },
    /// What was shown is older than what is known (P3.v).
    SnapshotIgnored {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// What.
        snapshot: Snapshot,
    },
    /// Somebody has two: the money was taken, so it is kept, and people must look (SUB-05).
    ConflictDetected {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// The one that counts.
        other: SubscriptionId,
    },
    /// It counts from now on, instead of another of the same person that opens nothing more (SUB-05).
    TookOver {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// The one that counted.
        from: SubscriptionId,
    },
    /// It is free for a while.
    TrialStarted {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// Until when.
        ends_at: Option<DateTime<Utc>>,
    },
    /// It is free no more.
    TrialEnded {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
    },
    /// A first or further month or year was paid.
    Renewed {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// By which invoice.
        invoice: InvoiceId,
        /// Whether it was the first.
        reason: BillingReason,
        /// What it paid for.
        pin: Pin,
        /// From when to when.
        period: Period,
    },
    /// A renewal could not be collected; it is tried again.
    PaymentFailed {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
    },
    /// Access goes on until then, in the hope of payment (SUB-08).
    GracePeriodStarted {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// No payment came in time: access ends.
    GracePeriodEnded {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// Until when it was.
        until: DateTime<Utc>,
    },
    /// What was cancelled or paused has come to the end of what was paid: access ends.
    AccessEnded {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// When.
        until: DateTime<Utc>,
    },
    /// A payment that had failed came in.
    Recovered {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
    },
    /// Nobody tries to collect it any more.
    Unpaid {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
    },
    /// It is another plan, or paid by another cycle.
    PlanChanged {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// What it was.
        from: Pin,
        /// What it becomes.
        to: Pin,
        /// At once, or with the next renewal.
        direction: Direction,
    },
    /// What a better plan gives for the rest of the period was granted, or the new cycle begun.
    PlanChangePaid {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// By which invoice.
        invoice: InvoiceId,
        /// Which change.
        change: Change,
    },
    /// An invoice of a change came before the change.
    ChangeInvoiceKept {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// Which invoice.
        invoice: InvoiceId,
        /// When Lemon Squeezy made it.
        created_at: DateTime<Utc>,
        /// What it asks for before discounts, in minor units.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<i64>,
    },
    /// A month of a year that was paid at once got its credits (P4).
    MonthGranted {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// Which, as `yyyy-mm`.
        month: String,
        /// Counted from 0.
        number: u8,
        /// The lot; of nothing, if the plan gives none.
        lot: LotId,
        /// How much.
        amount: Amount,
    },
    /// The months that are left of a year get nothing: it was given back.
    YearStopped {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// The invoice that was given back.
        invoice: InvoiceId,
    },
    /// It will not be renewed.
    Cancelled {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// Until when it is valid.
        ends_at: Option<DateTime<Utc>>,
    },
    /// It will be renewed after all.
    Resumed {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
    },
    /// Nothing is collected for a while.
    Paused {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// Until when, if that is known.
        resumes_at: Option<DateTime<Utc>>,
    },
    /// It is collected again.
    Unpaused {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
    },
    /// It is over.
    Expired {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
    },
    /// Its owner, or the deletion of their account, asked for something; Lemon Squeezy decides.
    ChangeRequested {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// For what.
        wish: Wish,
    },
    /// Lemon Squeezy did what was asked.
    ChangeConfirmed {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// What.
        wish: Wish,
    },
    /// Lemon Squeezy did not.
    ChangeFailed {
        /// Which.
        subscription: SubscriptionId,
        /// Whose.
        user: UserId,
        /// What.
        wish: Wish,
        /// Why, in a word of its.
        code: String,
    },
}

event_types!(SubscriptionEvent {
    Started => "subscription.started",
    SnapshotObserved => "subscription.snapshot_observed",
    SnapshotIgnored => "subscription.snapshot_ignored",
    ConflictDetected => "subscription.conflict_detected",
    TookOver => "subscription.took_over",
    TrialStarted => "subscription.trial_started",
    TrialEnded => "subscription.trial_ended",
    Renewed => "subscription.renewed",
    PaymentFailed => "subscription.payment_failed",
    GracePeriodStarted => "subscription.grace_period_started",
    GracePeriodEnded => "subscription.grace_period_ended",
    AccessEnded => "subscription.access_ended",
    Recovered => "subscription.recovered",
    Unpaid => "subscription.unpaid",
    PlanChanged => "subscription.plan_changed",
    PlanChangePaid => "subscription.plan_change_paid",
    ChangeInvoiceKept => "subscription.change_invoice_kept",
    MonthGranted => "subscription.month_granted",
    YearStopped => "subscription.year_stopped",
    Cancelled => "subscription.cancelled",
    Resumed => "subscription.resumed",
    Paused => "subscription.paused",
    Unpaused => "subscription.unpaused",
    Expired => "subscription.expired",
    ChangeRequested => "subscription.change_requested",
    ChangeConfirmed => "subscription.change_confirmed",
    ChangeFailed => "subscription.change_failed",
});

impl SubscriptionEvent {
    /// Which subscription, and whose.
    #[must_use]
    pub fn about(&self) -> (SubscriptionId, UserId) {
        match self {
            Self::Started { subscription, user, .. }
            | Self::SnapshotObserved { subscription, user, .. }
            | Self::SnapshotIgnored { subscription, user, .. }
            | Self::ConflictDetected { subscription, user, .. }
            | Self::TookOver { subscription, user, .. }
            | Self::TrialStarted { subscription, user, .. }
            | Self::TrialEnded { subscription, user }
            | Self::Renewed { subscription, user, .. }
            | Self::PaymentFailed { subscription, user }
            | Self::GracePeriodStarted { subscription, user, .. }
            | Self::GracePeriodEnded { subscription, user, .. }
            | Self::AccessEnded { subscription, user, .. }
            | Self::Recovered { subscription, user }
            | Self::Unpaid { subscription, user }
            | Self::PlanChanged { subscription, user, .. }
            | Self::PlanChangePaid { subscription, user, .. }
            | Self::ChangeInvoiceKept { subscription, user, .. }
            | Self::MonthGranted { subscription, user, .. }
            | Self::YearStopped { subscription, user, .. }
            | Self::Cancelled { subscription, user, .. }
            | Self::Resumed { subscription, user }
            | Self::Paused { subscription, user, .. }
            | Self::Unpaused { subscription, user }
            | Self::Expired { subscription, user }
            | Self::ChangeRequested { subscription, user, .. }
            | Self::ChangeConfirmed { subscription, user, .. }
            | Self::ChangeFailed { subscription, user, .. } => (*subscription, *user),
        }
    }
}
