//! The words of an enum, as the document lists them: from what reads them, so that they are the same.

use serde::de::{Deserialize, Deserializer, Error as _, Visitor, value};
use serde::forward_to_deserialize_any;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Schemas that stand for enums of the domain, which knows nothing of documents.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident of $enum:ty;)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = words::<$enum>().iter().copied();
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

words! {
    /// What somebody is beside a plain user.
    Role of domain::users::Role;
    /// Where an account stands.
    AccountStatus of domain::users::Status;
    /// What an API key may do.
    Scope of domain::keys::Scope;
    /// Whether an API key may write.
    KeyMode of domain::keys::KeyMode;
    /// A plan.
    Tier of domain::plans::Tier;
    /// How often a plan is paid.
    Cycle of domain::plans::Cycle;
    /// How a subscription rests.
    PauseMode of domain::subscriptions::PauseMode;
}

/// All words that are read as a `T`, by asking for one.
fn words<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    let mut asked_for: &[&str] = &[];
    let _ = T::deserialize(Probe(&mut asked_for)); // It always fails, after saying what it wants.
    asked_for
}

struct Probe<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
        Err(value::Error::custom("only words are asked for"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, value::Error> {
        *self.0 = words;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use domain::keys::{KeyMode, Scope};
    use domain::plans::Tier;
    use domain::users::Role;

    use super::words;

    #[test]
    fn the_document_lists_the_words_that_are_read() {
        assert_eq!(words::<KeyMode>(), ["live", "test"]);
        assert_eq!(words::<Scope>(), Scope::ALL.map(Scope::word));
        assert_eq!(words::<Tier>(), Tier::ALL.map(Tier::word));
        assert_eq!(words::<Role>().len(), Role::GIVEN.len() + 1);
        assert_eq!(words::<String>(), [""; 0], "text is no enum");
    }
}
