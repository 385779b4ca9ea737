//! A part of a JSON document, read as what a request type wants. Objects are objects: serde would
//! take an array for a struct, too, its members in the order in which they stand in the code.

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::de::{Error as _, IntoDeserializer};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};

use super::misfit::Misfit;

/// The document as `T`, or which member does not fit.
pub(super) fn read<T: for<'de> Deserialize<'de>>(document: Value) -> Result<T, Misfit> {
    T::deserialize(Member(document))
}

pub(super) struct Member(pub(super) Value);

impl Member {
    fn object(self) -> Result<MapAccessDeserializer<Members>, Misfit> {
        match self.0 {
            Value::Object(members) => Ok(MapAccessDeserializer::new(Members::of(members))),
            _ => Err(Misfit::expected(&"a map")),
        }
    }
}

impl<'de> Deserializer<'de> for Member {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(Misfit::invalid_type(Unexpected::Other("it"), &visitor)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items { index: 0, items: items.into_iter() }),
            Value::Object(members) => visitor.visit_map(Members::of(members)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.object()?.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.object()?.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    /// A word; no request has an enum with more in it.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::String(word) => {
                let word: StringDeserializer<Misfit> = word.into_deserializer();
                visitor.visit_enum(word)
            }
            _ => Err(Misfit::one_of(words)),
        }
    }

    /// Ids and times are read from text by libraries, whose complaints say nothing to a client.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let expected = Misfit::invalid_type(Unexpected::Other("it"), &visitor);
        self.deserialize_any(visitor).map_err(|_| expected)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

struct Items {
    index: usize,
    items: std::vec::IntoIter<Value>,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let item = seed.deserialize(Member(item)).map_err(|e| e.below(self.index.to_string()))?;
        self.index += 1;
        Ok(Some(item))
    }
}

struct Members {
    rest: map::IntoIter,
    /// The member whose name was read and whose value was not yet.
    read: Option<(String, Value)>,
}

impl Members {
    fn of(members: Map<String, Value>) -> Self {
        Self { rest: members.into_iter(), read: None }
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        let deserializer: serde::de::value::StrDeserializer<'_, Misfit> =
            name.as_str().into_deserializer();
        let key = seed.deserialize(deserializer)?;
        self.read = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        let (name, value) =
            self.read.take().ok_or_else(|| Misfit::custom("a name goes before a value"))?;
        seed.deserialize(Member(value)).map_err(|e| e.below(name))
    }
}
