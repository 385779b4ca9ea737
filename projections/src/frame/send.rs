//! Rows and keys on their way to Postgres.

use futures::future::BoxFuture;
use futures::pin_mut;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row, Transaction};

use super::cell::Many;
use super::table::Table;

/// Reads the rows of some keys.
pub(super) fn query<'a>(
    tx: &'a Transaction<'_>,
    statement: &'a str,
    arrays: Vec<Many<'a>>,
    types: &'a [Type],
) -> BoxFuture<'a, Result<Vec<Row>, Error>> {
    Box::pin(async move { tx.query_typed(statement, &typed(&arrays, types)).await })
}

/// Runs a statement that carries many rows or keys.
pub(super) fn execute<'a>(
    tx: &'a Transaction<'_>,
    statement: &'a str,
    arrays: Vec<Many<'a>>,
    types: &'a [Type],
) -> BoxFuture<'a, Result<(), Error>> {
    Box::pin(async move { tx.execute_typed(statement, &typed(&arrays, types)).await.map(drop) })
}

/// Parameters with their types: the statement is parsed, bound and run in one round trip, and no
/// prepared plan outlives a swap of the table.
fn typed<'a>(arrays: &'a [Many<'_>], types: &[Type]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    arrays.iter().map(|array| &**array as &(dyn ToSql + Sync)).zip(types.iter().cloned()).collect()
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
