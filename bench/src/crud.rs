//! The peer: the transaction the seeds wrote down, on rows with balances (PLT-11).
//!
//! `select … for update`, two updates, two inserts, between `begin` and `commit`: seven round
//! trips on a pool of 16, which is where it is fastest on this size of machine.

use anyhow::{Result, ensure};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// Connections at which this peer is fastest.
const POOL: usize = 16;

/// What every payer starts with.
const OPENING: i64 = 1_000_000_000;

const SCHEMA: &str = "
    create table users (id uuid primary key, token_balance bigint not null check (token_balance >= 0));
    create table transactions (
        id uuid primary key, sender_id uuid not null, receiver_id uuid not null,
        amount bigint not null, status text not null, memo text,
        created_at timestamptz not null default now());
    create index on transactions (sender_id, created_at desc);
    create index on transactions (receiver_id, created_at desc);
    create table generations (
        id uuid primary key, user_id uuid not null, consumed_tokens bigint not null,
        status text not null, created_at timestamptz not null default now());
    create index on generations (user_id, created_at desc)";

/// The seeds' design on its own database.
#[derive(Clone)]
pub struct Crud {
    pool: Pool,
    payers: i64,
}

impl Crud {
    /// Creates tables and `users` users, each with more tokens than a run can spend.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn create(url: &str, users: &[Uuid]) -> Result<Self> {
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(url.parse()?, NoTls, config);
        let pool = Pool::builder(manager).max_size(POOL).build()?;
        let client = pool.get().await?;
        client.batch_execute(SCHEMA).await?;
        client
            .execute("insert into users select unnest($1::uuid[]), $2", &[&users, &OPENING])
            .await?;
        client.batch_execute("analyze").await?;
        Ok(Self { pool, payers: i64::try_from(users.len())? })
    }

    /// One transfer of one token, as the seeds wrote it.
    ///
    /// # Errors
    /// Not enough tokens, or the database refuses.
    pub async fn transfer(&self, id: Uuid, payer: Uuid, artist: Uuid) -> Result<()> {
        let mut client = self.pool.get().await?;
        let lock = client
            .prepare_cached("select token_balance from users where id = $1 for update")
            .await?;
        let debit = client
            .prepare_cached("update users set token_balance = token_balance - $2 where id = $1")
            .await?;
        let credit = client
            .prepare_cached("update users set token_balance = token_balance + $2 where id = $1")
            .await?;
        let entry = client
            .prepare_cached(
                "insert into transactions (id, sender_id, receiver_id, amount, status, memo)
                 values ($1, $2, $3, $4, 'completed', $5)",
            )
            .await?;
        let job = client
            .prepare_cached(
                "insert into generations (id, user_id, consumed_tokens, status)
                 values ($1, $2, $3, 'queued')",
            )
            .await?;
        let amount = 1i64;
        let tx = client.transaction().await?;
        let balance: i64 = tx.query_one(&lock, &[&payer]).await?.get(0);
        ensure!(balance >= amount, "not enough tokens");
        tx.execute(&debit, &[&payer, &amount]).await?;
        tx.execute(&credit, &[&artist, &amount]).await?;
        tx.execute(&entry, &[&id, &payer, &artist, &amount, &"for a picture"]).await?;
        tx.execute(&job, &[&id, &payer, &amount]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the peer claims must be true of it too: no token made or lost, one row per answer.
    ///
    /// # Errors
    /// It is not.
    pub async fn check(&self, answered: i64) -> Result<()> {
        let client = self.pool.get().await?;
        let row = client
            .query_one(
                "select (select sum(token_balance)::bigint from users), (select count(*) from transactions)",
                &[],
            )
            .await?;
        let (sum, count): (i64, i64) = (row.get(0), row.get(1));
        ensure!(sum == self.payers * OPENING, "the peer's balances sum to {sum}");
        ensure!(count == answered, "the peer answered {answered} and stored {count}");
        Ok(())
    }
}
