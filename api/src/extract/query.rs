//! Query parameters; names are checked against the document by
//! [`crate::http::known_parameters`], values here.

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::value::MapDeserializer;
use serde::de::{
    DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::member::Member;
use super::misfit::Misfit;
use crate::problem::Problem;

/// The parameters after the question mark.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(&parts.uri).map(Self)
    }
}

fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    let axum::extract::Query(pairs) = pairs.map_err(|e| Problem::invalid("?", e.body_text()))?;
    let pairs = pairs.into_iter().map(|(name, text)| (name.clone(), Parameter { name, text }));
    T::deserialize(MapDeserializer::new(pairs)).map_err(|misfit: Misfit| {
        Problem::invalid(format!("?{}", misfit.parameter()), misfit.detail)
    })
}

/// One parameter: text, of which its type is made.
struct Parameter {
    name: String,
    text: String,
}

impl Parameter {
    /// Reads it, or says what its type expects.
    fn read<'de, V: Visitor<'de>, T: std::str::FromStr>(
        self,
        visitor: V,
        visit: impl FnOnce(V, T) -> Result<V::Value, Misfit>,
    ) -> Result<V::Value, Misfit> {
        let expected = || Misfit::invalid_type(Unexpected::Other("it"), &visitor);
        match self.text.parse::<T>() {
            Ok(value) => visit(visitor, value).map_err(|e| e.below(self.name)),
            Err(_) => Err(expected().below(self.name)),
        }
    }
}

macro_rules! parsed {
    ($($method:ident $type:ty => $visit:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            self.read(visitor, |visitor, value: $type| visitor.$visit(value))
        })+
    };
}

impl<'de> Deserializer<'de> for Parameter {
    type Error = Misfit;

    parsed! {
        deserialize_bool bool => visit_bool
        deserialize_i8 i8 => visit_i8
        deserialize_i16 i16 => visit_i16
        deserialize_i32 i32 => visit_i32
        deserialize_i64 i64 => visit_i64
        deserialize_u8 u8 => visit_u8
        deserialize_u16 u16 => visit_u16
        deserialize_u32 u32 => visit_u32
        deserialize_u64 u64 => visit_u64
        deserialize_f32 f32 => visit_f32
        deserialize_f64 f64 => visit_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_string(self.text).map_err(|e: Misfit| e.below(self.name))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let read = Member(Value::String(self.text)).deserialize_enum(name, words, visitor);
        read.map_err(|e| e.below(self.name))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let read = Member(Value::String(self.text)).deserialize_str(visitor);
        read.map_err(|e| e.below(self.name))
    }

    forward_to_deserialize_any! {
        i128 u128 char string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Misfit> for Parameter {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only parsed")]
    struct Asked {
        ids: String,
        limit: Option<u16>,
        at: Option<chrono::DateTime<chrono::Utc>>,
        style: Option<uuid::Uuid>,
    }

    fn error(uri: &'static str) -> (String, String) {
        match parse::<Asked>(&Uri::from_static(uri)) {
            Ok(asked) => panic!("{asked:?} was accepted"),
            Err(problem) => {
                let error = problem.document("", "")["errors"][0].clone();
                let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
                (text("pointer"), text("detail"))
            }
        }
    }

    #[test]
    fn a_parameter_that_does_not_fit_is_named_and_told_what_would() {
        for (uri, pointer, detail) in [
            ("/?ids=1&limit=many", "?limit", "A whole number from 0 to 65535 is expected."),
            ("/?ids=1&limit=", "?limit", "A whole number from 0 to 65535 is expected."),
            ("/?ids=1&at=noon", "?at", "A date and time as RFC 3339 is expected."),
            ("/?ids=1&style=abc", "?style", "A UUID is expected."),
            ("/?limit=1", "?ids", "It is required."),
            ("/?ids=1&ids=2", "?ids", "It stands twice."),
        ] {
            assert_eq!(error(uri), (pointer.to_owned(), detail.to_owned()), "{uri}");
        }
    }
}
