//! The table `exports`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A copy of all that is kept of a person, made for them (D12).
    pub struct Export: "exports" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose data.
        pub user_id: Uuid,
        /// `making`, `ready` or `gone`.
        pub status: String,
        /// The file's size, once it is there.
        pub bytes: Option<i64>,
        /// When the file goes.
        pub expires_at: Option<DateTime<Utc>>,
        /// When it was asked for.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id") }
    checks {
        exports_status_check: "status in ('making', 'ready', 'gone')",
    }
    indexes {
        exports_user: "(user_id, created_at desc, id desc)",
    }
}

static ONE: Query<Export> = Query::rows("where id = $1 and user_id = $2");

static OF_USER: Query<Export> = Query::rows(
    "where user_id = $1 and (created_at, id) < ($2, $3) \
    order by created_at desc, id desc limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&ONE, &OF_USER];

/// One export of one's own.
///
/// # Errors
/// The read tables cannot be read.
pub async fn one(reader: Reader<'_>, user: Uuid, id: Uuid) -> Result<Option<Export>, ReadError> {
    ONE.one(reader, &[&id, &user]).await
}

/// A person's exports, newest first. Reads by `exports_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn exports_of(
    reader: Reader<'_>,
    user: Uuid,
    page: Page,
) -> Result<Vec<Export>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_USER.page(reader, way, &[&user, &key, &id, &limit]).await
}
