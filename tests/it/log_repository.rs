//! Stock cqrs-es on our log: the same commands through `postgres-es` on its own tables and through
//! our repository leave the same histories, and `postgres-es` reads ours through the view.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::HashMap;

use cqrs_es::persist::{
    PersistedEventRepository, PersistedEventStore, PersistenceError, SerializedEvent,
};
use cqrs_es::{AggregateError, CqrsFramework};
use domain::likes::{Like, LikeCommand};
use domain::{GenerationId, UserId};
use eventstore::database::{Purpose, pool};
use eventstore::{Entry, Log, Repository};
use futures::future::join_all;
use postgres_es::{PostgresEventRepository, default_postgress_pool};
use uuid::Uuid;

use crate::support::{Database, Role, database};

/// What postgres-es documents for its tables.
const PEER_TABLES: &str = "create schema peer;
    create table peer.events (
        aggregate_type text not null, aggregate_id text not null,
        sequence bigint not null check (sequence >= 0), event_type text not null,
        event_version text not null, payload json not null, metadata json not null,
        primary key (aggregate_type, aggregate_id, sequence))";

fn ours(database: &Database) -> Repository {
    Repository::new(pool(&database.url(Role::Writer), Purpose::Append, 4).unwrap())
}

/// postgres-es, finding its unqualified tables in a schema.
async fn peer(database: &Database, role: Role, schema: &str) -> PostgresEventRepository {
    let url = format!("{}?options=-c%20search_path%3D{schema}", database.url(role));
    PostgresEventRepository::new(default_postgress_pool(&url).await)
}

fn like() -> (String, LikeCommand, LikeCommand) {
    let (user, generation) = (UserId(Uuid::now_v7()), GenerationId(Uuid::now_v7()));
    let (add, remove) =
        (LikeCommand::Add { user, generation }, LikeCommand::Remove { user, generation });
    (Uuid::now_v7().to_string(), add, remove)
}

fn metadata() -> HashMap<String, String> {
    [
        ("actor", r#"{"id":"0190a000-0000-7000-8000-000000000001","kind":"user"}"#),
        ("occurred_at", "2026-01-02T03:04:05Z"),
        ("correlation_id", "0190a000-0000-7000-8000-000000000002"),
        ("request_id", "r-1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Plays commands through stock cqrs-es.
async fn play<R: PersistedEventRepository>(
    repository: R,
    commands: &[(&str, LikeCommand)],
) -> Result<(), AggregateError<domain::likes::LikeError>> {
    let store = PersistedEventStore::<R, Like>::new_event_store(repository);
    let framework = CqrsFramework::new(store, vec![], ());
    for (id, command) in commands {
        framework.execute_with_metadata(id, *command, metadata()).await?;
    }
    Ok(())
}

async fn history(repository: &impl PersistedEventRepository, id: &str) -> Vec<SerializedEvent> {
    repository.get_events::<Like>(id).await.unwrap()
}

#[tokio::test]
async fn the_same_commands_leave_the_same_histories_in_postgres_es_and_in_our_log() {
    let database = database().await;
    database.client(Role::Superuser).await.batch_execute(PEER_TABLES).await.unwrap();
    let ((one, add, remove), (other, add_other, _)) = (like(), like());
    let commands: Vec<(&str, LikeCommand)> = vec![
        (&one, add),
        (&one, add), // Nothing to do.
        (&other, add_other),
        (&one, remove),
        (&one, add),
    ];
    play(ours(&database), &commands).await.unwrap();
    play(peer(&database, Role::Superuser, "peer").await, &commands).await.unwrap();

    let ours = ours(&database);
    let theirs = peer(&database, Role::Superuser, "peer").await;
    let through_the_view = peer(&database, Role::Auditor, "es_compat").await;
    for (id, length) in [(&one, 3), (&other, 1)] {
        let expected = history(&theirs, id).await;
        assert_eq!(expected.len(), length);
        assert_eq!(history(&ours, id).await, expected);
        assert_eq!(history(&through_the_view, id).await, expected);
        let tail = ours.get_last_events::<Like>(id, 1).await.unwrap();
        assert_eq!(tail, expected[1..]);
    }
}

#[tokio::test]
async fn what_stock_cqrs_es_writes_decodes_like_everything_else() {
    let database = database().await;
    let (id, add, _) = like();
    let store = PersistedEventStore::<_, Like>::new_event_store(ours(&database));
    CqrsFramework::new(store, vec![], ()).execute(&id, add).await.unwrap();
    let log = Log::new(database.pool(Role::Auditor));
    let entry = Entry::decode(log.at_position(1).await.unwrap().unwrap()).unwrap();
    assert_eq!(entry.event.type_name(), "like.added");
    assert_eq!(entry.metadata.actor, domain::Actor::Process("cqrs-es".to_owned()));
}

#[tokio::test]
async fn of_two_commits_after_the_same_event_one_is_refused() {
    let database = database().await;
    let (id, add, remove) = like();
    play(ours(&database), &[(&id, add)]).await.unwrap();
    let seen = history(&ours(&database), &id).await;
    play(ours(&database), &[(&id, remove)]).await.unwrap();
    let mut stale = seen[0].clone();
    stale.sequence = 2;
    let refused = ours(&database).persist::<Like>(&[stale], None).await;
    assert!(matches!(refused, Err(PersistenceError::OptimisticLockError)));
    assert_eq!(history(&ours(&database), &id).await.len(), 2);
}

#[tokio::test]
async fn competing_frameworks_lose_no_event() {
    let database = database().await;
    let (id, add, remove) = like();
    let commands = [(id.as_str(), add), (id.as_str(), remove)];
    let rounds = (0..8).map(|_| play(ours(&database), &commands));
    for result in join_all(rounds).await {
        assert!(matches!(result, Ok(()) | Err(AggregateError::AggregateConflict)));
    }
    let history = history(&ours(&database), &id).await;
    let kinds: Vec<&str> = history.iter().map(|event| event.event_type.as_str()).collect();
    let toggled = ["like.added", "like.removed"].into_iter().cycle();
    assert!(!kinds.is_empty());
    assert_eq!(kinds, toggled.take(kinds.len()).collect::<Vec<_>>());
}

#[tokio::test]
async fn streams_are_replayed_whole_over_many_pages() {
    let database = database().await;
    let (id, add, remove) = like();
    let (other, add_other, _) = like();
    play(ours(&database), &[(&id, add), (&id, remove), (&other, add_other)]).await.unwrap();
    let pair = history(&ours(&database), &id).await;
    let toggles = pair.iter().cycle().enumerate().skip(2).take(999);
    let events: Vec<SerializedEvent> =
        toggles.map(|(at, event)| SerializedEvent { sequence: at + 1, ..event.clone() }).collect();
    ours(&database).persist::<Like>(&events, None).await.unwrap();

    let repository = ours(&database);
    assert_eq!(history(&repository, &id).await.len(), 1_001);
    let mut one = repository.stream_events::<Like>(&id).await.unwrap();
    let mut all = repository.stream_all_events::<Like>().await.unwrap();
    for sequence in 1..=1_001 {
        let event = one.next::<Like>(&[]).await.unwrap().unwrap();
        assert_eq!(event.sequence, sequence);
    }
    assert!(one.next::<Like>(&[]).await.is_none());
    let mut count = 0;
    while let Some(event) = all.next::<Like>(&[]).await {
        event.unwrap();
        count += 1;
    }
    assert_eq!(count, 1_002);
}

#[tokio::test]
async fn snapshots_are_refused_instead_of_kept_wrong() {
    let database = database().await;
    let (id, add, _) = like();
    let store = PersistedEventStore::<_, Like>::new_snapshot_store(ours(&database), 1);
    let refused = CqrsFramework::new(store, vec![], ()).execute(&id, add).await;
    assert!(refused.is_err());
    assert!(history(&ours(&database), &id).await.is_empty());
}
