//! The tables of one projector on their way: a batch is folded over the rows it needs, which are
//! read once, and what changed is written once.

use std::any::TypeId;

use deadpool_postgres::Transaction;
use futures::future::try_join_all;
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::batch::{Batch, PoisonAt, Sweep};
use super::rows::{AnyRows, Rows};
use super::table::Table;

/// Why a batch could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FlushError {
    /// An event does not fit the tables.
    #[error("poison")]
    Poison(#[from] PoisonAt),
    /// The database said no, or nothing.
    #[error("the read tables could not be written")]
    Database(#[from] Error),
}

/// The rows a projector has at hand, by table.
pub struct Store {
    tables: Vec<(TypeId, Box<dyn AnyRows>)>,
    /// When the tables began empty and belong to us alone: how many rows of each are kept between
    /// batches.
    keep: Option<usize>,
}

impl Store {
    /// For live tables: every batch reads what it needs and writes what it changed.
    #[must_use]
    pub fn live() -> Self {
        Self { tables: Vec::new(), keep: None }
    }

    /// For tables that begin empty and are nobody else's: `keep` rows of each stay in memory, so
    /// that a row that changes a hundred times is written once.
    #[must_use]
    pub fn building(keep: usize) -> Self {
        Self { tables: Vec::new(), keep: Some(keep) }
    }

    /// The place of one table.
    pub(super) fn place<T: Table>(&mut self) -> usize {
        let id = TypeId::of::<T>();
        self.tables.iter().position(|(other, _)| *other == id).unwrap_or_else(|| {
            self.tables.push((id, Box::new(Rows::<T>::new(self.keep.is_some()))));
            self.tables.len() - 1
        })
    }

    /// The rows of one table.
    pub(super) fn rows<T: Table>(&mut self) -> &mut Rows<T> {
        let at = self.place::<T>();
        #[expect(clippy::expect_used, reason = "the id beside it is that of its type")]
        self.tables[at].1.as_any_mut().downcast_mut().expect("rows of the type of their id")
    }

    /// Runs operations until one needs a row that is not at hand; `true` when all are done.
    ///
    /// # Errors
    /// The first event that does not fit.
    pub fn fold(&mut self, batch: &mut Batch) -> Result<bool, PoisonAt> {
        while let Some(operation) = batch.operations.pop_front() {
            if !operation.act.is_ready(self) {
                for later in &batch.operations {
                    later.act.is_ready(self); // Asks for its row, so that one load brings all.
                }
                batch.operations.push_front(operation);
                return Ok(false);
            }
            let mut next = Batch::default();
            next.start(operation.position, operation.at);
            operation
                .act
                .run(self, &mut next)
                .map_err(|poison| PoisonAt { position: operation.position, poison })?;
            for following in next.operations.into_iter().rev() {
                batch.operations.push_front(following);
            }
        }
        Ok(true)
    }

    /// Folds a batch and writes what changed: one load, and of each sort one statement, per table.
    ///
    /// # Errors
    /// Poison, or the database's error; the transaction must then be rolled back and the store
    /// dropped or [cleared](Store::clear).
    pub async fn flush(&mut self, tx: &Transaction<'_>, batch: Batch) -> Result<(), FlushError> {
        self.fold_loading(tx, batch).await?;
        let writes = self.tables.iter().flat_map(|(_, rows)| rows.writes(tx));
        try_join_all(writes).await?;
        self.clear();
        Ok(())
    }

    /// Folds a batch of a rebuild. Rows that only grow are copied out at once; the others when
    /// there are too many of them, or when `all` is asked for.
    ///
    /// # Errors
    /// As [`Store::flush`].
    pub async fn spill(
        &mut self,
        tx: &Transaction<'_>,
        batch: Batch,
        all: bool,
    ) -> Result<(), FlushError> {
        self.fold_loading(tx, batch).await?;
        let keep = self.keep.unwrap_or_default();
        for (_, rows) in &mut self.tables {
            let all = all || rows.len() > keep;
            rows.copy(tx, all).await?;
            if all {
                key_now(tx, rows.as_ref()).await?;
                rows.settle(keep / 2);
            } else {
                rows.appended();
            }
        }
        Ok(())
    }

    /// Forgets every row at hand.
    pub fn clear(&mut self) {
        self.tables.clear();
    }

    async fn fold_loading(
        &mut self,
        tx: &Transaction<'_>,
        mut batch: Batch,
    ) -> Result<(), FlushError> {
        while !self.fold(&mut batch)? {
            if let Some(sweep) = batch.operations.front().and_then(|first| first.act.sweep(self)) {
                batch.operations.pop_front();
                self.sweep(tx, &sweep).await?;
                continue;
            }
            let loads = self.tables.iter().enumerate();
            let loads = loads.filter_map(|(at, (_, rows))| {
                let load = rows.load(tx)?;
                Some(async move { load.await.map(|read| (at, read)) })
            });
            for (at, read) in try_join_all(loads).await? {
                self.tables[at].1.loaded(&read)?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// Writes what is at hand of a table, lets it go, and runs a statement over the whole of it.
    async fn sweep(&mut self, tx: &Transaction<'_>, sweep: &Sweep) -> Result<(), Error> {
        let rows = &mut self.tables[sweep.table].1;
        if self.keep.is_some() {
            rows.copy(tx, true).await?;
            key_now(tx, rows.as_ref()).await?;
        } else {
            try_join_all(rows.writes(tx)).await?;
        }
        rows.settle(0);
        tx.execute_typed(&sweep.statement, &[(&sweep.person, Type::UUID)]).await.map(drop)
    }
}

/// From the first time rows are let go, they may have to be read back: the key is needed then.
async fn key_now(tx: &Transaction<'_>, rows: &dyn AnyRows) -> Result<(), Error> {
    if rows.is_complete() {
        tx.batch_execute(&rows.definition().create_key()).await?;
    }
    Ok(())
}
