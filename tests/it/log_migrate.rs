//! Migrating: from any number of processes at once, again and again, and never on a server that
//! would spoil the log.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use eventstore_migrations::{MigrateError, Options, RolePasswords, migrate};
use uuid::Uuid;

use crate::support::{Database, Role, database};

/// An empty database next to a migrated one; dropped by [`Empty::drop_now`].
struct Empty {
    neighbour: Database,
    name: String,
}

impl Empty {
    async fn make(how: &str) -> Self {
        let neighbour = database().await;
        let name = format!("it_empty_{}", Uuid::now_v7().simple());
        let create = format!("create database {name} template template0 {how}");
        neighbour.client(Role::Superuser).await.batch_execute(&create).await.unwrap();
        Self { neighbour, name }
    }

    fn url(&self, role: Role) -> String {
        self.neighbour.url(role).replace(self.neighbour.name(), &self.name)
    }

    async fn drop_now(self) {
        let drop = format!("drop database {} with (force)", self.name);
        self.neighbour.client(Role::Superuser).await.batch_execute(&drop).await.unwrap();
    }
}

/// Every process sets a password too, so that they race for a row of the whole cluster.
fn options() -> Options {
    let passwords = RolePasswords::default()
        .with(eventstore_migrations::Role::ReadonlyUser, Uuid::now_v7().to_string());
    Options { passwords, throwaway: true }
}

#[tokio::test]
async fn several_processes_and_databases_may_be_migrated_at_once() {
    let databases = [Empty::make("").await, Empty::make("").await];
    let mut processes = Vec::new();
    for _ in 0..4 {
        for empty in &databases {
            let url = empty.url(Role::Superuser);
            processes.push(tokio::spawn(async move { migrate(&url, &options()).await }));
        }
    }
    let mut applied = Vec::new();
    for process in processes {
        applied.extend(process.await.unwrap().unwrap().applied);
    }
    applied.sort();
    applied.dedup_by(|one, other| one == other);
    let again = migrate(&databases[0].url(Role::Superuser), &options()).await.unwrap();
    assert!(again.applied.is_empty());
    assert_eq!(applied.len(), 3, "each migration is applied once to each: {applied:?}");
    for empty in databases {
        empty.drop_now().await;
    }
}

#[tokio::test]
async fn every_log_has_an_identity_of_its_own() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let empty = Empty::make("").await;
        migrate(&empty.url(Role::Superuser), &options()).await.unwrap();
        let url = empty.url(Role::Auditor);
        let pool = eventstore::database::pool(&url, eventstore::database::Purpose::Log, 1).unwrap();
        ids.push(eventstore::Log::new(pool.clone()).store_id().await.unwrap());
        pool.close();
        empty.drop_now().await;
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn the_migrator_itself_may_migrate_later() {
    let database = database().await;
    let options = Options { throwaway: true, ..Default::default() };
    let report = migrate(&database.url(Role::Migrator), &options).await.unwrap();
    assert!(report.applied.is_empty());
}

#[tokio::test]
async fn a_database_in_another_encoding_is_refused() {
    let empty = Empty::make("encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'").await;
    let refused = migrate(&empty.url(Role::Superuser), &options()).await.unwrap_err();
    assert!(matches!(&refused, MigrateError::Unfit(reason) if reason.contains("LATIN1")));
    empty.drop_now().await;
}

#[tokio::test]
async fn a_changed_migration_is_refused_and_not_guessed() {
    let database = database().await;
    let tamper = "update migrations.history set checksum = '1' where version = 1";
    database.client(Role::Superuser).await.batch_execute(tamper).await.unwrap();
    let refused = migrate(&database.url(Role::Superuser), &options()).await.unwrap_err();
    assert!(matches!(refused, MigrateError::Migration(_)));
}

#[tokio::test]
async fn the_writers_connection_is_refused_when_commits_may_be_lost() {
    use eventstore::database::{Purpose, pool};
    let database = database().await;
    let writer = pool(&database.url(Role::Writer), Purpose::Append, 1).unwrap();
    let row = writer.get().await.unwrap().query_one("show synchronous_commit", &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "on");
    // A pooler in between may drop what the connection asks for; here the trap is a login default.
    let projector = pool(&database.url(Role::Projector), Purpose::Project, 1).unwrap();
    let row = projector.get().await.unwrap().query_one("show synchronous_commit", &[]).await;
    assert_eq!(row.unwrap().get::<_, &str>(0), "off");
}
