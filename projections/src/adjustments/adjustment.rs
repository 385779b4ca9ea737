//! The table `adjustments`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// What support gave or took.
    pub struct Adjustment: "adjustments" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose wallet.
        pub user_id: Uuid,
        /// Of what.
        pub asset: String,
        /// `grant`, `add` or `take`.
        pub kind: String,
        /// How much was asked for.
        pub amount: i64,
        /// When what was given ends, if it does.
        pub expires_at: Option<DateTime<Utc>>,
        /// Why.
        pub reason: String,
        /// `requested`, `executed` or `rejected`.
        pub status: String,
        /// Who asked.
        pub requested_by: Uuid,
        /// The second person, if one was needed.
        pub decided_by: Option<Uuid>,
        /// Why it was rejected.
        pub rejection: Option<String>,
        /// How much was given or taken.
        pub moved: i64,
        /// How much could not be taken.
        pub owed: i64,
        /// When it was asked for.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::STAFF }
    checks {
        adjustments_kind_check: "kind in ('grant', 'add', 'take')",
        adjustments_status_check: "status in ('requested', 'executed', 'rejected')",
        adjustments_eyes_check: "decided_by is null or decided_by not in (requested_by, user_id)",
        adjustments_moved_check: "status <> 'executed' or moved + owed = amount",
    }
    indexes {
        adjustments_created: "(created_at desc, id desc)",
        adjustments_status: "(status, created_at desc, id desc)",
        adjustments_user: "(user_id, created_at desc, id desc)",
    }
}

static PAGE: Query<Adjustment> = Query::rows(
    "where (created_at, id) < ($1, $2) and ($3::text is null or status = $3) \
    and ($4::uuid is null or user_id = $4) \
    order by created_at desc, id desc limit $5",
);

static ONE: Query<Adjustment> = Query::rows("where id = $1");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&PAGE, &ONE];

/// One adjustment, for those who decide.
///
/// # Errors
/// The read tables cannot be read.
pub async fn one(reader: Reader<'_>, id: Uuid) -> Result<Option<Adjustment>, ReadError> {
    ONE.one(reader, &[&id]).await
}

/// Adjustments, newest first, perhaps of one status or one user only. Reads by
/// `adjustments_created` or by the index of what is asked for.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(
    reader: Reader<'_>,
    (status, user): (Option<&str>, Option<Uuid>),
    page: Page,
) -> Result<Vec<Adjustment>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&key, &id, &status, &user, &limit]).await
}
