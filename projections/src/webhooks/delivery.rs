//! The table `webhook_events`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A delivery. Its raw body lies in the vault.
    pub struct Delivery: "webhook_events" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose, for example `toss`.
        pub source: String,
        /// The provider's word for what it tells.
        pub event_type: Option<String>,
        /// Hex SHA-256 of the raw body.
        pub body_sha256: String,
        /// The purchase it speaks of.
        pub purchase_id: Option<Uuid>,
        /// Whom it is about.
        pub user_id: Option<Uuid>,
        /// `received`, `processed`, `ignored`, `deferred`, `rejected` or `failed`.
        pub status: String,
        /// What it led to the last time it was worked off, or why it led to nothing.
        pub effect: Option<String>,
        /// What it led to the first time it led to anything.
        pub led_to: Option<String>,
        /// What went wrong the last time, or what it waits for.
        pub error_message: Option<String>,
        /// How often it was put off.
        pub deferrals: i64,
        /// How often it was worked off again.
        pub replays: i64,
        /// When it was last worked on.
        pub processed_at: Option<DateTime<Utc>>,
        /// When it arrived.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::STAFF }
    checks {
        webhook_events_status_check: "status in ('received', 'processed', 'ignored', 'deferred', \
            'rejected', 'failed')",
    }
    indexes {
        webhook_events_created: "(created_at desc, id desc)",
        webhook_events_status: "(status, created_at desc, id desc)",
        webhook_events_source: "(source, created_at desc, id desc)",
        webhook_events_user: "(user_id, created_at desc, id desc) where user_id is not null",
    }
}

static BY_ID: Query<Delivery> = Query::rows("where id = $1");
static PAGE: Query<Delivery> = Query::rows(
    "where (created_at, id) < ($1, $2) and ($3::text is null or status = $3) \
    and ($4::text is null or source = $4) \
    order by created_at desc, id desc limit $5",
);

static OF_USER: Query<Delivery> = Query::rows(
    "where user_id = $1 and (created_at, id) < ($2, $3) \
    order by created_at desc, id desc limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &PAGE, &OF_USER];

/// The delivery of an id.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(reader: Reader<'_>, id: Uuid) -> Result<Option<Delivery>, ReadError> {
    BY_ID.one(reader, &[&id]).await
}

/// Deliveries, newest first, perhaps of one status or one provider only. Reads by
/// `webhook_events_created`, `webhook_events_status` or `webhook_events_source`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(
    reader: Reader<'_>,
    (status, source): (Option<&str>, Option<&str>),
    page: Page,
) -> Result<Vec<Delivery>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&key, &id, &status, &source, &limit]).await
}

/// Deliveries that are about a person, newest first. Reads by `webhook_events_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn of_user(
    reader: Reader<'_>,
    user: Uuid,
    page: Page,
) -> Result<Vec<Delivery>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_USER.page(reader, way, &[&user, &key, &id, &limit]).await
}
