//! Migrating: from any number of processes at once, again and again, and never on a server that
//! would spoil the log.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use eventstore::database::{Purpose, pool};
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
    let (names, repeated): (Vec<&String>, Vec<&String>) =
        (applied.iter().step_by(2).collect(), applied.iter().skip(1).step_by(2).collect());
    assert_eq!(names, repeated, "each migration is applied once to each database");
    assert!(names.is_sorted_by(|one, next| one < next) && names.len() >= 3, "{applied:?}");
    let again = migrate(&databases[0].url(Role::Superuser), &options()).await.unwrap();
    assert!(again.applied.is_empty());
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
        let pool = pool(&url, Purpose::Log, 1).unwrap();
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
async fn an_owner_who_is_no_superuser_may_migrate_as_a_member_of_migrator() {
    let empty = Empty::make("").await;
    let owner = format!("it_owner_{}", Uuid::now_v7().simple());
    let superuser = empty.neighbour.client(Role::Superuser).await;
    let prepare = format!(
        "create role {owner} login; grant migrator to {owner};
        alter database {} owner to {owner}",
        empty.name
    );
    superuser.batch_execute(&prepare).await.unwrap();
    let url = empty.url(Role::Writer).replace("es_writer", &owner);
    let options = Options { throwaway: true, ..Default::default() };
    let report = migrate(&url, &options).await.unwrap();
    assert_eq!(report.applied.len(), 3);
    let hand_back = format!("alter database {} owner to current_user", empty.name);
    superuser.batch_execute(&hand_back).await.unwrap();
    superuser.batch_execute(&format!("drop role {owner}")).await.unwrap();
    empty.drop_now().await;
}

#[tokio::test]
async fn the_writer_does_not_connect_where_an_answered_commit_may_be_lost() {
    let database = database().await;
    let url = database.url(Role::Writer);
    let durable = pool(&url, Purpose::Append, 1).unwrap();
    let row = durable.get().await.unwrap().query_one("show synchronous_commit", &[]).await;
    assert_eq!(row.unwrap().get::<_, &str>(0), "on");
    let lossy = format!("{url}?options=-c%20synchronous_commit%3Doff");
    let refused = pool(&lossy, Purpose::Append, 1).unwrap().get().await.err().unwrap();
    assert!(refused.to_string().contains("synchronous_commit is off"), "{refused}");
    assert!(pool(&lossy, Purpose::Project, 1).unwrap().get().await.is_ok());
}
