//! The table `user_sessions`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A login on a device. Only the hash of its refresh token is known.
    pub struct Session: "user_sessions" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose.
        pub user_id: Uuid,
        /// `password`, `google` or `discord`.
        pub method: String,
        /// Hex SHA-256 of the refresh token that counts.
        #[serde(skip)]
        pub refresh_token_sha256: String,
        /// The user's epoch when it was opened.
        pub epoch: i64,
        /// Where it was opened.
        pub ip_address: Option<String>,
        /// With what.
        pub user_agent: Option<String>,
        /// When it was opened or last refreshed.
        pub last_used_at: DateTime<Utc>,
        /// When it ends unless it is refreshed.
        pub expires_at: DateTime<Utc>,
        /// When it was ended.
        pub revoked_at: Option<DateTime<Utc>>,
        /// Why.
        pub revoked_reason: Option<String>,
        /// When it was opened.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id").personal(&["ip_address", "user_agent"]) }
    checks {}
    indexes {
        user_sessions_user: "(user_id, created_at desc, id desc)",
    }
}

static LIVE: Query<Session> = Query::rows(
    "where user_id = $1 and (created_at, id) < ($2, $3) and revoked_at is null \
    and expires_at > $4 \
    and epoch = coalesce((select e.epoch from user_epochs e where e.user_id = $1), 0) \
    order by created_at desc, id desc limit $5",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&LIVE];

/// Somebody's sessions that are not over at `now`, newest first. Reads by `user_sessions_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn live_of(
    reader: Reader<'_>,
    user: Uuid,
    now: DateTime<Utc>,
    page: Page,
) -> Result<Vec<Session>, ReadError> {
    let Page { key, id, limit, way } = page;
    LIVE.page(reader, way, &[&user, &key, &id, &now, &limit]).await
}
