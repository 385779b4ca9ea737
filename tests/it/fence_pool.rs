//! An identity lasts for one query (SEC-02, D-17): the next one on the same connection is somebody
//! else, whatever became of the one before.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use projections::frame::{Capacity, Query, Reader, Reads, View};
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

use crate::support::{Database, Role, database};

/// What one connection knows of who asks: its process, user and role.
#[derive(Debug, PartialEq, Eq)]
struct Whom(i32, String, String);

impl View for Whom {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    }
}

static WHOM: Query<Whom> = Query::view(
    "select pg_backend_pid(), coalesce(current_setting('app.current_user_id', true), ''), \
    coalesce(current_setting('app.current_role', true), '')",
);
static BROKEN: Query<Whom> = Query::view("select 1 / 0, '', ''");
static SLOW: Query<Whom> = Query::view("select pg_backend_pid(), pg_sleep(0.3)::text, ''");

/// A pool of a single connection, so that everybody has the same one.
fn reads(database: &Database) -> Reads {
    let config = database.url(Role::Api).parse().unwrap();
    let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(config, NoTls, fast);
    Reads::new(Pool::builder(manager).max_size(1).build().unwrap())
}

async fn whom(reader: Reader<'_>) -> (String, String) {
    let Whom(_, user, role) = WHOM.one(reader, &[]).await.unwrap().unwrap();
    (user, role)
}

fn nobody() -> (String, String) {
    (String::new(), String::new())
}

#[tokio::test]
async fn a_connection_forgets_who_asked_when_the_query_ends() {
    let database = database().await;
    let reads = reads(&database);
    let (ann, bob) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(whom(reads.public()).await, nobody());
    assert_eq!(whom(reads.user(ann)).await, (ann.to_string(), String::new()));
    assert_eq!(whom(reads.public()).await, nobody());
    assert_eq!(whom(reads.user(bob)).await, (bob.to_string(), String::new()));
    assert_eq!(whom(reads.capacity(Capacity::Staff)).await, (String::new(), "staff".to_owned()));
    assert_eq!(whom(reads.user(ann)).await, (ann.to_string(), String::new()));
    assert_eq!(whom(reads.public()).await, nobody());
}

#[tokio::test]
async fn a_query_that_fails_leaves_nobody_behind() {
    let database = database().await;
    let reads = reads(&database);
    for reader in [reads.user(Uuid::now_v7()), reads.capacity(Capacity::Staff)] {
        assert!(BROKEN.one(reader, &[]).await.is_err());
        assert_eq!(whom(reads.public()).await, nobody());
    }
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_nobody_behind() {
    let database = database().await;
    let reads = reads(&database);
    whom(reads.user(Uuid::now_v7())).await;
    let before = WHOM.one(reads.public(), &[]).await.unwrap().unwrap();
    for patience in [0, 1, 5, 20, 50] {
        let slow = SLOW.one(reads.capacity(Capacity::Staff), &[]);
        let given_up = tokio::time::timeout(Duration::from_millis(patience), slow).await;
        assert!(given_up.is_err());
        assert_eq!(whom(reads.public()).await, nobody(), "after {patience} ms");
    }
    let after = WHOM.one(reads.public(), &[]).await.unwrap().unwrap();
    assert_eq!(before, after, "it was the same connection all the time");
}
