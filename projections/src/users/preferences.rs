//! The table `user_preferences`: settings of a person's clients, which nobody else sees.

use chrono::{DateTime, Utc};
use domain::{Sealed, UserId};
use eventstore::seal::ERASED;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::frame::macros::{table, view};
use crate::frame::{Batch, Json, Poison, Query, ReadError, Reader, Readers, Statement};
use crate::projector::Opener;

table! {
    /// A person's settings, once they have any (IAM-06).
    pub struct Preferences: "user_preferences" key (user_id: Uuid) {
        /// Whose.
        pub user_id: Uuid,
        /// The document, merged.
        pub preferences: Json<Map<String, Value>>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id").personal(&["preferences"]) }
    checks {}
    indexes {}
}

view! {
    /// Settings, with the version of the person that they belong to.
    pub struct VersionedPreferences {
        /// The document, if there is one.
        pub preferences: Option<Json<Map<String, Value>>>,
        /// The sequence of the person's last event.
        pub version: i64,
    }
}

static OF: Query<VersionedPreferences> = Query::view(
    "select p.preferences, u.version from users u
     left join user_preferences p on p.user_id = u.id where u.id = $1",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF];

/// The settings of a person; none if there is no such person.
///
/// # Errors
/// The read tables cannot be read.
pub async fn preferences(
    reader: Reader<'_>,
    user: Uuid,
) -> Result<Option<VersionedPreferences>, ReadError> {
    OF.one(reader, &[&user]).await
}

pub(super) fn change(
    user: UserId,
    preferences: &Sealed,
    batch: &mut Batch,
    opener: &Opener<'_>,
) -> Result<(), Poison> {
    let document = document(&opener.open(preferences, "preferences")?)?;
    let none =
        Preferences { user_id: user.0, preferences: Json::default(), updated_at: batch.at() };
    batch.upsert(none, move |row| row.preferences = document);
    Ok(())
}

/// The document behind a text; of a person who was erased nothing is left.
fn document(text: &str) -> Result<Json<Map<String, Value>>, Poison> {
    if text == ERASED {
        return Ok(Json::default());
    }
    serde_json::from_str(text).map(Json).map_err(|error| Poison::Value(error.to_string()))
}
