//! The table `images`.

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use uuid::Uuid;

use crate::frame::macros::{table, view};
use crate::frame::{Query, ReadError, Statement};

table! {
    /// A picture.
    pub struct Image: "images" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose.
        pub user_id: Uuid,
        /// The generation that made it.
        pub job_id: Uuid,
        /// `uploading` or `stored`.
        pub status: String,
        /// Where in the object store, once stored.
        pub s3_key: Option<String>,
        /// For example `png`, once stored.
        pub format: Option<String>,
        /// Bytes of the file.
        pub file_size: i64,
        /// Hex SHA-256 of the file.
        pub sha256: String,
        /// Pixels, once stored.
        pub width: Option<i64>,
        /// Pixels, once stored.
        pub height: Option<i64>,
        /// When its upload was first asked for.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    checks {
        images_status_check: "status in ('uploading', 'stored')",
        images_stored_check: "status <> 'stored' or s3_key is not null",
    }
    indexes {
        images_user: "(user_id, created_at desc, id desc)",
        images_job: "(job_id)",
    }
}

view! {
    /// A stored picture and who may see it.
    pub struct ImageFile {
        /// Which.
        pub id: Uuid,
        /// Whose.
        pub user_id: Uuid,
        /// The generation that made it.
        pub job_id: Uuid,
        /// Where in the object store.
        pub s3_key: String,
        /// For example `png`.
        pub format: String,
        /// Bytes of the file.
        pub file_size: i64,
        /// Hex SHA-256 of the file.
        pub sha256: String,
        /// Whether everybody may see it: its generation is published.
        pub is_public: bool,
        /// When it was asked for.
        pub created_at: DateTime<Utc>,
    }
}

static BY_ID: Query<Image> = Query::rows("where id = $1");
static FILE: Query<ImageFile> = Query::view(
    "select i.id, i.user_id, i.job_id, i.s3_key, i.format, i.file_size, i.sha256, \
    coalesce(g.published_at is not null, false), i.created_at \
    from images as i left join generations as g on g.id = i.job_id \
    where i.id = $1 and i.status = 'stored'",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &FILE];

/// The picture of an id, stored or not.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(pool: &Pool, id: Uuid) -> Result<Option<Image>, ReadError> {
    BY_ID.one(pool, &[&id]).await
}

/// The stored picture of an id, and whether everybody may see it.
///
/// # Errors
/// The read tables cannot be read.
pub async fn file(pool: &Pool, id: Uuid) -> Result<Option<ImageFile>, ReadError> {
    FILE.one(pool, &[&id]).await
}
