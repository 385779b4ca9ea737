//! The chain as the append writes it is the chain as `eventstore::hash` computes it, over the very
//! bytes that were handed in; and reading in pages gives all of it.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use chrono::TimeDelta;
use eventstore::hash::{HASH_BYTES, Leaf, block, block_zero};
use eventstore::upcast::{current_version, upcast};
use eventstore::{Log, Recorded};
use uuid::Uuid;

use crate::log_append::{METADATA, PAYLOAD, append};
use crate::support::{Database, Role, database};

async fn filled() -> (Database, Log, [Uuid; 2]) {
    let database = database().await;
    let writer = database.client(Role::Writer).await;
    let streams = [Uuid::now_v7(), Uuid::now_v7()];
    for (stream, count) in [(streams[0], 1), (streams[1], 3), (streams[0], 2)] {
        append(&writer, stream, count).await.unwrap();
    }
    let log = Log::new(database.pool(Role::Projector));
    (database, log, streams)
}

#[tokio::test]
async fn every_block_hash_of_the_database_is_recomputed_from_its_events() {
    let (_database, log, _) = filled().await;
    let blocks = log.blocks(-1, 100).await.unwrap();
    let extents: Vec<_> = blocks.iter().map(|b| (b.header.first, b.header.count)).collect();
    assert_eq!(extents, [(0, 1), (1, 1), (2, 3), (5, 2)]);
    let mut previous = block_zero(log.store_id().await.unwrap());
    assert_eq!(blocks[0].hash, previous);
    for stored in &blocks[1..] {
        let events = log.range(stored.header.first - 1, stored.header.count.into()).await.unwrap();
        let leaves: Vec<u8> = events.iter().flat_map(|event| Leaf::from(event).hash()).collect();
        assert_eq!(leaves.len(), HASH_BYTES * events.len());
        assert_eq!(stored.leaves, leaves);
        previous = block(&previous, &stored.header, &leaves);
        assert_eq!(stored.hash, previous);
        assert!(events.iter().all(|event| event.recorded_at == stored.header.recorded_at));
    }
}

#[tokio::test]
async fn what_is_read_is_byte_for_byte_what_was_appended() {
    let (_database, log, _) = filled().await;
    for event in log.range(0, 100).await.unwrap() {
        assert_eq!(event.payload, PAYLOAD);
        assert_eq!(event.metadata, METADATA);
        assert_eq!(event.event_version, current_version(&event.event_type));
        assert_eq!(upcast(&event.event_type, 1, &event.payload).unwrap(), PAYLOAD);
    }
}

#[tokio::test]
async fn pages_by_position_and_by_sequence_fit_together() {
    let (_database, log, [first, second]) = filled().await;
    let positions = |events: Vec<Recorded>| events.iter().map(|e| e.position).collect::<Vec<_>>();
    assert_eq!(positions(log.range(0, 4).await.unwrap()), [1, 2, 3, 4]);
    assert_eq!(positions(log.range(4, 4).await.unwrap()), [5, 6]);
    assert_eq!(positions(log.stream("probe", first, 0, 2).await.unwrap()), [1, 5]);
    assert_eq!(positions(log.stream("probe", first, 2, 2).await.unwrap()), [6]);
    assert_eq!(positions(log.stream("other", second, 0, 9).await.unwrap()), [0_i64; 0]);
    let event = log.at_position(3).await.unwrap().unwrap();
    assert_eq!((event.stream_id, event.sequence), (second, 2));
    assert_eq!(log.at_position(7).await.unwrap(), None);
}

#[tokio::test]
async fn a_time_names_the_last_position_recorded_by_then() {
    let (_database, log, _) = filled().await;
    let created = log.store().await.unwrap().created_at;
    assert_eq!(log.position_at(created - TimeDelta::seconds(1)).await.unwrap(), 0);
    let third = log.at_position(3).await.unwrap().unwrap();
    assert_eq!(log.position_at(third.recorded_at).await.unwrap(), 4);
    assert_eq!(log.position_at(created + TimeDelta::days(1)).await.unwrap(), 6);
}
