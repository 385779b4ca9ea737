//! The table `workers`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A GPU worker. What its key hashes to stands in the log alone.
    pub struct Worker: "workers" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// For people.
        pub name: String,
        /// Until when the key before the last rotation works.
        pub previous_until: Option<DateTime<Utc>>,
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
        workers_created: "(created_at desc, id desc)",
    }
}

static PAGE: Query<Worker> =
    Query::rows("where (created_at, id) < ($1, $2) order by created_at desc, id desc limit $3");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&PAGE];

/// Workers, newest first. Reads by `workers_created`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(reader: Reader<'_>, page: Page) -> Result<Vec<Worker>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&key, &id, &limit]).await
}
