//! What an auditor compares with the events: commands, claims and timers as the database has them.

use deadpool_postgres::Pool;
use uuid::Uuid;

use crate::database::DatabaseError;

/// Claims of one page.
pub const CLAIMS_PAGE: i64 = 10_000;

const COMMANDS: &str = "select asked.place, c.outcome, c.position
from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality
    as asked (scope, key, position, place)
left join es.commands c on c.scope = asked.scope and c.key = asked.key
where c.position is distinct from asked.position or c.outcome <> 0
order by asked.place";

const CLAIMS: &str = "select scope, value, stream_type, stream_id from es.claims
where (scope, value) > ($1, $2) order by scope, value limit $3";

const TIMERS: &str = "select key from vault.records where kind = $1 and due is not null";

/// Reads what stands beside the events.
#[derive(Debug, Clone)]
pub struct Audit {
    pool: Pool,
}

/// Commands that must have been accepted at a position; the three belong together by their place.
#[derive(Debug, Default)]
pub struct Expected<'a> {
    /// Who may use the key.
    pub scopes: Vec<&'a str>,
    /// The key.
    pub keys: Vec<&'a str>,
    /// The command's own last event.
    pub positions: Vec<i64>,
}

/// What is stored in place of an expected command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Otherwise {
    /// Which of those expected, from 0.
    pub place: usize,
    /// Whether the rules said no, and the position; none if the key was never used.
    pub stored: Option<(bool, i64)>,
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

    /// Those of the commands that are not stored as expected, in their order. Only these travel:
    /// of a sound log there are none.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn commands(&self, expected: &Expected<'_>) -> Result<Vec<Otherwise>, DatabaseError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(COMMANDS).await?;
        let Expected { scopes, keys, positions } = expected;
        let rows = client.query(&statement, &[scopes, keys, positions]).await?;
        let otherwise = |row: &tokio_postgres::Row| {
            let place: i64 = row.try_get(0)?;
            let refused = row.try_get::<_, Option<i16>>(1)?.map(|outcome| outcome == 1);
            Ok(Otherwise {
                place: usize::try_from(place - 1).unwrap_or_default(), // They count from 1.
                stored: refused.zip(row.try_get(2)?),
            })
        };
        Ok(rows.iter().map(otherwise).collect::<Result<_, tokio_postgres::Error>>()?)
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
