//! Read tables can be thrown away: what is built again is the same, byte for byte, and takes the
//! old tables' place while they are read and written.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use domain::Asset;
use eventstore::consumer;
use eventstore::source::Source;
use projections::frame::Store;
use projections::projector::record;
use projections::rebuild::{RebuildError, diff, rebuild};
use projections::{ALL, Projection, named, statements, status, wallets};
use tokio_postgres::error::SqlState;

use crate::projections_ground::ground;
use crate::projections_story::{ANN, BOB};
use crate::support::Role;

#[tokio::test]
async fn rebuilt_tables_are_the_live_ones_byte_for_byte() {
    let ground = ground().await;
    ground.play(7).await;
    let before = ground.dump("read").await;
    let swapped = rebuild(&ground.shop, ALL, &|_| {}).await.unwrap();
    assert_eq!(swapped.len(), ALL.len());
    assert!(swapped.iter().all(|(_, generation)| *generation == 2));
    assert_eq!(ground.dump("read").await, before);
    let api = ground.database.pool(Role::Api);
    let head = ground.entries.len() as i64;
    for projection in status::projections(ground.reads().public()).await.unwrap() {
        assert_eq!((projection.generation, projection.position), (2, head));
    }
    let left = "select count(*) from pg_namespace where nspname like 'build\\_%'";
    let left: i64 = api.get().await.unwrap().query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0, "nothing is left behind");
}

#[tokio::test]
async fn a_rebuild_finds_its_tables_where_there_were_none() {
    let ground = ground().await;
    rebuild(&ground.shop, ALL, &|_| {}).await.unwrap();
    let rebuilt = ground.dump("read").await;
    let other = self::ground().await;
    other.play(500).await;
    assert_eq!(rebuilt, other.dump("read").await);
}

#[tokio::test]
async fn a_rebuild_that_must_let_rows_go_reads_them_back() {
    let ground = ground().await;
    ground.play(500).await;
    let mut client = ground.shop.pool.get().await.unwrap();
    client.batch_execute("create schema small").await.unwrap();
    for projector in ALL {
        let mut store = Store::building(1);
        let pages = ground.entries.chunks(5).chain([[].as_slice()]);
        let tx = client.transaction().await.unwrap();
        tx.batch_execute("set local search_path to small").await.unwrap();
        for table in projector.tables() {
            tx.batch_execute(&table.create()).await.unwrap();
        }
        for entries in pages {
            let batch = record(*projector, entries, &ground.shop.keyring).await.unwrap();
            store.spill(&tx, batch, entries.is_empty()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    assert_eq!(ground.dump("small").await, ground.dump("read").await);
}

#[tokio::test]
async fn diff_prints_nothing_when_all_is_well_and_names_every_row_that_is_not() {
    let ground = ground().await;
    ground.play(500).await;
    assert_eq!(diff(&ground.shop, ALL, &|_| {}).await.unwrap(), []);
    let client = ground.shop.pool.get().await.unwrap();
    let tamper = "update wallet_balances set posted = posted + 1, available = available + 1 \
        where user_id = $1 and asset = 'token'";
    client.execute(tamper, &[&ANN.0]).await.unwrap();
    client.execute("delete from lots where user_id = $1", &[&BOB.0]).await.unwrap();
    let found = diff(&ground.shop, ALL, &|_| {}).await.unwrap();
    let [("wallets", found)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        found.iter().map(|row| row.table).collect::<Vec<_>>(),
        ["wallet_balances", "lots", "lots"]
    );
    assert!(found[0].key.contains(&ANN.to_string()), "{}", found[0].key);
    assert!(found[0].live.as_ref().unwrap().contains(",41,"), "{found:?}");
    assert!(found[0].rebuilt.as_ref().unwrap().contains(",40,"), "{found:?}");
    assert_eq!(found[1].live, None);
}

#[tokio::test]
async fn each_projection_is_compared_as_of_where_it_is() {
    let ground = ground().await;
    let (all, half) = (&ground.entries[..], &ground.entries[..ground.entries.len() / 2]);
    for projector in ALL {
        let far = if projector.name() == "wallets" { half } else { all };
        ground.play_some(*projector, far, 500).await;
    }
    assert_eq!(diff(&ground.shop, ALL, &|_| {}).await.unwrap(), []);
}

#[tokio::test]
async fn a_projection_is_rebuilt_by_one_at_a_time() {
    let ground = ground().await;
    let holder = ground.shop.pool.get().await.unwrap();
    let take = "select pg_advisory_lock(hashtext('folio rebuild'), hashtext('wallets'))";
    holder.query_one(take, &[]).await.unwrap();
    let refused = rebuild(&ground.shop, &[named("wallets").unwrap()], &|_| {}).await;
    assert!(matches!(refused, Err(RebuildError::Busy("wallets"))));
    rebuild(&ground.shop, &[named("ledger").unwrap()], &|_| {}).await.unwrap();
}

/// The projector's transactions and the swaps race for the checkpoint's lock; whoever writes after
/// a swap must write into the new tables, or something is missing at the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_swap_under_a_writing_projector_loses_nothing() {
    let ground = ground().await;
    let source = Source::start(ground.shop.pool.clone(), None, None).await.unwrap();
    let likes = named("likes").unwrap();
    let projection = Projection::new(likes, ground.shop.keyring.clone());
    let running = tokio::spawn(consumer::run(projection, source));
    let admin = ground.database.client(Role::Superuser).await;
    const LIKE: &str = "with last as (
        select first + count - 1 as position from es.blocks order by first desc limit 1
    ), added as (
        insert into es.events (position, recorded_at, event_id, stream_id, stream_type, sequence,
            event_type, event_version, payload, metadata)
        select last.position + n, clock_timestamp(), gen_random_uuid(), gen_random_uuid(), 'like',
            1, 'like.added', 1,
            json_build_object('user', gen_random_uuid(), 'generation', gen_random_uuid()),
            json_build_object('actor', json_build_object('kind', 'operator'),
                'occurred_at', '2026-01-01T00:00:00Z', 'correlation_id', gen_random_uuid())
        from last, generate_series(1, 20) as n
        returning position
    )
    insert into es.blocks (first, count, recorded_at, hash, leaves)
    select min(position), count(*), clock_timestamp(), decode(repeat('00', 32), 'hex'), ''
    from added";
    for round in 0..60 {
        admin.execute(LIKE, &[]).await.unwrap();
        if round % 15 == 5 {
            rebuild(&ground.shop, &[likes], &|_| {}).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let head = ground.shop.log.head().await.unwrap();
    let reached = "select position from control.checkpoints where projection = 'likes'";
    for _ in 0..400 {
        let row = admin.query_one(reached, &[]).await.unwrap();
        if row.get::<_, i64>(0) == head {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let count: i64 = admin.query_one("select count(*) from read.likes", &[]).await.unwrap().get(0);
    assert_eq!(count, 60 * 20 + 1, "and the one of the story");
    assert_eq!(diff(&ground.shop, &[likes], &|_| {}).await.unwrap(), []);
    running.abort();
}

#[tokio::test]
async fn a_prepared_query_outlives_the_swap_of_its_table() {
    let ground = ground().await;
    ground.play(500).await;
    let reads = ground.reads();
    let before = wallets::wallet(reads.user(ANN.0), ANN.0, Asset::Token).await.unwrap();
    assert!(before.is_some());
    for _ in 0..2 {
        rebuild(&ground.shop, &[named("wallets").unwrap()], &|_| {}).await.unwrap();
        assert_eq!(wallets::wallet(reads.user(ANN.0), ANN.0, Asset::Token).await.unwrap(), before);
    }
}

#[tokio::test]
async fn every_statement_prepares_against_the_tables_as_the_api() {
    let ground = ground().await;
    let client = ground.database.client(Role::Api).await;
    assert!(statements().len() > 30);
    for statement in statements() {
        let prepared = client.prepare(statement.sql()).await;
        assert!(prepared.is_ok(), "{}: {:?}", statement.sql(), prepared.err());
    }
}

#[tokio::test]
async fn a_table_refuses_a_balance_below_zero() {
    let ground = ground().await;
    ground.play(500).await;
    let client = ground.shop.pool.get().await.unwrap();
    let below = "update wallet_balances set posted = -1, held = 0, available = -1";
    let refused = client.execute(below, &[]).await.unwrap_err();
    assert_eq!(refused.code(), Some(&SqlState::CHECK_VIOLATION));
}
