//! The table `entitlements`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::plans::Feature;
use domain::users::UserEvent;
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Batch, Json, Query, ReadError, Reader, Readers, Statement};

table! {
    /// What a person may do who ever subscribed (SUB-03); everybody else has the free plan as it is.
    pub struct Entitlement: "entitlements" key (user_id: Uuid) {
        /// Who.
        pub user_id: Uuid,
        /// The subscription that counts; none, if there is none that is not over.
        pub subscription_id: Option<Uuid>,
        /// The plan they have what they have of.
        pub plan: String,
        /// Which version of it.
        pub plan_version: i64,
        /// Credits each month.
        pub credits: i64,
        /// Bytes of pictures; none if without limit.
        pub storage_bytes: Option<i64>,
        /// Jobs that may run at once; none if without limit (SUB-11).
        pub queue_count: Option<i64>,
        /// What they may do.
        pub features: Json<BTreeMap<String, Feature>>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id") }
    checks {}
    indexes {}
}

/// What an event of a person does to what they may do.
pub(super) fn apply(event: &UserEvent, batch: &mut Batch) {
    if let UserEvent::EntitlementsChanged { user, subscription, entitlements } = event {
        let fresh = Entitlement {
            user_id: user.0,
            subscription_id: None,
            plan: String::new(),
            plan_version: 0,
            credits: 0,
            storage_bytes: None,
            queue_count: None,
            features: Json::default(),
            updated_at: batch.at(),
        };
        let (subscription, entitlements) = (*subscription, entitlements.clone());
        batch.upsert(fresh, move |row: &mut Entitlement| {
            row.subscription_id = subscription.map(|subscription| subscription.0);
            row.plan = entitlements.plan.word().to_owned();
            row.plan_version = i64::from(entitlements.version);
            row.credits = entitlements.credits.get();
            row.storage_bytes = entitlements.storage_bytes;
            row.queue_count = entitlements.queues.map(i64::from);
            row.features = Json(entitlements.features);
        });
    }
    if let UserEvent::Erased { user, .. } = event {
        batch.remove::<Entitlement>(user.0); // Subscriptions and invoices stay (SUB-09).
    }
}

static OF_USER: Query<Entitlement> = Query::rows("where user_id = $1");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF_USER];

/// What a person may do; none, if they never subscribed. Reads by the primary key.
///
/// # Errors
/// The read tables cannot be read.
pub async fn entitlements(
    reader: Reader<'_>,
    user: Uuid,
) -> Result<Option<Entitlement>, ReadError> {
    OF_USER.one(reader, &[&user]).await
}
