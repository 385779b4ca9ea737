//! The table `images`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::{set_table, table, view};
use crate::frame::{Capacity, Json, Page, Query, ReadError, Reader, Readers, Statement};

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
        /// Everybody may see it: its generation is published.
        pub is_public: bool,
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
    readers {
        Readers::owner("user_id").public_when("is_public").and(&[(Capacity::Worker, "true")])
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

set_table! {
    /// Which pictures a generation has: its publication does not name them.
    pub struct JobImages: "job_images" key (job_id: Uuid) {
        /// The generation.
        pub job_id: Uuid,
        /// Its pictures, as they were declared.
        pub image_ids: Json<Vec<Uuid>>,
    }
    readers { Readers::STAFF }
    checks {}
    indexes {}
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
static OF_USER: Query<Image> = Query::rows(
    "where user_id = $1 and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4",
);
static FILE: Query<ImageFile> = Query::view(
    "select id, user_id, job_id, s3_key, format, file_size, sha256, is_public, created_at \
    from images where id = $1 and status = 'stored'",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &OF_USER, &FILE];

/// The picture of an id, stored or not.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(reader: Reader<'_>, id: Uuid) -> Result<Option<Image>, ReadError> {
    BY_ID.one(reader, &[&id]).await
}

/// A user's pictures, newest first, stored or not. Reads by `images_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn of_user(reader: Reader<'_>, user: Uuid, page: Page) -> Result<Vec<Image>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_USER.page(reader, way, &[&user, &key, &id, &limit]).await
}

/// The stored picture of an id, and whether everybody may see it.
///
/// # Errors
/// The read tables cannot be read.
pub async fn file(reader: Reader<'_>, id: Uuid) -> Result<Option<ImageFile>, ReadError> {
    FILE.one(reader, &[&id]).await
}
