//! Rows and keys on their way to Postgres.

use deadpool_postgres::Transaction;
use futures::future::BoxFuture;
use futures::pin_mut;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use super::cell::Many;
use super::table::Table;

/// Reads the rows of some keys.
pub(super) fn query<'a>(
    tx: &'a Transaction<'_>,
    statement: &'a str,
    arrays: Vec<Many<'a>>,
    types: &'a [Type],
) -> BoxFuture<'a, Result<Vec<Row>, Error>> {
    Box::pin(async move {
        let statement = tx.prepare_typed_cached(statement, types).await?;
        tx.query(&statement, &values(&arrays)).await
    })
}

/// Runs a statement that carries many rows or keys.
pub(super) fn execute<'a>(
    tx: &'a Transaction<'_>,
    statement: &'a str,
    arrays: Vec<Many<'a>>,
    types: &'a [Type],
) -> BoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let statement = tx.prepare_typed_cached(statement, types).await?;
        tx.execute(&statement, &values(&arrays)).await.map(drop)
    })
}

fn values<'a>(arrays: &'a [Many<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    arrays.iter().map(|array| &**array as &(dyn ToSql + Sync)).collect()
}

/// Copies rows in, in binary.
pub(super) async fn copy_in<'a, T: Table>(
    tx: &Transaction<'_>,
    rows: impl ExactSizeIterator<Item = &'a T>,
) -> Result<(), Error> {
    if rows.len() == 0 {
        return Ok(());
    }
    let statements = T::statements();
    let sink = tx.copy_in(statements.copy.as_str()).await?;
    let writer = BinaryCopyInWriter::new(sink, &statements.cells);
    pin_mut!(writer);
    for row in rows {
        writer.as_mut().write(&row.cells()).await?;
    }
    writer.finish().await.map(drop)
}
