//! Opening one sealed field of one event: for a reason, which is in the log before the text is in
//! the answer (c15, D12).

use axum::Json as JsonBody;
use axum::extract::State;
use domain::input::FieldError;
use domain::users::{ViewReason, ViewSensitiveData};
use domain::{METADATA, Sealed, UserId};
use eventstore::Recorded;
use eventstore::seal::{ERASED, sealed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::AUDITORS;
use super::stretch::place;
use crate::app::App;
use crate::extract::{Caller, Json, Path};
use crate::problem::{OrFault as _, Problem, Slug};

/// Longest pointer that is read at all.
const FIELD_BYTES_MAX: usize = 200;

/// Which field, and what for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// A JSON pointer into the event as it is listed.
    #[schema(example = "/payload/email", max_length = 200)]
    field: String,
    /// What for. Name the case, not the person: this is never forgotten.
    #[schema(min_length = 10, max_length = 200, example = "Case 2026-117, asked for by the court")]
    reason: String,
}

/// A field in plain.
#[derive(Serialize, ToSchema)]
pub struct OpenedField {
    /// Its text.
    value: String,
    /// Where in the log it is said that it was opened.
    position: String,
}

/// Open one sealed field of an event. That it was, by whom and what for, is in the log first.
#[utoipa::path(post, path = "/v1/audit/events/{position}/openings", tag = "audit",
    operation_id = "open_sealed_field", request_body = Opening, security(("bearer" = ["auditor"])),
    params(("position" = String, Path, description = "Where the event is in the log: its number, or the `position` of an act")),
    responses((status = 200, description = "The field", body = OpenedField),
        (status = 403, description = "forbidden: the caller is no auditor"),
        (status = 404, description = "not-found: no such event"),
        (status = 410, description = "person-forgotten: nobody can open it any more"),
        (status = 422, description = "validation-failed: nothing sealed there, no reason")))]
pub async fn open_sealed_field(
    State(app): State<App>,
    caller: Caller,
    Path(position): Path<String>,
    Json(Opening { field, reason }): Json<Opening>,
) -> Result<JsonBody<OpenedField>, Problem> {
    caller.require(AUDITORS)?;
    let reason = ViewReason::parse(&reason).map_err(|e| FieldError::new("/reason", e))?;
    let position = place(&app, &position).await?;
    let event = app.log.at_position(position).await.or_fault("read an event")?;
    let event = event.ok_or_else(|| Problem::not_found("event"))?;
    let (sealed, place) = find(&event, &field)?;
    let whose = UserId(sealed.person);
    let event_id = event.event_id;
    let decision = ViewSensitiveData { by: caller.user, whose, event_id, field, reason };
    let done = app.execute(app.attempt(), caller.metadata(&app), decision).await?;
    app.keyring.preload(&[whose.0]).await.or_fault("read a person's key")?;
    let value = app.keyring.open(&sealed, &place.0, &place.1).or_fault("open a field")?;
    if value == ERASED {
        let detail = "The person was forgotten meanwhile: nobody can open it any more.";
        return Err(Problem::new(Slug::PersonForgotten, detail));
    }
    Ok(JsonBody(OpenedField { value, position: done.position }))
}

/// The sealed field at a pointer, with what it is bound to: the event's type and its own name.
fn find(event: &Recorded, field: &str) -> Result<(Sealed, (String, String)), Problem> {
    let none = || Problem::invalid("/field", "There is nothing sealed at this place.");
    if field.len() > FIELD_BYTES_MAX {
        return Err(none());
    }
    let (root, text, bound) = if field.starts_with("/payload/") {
        ("/payload", &event.payload, event.event_type.as_str())
    } else if field.starts_with("/metadata/") {
        ("/metadata", &event.metadata, METADATA)
    } else {
        return Err(none());
    };
    let value: Value = serde_json::from_str(text).or_fault("read an event")?;
    let found = value.pointer(&field[root.len()..]).and_then(Value::as_object);
    let sealed = found.and_then(sealed).ok_or_else(none)?;
    let name = field.rsplit('/').find(|part| part.parse::<usize>().is_err());
    Ok((sealed, (bound.to_owned(), name.unwrap_or_default().to_owned())))
}
