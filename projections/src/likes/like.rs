//! The table `likes`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::set_table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

set_table! {
    /// A user likes a generation (SOC-02).
    pub struct Like: "likes" key (user_id: Uuid, generation_id: Uuid) {
        /// Who.
        pub user_id: Uuid,
        /// What.
        pub generation_id: Uuid,
        /// Since when.
        pub created_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY }
    checks {}
    indexes {
        likes_generation: "(generation_id, created_at desc, user_id desc)",
        likes_user: "(user_id, created_at desc, generation_id desc)",
    }
}

static ONE: Query<Like> = Query::rows("where user_id = $1 and generation_id = $2");
static OF_GENERATION: Query<Like> = Query::rows(
    "where generation_id = $1 and (created_at, user_id) < ($2, $3) \
    order by created_at desc, user_id desc limit $4",
);
static OF_USER: Query<Like> = Query::rows(
    "where user_id = $1 and (created_at, generation_id) < ($2, $3) \
    order by created_at desc, generation_id desc limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&ONE, &OF_GENERATION, &OF_USER];

/// Whether a user likes a generation. Reads by the primary key.
///
/// # Errors
/// The read tables cannot be read.
pub async fn one(
    reader: Reader<'_>,
    user: Uuid,
    generation: Uuid,
) -> Result<Option<Like>, ReadError> {
    ONE.one(reader, &[&user, &generation]).await
}

/// Who likes a generation, newest first; the page's id is a user's. Reads by `likes_generation`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn of_generation(
    reader: Reader<'_>,
    generation: Uuid,
    page: Page,
) -> Result<Vec<Like>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_GENERATION.page(reader, way, &[&generation, &key, &id, &limit]).await
}

/// What a user likes, newest first; the page's id is a generation's. Reads by `likes_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn of_user(reader: Reader<'_>, user: Uuid, page: Page) -> Result<Vec<Like>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_USER.page(reader, way, &[&user, &key, &id, &limit]).await
}
