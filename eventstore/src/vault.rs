//! Reading the vault: what may be forgotten, or has no history (D15). It is written by the append,
//! together with the events it belongs to.

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::database::DatabaseError;

/// Most records asked for at once; more keys are asked for in several rounds.
pub const RECORDS_MAX: usize = 1_000;

const GET: &str = "select kind, key, bytes, due from vault.records where kind = $1 and key = $2";

const GET_MANY: &str = "select kind, key, bytes, due from vault.records
where kind = $1 and key = any($2)";

const KEYS: &str = "select key from vault.records
where kind = $1 and starts_with(key, $2) order by key limit $3";

const DUE: &str = "select kind, key, bytes, due from vault.records
where due <= clock_timestamp() order by due, kind, key limit $1";

/// The vault, for reading. What a role may not see it does not find.
#[derive(Debug, Clone)]
pub struct Vault {
    pool: Pool,
}

/// One thing kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// What sort of secret or timer.
    pub kind: String,
    /// Whose, within the kind.
    pub key: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// When it rings, for timers.
    pub due: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Kept {
    /// Without the bytes: they may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, key, due, bytes: _ } = self;
        f.debug_struct("Kept").field("kind", kind).field("key", key).field("due", due).finish()
    }
}

impl Vault {
    /// Reads through this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// The bytes kept under a key, if any.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn get(&self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, DatabaseError> {
        Ok(self.kept(GET, &[&kind, &key]).await?.pop().map(|kept| kept.bytes))
    }

    /// Those of the keys that are kept, in no order.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn get_many(&self, kind: &str, keys: &[String]) -> Result<Vec<Kept>, DatabaseError> {
        let mut found = Vec::with_capacity(keys.len());
        for keys in keys.chunks(RECORDS_MAX) {
            found.append(&mut self.kept(GET_MANY, &[&kind, &keys]).await?);
        }
        Ok(found)
    }

    /// The first keys of a kind that begin so; at most [`RECORDS_MAX`].
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn keys(
        &self,
        kind: &str,
        beginning: &str,
        limit: i64,
    ) -> Result<Vec<String>, DatabaseError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(KEYS).await?;
        let limit = limit.min(RECORDS_MAX as i64);
        let rows = client.query(&statement, &[&kind, &beginning, &limit]).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// Timers that are due by the database's clock, the longest overdue first; at most
    /// [`RECORDS_MAX`].
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn due(&self, limit: i64) -> Result<Vec<Kept>, DatabaseError> {
        self.kept(DUE, &[&limit.min(RECORDS_MAX as i64)]).await
    }

    async fn kept(
        &self,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Kept>, DatabaseError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(statement).await?;
        let rows = client.query(&statement, values).await?;
        Ok(rows.iter().map(kept).collect::<Result<_, _>>()?)
    }
}

fn kept(row: &Row) -> Result<Kept, tokio_postgres::Error> {
    Ok(Kept {
        kind: row.try_get(0)?,
        key: row.try_get(1)?,
        bytes: row.try_get(2)?,
        due: row.try_get(3)?,
    })
}
