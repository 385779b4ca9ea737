//! The stored text of an event, read as the enum it was written from: its tag has a column of its
//! own, and is handed to serde beside the text instead of being written around it again.

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Error;
use serde_json::de::StrRead;

type Text<'a> = serde_json::Deserializer<StrRead<'a>>;

/// One variant of an externally tagged enum.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a> {
    /// Which variant.
    pub(crate) tag: &'a str,
    /// Its fields, JSON.
    pub(crate) fields: &'a str,
}

impl<'a> Stored<'a> {
    /// Reads the fields, which are the whole text.
    fn read<V>(self, read: impl FnOnce(&mut Text<'a>) -> Result<V, Error>) -> Result<V, Error> {
        let mut text = serde_json::Deserializer::from_str(self.fields);
        let value = read(&mut text)?;
        text.end()?;
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for Stored<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("an event is an enum"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Stored<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(self.tag.into_deserializer())?, self))
    }
}

impl<'de> VariantAccess<'de> for Stored<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        self.read(|text| <()>::deserialize(text))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        self.read(|text| seed.deserialize(text))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.read(|text| text.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.read(|text| text.deserialize_struct("", fields, visitor))
    }
}
