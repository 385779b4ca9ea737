//! The peer: cqrs-es with postgres-es as they come, driving the same aggregate.

use anyhow::{Result, ensure};
use cqrs_es::AggregateError;
use domain::UserId;
use domain::wallets::{Wallet, WalletCommand, WalletKey};
use postgres_es::{PostgresCqrs, postgres_cqrs};
use sqlx::postgres::{PgPool, PgPoolOptions};

/// Connections at which this peer is fastest.
const POOL: u32 = 16;

/// The library's own table (`db/init.sql` of postgres-es).
const SCHEMA: &str = "create table events (
    aggregate_type text not null, aggregate_id text not null,
    sequence bigint check (sequence >= 0) not null, event_type text not null,
    event_version text not null, payload json not null, metadata json not null,
    primary key (aggregate_type, aggregate_id, sequence))";

/// The library on its own database.
pub struct Library {
    cqrs: PostgresCqrs<Wallet>,
    pool: PgPool,
}

impl Library {
    /// Creates the table.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn create(url: &str) -> Result<Self> {
        let pool = PgPoolOptions::new().max_connections(POOL).connect(url).await?;
        sqlx::query(SCHEMA).execute(&pool).await?;
        Ok(Self { cqrs: postgres_cqrs(pool.clone(), vec![], ()), pool })
    }

    /// One command of one wallet. Two at once on one wallet make the library refuse the second; the
    /// caller tries again, as its users must.
    ///
    /// # Errors
    /// The command fails.
    pub async fn earn(&self, artist: UserId, command: &WalletCommand) -> Result<()> {
        let id = WalletKey::earning(artist).id().to_string();
        loop {
            match self.cqrs.execute(&id, command.clone()).await {
                Err(AggregateError::AggregateConflict) => {}
                outcome => return Ok(outcome?),
            }
        }
    }

    /// One stored event per answer.
    ///
    /// # Errors
    /// It is not so.
    pub async fn check(&self, answered: i64) -> Result<()> {
        let stored: i64 =
            sqlx::query_scalar("select count(*) from events").fetch_one(&self.pool).await?;
        ensure!(stored == answered, "the library answered {answered} and stored {stored}");
        Ok(())
    }
}
