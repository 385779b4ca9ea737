//! A read table as Rust sees it: a row struct that knows its columns, its key and its statements.

use std::fmt::Debug;
use std::hash::Hash;

use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::cell::{Cell, Kind, Many};
use super::readers::Readers;

/// Something a query's row can be read into.
pub trait View: Sized {
    /// Reads the columns in the order of the `select`.
    ///
    /// # Errors
    /// A column is missing or of another type: the statement and the struct disagree.
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error>;
}

/// The row of a read table. The `table!` and `append_table!` macros implement it.
pub trait Table: View + Debug + Clone + PartialEq + Send + Sync + 'static {
    /// What identifies a row.
    type Key: Key;
    /// Name, columns, key, checks, indexes.
    const DEFINITION: &'static Definition;

    /// This row's key.
    fn key(&self) -> Self::Key;
    /// The statements that write it, put together once.
    fn statements() -> &'static Statements;
    /// This row's values in column order.
    fn cells(&self) -> Vec<&(dyn ToSql + Sync)>;
    /// One array per column, for `unnest`.
    fn arrays<'a>(rows: &[&'a Self]) -> Vec<Many<'a>>;
}

/// A table whose rows change or go. One whose rows change says when they last did (PLT-09).
pub trait Keyed: Table {
    /// Sets `updated_at`, if there is one, to the recorded time of the event, never to now.
    fn touch(&mut self, at: DateTime<Utc>);
}

/// What identifies a row: one or two cells.
pub trait Key: Ord + Hash + Clone + Debug + Send + Sync + 'static {
    /// One array per key column, for `unnest`.
    fn arrays<'a>(keys: &[&'a Self]) -> Vec<Many<'a>>;
}

impl<A: Cell + Ord + Hash + Clone + Debug + Send + 'static> Key for A {
    fn arrays<'a>(keys: &[&'a Self]) -> Vec<Many<'a>> {
        vec![A::many(keys.to_vec())]
    }
}

impl<A, B> Key for (A, B)
where
    A: Cell + Ord + Hash + Clone + Debug + Send + 'static,
    B: Cell + Ord + Hash + Clone + Debug + Send + 'static,
{
    fn arrays<'a>(keys: &[&'a Self]) -> Vec<Many<'a>> {
        vec![
            A::many(keys.iter().map(|key| &key.0).collect()),
            B::many(keys.iter().map(|key| &key.1).collect()),
        ]
    }
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name, the field's.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
}

/// A read table, from which all its SQL is made; so columns, types and statements cannot disagree.
#[derive(Debug)]
pub struct Definition {
    /// The table's name, unqualified: the search path says whether it is the live one.
    pub name: &'static str,
    /// In the order of the struct's fields.
    pub columns: &'static [Column],
    /// Names of the primary key's columns.
    pub key: &'static [&'static str],
    /// Who may see which rows.
    pub readers: Readers,
    /// (name, condition): tripwires behind the rules of the domain (PLT-07).
    pub checks: &'static [(&'static str, &'static str)],
    /// (name, what follows `on <table>`): each list names the one it reads by.
    pub indexes: &'static [(&'static str, &'static str)],
}

impl Definition {
    /// The columns as a `select` lists them.
    #[must_use]
    pub fn columns(&self) -> String {
        self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
    }

    /// The bare table: no key and no index, so that a rebuild can load first and index after.
    #[must_use]
    pub fn create(&self) -> String {
        let columns = self.columns.iter().map(|column| {
            let null = if column.nullable { "" } else { " not null" };
            format!("{} {}{null}", column.name, column.kind.sql())
        });
        let checks =
            self.checks.iter().map(|(name, check)| format!("constraint {name} check ({check})"));
        let lines = columns.chain(checks).collect::<Vec<_>>().join(", ");
        format!("create table {} ({lines})", self.name)
    }

    /// Its primary key.
    #[must_use]
    pub fn create_key(&self) -> String {
        format!("alter table {} add primary key ({})", self.name, self.key.join(", "))
    }

    /// Its other indexes.
    #[must_use]
    pub fn create_indexes(&self) -> Vec<String> {
        self.indexes
            .iter()
            .map(|(name, rest)| format!("create index {name} on {} {rest}", self.name))
            .collect()
    }

    /// The key's columns, in the key's order.
    fn key_columns(&self) -> impl Iterator<Item = &Column> {
        self.key.iter().flat_map(|key| self.columns.iter().filter(move |c| c.name == *key))
    }
}

/// The statements that load and write one table, and the types of their parameters.
#[derive(Debug)]
pub struct Statements {
    /// Rows of given keys.
    pub load: String,
    /// Rows that must not be there yet.
    pub insert: String,
    /// Rows that are there.
    pub upsert: String,
    /// Rows that go.
    pub delete: String,
    /// Many new rows at once.
    pub copy: String,
    /// Parameters of `insert` and `upsert`.
    pub rows: Vec<Type>,
    /// Parameters of `load` and `delete`.
    pub keys: Vec<Type>,
    /// Columns of `copy`.
    pub cells: Vec<Type>,
}

impl Statements {
    /// Everything one definition needs.
    #[must_use]
    pub fn of(table: &Definition) -> Self {
        let (name, columns, key) = (table.name, table.columns(), table.key.join(", "));
        let insert = format!(
            "insert into {name} ({columns}) select {} from {} as row ({columns})",
            select_list(table.columns),
            unnest(table.columns.iter()),
        );
        let wanted = format!("{} as wanted ({key})", unnest(table.key_columns()));
        let is_wanted = table.key.iter().map(|key| format!("{name}.{key} = wanted.{key}"));
        let is_wanted = is_wanted.collect::<Vec<_>>().join(" and ");
        let keys = format!("({key}) in (select {key} from {wanted})");
        Self {
            // Key by key: `offset 0` keeps it from becoming a join, for which a table of some ten
            // thousand rows would be read whole, dead ones and all, for every batch.
            load: format!(
                "select found.* from {wanted} cross join lateral \
                (select {columns} from {name} where {is_wanted} offset 0) as found"
            ),
            upsert: format!("{insert} on conflict ({key}) do update set {}", assignments(table)),
            delete: format!("delete from {name} where {keys}"),
            copy: format!("copy {name} ({columns}) from stdin binary"),
            insert,
            rows: table.columns.iter().map(|c| c.kind.many()).collect(),
            keys: table.key_columns().map(|c| c.kind.many()).collect(),
            cells: table.columns.iter().map(|c| c.kind.one()).collect(),
        }
    }
}

fn select_list(columns: &[Column]) -> String {
    let cast = |column: &Column| match column.kind {
        Kind::TextArray => format!("{}::text[]", column.name),
        Kind::Uuid
        | Kind::Text
        | Kind::Bigint
        | Kind::Integer
        | Kind::Smallint
        | Kind::Boolean
        | Kind::Timestamptz
        | Kind::Json => column.name.to_owned(),
    };
    columns.iter().map(cast).collect::<Vec<_>>().join(", ")
}

fn unnest<'a>(columns: impl Iterator<Item = &'a Column>) -> String {
    let parameters =
        columns.enumerate().map(|(i, c)| format!("${}::{}[]", i + 1, scalar(c.kind).sql()));
    format!("unnest({})", parameters.collect::<Vec<_>>().join(", "))
}

/// What one element of a parameter is: a `text[]` travels as text.
const fn scalar(kind: Kind) -> Kind {
    match kind {
        Kind::TextArray => Kind::Text,
        other => other,
    }
}

fn assignments(table: &Definition) -> String {
    let changing = table.columns.iter().filter(|c| !table.key.contains(&c.name));
    changing.map(|c| format!("{0} = excluded.{0}", c.name)).collect::<Vec<_>>().join(", ")
}
