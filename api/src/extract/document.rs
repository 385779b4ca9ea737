//! A JSON text as a document, in one pass that also finds what JSON lets pass and we cannot: a name
//! that stands twice, of which readers take either, and U+0000.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::misfit::push_step;

/// Why a text is no document.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It is no JSON.
    Syntax(serde_json::Error),
    /// It is, but not at this pointer, because of this.
    Refused(String, &'static str),
}

const TWICE: &str = "It stands twice.";
/// U+0000 passes JSON but not what Postgres can take out of it again (log protocol, B2).
const NUL: &str = "The character U+0000 is not allowed.";

/// The document.
///
/// # Errors
/// See [`Unreadable`].
pub(super) fn read(text: &str) -> Result<Value, Unreadable> {
    let mut way = Way::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let document = Part(&mut way).deserialize(&mut json);
    let document = document.and_then(|document| json.end().map(|()| document));
    document.map_err(|e| match way.refused {
        Some(why) => Unreadable::Refused(way.at, why),
        None => Unreadable::Syntax(e),
    })
}

/// Where the reading is, or stopped.
#[derive(Default)]
struct Way {
    at: String,
    refused: Option<&'static str>,
}

impl Way {
    fn refuse<E: Error>(&mut self, why: &'static str) -> E {
        self.refused = Some(why);
        E::custom(why)
    }

    fn text<E: Error>(&mut self, text: &str) -> Result<(), E> {
        if text.contains('\0') { Err(self.refuse(NUL)) } else { Ok(()) }
    }
}

struct Part<'a>(&'a mut Way);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.0.text(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        self.0.text(&text)?;
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut json: A) -> Result<Value, A::Error> {
        let (mut items, outside) = (Vec::new(), self.0.at.len());
        loop {
            push_step(&mut self.0.at, &items.len().to_string());
            let item = json.next_element_seed(Part(self.0))?;
            self.0.at.truncate(outside);
            match item {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut json: A) -> Result<Value, A::Error> {
        let (mut members, outside) = (Map::new(), self.0.at.len());
        while let Some(name) = json.next_key::<String>()? {
            self.0.text(&name)?;
            push_step(&mut self.0.at, &name);
            if members.contains_key(&name) {
                return Err(self.0.refuse(TWICE));
            }
            let member = json.next_value_seed(Part(self.0))?;
            self.0.at.truncate(outside);
            members.insert(name, member);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (String, &'static str) {
        match read(text) {
            Err(Unreadable::Refused(at, why)) => (at, why),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_document_means_what_it_says() {
        let text = r#"{"a": [1, -2, 0.5, "x\n", null, true], "b": {"c": {}, "d": 1e3}}"#;
        match read(text) {
            Ok(document) => assert_eq!(Some(document), serde_json::from_str(text).ok()),
            Err(e) => panic!("{e:?}"),
        }
        for text in ["", "{", "{} {}", "[1,]", "nul", "1e999"] {
            assert!(matches!(read(text), Err(Unreadable::Syntax(_))), "{text}");
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_wherever_it_stands() {
        assert_eq!(refused(r#"{"email": 1, "email": 1}"#), ("/email".to_owned(), TWICE));
        let nested = r#"{"a/b": [{"c": 1}, {"c": 1, "d": 2, "c": 3}]}"#;
        assert_eq!(refused(nested), ("/a~1b/1/c".to_owned(), TWICE));
        assert!(read(r#"[{"c": 1}, {"c": {"c": 1}}]"#).is_ok());
    }

    #[test]
    fn a_nul_anywhere_is_refused() {
        assert_eq!(refused(r#"{"a/b": ["fine", "not\u0000fine"]}"#), ("/a~1b/1".to_owned(), NUL));
        assert_eq!(refused(r#"{"a": {"b\u0000": 1}}"#), ("/a".to_owned(), NUL));
    }
}
