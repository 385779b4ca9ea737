//! Read tables are made again from history while the service goes on, and nothing but the tables
//! is touched by it.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::time::Duration;

use domain::GenerationId;
use domain::generations::CancelGeneration;
use eventstore::command::SystemClock;
use eventstore::database::{Purpose, pool};
use eventstore::seal::{Keyring, MasterKey};
use eventstore::source::Source;
use eventstore::{Log, consumer};
use projections::rebuild::Workshop;
use projections::{ALL, Projection};
use replay_tool::tables::{Choice, diff_all, rebuild_all};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::replay_ground::{Ground, ground};
use crate::support::{Role, app_with};
use crate::writer_ground::run;

/// How long anything may take to come right by itself.
const SOON: Duration = Duration::from_secs(30);

/// The live projectors, as the service runs them.
async fn serve(ground: &Ground) -> JoinSet<()> {
    let source = Source::start(ground.shop.pool.clone(), None, None).await.unwrap();
    let mut running = JoinSet::new();
    for projector in ALL {
        let projection = Projection::new(*projector, ground.shop.keyring.clone());
        running.spawn(consumer::run(projection, source.clone()));
    }
    running
}

async fn until_all_are_at(ground: &Ground, head: i64) {
    const BEHIND: &str = "select count(*) from control.checkpoints
        where schema = 'read' and position < $1";
    let client = ground.database.client(Role::Superuser).await;
    let caught_up = async {
        while client.query_one(BEHIND, &[&head]).await.unwrap().get::<_, i64>(0) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, caught_up).await.expect("the live tables catch up");
}

async fn generations(ground: &Ground) -> Vec<(String, i32)> {
    const LIVE: &str = "select projection, generation from control.checkpoints
        where schema = 'read' order by projection";
    let client = ground.database.client(Role::Superuser).await;
    let rows = client.query(LIVE, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_rebuilt_while_events_keep_coming_are_the_live_ones() {
    let ground = ground().await;
    let mut running = serve(&ground).await;
    until_all_are_at(&ground, ground.head().await).await;
    let (writer, ann) = (ground.writer.clone(), ground.story.ann);
    let requests: Vec<_> =
        (0..60).map(|_| ground.story.request(GenerationId(Uuid::now_v7()))).collect();
    let events = tokio::spawn(async move {
        for request in requests {
            let cancel = CancelGeneration { generation: request.generation, user: ann };
            run(&writer, request).await.unwrap().outcome.unwrap();
            run(&writer, cancel).await.unwrap().outcome.unwrap();
        }
    });
    let rebuilt = rebuild_all(&ground.shop, &Choice::all(), true).await.unwrap();
    assert_eq!(rebuilt.projections.len(), ALL.len());
    assert!(rebuilt.events > 0 && rebuilt.projections.iter().all(|swap| swap.generation == 2));
    let differs = diff_all(&ground.shop, &Choice::all(), true).await.unwrap();
    assert!(differs.is_empty(), "while it goes on: {differs:#?}");
    events.await.unwrap();
    until_all_are_at(&ground, ground.head().await).await;
    let differs = diff_all(&ground.shop, &Choice::all(), true).await.unwrap();
    assert!(differs.is_empty(), "{differs:#?}");
    running.abort_all();
}

#[tokio::test]
async fn a_rebuild_of_one_projection_leaves_the_others_alone() {
    let ground = ground().await;
    ground.fill_tables().await;
    let before = generations(&ground).await;
    let likes: Choice = "likes".parse().unwrap();
    rebuild_all(&ground.shop, &likes, true).await.unwrap();
    let changed: Vec<_> =
        generations(&ground).await.into_iter().filter(|now| !before.contains(now)).collect();
    let [(projection, _)] = &changed[..] else { panic!("{changed:?}") };
    assert_eq!(projection, "likes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_makes_no_process_act_again() {
    let app = app_with(None, Arc::new(SystemClock)).await;
    app.person("ann").await;
    let client = app.database.client(Role::Superuser).await;
    const WELCOMED: &str = "select count(*) from es.events where event_type = 'wallet.granted'";
    const ALL_EVENTS: &str = "select count(*) from es.events";
    let number =
        async |statement: &str| -> i64 { client.query_one(statement, &[]).await.unwrap().get(0) };
    let welcomed = async {
        while number(WELCOMED).await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, welcomed).await.expect("ann is welcomed");
    let before = number(ALL_EVENTS).await;
    let pool = pool(&app.database.url(Role::Projector), Purpose::Project, 20).unwrap();
    let key = std::fs::read_to_string(app.secrets_folder().join("master-key")).unwrap();
    let keyring = Keyring::new(pool.clone(), MasterKey::from_base64(&key).unwrap());
    let shop = Workshop { log: Log::new(pool.clone()), pool, keyring };
    rebuild_all(&shop, &Choice::all(), true).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await; // Longer than any poll of a process.
    assert_eq!(number(ALL_EVENTS).await, before);
    assert!(diff_all(&shop, &Choice::all(), true).await.unwrap().is_empty());
}
