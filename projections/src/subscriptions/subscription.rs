//! The table `subscriptions`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A plan that somebody pays through Lemon Squeezy, as that shows it (SUB-04).
    pub struct Subscription: "subscriptions" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose; kept when they are gone (SUB-09).
        pub user_id: Uuid,
        /// Lemon Squeezy's number of it.
        pub lemon_squeezy_subscription_id: String,
        /// Lemon Squeezy's number of the customer.
        pub lemon_squeezy_customer_id: String,
        /// Which plan counts.
        pub plan_id: Uuid,
        /// Its name, which is the tier.
        pub plan: String,
        /// Which version of it.
        pub plan_version: i64,
        /// The smaller plan that counts from the next renewal on.
        pub next_plan: Option<String>,
        /// Its `monthly` or `yearly`.
        pub next_billing_cycle: Option<String>,
        /// Since when it waits for that.
        pub next_plan_since: Option<DateTime<Utc>>,
        /// `monthly` or `yearly`.
        pub billing_cycle: String,
        /// Lemon Squeezy's seven words (C-04).
        pub status: String,
        /// When what was paid last began.
        pub current_period_start: DateTime<Utc>,
        /// When it ends.
        pub current_period_end: DateTime<Utc>,
        /// When the trial ends.
        pub trial_ends_at: Option<DateTime<Utc>>,
        /// Until when a failed payment may come in.
        pub grace_period_end: Option<DateTime<Utc>>,
        /// When it is collected next.
        pub renews_at: Option<DateTime<Utc>>,
        /// Until when what is cancelled is valid.
        pub ends_at: Option<DateTime<Utc>>,
        /// When it was cancelled.
        pub cancelled_at: Option<DateTime<Utc>>,
        /// `requested` by its owner here, or `provider`: there.
        pub cancel_reason: Option<String>,
        /// `void` or `free`, while it is paused.
        pub pause_mode: Option<String>,
        /// When a pause ends by itself.
        pub resumes_at: Option<DateTime<Utc>>,
        /// What its owner asked for and Lemon Squeezy has not done.
        pub pending_change: Option<String>,
        /// The subscription that counts instead of this one (SUB-05).
        pub conflict_with: Option<Uuid>,
        /// When Lemon Squeezy last changed it, by its own clock.
        pub shown_at: DateTime<Utc>,
        /// When it began.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id") }
    checks {
        subscriptions_status_check: "status in \
            ('on_trial', 'active', 'paused', 'past_due', 'unpaid', 'cancelled', 'expired')",
        subscriptions_cycle_check: "billing_cycle in ('monthly', 'yearly')",
    }
    indexes {
        subscriptions_user: "(user_id, created_at desc, id desc)",
        subscriptions_status: "(status, created_at desc, id desc)",
        subscriptions_period_end: "(current_period_end)",
        subscriptions_lemon_squeezy: "(lemon_squeezy_subscription_id)",
        subscriptions_active: "(user_id) where status in ('active', 'on_trial')",
        subscriptions_grace: "(grace_period_end) \
            where status = 'past_due' and grace_period_end is not null",
    }
}

static ONE: Query<Subscription> = Query::rows("where id = $1 and user_id = $2");
static CURRENT: Query<Subscription> = Query::rows(
    "where user_id = $1 and id = (select e.subscription_id from entitlements e where e.user_id = $1)",
);
static OF_USER: Query<Subscription> = Query::rows(
    "where user_id = $1 and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&ONE, &CURRENT, &OF_USER];

/// One subscription of one's own.
///
/// # Errors
/// The read tables cannot be read.
pub async fn one(
    reader: Reader<'_>,
    user: Uuid,
    id: Uuid,
) -> Result<Option<Subscription>, ReadError> {
    ONE.one(reader, &[&id, &user]).await
}

/// The one that counts, if there is one that is not over. Reads by the primary keys.
///
/// # Errors
/// The read tables cannot be read.
pub async fn current(reader: Reader<'_>, user: Uuid) -> Result<Option<Subscription>, ReadError> {
    CURRENT.one(reader, &[&user]).await
}

/// A person's subscriptions, newest first. Reads by `subscriptions_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn of_user(
    reader: Reader<'_>,
    user: Uuid,
    page: Page,
) -> Result<Vec<Subscription>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_USER.page(reader, way, &[&user, &key, &id, &limit]).await
}
