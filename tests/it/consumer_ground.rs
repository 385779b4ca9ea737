//! What the tests of relay, feed and consumers stand on: a log that grows without a writer, and a
//! consumer that writes down what it was given.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::Transaction;
use eventstore::Entry;
use eventstore::board::{Standing, State};
use eventstore::consumer::{self, Consumer, ConsumerError};
use eventstore::source::Source;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::{Database, Role, database};

/// How long anything may take to come right by itself.
pub const SOON: Duration = Duration::from_secs(20);

/// A database whose log grows at will.
pub struct Ground {
    pub database: Database,
}

/// A fresh log.
pub async fn ground() -> Ground {
    Ground { database: database().await }
}

const LOCK: &str = "select from es.log for update";
const APPEND: &str = "with last as (
    select first + count - 1 as position from es.blocks order by first desc limit 1
), added as (
    insert into es.events (position, recorded_at, event_id, stream_id, stream_type, sequence,
        event_type, event_version, payload, metadata)
    select last.position + n, transaction_timestamp(), gen_random_uuid(), gen_random_uuid(),
        'like', 1, $2, 1,
        json_build_object('user', gen_random_uuid(), 'generation', gen_random_uuid()),
        json_build_object('actor', json_build_object('kind', 'operator'),
            'occurred_at', '2026-01-01T00:00:00Z', 'correlation_id', gen_random_uuid())
    from last, generate_series(1, $1::int) as n
    returning position
)
insert into es.blocks (first, count, recorded_at, hash, leaves)
select min(position), count(*), transaction_timestamp(), decode(repeat('00', 32), 'hex'), ''
from added";

impl Ground {
    /// Follows the log as one process of the service does.
    pub async fn process(&self, nats_url: Option<&str>) -> Source {
        let pool = self.database.pool(Role::Projector);
        Source::start(pool, None, nats_url).await.unwrap()
    }

    /// Appends likes, in one block.
    pub async fn append(&self, count: i32) {
        self.append_of("like.added", count).await;
    }

    /// Appends events of any type, in one block.
    pub async fn append_of(&self, event_type: &str, count: i32) {
        let mut client = self.database.client(Role::Superuser).await;
        let tx = client.transaction().await.unwrap();
        tx.execute(LOCK, &[]).await.unwrap();
        tx.execute(APPEND, &[&count, &event_type]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A table that takes each event once.
    pub async fn table(&self, schema: &str, name: &str) {
        let statement = format!(
            "create table {schema}.{name} (position bigint primary key, event_id uuid unique,
                written bigint generated always as identity)"
        );
        self.projector(&statement).await;
    }

    /// Asserts that every append was written to the table in one transaction.
    pub async fn assert_appends_are_whole(&self, table: &str) {
        let client = self.database.client(Role::Superuser).await;
        let torn = format!(
            "select count(*) from (
                select b.first from es.blocks b
                join {table} t on t.position between b.first and b.first + b.count - 1
                group by b.first having count(distinct t.xmin::text) > 1) as torn"
        );
        let torn: i64 = client.query_one(&torn, &[]).await.unwrap().get(0);
        assert_eq!(torn, 0, "{table} has shown a part of these appends");
    }

    /// Runs statements as the projector.
    pub async fn projector(&self, statements: &str) {
        let client = self.database.client(Role::Projector).await;
        client.batch_execute(statements).await.unwrap();
    }

    /// Runs statements as the owner of the cluster.
    pub async fn superuser(&self, statements: &str) {
        let client = self.database.client(Role::Superuser).await;
        client.batch_execute(statements).await.unwrap();
    }

    /// Asserts that the table holds exactly the log, written in order.
    pub async fn assert_holds_the_log(&self, table: &str) {
        let client = self.database.client(Role::Superuser).await;
        let missing = format!(
            "select count(*) from es.events e full join {table} t using (position, event_id)
             where e.position is null or t.position is null"
        );
        let missing: i64 = client.query_one(&missing, &[]).await.unwrap().get(0);
        assert_eq!(missing, 0, "{table} differs from the log");
        let disordered = format!(
            "select count(*) from (select position, lag(position) over (order by written) as before
             from {table}) as t where before > position"
        );
        let disordered: i64 = client.query_one(&disordered, &[]).await.unwrap().get(0);
        assert_eq!(disordered, 0, "{table} was not written in order");
    }
}

/// Writes every event it gets into its table, whose key refuses a second time.
pub struct Tally {
    pub table: &'static str,
    /// Where it finds poison.
    pub poison: Option<i64>,
    /// How many batches it applies and then never returns from.
    pub hang: Arc<AtomicUsize>,
    /// Wants likes that were removed as well.
    pub wants_all: bool,
}

impl Tally {
    /// A well-behaved one.
    pub fn of(table: &'static str) -> Self {
        Self { table, poison: None, hang: Arc::default(), wants_all: true }
    }

    /// Runs it as a task of a process.
    pub fn start(self, source: &Source) -> JoinHandle<()> {
        tokio::spawn(consumer::run(self, source.clone()))
    }
}

impl Consumer for Tally {
    type Work = Vec<Arc<Entry>>;

    fn name(&self) -> &'static str {
        self.table
    }

    fn wants(&self, event_type: &str) -> bool {
        self.wants_all || event_type == "like.added"
    }

    async fn prepare(
        &mut self,
        entries: &[Arc<Entry>],
    ) -> Result<Option<Self::Work>, ConsumerError> {
        Ok(Some(entries.to_vec()))
    }

    async fn apply(
        &mut self,
        tx: &Transaction<'_>,
        entries: Self::Work,
    ) -> Result<(), ConsumerError> {
        let statement = format!("insert into {} (position, event_id) values ($1, $2)", self.table);
        let statement = tx.prepare(&statement).await?;
        for entry in entries {
            let (position, event_id) = (entry.recorded.position, entry.recorded.event_id);
            if self.poison == Some(position) {
                return Err(ConsumerError::Poison("as the test wished".to_owned()));
            }
            tx.execute(&statement, &[&position, &event_id]).await?;
        }
        let hang = self.hang.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match hang {
            Ok(_) => std::future::pending().await,
            Err(_) => Ok(()),
        }
    }
}

/// Waits until a follower of this process stands where the test wants it.
pub async fn until(source: &Source, name: &str, here: impl Fn(&Standing) -> bool) -> Standing {
    let mut standing = loop {
        match source.board.watch(name) {
            Some(standing) => break standing,
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    let reached = timeout(SOON, standing.wait_for(here)).await;
    let seen = source.board.standings();
    reached.unwrap_or_else(|_| panic!("{name} did not get there: {seen:?}")).unwrap().clone()
}

/// Waits until a follower is done with a position and at work.
pub async fn until_done(source: &Source, name: &str, position: i64) {
    until(source, name, |it| it.position >= position && it.state == State::Running).await;
}
