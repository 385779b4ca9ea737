//! What a projector wants done, in order. Nothing is read or written while events are applied:
//! a batch is recorded first, then folded over the rows it needs (see [`super::Store`]).

use std::collections::VecDeque;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::store::Store;
use super::table::{Keyed, Table};

/// An event that cannot be projected. Its projector stops here, loudly; nothing is skipped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Poison {
    /// The row an event changes is not there.
    #[error("{table} has no row {key}")]
    Missing {
        /// The table.
        table: &'static str,
        /// The key.
        key: String,
    },
    /// The row an event makes is already there.
    #[error("{table} already has the row {key}")]
    Duplicate {
        /// The table.
        table: &'static str,
        /// The key.
        key: String,
    },
    /// A value the table cannot hold.
    #[error("{0}")]
    Value(String),
}

/// A count as `bigint` holds it.
///
/// # Errors
/// It is above what Postgres can hold, which no event of ours says.
pub fn bigint(count: u64) -> Result<i64, Poison> {
    i64::try_from(count).map_err(|_| Poison::Value(format!("{count} is no bigint")))
}

/// The stored word of a plain enum's value: what serde calls it.
///
/// # Errors
/// It is no plain enum.
pub fn word(value: &impl Serialize) -> Result<String, Poison> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(Poison::Value(format!("{other} is no word"))),
        Err(error) => Err(Poison::Value(error.to_string())),
    }
}

/// A poison event with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event at position {position} cannot be projected")]
pub struct PoisonAt {
    /// Where.
    pub position: i64,
    /// Why.
    #[source]
    pub poison: Poison,
}

/// Operations on read tables, in the order of the events that caused them.
#[derive(Default)]
pub struct Batch {
    position: i64,
    at: DateTime<Utc>,
    pub(super) operations: VecDeque<Operation>,
}

/// One operation with the event that caused it.
pub(super) struct Operation {
    pub(super) position: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) act: Box<dyn Act>,
}

/// An operation whose table's type has been erased.
pub(super) trait Act: Send {
    /// Whether the row it needs is at hand; if not, it is asked for.
    fn is_ready(&self, store: &mut Store) -> bool;
    /// Does it; what must follow is recorded in `next`.
    fn run(self: Box<Self>, store: &mut Store, next: &mut Batch) -> Result<(), Poison>;
    /// What it does to the table itself, after all before it has been written there.
    fn sweep(&self, _: &mut Store) -> Option<Sweep> {
        None
    }
}

/// A statement over all rows of one person: `$1` is the person.
pub(super) struct Sweep {
    /// The place of the table among those of the store.
    pub(super) table: usize,
    /// The statement.
    pub(super) statement: String,
    /// Whose rows.
    pub(super) person: Uuid,
}

impl Batch {
    /// Everything recorded from here on comes from the event at `position`, recorded `at`.
    pub fn start(&mut self, position: i64, at: DateTime<Utc>) {
        (self.position, self.at) = (position, at);
    }

    /// When the current event was recorded: the only time a read table knows (D8).
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Where the current event is in the log.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Adds a row to a table that only grows.
    pub fn append<T: Table>(&mut self, row: T) {
        self.push(Append(row));
    }

    /// Adds a row that must not be there yet.
    pub fn insert<T: Keyed>(&mut self, row: T) {
        self.push(Change { key: row.key(), step: Step::Insert(row) });
    }

    /// Changes a row that must be there.
    pub fn update<T: Keyed>(&mut self, key: T::Key, change: impl FnOnce(&mut T) + Send + 'static) {
        self.push(Change { key, step: Step::Update::<T>(Box::new(change)) });
    }

    /// Changes a row, starting from `fresh` if it is not there.
    pub fn upsert<T: Keyed>(&mut self, fresh: T, change: impl FnOnce(&mut T) + Send + 'static) {
        self.upsert_then(fresh, |row, _| change(row));
    }

    /// As [`Batch::upsert`], and then records what follows from the row as it is now.
    pub fn upsert_then<T: Keyed>(
        &mut self,
        fresh: T,
        change: impl FnOnce(&mut T, &mut Batch) + Send + 'static,
    ) {
        self.push(Change { key: fresh.key(), step: Step::Upsert(fresh, Box::new(change)) });
    }

    /// Removes a row that must be there.
    pub fn delete<T: Keyed>(&mut self, key: T::Key) {
        self.take::<T>(key, |_, _| {});
    }

    /// Removes a row if it is there.
    pub fn remove<T: Keyed>(&mut self, key: T::Key) {
        self.push(Change::<T> { key, step: Step::Remove });
    }

    /// Removes every row of a person, however many: `column` says whose a row is. For the end of
    /// an account (P7); one row is removed by its key.
    pub fn remove_person<T: Table>(&mut self, column: &'static str, person: Uuid) {
        let statement = format!("delete from {} where {column} = $1", T::DEFINITION.name);
        self.push(OfPerson::<T> { statement, person, table: PhantomData });
    }

    /// Overwrites fields of every row of a person: `changes` is what follows `set`. What remains
    /// of the row is nobody's any more.
    pub fn blank_person<T: Table>(
        &mut self,
        changes: &'static str,
        column: &'static str,
        person: Uuid,
    ) {
        let table = T::DEFINITION.name;
        let statement = format!("update {table} set {changes} where {column} = $1");
        self.push(OfPerson::<T> { statement, person, table: PhantomData });
    }

    /// Removes a row that must be there, and records what follows from it.
    pub fn take<T: Keyed>(
        &mut self,
        key: T::Key,
        then: impl FnOnce(T, &mut Batch) + Send + 'static,
    ) {
        self.push(Change { key, step: Step::Take::<T>(Box::new(then)) });
    }

    fn push(&mut self, act: impl Act + 'static) {
        let operation = Operation { position: self.position, at: self.at, act: Box::new(act) };
        self.operations.push_back(operation);
    }
}

struct Append<T>(T);

impl<T: Table> Act for Append<T> {
    fn is_ready(&self, _: &mut Store) -> bool {
        true
    }

    fn run(self: Box<Self>, store: &mut Store, _: &mut Batch) -> Result<(), Poison> {
        store.rows::<T>().append(self.0);
        Ok(())
    }
}

struct OfPerson<T> {
    statement: String,
    person: Uuid,
    table: PhantomData<fn() -> T>,
}

impl<T: Table> Act for OfPerson<T> {
    fn is_ready(&self, _: &mut Store) -> bool {
        false
    }

    fn run(self: Box<Self>, _: &mut Store, _: &mut Batch) -> Result<(), Poison> {
        Ok(()) // The store has run the statement.
    }

    fn sweep(&self, store: &mut Store) -> Option<Sweep> {
        let (table, statement) = (store.place::<T>(), self.statement.clone());
        Some(Sweep { table, statement, person: self.person })
    }
}

struct Change<T: Keyed> {
    key: T::Key,
    step: Step<T>,
}

type Edit<T> = Box<dyn FnOnce(&mut T) + Send>;
type EditThen<T> = Box<dyn FnOnce(&mut T, &mut Batch) + Send>;
type TakeThen<T> = Box<dyn FnOnce(T, &mut Batch) + Send>;

enum Step<T> {
    Insert(T),
    Update(Edit<T>),
    Upsert(T, EditThen<T>),
    Take(TakeThen<T>),
    Remove,
}

impl<T: Keyed> Act for Change<T> {
    fn is_ready(&self, store: &mut Store) -> bool {
        // A new row needs nothing read: the primary key says if it was there already.
        matches!(self.step, Step::Insert(_)) || store.rows::<T>().is_ready(&self.key)
    }

    fn run(self: Box<Self>, store: &mut Store, next: &mut Batch) -> Result<(), Poison> {
        let Self { key, step } = *self;
        let rows = store.rows::<T>();
        let missing = || Poison::Missing { table: T::DEFINITION.name, key: format!("{key:?}") };
        match step {
            Step::Insert(row) => {
                if rows.put(&key, row).is_some() {
                    let (table, key) = (T::DEFINITION.name, format!("{key:?}"));
                    return Err(Poison::Duplicate { table, key });
                }
            }
            Step::Update(change) => {
                let row = rows.change(&key).ok_or_else(missing)?;
                change(row);
                row.touch(next.at());
            }
            Step::Upsert(fresh, change) => {
                if rows.change(&key).is_none() {
                    rows.put(&key, fresh);
                }
                let row = rows.change(&key).ok_or_else(missing)?;
                change(row, next);
                row.touch(next.at());
            }
            Step::Remove => drop(rows.take(&key)),
            Step::Take(then) => then(rows.take(&key).ok_or_else(missing)?, next),
        }
        Ok(())
    }
}
