//! The table `audit_logs`.

use chrono::{DateTime, Utc};
use domain::Sealed;
use eventstore::Entry;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::frame::macros::append_table;
use crate::frame::{Json, Page, Query, ReadError, Reader, Readers, Statement};

append_table! {
    /// An act.
    pub struct AuditLog: "audit_logs" key (id: Uuid) {
        /// The event's id.
        pub id: Uuid,
        /// Where in the log.
        pub position: i64,
        /// Who, if it was a signed-in person.
        pub user_id: Option<Uuid>,
        /// `user`, or `operator` for one at the command line.
        pub actor: String,
        /// The event's type, for example `style.priced`.
        pub action: String,
        /// What it was done to: the stream's type,
        pub entity_type: String,
        /// and its id.
        pub entity_id: Uuid,
        /// What it replaced, for what can be changed.
        pub old_value: Option<Json<Map<String, Value>>>,
        /// The event's fields, sealed ones masked, where no other table has them.
        pub new_value: Option<Json<Map<String, Value>>>,
        /// From where, sealed as in the event (SEC-06): whoever reads it opens it, for a while. So
        /// a rebuild gives the same bytes, and who is forgotten is forgotten here too.
        pub ip_address: Option<Json<Sealed>>,
        /// With what, sealed likewise.
        pub user_agent: Option<Json<Sealed>>,
        /// The HTTP request.
        pub request_id: Option<String>,
        /// Shared by everything that followed from it.
        pub correlation_id: Uuid,
        /// When.
        pub created_at: DateTime<Utc>,
    }
    readers {
        Readers::STAFF.personal(&["old_value", "new_value", "ip_address", "user_agent"])
    }
    checks {
        audit_logs_actor_check: "actor in ('user', 'operator') and (actor = 'user') = (user_id is not null)",
    }
    indexes {
        audit_logs_user: "(user_id, created_at desc, id desc)",
        audit_logs_action: "(action, created_at desc, id desc)",
        audit_logs_entity: "(entity_type, entity_id, created_at desc, id desc)",
        audit_logs_created: "(created_at desc, id desc)",
    }
}

/// Forgets what somebody chose to be called or wrote in plain, in the rows of what was theirs. That
/// there was an act, by whom, and what for, stays.
pub(super) const FORGET: &str = "\
    old_value = (old_value::jsonb - '{username,former,artist_name,name,description}'::text[])::json, \
    new_value = (new_value::jsonb - '{username,former,artist_name,name,description}'::text[])::json";

/// The row of an event, if a person or an operator caused it; its values are for others to add.
pub(super) fn of(entry: &Entry) -> Option<AuditLog> {
    let (recorded, metadata) = (&entry.recorded, &entry.metadata);
    let (user_id, actor) = super::person(&metadata.actor)?;
    Some(AuditLog {
        id: recorded.event_id,
        position: recorded.position,
        user_id,
        actor: actor.to_owned(),
        action: recorded.event_type.clone(),
        entity_type: recorded.stream_type.clone(),
        entity_id: recorded.stream_id,
        old_value: None,
        new_value: None,
        ip_address: metadata.ip.clone().map(Json),
        user_agent: metadata.user_agent.clone().map(Json),
        request_id: metadata.request_id.clone(),
        correlation_id: metadata.correlation_id,
        created_at: recorded.recorded_at,
    })
}

static PAGE: Query<AuditLog> = Query::rows(
    "where (created_at, id) < ($1, $2) and ($3::uuid is null or user_id = $3) \
    and ($4::text is null or action = $4) \
    and ($5::text is null or entity_type = $5) and ($6::uuid is null or entity_id = $6) \
    order by created_at desc, id desc limit $7",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&PAGE];

/// Which acts are wanted; all of them by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Acts<'a> {
    /// Only this person's.
    pub user: Option<Uuid>,
    /// Only of this type.
    pub action: Option<&'a str>,
    /// Only on this thing: type and id.
    pub entity: Option<(&'a str, Uuid)>,
}

/// Acts, newest first. Reads by `audit_logs_created`, or by the index of what is asked for.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(
    reader: Reader<'_>,
    acts: Acts<'_>,
    page: Page,
) -> Result<Vec<AuditLog>, ReadError> {
    let Page { key, id, limit, way } = page;
    let (kind, entity) = acts.entity.unzip();
    PAGE.page(reader, way, &[&key, &id, &acts.user, &acts.action, &kind, &entity, &limit]).await
}
