//! The table `edited_values`: what people can change, as it is now, so that the next change can say
//! what it replaced.

use eventstore::Entry;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::AuditLog;
use crate::frame::macros::set_table;
use crate::frame::{Batch, Json, Readers};

/// Fields whose old value an act is to show.
const FIELDS: &[&str] = &["artist_name", "username", "description", "tokens"];
/// What speaks of a value that was replaced before: it changes nothing of what is.
const AFTERMATH: &[&str] = &["user.username_released"];

set_table! {
    /// What can be changed of one thing.
    pub struct Edited: "edited_values" key (entity_id: Uuid, entity_type: String) {
        /// Which.
        pub entity_id: Uuid,
        /// Of which context.
        pub entity_type: String,
        /// By name.
        pub fields: Json<Map<String, Value>>,
    }
    readers { Readers::STAFF.personal(&["fields"]) }
    checks {}
    indexes {}
}

/// Those of an event's fields whose old value counts.
pub(super) fn among(entry: &Entry, values: &Map<String, Value>) -> Map<String, Value> {
    let counts = !AFTERMATH.contains(&entry.recorded.event_type.as_str());
    let edited = values.iter().filter(|(name, _)| counts && FIELDS.contains(&name.as_str()));
    edited.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Keeps the new values, and gives the old ones to the row of the act, if it is one.
pub(super) fn replace(
    entry: &Entry,
    fields: Map<String, Value>,
    row: Option<AuditLog>,
    batch: &mut Batch,
) {
    let fresh = Edited {
        entity_id: entry.recorded.stream_id,
        entity_type: entry.recorded.stream_type.clone(),
        fields: Json(Map::new()),
    };
    batch.upsert_then(fresh, move |known: &mut Edited, batch| {
        let mut old = Map::new();
        for (name, value) in fields {
            if let Some(was) = known.fields.0.insert(name.clone(), value) {
                old.insert(name, was);
            }
        }
        let old_value = Some(Json(old)).filter(|old| !old.0.is_empty());
        if let Some(row) = row {
            batch.append(AuditLog { old_value, ..row });
        }
    });
}
