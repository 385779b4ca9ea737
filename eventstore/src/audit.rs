//! What an auditor compares with the events: commands, claims and timers as the database has them.

use deadpool_postgres::Pool;
use uuid::Uuid;

use crate::database::DatabaseError;

/// Claims of one page.
pub const CLAIMS_PAGE: i64 = 10_000;

const COMMANDS: &str = "select c.scope, c.key, c.outcome, c.position
from unnest($1::text[], $2::text[]) as asked (scope, key)
join es.commands c on c.scope = asked.scope and c.key = asked.key";

const CLAIMS: &str = "select scope, value, stream_type, stream_id from es.claims
where (scope, value) > ($1, $2) order by scope, value limit $3";

const TIMERS: &str = "select key from vault.records where kind = $1 and due is not null";

/// Reads what stands beside the events.
#[derive(Debug, Clone)]
pub struct Audit {
    pool: Pool,
}

/// What a key was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommand {
    /// Who may use the key.
    pub scope: String,
    /// The key.
    pub key: String,
    /// Whether the rules said no.
    pub refused: bool,
    /// Own last event, or the head at the check.
    pub position: i64,
}

/// A unique value and the stream that holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// What is unique.
    pub scope: String,
    /// The value.
    pub value: String,
    /// The holder's type.
    pub stream_type: String,
    /// The holder's id.
    pub stream_id: Uuid,
}

impl Audit {
    /// Reads through this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// Those of the keys that were used, in no order.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn commands(
        &self,
        scopes: &[&str],
        keys: &[&str],
    ) -> Result<Vec<StoredCommand>, DatabaseError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(COMMANDS).await?;
        let rows = client.query(&statement, &[&scopes, &keys]).await?;
        let command = |row: &tokio_postgres::Row| {
            Ok(StoredCommand {
                scope: row.try_get(0)?,
                key: row.try_get(1)?,
                refused: row.try_get::<_, i16>(2)? == 1,
                position: row.try_get(3)?,
            })
        };
        Ok(rows.iter().map(command).collect::<Result<_, tokio_postgres::Error>>()?)
    }

    /// The claims after (scope, value), ascending, [`CLAIMS_PAGE`] at most.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn claims(&self, scope: &str, value: &str) -> Result<Vec<Claim>, DatabaseError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(CLAIMS).await?;
        let rows = client.query(&statement, &[&scope, &value, &CLAIMS_PAGE]).await?;
        let claim = |row: &tokio_postgres::Row| {
            Ok(Claim {
                scope: row.try_get(0)?,
                value: row.try_get(1)?,
                stream_type: row.try_get(2)?,
                stream_id: row.try_get(3)?,
            })
        };
        Ok(rows.iter().map(claim).collect::<Result<_, tokio_postgres::Error>>()?)
    }

    /// The keys of all timers of a kind that have not rung.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn timers(&self, kind: &str) -> Result<Vec<String>, DatabaseError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(TIMERS).await?;
        let rows = client.query(&statement, &[&kind]).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }
}
