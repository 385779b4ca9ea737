//! What the writer adds to the metadata of events, so that keys and claims can be checked against
//! history (D4).

use domain::Metadata;
use domain::work::ClaimChange;
use serde::Serialize;

use crate::command::Key;

#[derive(Serialize)]
struct Stamped<'a> {
    #[serde(flatten)]
    metadata: &'a Metadata,
    command: Named<'a>,
}

#[derive(Serialize)]
struct Named<'a> {
    scope: &'a str,
    key: &'a str,
}

#[derive(Serialize, Default)]
struct Claims<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    taken: Vec<(&'a str, &'a str)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    released: Vec<(&'a str, &'a str)>,
}

/// What is known before the decision: built by the caller, beside the writer's own task.
pub(super) fn prepare(metadata: &Metadata, key: &Key) -> serde_json::Result<String> {
    let command = Named { scope: &key.scope, key: &key.key };
    serde_json::to_string(&Stamped { metadata, command })
}

/// The metadata of every event of a unit: what was prepared, and the claims, last.
pub(super) fn metadata(prepared: &str, changes: &[ClaimChange]) -> serde_json::Result<String> {
    if changes.is_empty() {
        return Ok(prepared.to_owned());
    }
    let mut claims = Claims::default();
    for change in changes {
        match change {
            ClaimChange::Take { scope, value, .. } => claims.taken.push((scope, value)),
            ClaimChange::Release { scope, value, .. } => claims.released.push((scope, value)),
        }
    }
    let open = prepared.strip_suffix('}').unwrap_or(prepared);
    Ok(format!("{open},\"claims\":{}}}", serde_json::to_string(&claims)?))
}
