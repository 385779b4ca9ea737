//! Settings of a person's clients: a JSON object that Folio keeps and does not read (IAM-06).
//! Changed by JSON merge patch (RFC 7396); as it may hold personal text, events hold it sealed, so
//! the edge merges and the decision only checks that nobody else did meanwhile.

use serde_json::{Map, Value};

use super::{ProfileCommand, User, UserCommand};
use crate::aggregate::Stream;
use crate::input::FieldError;
use crate::work::{Decision, Halt, Work};
use crate::{Sealed, UserId};

/// The longest document, in bytes of compact JSON.
pub const PREFERENCES_BYTES_MAX: usize = 16 * 1024;
/// How deep objects and arrays may lie in each other.
const DEPTH_MAX: usize = 8;

/// The document after a merge patch, as compact JSON.
///
/// # Errors
/// It would be too long or too deep.
pub fn merge(
    mut document: Map<String, Value>,
    patch: Map<String, Value>,
) -> Result<Value, FieldError> {
    merge_into(&mut document, patch);
    let document = Value::Object(document);
    if depth(&document) > DEPTH_MAX {
        return Err(FieldError::new("", format!("at most {DEPTH_MAX} levels are possible")));
    }
    if document.to_string().len() > PREFERENCES_BYTES_MAX {
        let detail = format!("at most {PREFERENCES_BYTES_MAX} bytes are possible, after merging");
        return Err(FieldError::new("", detail));
    }
    Ok(document)
}

/// `MergePatch` of RFC 7396, section 2, for objects.
fn merge_into(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.remove(&name)),
            Value::Object(patch) => {
                let member = target.entry(name).or_insert(Value::Null);
                if !member.is_object() {
                    *member = Value::Object(Map::new());
                }
                if let Value::Object(member) = member {
                    merge_into(member, patch);
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                target.insert(name, value);
            }
        }
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// A person's settings become these.
#[derive(Debug, Clone)]
pub struct SetPreferences {
    /// Whose.
    pub user: UserId,
    /// The whole document, merged and sealed; none if merging changed nothing.
    pub preferences: Option<Sealed>,
    /// The version it was merged with.
    pub version: u64,
}

impl Decision for SetPreferences {
    /// The version after it.
    type Reply = u64;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<u64, Halt> {
        let Self { user, preferences, version } = self.clone();
        work.state::<User>(user)?.expect(Some(version))?;
        if let Some(preferences) = preferences {
            let command = ProfileCommand::SetPreferences { user, preferences };
            work.decide::<User>(user, UserCommand::Profile(command))?;
        }
        Ok(work.state::<User>(user)?.version())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    fn merged(document: Value, patch: Value) -> Result<Value, FieldError> {
        merge(object(document), object(patch))
    }

    #[test]
    fn a_merge_patch_does_what_rfc_7396_says_of_objects() {
        for (document, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            assert_eq!(merged(document, patch), Ok(result));
        }
    }

    #[test]
    fn the_document_is_measured_after_merging() {
        let long = "x".repeat(PREFERENCES_BYTES_MAX - r#"{"a":""}"#.len());
        let full = merged(json!({}), json!({"a": long})).unwrap_or_else(|e| panic!("{e:?}"));
        assert!(merged(full.clone(), json!({"b": 1})).is_err());
        assert_eq!(merged(full, json!({"a": null, "b": 1})), Ok(json!({"b": 1})));
    }

    #[test]
    fn a_document_is_not_deeper_than_allowed() {
        let nested = |levels| (1..levels).fold(json!({}), |inner, _| json!({"a": inner}));
        assert!(merged(json!({}), nested(DEPTH_MAX)).is_ok());
        assert!(merged(json!({}), nested(DEPTH_MAX + 1)).is_err());
    }
}
