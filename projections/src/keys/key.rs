//! The table `api_keys`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// An API key (c13). Its secret is known to nobody, its hash to the log.
    pub struct ApiKey: "api_keys" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose.
        pub user_id: Uuid,
        /// For people.
        pub name: String,
        /// The secret's first characters.
        pub prefix: String,
        /// `live` or `test`.
        pub mode: String,
        /// What it may do.
        pub scopes: Vec<String>,
        /// From when on it does not work.
        pub expires_at: Option<DateTime<Utc>>,
        /// Until when the secret before the last rotation works.
        pub previous_until: Option<DateTime<Utc>>,
        /// Since when it works no more.
        pub revoked_at: Option<DateTime<Utc>>,
        /// When it was made.
        pub created_at: DateTime<Utc>,
        /// When anything here last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id").personal(&["name"]) }
    checks {
        api_keys_mode_check: "mode in ('live', 'test')",
    }
    indexes {
        api_keys_user: "(user_id, created_at desc, id desc)",
    }
}

static OF_USER: Query<ApiKey> = Query::rows(
    "where user_id = $1 and (created_at, id) < ($2, $3) \
    order by created_at desc, id desc limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF_USER];

/// A person's keys, revoked ones too, newest first. Reads by `api_keys_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn keys_of(reader: Reader<'_>, user: Uuid, page: Page) -> Result<Vec<ApiKey>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_USER.page(reader, way, &[&user, &key, &id, &limit]).await
}
