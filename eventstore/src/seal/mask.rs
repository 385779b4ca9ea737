//! What is shown of a stored event to whoever may not open what it holds sealed.

use serde_json::Value;

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::masked;

    #[test]
    fn nothing_sealed_is_left_however_deep_it_lies() {
        let sealed = json!({"$sealed": "p", "nonce": "n", "ct": "c"});
        let event = json!({"user": "u", "email": sealed, "more": [{"prompt": sealed}, 1, null]});
        let shown =
            json!({"user": "u", "email": "[sealed]", "more": [{"prompt": "[sealed]"}, 1, null]});
        assert_eq!(masked(event), shown);
    }
}
