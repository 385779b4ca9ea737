//! The table `profiles`: what everybody may know of a person. `users` has the rest, and is seen by
//! its owner only.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Query, ReadError, Reader, Readers, Statement};

table! {
    /// A person, as everybody may see them.
    pub struct Profile: "profiles" key (id: Uuid) {
        /// Who.
        pub id: Uuid,
        /// The handle, unique without regard to case (IAM-02).
        pub username: String,
        /// The free name (IAM-05).
        pub display_name: String,
        /// When they signed up.
        pub created_at: DateTime<Utc>,
        /// When anything here last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY.personal(&["display_name"]) }
    checks {}
    indexes {
        profiles_username: "(lower(username))",
    }
}

static BY_ID: Query<Profile> = Query::rows("where id = $1");
static BY_USERNAME: Query<Profile> = Query::rows("where lower(username) = lower($1)");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &BY_USERNAME];

/// What everybody may know of the person of an id.
///
/// # Errors
/// The read tables cannot be read.
pub async fn profile(reader: Reader<'_>, id: Uuid) -> Result<Option<Profile>, ReadError> {
    BY_ID.one(reader, &[&id]).await
}

/// What everybody may know of the person of a handle, whatever its case. Reads by
/// `profiles_username`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn profile_of(reader: Reader<'_>, username: &str) -> Result<Option<Profile>, ReadError> {
    BY_USERNAME.one(reader, &[&username]).await
}
