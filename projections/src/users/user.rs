//! The table `users`.

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Query, ReadError, Statement};

table! {
    /// A user (IAM-01).
    pub struct User: "users" key (id: Uuid) {
        /// Who; artists have the same id.
        pub id: Uuid,
        /// The handle, unique without regard to case (IAM-02).
        pub username: String,
        /// The login address, plain only here (IAM-03).
        pub email: String,
        /// The free name (IAM-05).
        pub display_name: String,
        /// Sorted words: a set, not one word (IAM-07).
        pub roles: Vec<String>,
        /// `active`, `suspended`, `deactivated`, `pending_deletion` or `erased` (IAM-08).
        pub status: String,
        /// Why staff last changed that, in their words.
        pub status_reason: Option<String>,
        /// When they signed up.
        pub created_at: DateTime<Utc>,
        /// When anything here last changed.
        pub updated_at: DateTime<Utc>,
    }
    checks {
        users_status_check: "status in \
            ('active', 'suspended', 'deactivated', 'pending_deletion', 'erased')",
    }
    indexes {
        users_username: "(lower(username))",
        users_email: "(email)",
        users_artists: "(id) where 'artist' = any (roles)",
    }
}

static BY_ID: Query<User> = Query::rows("where id = $1");
static BY_USERNAME: Query<User> = Query::rows("where lower(username) = lower($1)");
static BY_EMAIL: Query<User> = Query::rows("where email = $1");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &BY_USERNAME, &BY_EMAIL];

/// The user of an id.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_id(pool: &Pool, id: Uuid) -> Result<Option<User>, ReadError> {
    BY_ID.one(pool, &[&id]).await
}

/// The user of a handle, whatever its case. Reads by `users_username`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_username(pool: &Pool, username: &str) -> Result<Option<User>, ReadError> {
    BY_USERNAME.one(pool, &[&username]).await
}

/// The user of a normalised login address. Reads by `users_email`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn by_email(pool: &Pool, email: &str) -> Result<Option<User>, ReadError> {
    BY_EMAIL.one(pool, &[&email]).await
}
