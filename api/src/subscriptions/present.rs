//! A subscription as each plan of the product names and shapes it (C-02, C-04, SUB-04).

use chrono::{DateTime, NaiveDate, Utc};
use domain::subscriptions::Status;
use projections::subscriptions::Subscription;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::present::Presentation;
use crate::problem::Problem;

/// A subscription, in the words that were asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum SubscriptionBody {
    /// Ours, and those of plans that have none of their own.
    Ours(Ours),
    /// `pingvas_s2`.
    S2(S2),
    /// `pingvas_s3`.
    S3(S3),
    /// `pingvas_s4`.
    S4(S4),
}

/// A subscription.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ours {
    /// Which.
    id: Uuid,
    /// Which plan counts.
    plan: String,
    /// Which version of it.
    plan_version: i64,
    /// The plan that counts from the next renewal on, if it is another and there will be one.
    next_plan: Option<String>,
    /// Paid how often from then on: `monthly` or `yearly`.
    next_billing_cycle: Option<String>,
    /// `monthly` or `yearly`.
    billing_cycle: String,
    /// `on_trial`, `active`, `paused`, `past_due`, `unpaid`, `cancelled` or `expired`.
    status: String,
    /// When what was paid last began.
    current_period_start: DateTime<Utc>,
    /// When it ends.
    current_period_end: DateTime<Utc>,
    /// When the trial ends.
    trial_ends_at: Option<DateTime<Utc>>,
    /// Until when a failed payment may come in, while one has failed.
    grace_period_end: Option<DateTime<Utc>>,
    /// When it is collected next; null once it is cancelled.
    renews_at: Option<DateTime<Utc>>,
    /// Until when what is cancelled is valid.
    ends_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    cancelled_at: Option<DateTime<Utc>>,
    /// `void` or `free`, while it is paused.
    pause_mode: Option<String>,
    /// When a pause ends by itself.
    resumes_at: Option<DateTime<Utc>>,
    /// What was asked for and is not done: `cancel`, `resume`, `pause`, `unpause` or `change_plan`.
    pending_change: Option<String>,
    /// What is left of the credits it brought.
    remaining_credits: i64,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// A subscription of the second plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct S2 {
    id: Uuid,
    user_id: Uuid,
    plan_id: Uuid,
    lemon_subscription_id: String,
    /// `active`, `canceled`, `expired`, `past_due` or `paused`.
    status: &'static str,
    billing_cycle: String,
    remaining_credits: i64,
    current_period_start: NaiveDate,
    current_period_end: NaiveDate,
    canceled_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A subscription of the third plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct S3 {
    id: Uuid,
    user_id: Uuid,
    plan_id: Uuid,
    lemon_squeezy_subscription_id: String,
    lemon_squeezy_customer_id: String,
    billing_cycle: String,
    /// `active`, `trialing`, `past_due`, `cancelled`, `expired` or `paused`.
    status: &'static str,
    current_period_start: DateTime<Utc>,
    current_period_end: DateTime<Utc>,
    trial_ends_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    cancel_reason: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A subscription of the fourth plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct S4 {
    id: Uuid,
    user_id: Uuid,
    lemon_squeezy_id: String,
    tier: String,
    /// `active`, `past_due`, `cancelled`, `expired` or `paused`.
    status: &'static str,
    billing_cycle: String,
    current_period_start: DateTime<Utc>,
    current_period_end: DateTime<Utc>,
    grace_period_end: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    cancelled_at: Option<DateTime<Utc>>,
}

/// A row in the words that were asked for. `remaining_credits` are the unspent lots of this
/// subscription (C-02).
///
/// # Errors
/// The row's status is no word: a fault of ours.
pub fn present(
    row: Subscription,
    remaining_credits: i64,
    asked: Option<Presentation>,
) -> Result<SubscriptionBody, Problem> {
    let status = status(&row)?;
    let row = told(row, status);
    Ok(match asked {
        // The first plan knows tokens only.
        None | Some(Presentation::StyleLicense) => {
            SubscriptionBody::Ours(ours(row, remaining_credits))
        }
        Some(Presentation::PingvasS2) => {
            SubscriptionBody::S2(second(row, remaining_credits, status))
        }
        Some(Presentation::PingvasS3) => SubscriptionBody::S3(third(row, status)),
        Some(Presentation::PingvasS4) => SubscriptionBody::S4(fourth(row, status)),
    })
}

/// Where it stands.
///
/// # Errors
/// It is no word: a fault of ours.
pub(super) fn status(row: &Subscription) -> Result<Status, Problem> {
    Status::parse(&row.status)
        .ok_or_else(|| Problem::fault(anyhow::anyhow!("no status {:?}", row.status)))
}

/// What Lemon Squeezy goes on showing though it comes to nothing as long as it stands so: the renewal of
/// what is cancelled, and the grace of what is not past due.
fn told(row: Subscription, status: Status) -> Subscription {
    let renewed = !matches!(status, Status::Cancelled | Status::Expired);
    Subscription {
        next_plan: row.next_plan.filter(|_| renewed),
        next_billing_cycle: row.next_billing_cycle.filter(|_| renewed),
        renews_at: row.renews_at.filter(|_| renewed),
        grace_period_end: row.grace_period_end.filter(|_| status == Status::PastDue),
        ..row
    }
}

fn ours(row: Subscription, remaining_credits: i64) -> Ours {
    Ours {
        id: row.id,
        plan: row.plan,
        plan_version: row.plan_version,
        next_plan: row.next_plan,
        next_billing_cycle: row.next_billing_cycle,
        billing_cycle: row.billing_cycle,
        status: row.status,
        current_period_start: row.current_period_start,
        current_period_end: row.current_period_end,
        trial_ends_at: row.trial_ends_at,
        grace_period_end: row.grace_period_end,
        renews_at: row.renews_at,
        ends_at: row.ends_at,
        cancelled_at: row.cancelled_at,
        pause_mode: row.pause_mode,
        resumes_at: row.resumes_at,
        pending_change: row.pending_change,
        remaining_credits,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn second(row: Subscription, remaining_credits: i64, status: Status) -> S2 {
    S2 {
        id: row.id,
        user_id: row.user_id,
        plan_id: row.plan_id,
        lemon_subscription_id: row.lemon_squeezy_subscription_id,
        status: match status {
            Status::OnTrial | Status::Active => "active",
            Status::PastDue | Status::Unpaid => "past_due",
            Status::Cancelled => "canceled",
            Status::Expired => "expired",
            Status::Paused => "paused",
        },
        billing_cycle: row.billing_cycle,
        remaining_credits,
        current_period_start: row.current_period_start.date_naive(),
        current_period_end: row.current_period_end.date_naive(),
        canceled_at: row.cancelled_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn third(row: Subscription, status: Status) -> S3 {
    S3 {
        id: row.id,
        user_id: row.user_id,
        plan_id: row.plan_id,
        lemon_squeezy_subscription_id: row.lemon_squeezy_subscription_id,
        lemon_squeezy_customer_id: row.lemon_squeezy_customer_id,
        billing_cycle: row.billing_cycle,
        status: match status {
            Status::OnTrial => "trialing",
            Status::Active => "active",
            Status::PastDue | Status::Unpaid => "past_due",
            Status::Cancelled => "cancelled",
            Status::Expired => "expired",
            Status::Paused => "paused",
        },
        current_period_start: row.current_period_start,
        current_period_end: row.current_period_end,
        trial_ends_at: row.trial_ends_at,
        cancelled_at: row.cancelled_at,
        cancel_reason: row.cancel_reason,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn fourth(row: Subscription, status: Status) -> S4 {
    S4 {
        id: row.id,
        user_id: row.user_id,
        lemon_squeezy_id: row.lemon_squeezy_subscription_id,
        tier: row.plan,
        status: match status {
            Status::OnTrial | Status::Active => "active",
            Status::PastDue | Status::Unpaid => "past_due",
            Status::Cancelled => "cancelled",
            Status::Expired => "expired",
            Status::Paused => "paused",
        },
        billing_cycle: row.billing_cycle,
        current_period_start: row.current_period_start,
        current_period_end: row.current_period_end,
        grace_period_end: row.grace_period_end,
        created_at: row.created_at,
        updated_at: row.updated_at,
        cancelled_at: row.cancelled_at,
    }
}
