//! The ground itself holds: without this a test could pass on a server that is not what it says.

use super::{ManualClock, Role, Version, database, nats};

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() {
    let (one, other) = tokio::join!(database(), database());
    assert_ne!(one.name(), other.name());
    let query = "select count(*) from es.log";
    let row = one.client(Role::Superuser).await.query_one(query, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 1, "a migrated log has exactly one identity");
}

#[tokio::test]
async fn every_role_of_the_service_may_log_in() {
    let database = database().await;
    for role in [Role::Writer, Role::Projector, Role::Api, Role::Auditor, Role::ReadOnly] {
        let pool = database.pool(role);
        let row = pool.get().await.unwrap().query_one("select current_user::text", &[]).await;
        assert!(database.url(role).contains(row.unwrap().get::<_, &str>(0)));
    }
}

#[tokio::test]
async fn a_copied_database_keeps_the_grants_on_the_database_itself() {
    let database = database().await;
    let projector = database.client(Role::Projector).await;
    projector.batch_execute("create schema build_selftest_1").await.unwrap();
    let api = database.client(Role::Api).await;
    assert!(api.batch_execute("create schema build_selftest_2").await.is_err());
}

#[tokio::test]
async fn a_broker_keeps_its_streams_over_a_kill_and_loses_them_by_a_wipe() {
    for version in [Version::Old, Version::New] {
        let mut server = nats(version);
        create_stream(&server.url()).await;
        server.kill();
        server.start();
        assert_eq!(count_streams(&server.url()).await, 1, "{version:?}");
        server.stop();
        server.wipe();
        server.start();
        assert_eq!(count_streams(&server.url()).await, 0, "{version:?}");
    }
}

#[test]
fn a_manual_clock_moves_only_when_told() {
    use eventstore::command::Clock;
    let clock = ManualClock::at_present();
    let before = clock.now();
    assert_eq!(clock.now(), before);
    clock.clone().advance(std::time::Duration::from_secs(60));
    assert_eq!(clock.now() - before, chrono::TimeDelta::seconds(60));
}

#[tokio::test]
async fn a_service_greets_whoever_signs_up_and_goes_on_where_it_stopped() {
    let mut app = super::app().await;
    let ada = app.person("ada").await;
    let welcomed = |wallet: &serde_json::Value| wallet["available"] == 100;
    ada.until("/v1/wallets/token", welcomed).await;
    app.stop().await;
    app.start().await;
    assert_eq!(ada.available("token").await, 100);
}

async fn create_stream(url: &str) {
    let context = async_nats::jetstream::new(async_nats::connect(url).await.unwrap());
    let config = async_nats::jetstream::stream::Config {
        name: "selftest".to_owned(),
        subjects: vec!["selftest.>".to_owned()],
        ..Default::default()
    };
    context.create_stream(config).await.unwrap();
}

async fn count_streams(url: &str) -> usize {
    use futures::TryStreamExt;
    let context = async_nats::jetstream::new(async_nats::connect(url).await.unwrap());
    let names: Vec<String> = context.stream_names().try_collect().await.unwrap();
    names.len()
}
