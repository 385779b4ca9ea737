//! The macros that make a row struct a [`Table`](super::Table) and a struct a [`View`](super::View).

/// A table that only grows: rows are inserted once and never read back by their projector.
///
/// `append_table! { pub struct Like: "likes" key (user_id: Uuid) { … } readers { … } checks { … }
/// indexes { … } }` where readers is a [`Readers`](super::Readers), a check is `name: "condition"`
/// and an index `name: "(columns) where …"`.
macro_rules! append_table {
    (
        $(#[$doc:meta])*
        pub struct $name:ident: $table:literal key ($($key:ident: $key_type:ty),+) {
            $($(#[$field_doc:meta])* pub $field:ident: $type:ty,)+
        }
        readers { $readers:expr }
        checks { $($check:ident: $condition:literal,)* }
        indexes { $($index:ident: $on:literal,)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
        }

        impl $crate::frame::View for $name {
            fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
                let mut columns = $crate::frame::cell::Columns::of(row);
                Ok(Self { $($field: columns.take()?),+ })
            }
        }

        impl $crate::frame::Table for $name {
            type Key = $crate::frame::macros::key_type!($($key_type),+);

            const DEFINITION: &'static $crate::frame::Definition = &$crate::frame::Definition {
                name: $table,
                columns: &[$($crate::frame::Column {
                    name: stringify!($field),
                    kind: <$type as $crate::frame::Cell>::KIND,
                    nullable: <$type as $crate::frame::Cell>::NULLABLE,
                }),+],
                key: &[$(stringify!($key)),+],
                readers: $readers,
                checks: &[$((stringify!($check), $condition)),*],
                indexes: &[$((stringify!($index), $on)),*],
            };

            fn key(&self) -> Self::Key {
                $crate::frame::macros::key_value!(self, $($key),+)
            }

            fn statements() -> &'static $crate::frame::table::Statements {
                static STATEMENTS: std::sync::LazyLock<$crate::frame::table::Statements> =
                    std::sync::LazyLock::new(|| {
                        $crate::frame::table::Statements::of(
                            <$name as $crate::frame::Table>::DEFINITION,
                        )
                    });
                &STATEMENTS
            }

            fn cells(&self) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
                vec![$($crate::frame::Cell::one(&self.$field)),+]
            }

            fn arrays<'a>(rows: &[&'a Self]) -> Vec<$crate::frame::cell::Many<'a>> {
                vec![$(
                    <$type as $crate::frame::Cell>::many(
                        rows.iter().map(|row| &row.$field).collect(),
                    )
                ),+]
            }
        }
    };
}
pub(crate) use append_table;

/// One key column is itself, several are a tuple.
macro_rules! key_type {
    ($one:ty) => { $one };
    ($($many:ty),+) => { ($($many),+) };
}
pub(crate) use key_type;

/// The value of a [`key_type`].
macro_rules! key_value {
    ($row:ident, $one:ident) => { Clone::clone(&$row.$one) };
    ($row:ident, $($many:ident),+) => { ($(Clone::clone(&$row.$many)),+) };
}
pub(crate) use key_value;

/// A table whose rows change: as `append_table!`, with a field `updated_at`.
macro_rules! table {
    ($(#[$doc:meta])* pub struct $name:ident: $($rest:tt)+) => {
        $crate::frame::macros::append_table! { $(#[$doc])* pub struct $name: $($rest)+ }

        impl $crate::frame::Keyed for $name {
            fn touch(&mut self, at: chrono::DateTime<chrono::Utc>) {
                self.updated_at = at;
            }
        }
    };
}
pub(crate) use table;

/// A table whose rows come and go and never change: as `append_table!`.
macro_rules! set_table {
    ($(#[$doc:meta])* pub struct $name:ident: $($rest:tt)+) => {
        $crate::frame::macros::append_table! { $(#[$doc])* pub struct $name: $($rest)+ }

        impl $crate::frame::Keyed for $name {
            fn touch(&mut self, _: chrono::DateTime<chrono::Utc>) {}
        }
    };
}
pub(crate) use set_table;

/// What a query with columns of its own returns: fields in the order of its `select`.
macro_rules! view {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[$field_doc:meta])* pub $field:ident: $type:ty,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
        }

        impl $crate::frame::View for $name {
            fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
                let mut columns = $crate::frame::cell::Columns::of(row);
                Ok(Self { $($field: columns.take()?),+ })
            }
        }
    };
}
pub(crate) use view;
