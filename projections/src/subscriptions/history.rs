//! The table `subscription_history`: what happened to a subscription, for its owner (SUB-06).

use chrono::{DateTime, Utc};
use domain::PlanId;
use domain::invoices::BillingReason;
use domain::subscriptions::{Direction, SubscriptionEvent};
use eventstore::Entry;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::frame::macros::append_table;
use crate::frame::{Batch, Json, Page, Query, ReadError, Reader, Readers, Statement};

append_table! {
    /// One thing that happened.
    pub struct Change: "subscription_history" key (id: Uuid) {
        /// The event's id.
        pub id: Uuid,
        /// Of which subscription.
        pub subscription_id: Uuid,
        /// Whose.
        pub user_id: Uuid,
        /// The plan before, where it changed.
        pub from_plan_id: Option<Uuid>,
        /// The plan afterwards, where it changed.
        pub to_plan_id: Option<Uuid>,
        /// `created`, `upgraded`, `downgraded`, `cancelled`, `renewed`, `expired` and others.
        pub change_type: String,
        /// What else there is to say.
        pub details: Json<Value>,
        /// When.
        pub changed_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id") }
    checks {}
    indexes {
        subscription_history_subscription: "(subscription_id, changed_at desc, id desc)",
    }
}

/// A change as it is told.
struct Told {
    word: &'static str,
    plans: (Option<Uuid>, Option<Uuid>),
    details: Value,
}

fn told(word: &'static str, details: Value) -> Option<Told> {
    Some(Told { word, plans: (None, None), details })
}

/// What an event adds to the history; nothing, if it says nothing to the owner.
fn line(event: &SubscriptionEvent) -> Option<Told> {
    let plan = |pin: &domain::subscriptions::Pin| Some(PlanId::of(pin.plan).0);
    match event {
        SubscriptionEvent::Started { pin, .. } => {
            let details = json!({"plan": pin.plan, "version": pin.version, "cycle": pin.cycle});
            Some(Told { word: "created", plans: (None, plan(pin)), details })
        }
        SubscriptionEvent::PlanChanged { from, to, direction, .. } => {
            let word = match direction {
                Direction::Up => "upgraded",
                Direction::Across | Direction::Down if from.plan == to.plan => "cycle_changed",
                Direction::Across => "downgrade_withdrawn",
                Direction::Down => "downgraded",
            };
            let details = json!({"cycle": to.cycle, "version": to.version});
            Some(Told { word, plans: (plan(from), plan(to)), details })
        }
        SubscriptionEvent::Renewed { reason, invoice, period, .. } => {
            let word = match reason {
                BillingReason::Initial => "paid",
                BillingReason::Renewal | BillingReason::Updated => "renewed",
            };
            told(word, json!({"invoice_id": invoice, "from": period.from, "to": period.to}))
        }
        SubscriptionEvent::Cancelled { ends_at, .. } => {
            told("cancelled", json!({"ends_at": ends_at}))
        }
        SubscriptionEvent::Expired { .. } => told("expired", json!({})),
        SubscriptionEvent::Resumed { .. } => told("resumed", json!({})),
        SubscriptionEvent::Paused { resumes_at, .. } => {
            told("paused", json!({"resumes_at": resumes_at}))
        }
        SubscriptionEvent::Unpaused { .. } => told("unpaused", json!({})),
        SubscriptionEvent::TrialStarted { ends_at, .. } => {
            told("trial_started", json!({"ends_at": ends_at}))
        }
        SubscriptionEvent::TrialEnded { .. } => told("trial_ended", json!({})),
        SubscriptionEvent::PaymentFailed { .. } => told("payment_failed", json!({})),
        SubscriptionEvent::GracePeriodStarted { until, .. } => {
            told("grace_period_started", json!({"until": until}))
        }
        SubscriptionEvent::GracePeriodEnded { .. } => told("grace_period_ended", json!({})),
        SubscriptionEvent::AccessEnded { .. } => told("access_ended", json!({})),
        SubscriptionEvent::Recovered { .. } => told("recovered", json!({})),
        SubscriptionEvent::Unpaid { .. } => told("unpaid", json!({})),
        SubscriptionEvent::ConflictDetected { other, .. } => {
            told("conflict", json!({"counts": other}))
        }
        SubscriptionEvent::TookOver { from, .. } => told("took_over", json!({"from": from})),
        SubscriptionEvent::MonthGranted { month, amount, .. } => {
            told("month_granted", json!({"month": month, "credits": amount}))
        }
        SubscriptionEvent::YearStopped { invoice, .. } => {
            told("year_stopped", json!({"invoice_id": invoice}))
        }
        SubscriptionEvent::ChangeRequested { wish, .. } => {
            told("change_requested", json!({"change": wish.word()}))
        }
        SubscriptionEvent::ChangeFailed { wish, code, .. } => {
            told("change_failed", json!({"change": wish.word(), "code": code}))
        }
        SubscriptionEvent::SnapshotObserved { .. }
        | SubscriptionEvent::SnapshotIgnored { .. }
        | SubscriptionEvent::PlanChangePaid { .. }
        | SubscriptionEvent::ChangeInvoiceKept { .. }
        | SubscriptionEvent::ChangeConfirmed { .. } => None,
    }
}

/// What an event does to the history.
pub(super) fn apply(event: &SubscriptionEvent, entry: &Entry, batch: &mut Batch) {
    let Some(Told { word, plans: (from, to), details }) = line(event) else { return };
    let (subscription, user) = event.about();
    batch.append(Change {
        id: entry.recorded.event_id,
        subscription_id: subscription.0,
        user_id: user.0,
        from_plan_id: from,
        to_plan_id: to,
        change_type: word.to_owned(),
        details: Json(details),
        changed_at: batch.at(),
    });
}

static OF_SUBSCRIPTION: Query<Change> = Query::rows(
    "where subscription_id = $1 and (changed_at, id) < ($2, $3) \
    order by changed_at desc, id desc limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF_SUBSCRIPTION];

/// What happened to a subscription, newest first; its owner sees it. Reads by
/// `subscription_history_subscription`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn history(
    reader: Reader<'_>,
    subscription: Uuid,
    page: Page,
) -> Result<Vec<Change>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_SUBSCRIPTION.page(reader, way, &[&subscription, &key, &id, &limit]).await
}
