//! The rows of one table a projector has at hand: read once, changed in memory, written once.

use std::collections::{BTreeSet, HashMap};

use deadpool_postgres::Transaction;
use futures::future::BoxFuture;
use tokio_postgres::{Error, Row};

use super::send::{copy_in, execute, query};
use super::table::{Definition, Key, Table};

/// One row at hand.
struct Slot<T> {
    /// What it is now; `None` if there is none.
    row: Option<T>,
    /// Whether the table has a row of this key.
    stored: bool,
    /// Whether the table must be told.
    dirty: bool,
    /// The last round of writing it was changed or read in.
    round: u64,
}

/// The rows at hand of one table.
pub(super) struct Rows<T: Table> {
    slots: HashMap<T::Key, Slot<T>>,
    wanted: BTreeSet<T::Key>,
    appended: Vec<T>,
    /// Whether a key that is not at hand is not in the table either: true for a table that began
    /// empty and of which nothing was let go yet.
    complete: bool,
    round: u64,
}

impl<T: Table> Rows<T> {
    pub(super) fn new(complete: bool) -> Self {
        Self {
            slots: HashMap::new(),
            wanted: BTreeSet::new(),
            appended: Vec::new(),
            complete,
            round: 0,
        }
    }

    pub(super) fn append(&mut self, row: T) {
        self.appended.push(row);
    }

    /// Whether it is known what the table has under this key; if not, the next load asks.
    pub(super) fn is_ready(&mut self, key: &T::Key) -> bool {
        let ready = self.complete || self.slots.contains_key(key);
        if !ready {
            self.wanted.insert(key.clone());
        }
        ready
    }

    /// The row to change, if there is one.
    pub(super) fn change(&mut self, key: &T::Key) -> Option<&mut T> {
        let slot = self.slots.get_mut(key)?;
        let row = slot.row.as_mut()?;
        (slot.dirty, slot.round) = (true, self.round);
        Some(row)
    }

    /// Puts a row in; answers the one that was there.
    pub(super) fn put(&mut self, key: &T::Key, row: T) -> Option<T> {
        let absent = Slot { row: None, stored: false, dirty: false, round: 0 };
        let slot = self.slots.entry(key.clone()).or_insert(absent);
        (slot.dirty, slot.round) = (true, self.round);
        slot.row.replace(row)
    }

    /// Takes a row out.
    pub(super) fn take(&mut self, key: &T::Key) -> Option<T> {
        let slot = self.slots.get_mut(key)?;
        (slot.dirty, slot.round) = (true, self.round);
        slot.row.take()
    }

    #[cfg(test)]
    pub(super) fn grown(&self) -> &[T] {
        &self.appended
    }

    #[cfg(test)]
    pub(super) fn asked_for(&self) -> Vec<T::Key> {
        self.wanted.iter().cloned().collect()
    }

    /// Changed rows the table does not have yet, in the order of their keys.
    fn fresh(&self) -> Vec<&T> {
        self.changed(|slot| if slot.stored { None } else { slot.row.as_ref() })
    }

    /// Changed rows the table has.
    fn changed_rows(&self) -> Vec<&T> {
        self.changed(|slot| if slot.stored { slot.row.as_ref() } else { None })
    }

    fn changed<'a>(&'a self, which: impl Fn(&'a Slot<T>) -> Option<&'a T>) -> Vec<&'a T> {
        let dirty = self.slots.iter().filter(|(_, slot)| slot.dirty);
        let mut rows: Vec<_> =
            dirty.filter_map(|(key, slot)| which(slot).map(|r| (key, r))).collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// Keys of rows the table has and must not.
    fn gone(&self) -> Vec<&T::Key> {
        let gone = self.slots.iter().filter(|(_, s)| s.dirty && s.stored && s.row.is_none());
        let mut keys: Vec<_> = gone.map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys
    }
}

/// [`Rows`] whose table's type has been erased.
pub(super) trait AnyRows: Send + Sync {
    fn definition(&self) -> &'static Definition;
    fn as_any_mut(&mut self) -> &mut dyn std::any::Any;
    fn len(&self) -> usize;
    fn is_complete(&self) -> bool;
    /// Reads what is wanted; `None` if nothing is.
    fn load<'a>(
        &'a self,
        tx: &'a Transaction<'_>,
    ) -> Option<BoxFuture<'a, Result<Vec<Row>, Error>>>;
    /// Takes in what was read; what was wanted and not read is known to be absent.
    fn loaded(&mut self, rows: &[Row]) -> Result<(), Error>;
    /// Writes everything changed, by at most one statement of each sort.
    fn writes<'a>(&'a self, tx: &'a Transaction<'_>) -> Vec<BoxFuture<'a, Result<(), Error>>>;
    /// Writes rows that only grow, and if `all` the changed ones too, new rows by `copy`.
    fn copy<'a>(&'a self, tx: &'a Transaction<'_>, all: bool) -> BoxFuture<'a, Result<(), Error>>;
    /// Forgets the appended rows, which are written.
    fn appended(&mut self);
    /// Everything is written: forgets what was not touched since the last time, and everything
    /// when `keep` is not enough for the rest.
    fn settle(&mut self, keep: usize);
}

impl<T: Table> AnyRows for Rows<T> {
    fn definition(&self) -> &'static Definition {
        T::DEFINITION
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }

    fn len(&self) -> usize {
        self.slots.len()
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    fn load<'a>(
        &'a self,
        tx: &'a Transaction<'_>,
    ) -> Option<BoxFuture<'a, Result<Vec<Row>, Error>>> {
        if self.wanted.is_empty() {
            return None;
        }
        let keys: Vec<_> = self.wanted.iter().collect();
        let statements = T::statements();
        Some(query(tx, &statements.load, T::Key::arrays(&keys), &statements.keys))
    }

    fn loaded(&mut self, rows: &[Row]) -> Result<(), Error> {
        for row in rows {
            let row = T::from_row(row)?;
            let key = row.key();
            self.wanted.remove(&key);
            let slot = Slot { row: Some(row), stored: true, dirty: false, round: self.round };
            self.slots.insert(key, slot);
        }
        for key in std::mem::take(&mut self.wanted) {
            let slot = Slot { row: None, stored: false, dirty: false, round: self.round };
            self.slots.insert(key, slot);
        }
        Ok(())
    }

    fn writes<'a>(&'a self, tx: &'a Transaction<'_>) -> Vec<BoxFuture<'a, Result<(), Error>>> {
        let statements = T::statements();
        let mut writes = Vec::new();
        let gone = self.gone();
        if !gone.is_empty() {
            writes.push(execute(tx, &statements.delete, T::Key::arrays(&gone), &statements.keys));
        }
        let mut fresh = self.fresh();
        fresh.extend(&self.appended);
        if !fresh.is_empty() {
            writes.push(execute(tx, &statements.insert, T::arrays(&fresh), &statements.rows));
        }
        let changed = self.changed_rows();
        if !changed.is_empty() {
            writes.push(execute(tx, &statements.upsert, T::arrays(&changed), &statements.rows));
        }
        writes
    }

    fn copy<'a>(&'a self, tx: &'a Transaction<'_>, all: bool) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let statements = T::statements();
            copy_in(tx, self.appended.iter()).await?;
            if !all {
                return Ok(());
            }
            let (gone, changed) = (self.gone(), self.changed_rows());
            if !gone.is_empty() {
                execute(tx, &statements.delete, T::Key::arrays(&gone), &statements.keys).await?;
            }
            copy_in(tx, self.fresh().into_iter()).await?;
            if !changed.is_empty() {
                execute(tx, &statements.upsert, T::arrays(&changed), &statements.rows).await?;
            }
            Ok(())
        })
    }

    fn appended(&mut self) {
        self.appended.clear();
    }

    fn settle(&mut self, keep: usize) {
        self.appended.clear();
        let round = self.round;
        self.slots.retain(|_, slot| {
            (slot.stored, slot.dirty) = (slot.row.is_some(), false);
            slot.stored && slot.round == round
        });
        if self.slots.len() > keep {
            self.slots.clear();
        }
        self.complete = false;
        self.round += 1;
    }
}
