//! Tables beside the live ones, of rebuilds and comparisons, and people who are erased meanwhile.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use eventstore::consumer;
use eventstore::source::Source;
use projections::rebuild::{diff, sweep};
use projections::{Projection, named};

use crate::projections_ground::{Ground, ground};
use crate::projections_story::ANN;
use crate::support::Role;

/// The key goes with the event.
const ERASE: &str = "with last as (
    select first + count - 1 as position from es.blocks order by first desc limit 1
), sequence as (
    select max(sequence) + 1 as next from es.events where stream_type = 'user' and stream_id = $1
), added as (
    insert into es.events (position, recorded_at, event_id, stream_id, stream_type, sequence,
        event_type, event_version, payload, metadata)
    select position + 1, clock_timestamp(), gen_random_uuid(), $1, 'user', next, 'user.erased', 1,
        json_build_object('user', $1::uuid, 'unspent',
            json_build_object('paid_tokens', 0, 'promo_tokens', 0, 'earnings', 0)),
        json_build_object('actor', json_build_object('kind', 'operator'),
            'occurred_at', '2026-01-01T00:00:00Z', 'correlation_id', gen_random_uuid())
    from last, sequence
    returning position
), gone as (
    delete from vault.records where kind = 'person-key' and key = $1::text
)
insert into es.blocks (first, count, recorded_at, hash, leaves)
select position, 1, clock_timestamp(), decode(repeat('00', 32), 'hex'), '' from added";

async fn leave(ground: &Ground, schema: &str) {
    let client = ground.shop.pool.get().await.unwrap();
    let statement = format!("create schema {schema}; create table {schema}.users (email text)");
    client.batch_execute(&statement).await.unwrap();
}

async fn left(ground: &Ground) -> Vec<String> {
    let client = ground.database.client(Role::Superuser).await;
    let statement = "select nspname from pg_namespace where nspname like 'build\\_%' order by 1";
    let rows = client.query(statement, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn what_a_dead_rebuild_left_is_swept_unless_somebody_works_on_it() {
    let ground = ground().await;
    leave(&ground, "build_users_live").await;
    leave(&ground, "build_wallets_7").await;
    let holder = ground.database.client(Role::Superuser).await;
    let take = "select pg_advisory_lock(hashtext('folio rebuild'), hashtext('wallets'))";
    holder.query_one(take, &[]).await.unwrap();
    sweep(&ground.shop.pool).await.unwrap();
    assert_eq!(left(&ground).await, ["build_wallets_7"]);
    let let_go = "select pg_advisory_unlock_all()";
    holder.query_one(let_go, &[]).await.unwrap();
    sweep(&ground.shop.pool).await.unwrap();
    assert_eq!(left(&ground).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_during_a_comparison_is_no_difference() {
    let ground = ground().await;
    let users = named("users").unwrap();
    ground.play_some(users, &ground.entries, 500).await;
    let admin = ground.database.client(Role::Superuser).await;
    admin.execute(ERASE, &[&ANN.0]).await.unwrap();
    ground.shop.keyring.forget(ANN.0);

    // The live tables still show Ann, what is built now does not.
    let comparing = tokio::spawn({
        let shop = ground.shop.clone();
        async move { diff(&shop, &[users], &|_| {}).await.unwrap() }
    });
    while left(&ground).await.is_empty() {
        tokio::task::yield_now().await;
    }
    let source = Source::start(ground.shop.pool.clone(), None, None).await.unwrap();
    let projection = Projection::new(users, ground.shop.keyring.clone());
    let running = tokio::spawn(consumer::run(projection, source));
    assert_eq!(comparing.await.unwrap(), []);
    running.abort();
}
