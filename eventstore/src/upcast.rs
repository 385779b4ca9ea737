//! Old shapes of events, lifted to today's when they are read; history itself is never rewritten.

use std::borrow::Cow;

use domain::DecodeError;
use serde_json::Value;

/// One step from a shape to the next.
#[derive(Debug, Clone, Copy)]
pub struct Upcaster {
    /// Whose shape changed, for example `wallet.held`.
    pub event_type: &'static str,
    /// The version it lifts; the result is the next one.
    pub from: i32,
    /// Makes the next shape out of the old; pure.
    pub lift: fn(Value) -> Value,
}

/// Every change of shape since the first release, each step once.
pub const UPCASTERS: &[Upcaster] = &[];

/// The stored payload in today's shape. Everybody who decodes events calls this first.
///
/// # Errors
/// A newer program wrote it: poison here, until this one is replaced too.
pub fn upcast<'a>(
    event_type: &str,
    version: i32,
    payload: &'a str,
) -> Result<Cow<'a, str>, DecodeError> {
    lift(UPCASTERS, event_type, version, payload)
}

/// The version that new events of this type are written with.
#[must_use]
pub fn current_version(event_type: &str) -> i32 {
    newest(UPCASTERS, event_type)
}

/// Names the set of upcasters, for caches of folded state: states folded under another set differ.
#[must_use]
pub fn fingerprint() -> String {
    let steps = UPCASTERS.iter().map(|step| format!("{}:{}", step.event_type, step.from));
    steps.collect::<Vec<_>>().join(",")
}

fn newest(steps: &[Upcaster], event_type: &str) -> i32 {
    let own = steps.iter().filter(|step| step.event_type == event_type);
    own.map(|step| step.from + 1).max().unwrap_or(1)
}

fn lift<'a>(
    steps: &[Upcaster],
    event_type: &str,
    version: i32,
    payload: &'a str,
) -> Result<Cow<'a, str>, DecodeError> {
    let newest = newest(steps, event_type);
    if version == newest {
        return Ok(Cow::Borrowed(payload));
    }
    let fault = |reason: String| DecodeError { event_type: event_type.to_owned(), reason };
    if version > newest {
        return Err(fault(format!("version {version} is newer than this program's {newest}")));
    }
    let mut value: Value = serde_json::from_str(payload).map_err(|e| fault(e.to_string()))?;
    for from in version..newest {
        let step = steps.iter().find(|step| step.event_type == event_type && step.from == from);
        value = match step {
            Some(step) => (step.lift)(value),
            None => return Err(fault(format!("nothing lifts version {from}"))),
        };
    }
    Ok(Cow::Owned(value.to_string()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;
    use serde_json::json;

    const STEPS: &[Upcaster] = &[
        Upcaster { event_type: "like.given", from: 1, lift: name_the_image },
        Upcaster { event_type: "like.given", from: 2, lift: add_weight },
    ];

    fn name_the_image(mut old: Value) -> Value {
        let picture = old["picture"].take();
        json!({ "image": picture })
    }

    fn add_weight(mut old: Value) -> Value {
        old["weight"] = json!(1);
        old
    }

    #[test]
    fn an_old_shape_is_lifted_step_by_step_to_todays() {
        let lifted = lift(STEPS, "like.given", 1, r#"{"picture":"p"}"#).unwrap();
        assert_eq!(lifted, r#"{"image":"p","weight":1}"#);
        let lifted = lift(STEPS, "like.given", 2, r#"{"image":"p"}"#).unwrap();
        assert_eq!(lifted, r#"{"image":"p","weight":1}"#);
    }

    #[test]
    fn todays_shape_and_other_types_are_read_as_they_are_stored() {
        for event_type in ["like.withdrawn", "wallet.held"] {
            let same = lift(STEPS, event_type, 1, "{ \"a\" : 1 }").unwrap();
            assert!(matches!(same, Cow::Borrowed("{ \"a\" : 1 }")));
        }
        let same = lift(STEPS, "like.given", 3, "{ \"a\" : 1 }").unwrap();
        assert!(matches!(same, Cow::Borrowed("{ \"a\" : 1 }")));
    }

    #[test]
    fn a_shape_from_a_newer_program_is_poison_and_not_guessed() {
        assert!(lift(STEPS, "like.given", 4, "{}").is_err());
        assert!(lift(&STEPS[1..], "like.given", 1, "{}").is_err());
    }

    #[test]
    fn new_events_carry_the_newest_version() {
        assert_eq!(newest(STEPS, "like.given"), 3);
        assert_eq!(newest(STEPS, "like.withdrawn"), 1);
    }
}
