//! Making the read tables where there are none yet.

use deadpool_postgres::Client;
use tokio_postgres::{Error, Transaction};

use crate::ALL;
use crate::frame::Definition;

/// The schema of the live tables.
pub const READ: &str = "read";

const EXISTS: &str = "select to_regclass($1) is not null";

/// Makes every read table that is missing in the live schema, empty; its projector fills it from
/// the beginning of the log. Safe to run by two processes at once.
///
/// # Errors
/// The database's, for example when the role may not create tables.
pub async fn create(client: &mut Client) -> Result<(), Error> {
    let tx = client.transaction().await?;
    tx.batch_execute("select pg_advisory_xact_lock(hashtext('folio read tables'))").await?;
    use_schema(&tx, READ).await?;
    for table in ALL.iter().flat_map(|projector| projector.tables()) {
        let there: bool = tx.query_one(EXISTS, &[&table.name]).await?.try_get(0)?;
        if !there {
            create_table(&tx, table).await?;
        }
    }
    tx.commit().await
}

/// Unqualified names mean this schema's until the transaction ends.
pub(crate) async fn use_schema(tx: &Transaction<'_>, schema: &str) -> Result<(), Error> {
    tx.batch_execute(&format!("set local search_path to \"{schema}\"")).await
}

async fn create_table(tx: &Transaction<'_>, table: &Definition) -> Result<(), Error> {
    tx.batch_execute(&table.create()).await?;
    tx.batch_execute(&table.create_key()).await?;
    for statement in table.create_indexes().into_iter().chain(table.create_fence()) {
        tx.batch_execute(&statement).await?;
    }
    Ok(())
}
