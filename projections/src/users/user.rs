//! The table `users`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Capacity, Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// A user (IAM-01), as only they see themselves; `user_profiles` has what everybody may know.
    pub struct User: "users" key (id: Uuid) {
        /// Who; artists have the same id.
        pub id: Uuid,
        /// The handle, unique without regard to case (IAM-02).
        pub username: String,
        /// The login address, plain only here (IAM-03); none if a provider verified none.
        pub email: Option<String>,
        /// Whether it was shown to be theirs (IAM-12).
        pub email_verified: bool,
        /// The free name (IAM-05).
        pub display_name: String,
        /// A few words about oneself (IAM-06).
        pub bio: Option<String>,
        /// The picture that stands for the person (IAM-06).
        pub avatar_image_id: Option<Uuid>,
        /// Sorted words: a set, not one word (IAM-07).
        pub roles: Vec<String>,
        /// `free`, `starter`, `pro`, `studio` or `enterprise`: what they pay for (IAM-09).
        pub tier: String,
        /// `active`, `suspended`, `deactivated`, `pending_deletion` or `erased` (IAM-08).
        pub status: String,
        /// Why staff last changed that, in their words.
        pub status_reason: Option<String>,
        /// When they last logged in (IAM-14).
        pub last_login_at: Option<DateTime<Utc>>,
        /// The sequence of the person's last event (c0.3).
        pub version: i64,
        /// When they signed up.
        pub created_at: DateTime<Utc>,
        /// When anything here last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers {
        Readers::owner("id").and(&[(Capacity::Service, "true")]).personal(&["email", "display_name", "bio", "status_reason"])
    }
    checks {
        users_tier_check: "tier in ('free', 'starter', 'pro', 'studio', 'enterprise')",
        users_status_check: "status in \
            ('active', 'suspended', 'deactivated', 'pending_deletion', 'erased')",
    }
    indexes {
        users_email: "(email)",
        users_created: "(created_at desc, id desc)",
        users_status: "(status, created_at desc, id desc)",
        users_tier: "(tier, created_at desc, id desc)",
        users_artists: "(id) where 'artist' = any (roles)",
    }
}

static BY_ID: Query<User> = Query::rows("where id = $1");
static BY_EMAIL: Query<User> = Query::rows("where email = $1");
static PAGE: Query<User> = Query::rows(
    "where (created_at, id) < ($1, $2) \
    and ($3::text is null or $3 = any (roles)) and ($4::text is null or status = $4) \
    order by created_at desc, id desc limit $5",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &BY_EMAIL, &PAGE];

/// The user of an id.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(reader: Reader<'_>, id: Uuid) -> Result<Option<User>, ReadError> {
    BY_ID.one(reader, &[&id]).await
}

/// The user of a normalised login address. Reads by `users_email`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_email(reader: Reader<'_>, email: &str) -> Result<Option<User>, ReadError> {
    BY_EMAIL.one(reader, &[&email]).await
}

/// Users, newest first, perhaps only those with a role or of a status. Reads by `users_created` or
/// `users_status`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(
    reader: Reader<'_>,
    (role, status): (Option<&str>, Option<&str>),
    page: Page,
) -> Result<Vec<User>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&key, &id, &role, &status, &limit]).await
}
