//! Keys of GPU workers over HTTP: who issues them, and when they stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::cast::with_role;
use crate::support::studio::text;
use crate::support::{Answer, ManualClock, Version, Visitor, app, app_with};

/// How soon every process must know.
const EVERYWHERE: Duration = Duration::from_secs(1);
const ABILITIES: &str = "/v1/worker/register";

/// A machine that has the key of this answer.
fn machine(like: &Visitor, answer: &Value) -> Visitor {
    let mut machine = like.visitor();
    machine.token = text(answer, "key");
    machine
}

async fn register(machine: &Visitor) -> Answer {
    machine.post(ABILITIES, None, json!({"gpu": "RTX 4090", "classes": ["default"]})).await
}

#[tokio::test]
async fn whoever_runs_workers_issues_a_key_that_is_shown_once() {
    let app = app().await;
    let operator = app.operator().await;
    let ben = with_role(&app, &operator, "worker").await;
    let issued = ben.post("/v1/admin/workers", None, json!({"name": "Rack 3"})).await.ok(201);
    register(&machine(&ben, &issued)).await.ok(200);

    let registered = |list: &Value| list["data"][0]["status"] == "registered";
    let listed = operator.until("/v1/admin/workers", registered).await;
    let listed = &listed["data"][0];
    assert_eq!(
        (&listed["id"], &listed["name"], &listed["gpu"], &listed["status"]),
        (&issued["id"], &json!("Rack 3"), &json!("RTX 4090"), &json!("registered"))
    );
    assert!(!listed.to_string().contains(&text(&issued, "key")));
    let unnamed = ben.post("/v1/admin/workers", None, json!({"name": ""})).await;
    unnamed.problem(422, "validation-failed");
    let nobody = format!("/v1/admin/workers/{}", uuid::Uuid::now_v7());
    ben.send(Method::DELETE, &nobody, None, None).await.problem(404, "not-found");
    let rotated = ben.post(&format!("{nobody}/rotate"), None, json!({})).await;
    rotated.problem(404, "not-found");
}

#[tokio::test]
async fn a_retired_worker_is_turned_away_by_every_process_within_a_second() {
    let app = app_with(None, Arc::new(eventstore::command::SystemClock)).await;
    let operator = app.operator().await;
    let issued = operator.post("/v1/admin/workers", None, json!({"name": "Forge"})).await.ok(201);
    let (here, other) = (machine(&operator, &issued), app.another().await);
    let there = other.visitor(&here);
    for machine in [&here, &there] {
        register(machine).await.ok(200);
    }
    let path = format!("/v1/admin/workers/{}", text(&issued, "id"));
    for _ in 0..2 {
        let retired = operator.send(Method::DELETE, &path, Some("once"), None).await.ok(200);
        assert_eq!(retired["status"], "retired");
    }
    register(&here).await.problem(401, "unauthenticated");
    let since = Instant::now();
    while register(&there).await.status != 401 {
        assert!(since.elapsed() < EVERYWHERE, "the key is still good");
    }
    let rotated = operator.post(&format!("{path}/rotate"), None, json!({})).await;
    rotated.problem(409, "conflict");
    other.stop().await;
}

#[tokio::test]
async fn a_worker_changes_its_key_while_it_paints() {
    let clock = ManualClock::at_present();
    let app = app_with(Some(Version::New), Arc::new(clock.clone())).await;
    let operator = app.operator().await;
    let issued = operator.post("/v1/admin/workers", None, json!({"name": "Forge"})).await.ok(201);
    let old = machine(&operator, &issued);
    register(&old).await.ok(200);
    let path = format!("/v1/admin/workers/{}/rotate", text(&issued, "id"));
    let long = json!({"overlap_seconds": 604_801});
    operator.post(&path, None, long).await.problem(422, "validation-failed");
    let rotated = operator.post(&path, None, json!({"overlap_seconds": 60})).await.ok(200);
    let new = machine(&operator, &rotated);
    assert_ne!(old.token, new.token);
    register(&new).await.ok(200);
    register(&old).await.ok(200);
    clock.advance(Duration::from_secs(61));
    register(&old).await.problem(401, "unauthenticated");
    register(&new).await.ok(200);
}
