//! The table `exports`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Query, ReadError, Reader, Readers, Statement};

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

pub(super) static STATEMENTS: &[&dyn Statement] = &[&ONE];

/// One export of one's own.
///
/// # Errors
/// The read tables cannot be read.
pub async fn one(reader: Reader<'_>, user: Uuid, id: Uuid) -> Result<Option<Export>, ReadError> {
    ONE.one(reader, &[&id, &user]).await
}
