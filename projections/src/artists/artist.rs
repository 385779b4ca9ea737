//! The table `artists`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// An artist (ART-01).
    pub struct Artist: "artists" key (id: Uuid) {
        /// Who: the user's id.
        pub id: Uuid,
        /// The public name (ART-02).
        pub artist_name: String,
        /// The picture that marks the artist's pictures (ART-02).
        pub signature_image_id: Option<Uuid>,
        /// Where everybody may write to them, once that was shown to be theirs (ART-02).
        pub verified_email: Option<String>,
        /// Styles made, published or not.
        pub style_count: i64,
        /// How many follow them (ART-04).
        pub follower_count: i64,
        /// Tokens earned and not paid out (ART-03).
        pub earned_token_balance: i64,
        /// When they became an artist.
        pub created_at: DateTime<Utc>,
        /// When anything here last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY.personal(&["verified_email"]) }
    checks {
        artists_earned_token_balance_check: "earned_token_balance >= 0",
        artists_follower_count_check: "follower_count >= 0",
    }
    indexes {
        artists_created: "(created_at desc, id desc)",
        artists_followers: "(follower_count desc, id desc)",
    }
}

static BY_ID: Query<Artist> = Query::rows("where id = $1");
static PAGE: Query<Artist> =
    Query::rows("where (created_at, id) < ($1, $2) order by created_at desc, id desc limit $3");

static FOLLOWED: Query<Artist> = Query::rows(
    "where (follower_count, id) < ($1, $2) order by follower_count desc, id desc limit $3",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &PAGE, &FOLLOWED];

/// The artist of an id.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(reader: Reader<'_>, id: Uuid) -> Result<Option<Artist>, ReadError> {
    BY_ID.one(reader, &[&id]).await
}

/// Artists, newest first. Reads by `artists_created`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(reader: Reader<'_>, page: Page) -> Result<Vec<Artist>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&key, &id, &limit]).await
}

/// Artists, most followed first and among equals the youngest account; the page's key is a follower
/// count. Reads by `artists_followers`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn most_followed(reader: Reader<'_>, page: Page<i64>) -> Result<Vec<Artist>, ReadError> {
    let Page { key, id, limit, way } = page;
    FOLLOWED.page(reader, way, &[&key, &id, &limit]).await
}
