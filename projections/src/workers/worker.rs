//! The table `workers`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A GPU worker. Only the hash of its key is known.
    pub struct Worker: "workers" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// For people.
        pub name: String,
        /// Hex SHA-256 of its key.
        #[serde(skip)]
        pub key_sha256: String,
        /// `issued`, `registered` or `retired`.
        pub status: String,
        /// What it said it is.
        pub gpu: Option<String>,
        /// Classes of jobs it takes.
        pub classes: Vec<String>,
        /// When its key was issued.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::STAFF }
    checks {
        workers_status_check: "status in ('issued', 'registered', 'retired')",
    }
    indexes {
        workers_key: "(key_sha256)",
        workers_created: "(created_at desc, id desc)",
    }
}

static BY_ID: Query<Worker> = Query::rows("where id = $1");
static BY_KEY: Query<Worker> = Query::rows("where key_sha256 = $1 and status <> 'retired'");
static PAGE: Query<Worker> =
    Query::rows("where (created_at, id) < ($1, $2) order by created_at desc, id desc limit $3");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &BY_KEY, &PAGE];

/// The worker of an id.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(reader: Reader<'_>, id: Uuid) -> Result<Option<Worker>, ReadError> {
    BY_ID.one(reader, &[&id]).await
}

/// The worker whose key has this hash, unless it was retired. Reads by `workers_key`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_key(reader: Reader<'_>, key_sha256: &str) -> Result<Option<Worker>, ReadError> {
    BY_KEY.one(reader, &[&key_sha256]).await
}

/// Workers, newest first. Reads by `workers_created`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(reader: Reader<'_>, page: Page) -> Result<Vec<Worker>, ReadError> {
    let Page { key, id, limit } = page;
    PAGE.all(reader, &[&key, &id, &limit]).await
}
