//! What a column can hold: one Rust type, one SQL type, and how many of them travel at once.

use bytes::BytesMut;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, FromSqlOwned, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

/// A parameter that carries one value per row.
pub type Many<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// The SQL types a read table uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the SQL type of its name")]
pub enum Kind {
    Uuid,
    Text,
    Bigint,
    Integer,
    Smallint,
    Boolean,
    Timestamptz,
    TextArray,
    Json,
}

impl Kind {
    /// As `create table` spells it.
    #[must_use]
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Text => "text",
            Self::Bigint => "bigint",
            Self::Integer => "integer",
            Self::Smallint => "smallint",
            Self::Boolean => "boolean",
            Self::Timestamptz => "timestamptz",
            Self::TextArray => "text[]",
            Self::Json => "json",
        }
    }

    /// The type of one value, as `copy` sends it.
    #[must_use]
    pub const fn one(self) -> Type {
        match self {
            Self::Uuid => Type::UUID,
            Self::Text => Type::TEXT,
            Self::Bigint => Type::INT8,
            Self::Integer => Type::INT4,
            Self::Smallint => Type::INT2,
            Self::Boolean => Type::BOOL,
            Self::Timestamptz => Type::TIMESTAMPTZ,
            Self::TextArray => Type::TEXT_ARRAY,
            Self::Json => Type::JSON,
        }
    }

    /// The type of the parameter that carries one value per row. `unnest` flattens arrays of
    /// arrays, so a `text[]` travels as the text of its literal and is cast on arrival.
    #[must_use]
    pub const fn many(self) -> Type {
        match self {
            Self::Uuid => Type::UUID_ARRAY,
            Self::Text | Self::TextArray => Type::TEXT_ARRAY,
            Self::Bigint => Type::INT8_ARRAY,
            Self::Integer => Type::INT4_ARRAY,
            Self::Smallint => Type::INT2_ARRAY,
            Self::Boolean => Type::BOOL_ARRAY,
            Self::Timestamptz => Type::TIMESTAMPTZ_ARRAY,
            Self::Json => Type::JSON_ARRAY,
        }
    }
}

/// A value a column can hold.
pub trait Cell: FromSqlOwned + Sync + Sized {
    /// Its SQL type.
    const KIND: Kind;
    /// Whether the column may be null.
    const NULLABLE: bool = false;

    /// This value as a parameter, for `copy`.
    fn one(&self) -> &(dyn ToSql + Sync);

    /// One value per row as one parameter of type [`Kind::many`].
    fn many<'a>(cells: Vec<&'a Self>) -> Many<'a>;
}

macro_rules! cells {
    ($($type:ty => $kind:ident),+ $(,)?) => {$(
        impl Cell for $type {
            const KIND: Kind = Kind::$kind;

            fn one(&self) -> &(dyn ToSql + Sync) {
                self
            }

            fn many<'a>(cells: Vec<&'a Self>) -> Many<'a> {
                Box::new(cells)
            }
        }

        impl Cell for Option<$type> {
            const KIND: Kind = Kind::$kind;
            const NULLABLE: bool = true;

            fn one(&self) -> &(dyn ToSql + Sync) {
                self
            }

            fn many<'a>(cells: Vec<&'a Self>) -> Many<'a> {
                Box::new(cells)
            }
        }
    )+};
}

cells! {
    Uuid => Uuid,
    String => Text,
    i64 => Bigint,
    i32 => Integer,
    i16 => Smallint,
    bool => Boolean,
    DateTime<Utc> => Timestamptz,
}

impl Cell for Vec<String> {
    const KIND: Kind = Kind::TextArray;

    fn one(&self) -> &(dyn ToSql + Sync) {
        self
    }

    fn many<'a>(cells: Vec<&'a Self>) -> Many<'a> {
        Box::new(cells.into_iter().map(|words| literal(words)).collect::<Vec<String>>())
    }
}

/// The text of a `text[]`: every element quoted, so that none can mean anything but itself.
fn literal(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    });
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

/// A value kept as the JSON text serde makes of it, which is the same at every rebuild.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T: Serialize + std::fmt::Debug> ToSql for Json<T> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        out.extend_from_slice(&serde_json::to_vec(&self.0)?);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }

    to_sql_checked!();
}

impl<'a, T: DeserializeOwned> FromSql<'a> for Json<T> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(Self(serde_json::from_slice(raw)?))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }
}

impl<T: Serialize + DeserializeOwned + std::fmt::Debug + Send + Sync> Cell for Json<T> {
    const KIND: Kind = Kind::Json;

    fn one(&self) -> &(dyn ToSql + Sync) {
        self
    }

    fn many<'a>(cells: Vec<&'a Self>) -> Many<'a> {
        Box::new(cells)
    }
}

impl<T: Serialize + DeserializeOwned + std::fmt::Debug + Send + Sync> Cell for Option<Json<T>> {
    const KIND: Kind = Kind::Json;
    const NULLABLE: bool = true;

    fn one(&self) -> &(dyn ToSql + Sync) {
        self
    }

    fn many<'a>(cells: Vec<&'a Self>) -> Many<'a> {
        Box::new(cells)
    }
}

type Fault = Box<dyn std::error::Error + Sync + Send>;

/// Reads a row's columns in order, so that nothing is looked up by name.
pub struct Columns<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> Columns<'a> {
    /// From the first column on.
    #[must_use]
    pub fn of(row: &'a Row) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    ///
    /// # Errors
    /// Its type is not the one expected.
    pub fn take<T: FromSql<'a>>(&mut self) -> Result<T, tokio_postgres::Error> {
        self.next += 1;
        self.row.try_get(self.next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn a_word_in_an_array_literal_cannot_end_it() {
        let words = ["plain", "a,b", "say \"hi\"", "back\\slash", "", "NULL", "{}"];
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        assert_eq!(literal(&words), r#"{"plain","a,b","say \"hi\"","back\\slash","","NULL","{}"}"#);
    }
}
