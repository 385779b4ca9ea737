//! What is shown of a stored event: with what it holds sealed masked, or opened as far as whoever
//! asks may see it.

use domain::Sealed;
use serde_json::{Map, Value};

/// What stands in place of a sealed field.
pub const SEALED: &str = "[sealed]";

/// The same JSON without the ciphertext in it.
#[must_use]
pub fn masked(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("$sealed") => Value::from(SEALED),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, masked(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(masked).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// The same JSON with what `open` makes of each sealed field and its name.
///
/// # Errors
/// The first of `open`.
pub fn opened<E>(
    value: Value,
    name: &str,
    open: &impl Fn(&Sealed, &str) -> Result<String, E>,
) -> Result<Value, E> {
    Ok(match value {
        Value::Object(fields) => match sealed(&fields) {
            Some(sealed) => Value::from(open(&sealed, name)?),
            None => {
                let fields = fields.into_iter().map(|(name, value)| {
                    let value = opened(value, &name, open)?;
                    Ok((name, value))
                });
                Value::Object(fields.collect::<Result<_, E>>()?)
            }
        },
        Value::Array(items) => {
            let items = items.into_iter().map(|item| opened(item, name, open));
            Value::Array(items.collect::<Result<_, E>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    })
}

/// The sealed field that an object is, if it is one.
#[must_use]
pub fn sealed(fields: &Map<String, Value>) -> Option<Sealed> {
    fields.contains_key("$sealed").then(|| serde_json::from_value(fields.clone().into()).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{masked, opened};

    #[test]
    fn a_sealed_field_is_opened_under_its_own_name_however_deep_it_lies() {
        let person = uuid::Uuid::nil();
        let sealed = json!({"$sealed": person, "nonce": "n", "ct": "c"});
        let event = json!({"email": sealed, "more": [{"prompt": sealed}, 1, null]});
        let open = |_: &domain::Sealed, name: &str| Ok::<_, ()>(format!("the {name}"));
        let shown = json!({"email": "the email", "more": [{"prompt": "the prompt"}, 1, null]});
        assert_eq!(opened(event, "", &open), Ok(shown));
    }

    #[test]
    fn nothing_sealed_is_left_however_deep_it_lies() {
        let sealed = json!({"$sealed": "p", "nonce": "n", "ct": "c"});
        let event = json!({"user": "u", "email": sealed, "more": [{"prompt": sealed}, 1, null]});
        let shown =
            json!({"user": "u", "email": "[sealed]", "more": [{"prompt": "[sealed]"}, 1, null]});
        assert_eq!(masked(event), shown);
    }
}
