//! A process keeps learning whose access has changed, whatever the log holds.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use api::authority::follow::NAME;
use eventstore::board::{Standing, State};
use serde_json::json;
use tokio::time::timeout;
use uuid::Uuid;

use super::support::{App, Role, app};

const WAIT_MAX: Duration = Duration::from_secs(30);
/// What a newer process may have written about a person.
const TELEPORT: &str = "with last as (
    select first + count - 1 as position from es.blocks order by first desc limit 1
), added as (
    insert into es.events (position, recorded_at, event_id, stream_id, stream_type, sequence,
        event_type, event_version, payload, metadata)
    select last.position + 1, clock_timestamp(), gen_random_uuid(), $1, 'user',
        (select max(sequence) + 1 from es.events where stream_type = 'user' and stream_id = $1),
        'user.teleported', 1, '{}', '{}'
    from last
    returning position, recorded_at
)
insert into es.blocks (first, count, recorded_at, hash, leaves)
select position, 1, recorded_at, decode(repeat('00', 32), 'hex'), '' from added
returning first";

/// Answers at which position.
async fn teleport(app: &App, user: &str) -> i64 {
    let client = app.database.client(Role::Superuser).await;
    let user: Uuid = user.parse().unwrap();
    client.query_one(TELEPORT, &[&user]).await.unwrap().get(0)
}

async fn learned(app: &App, position: i64) {
    let mut place = app.inside().source.board.watch(NAME).unwrap();
    let here = |it: &Standing| it.position == position && it.state == State::Running;
    timeout(WAIT_MAX, place.wait_for(here)).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_event_of_a_newer_process_costs_its_person_a_token_and_hides_nothing_after_it() {
    let app = app().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    bob.get("/v1/me").await.ok(200);
    learned(&app, teleport(&app, &ada.id).await).await;
    ada.get("/v1/me").await.problem(401, "unauthenticated");
    bob.get("/v1/me").await.ok(200);

    let late = app.another().await;
    late.visitor(&ada).get("/v1/me").await.problem(401, "unauthenticated");
    late.visitor(&bob).post("/v1/auth/logout", None, json!({})).await.ok(204);
    bob.until_answer("/v1/me", |answer| answer.status == 401).await;
    late.stop().await;
}

#[tokio::test]
async fn a_log_that_was_put_back_is_learned_from_anew() {
    let app = app().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    bob.get("/v1/me").await.ok(200);
    let head = app.inside().log.head().await.unwrap();
    learned(&app, head).await;
    let _of_the_history_that_ends = [app.person("eve").await, app.person("mallory").await];
    learned(&app, app.inside().log.head().await.unwrap()).await;
    app.database.restore(head).await;
    let position = teleport(&app, &ada.id).await;
    assert_eq!(position, head + 1);
    learned(&app, position).await;
    ada.get("/v1/me").await.problem(401, "unauthenticated");
    bob.get("/v1/me").await.ok(200);
}
