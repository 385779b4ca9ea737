//! What the writer adds to the metadata of events, so that keys and claims can be checked against
//! history (D4).

use domain::Metadata;
use domain::work::ClaimChange;
use serde::Serialize;

use super::unit::Unit;

#[derive(Serialize)]
struct Stamped<'a> {
    #[serde(flatten)]
    metadata: &'a Metadata,
    command: Named<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Claims<'a>>,
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

/// The metadata of every event of a unit.
pub(super) fn metadata(unit: &Unit, changes: &[ClaimChange]) -> serde_json::Result<String> {
    let mut claims = Claims::default();
    for change in changes {
        match change {
            ClaimChange::Take { scope, value, .. } => claims.taken.push((scope, value)),
            ClaimChange::Release { scope, value, .. } => claims.released.push((scope, value)),
        }
    }
    serde_json::to_string(&Stamped {
        metadata: &unit.metadata,
        command: Named { scope: &unit.key.scope, key: &unit.key.key },
        claims: (!changes.is_empty()).then_some(claims),
    })
}
