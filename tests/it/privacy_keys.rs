//! The master key is rotated while everything serves (D12).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use api::secrets::{self, Secrets};
use eventstore::seal::{Keyring, MasterKey, SealError, rewrap};
use serde_json::json;

use super::support::{App, Role, app};

fn master_key(app: &App) -> MasterKey {
    let text = Secrets::load(app.secrets_folder()).unwrap().master_key;
    MasterKey::from_base64(&text).unwrap()
}

/// Only the newest of the master keys.
fn newest(app: &App) -> MasterKey {
    let text = Secrets::load(app.secrets_folder()).unwrap().master_key;
    MasterKey::from_base64(text.lines().next().unwrap()).unwrap()
}

#[tokio::test]
async fn every_persons_key_is_wrapped_anew_while_people_work() {
    let mut app = app().await;
    let ada = app.person("ada").await;
    app.person("bea").await;
    secrets::add_master_key(app.secrets_folder()).unwrap();
    let pool = app.database.pool(Role::Writer);
    let persons = [ada.id.parse().unwrap()];
    let before = Keyring::new(pool.clone(), newest(&app)).preload(&persons).await;
    assert!(matches!(before, Err(SealError::Wrapped)), "the newest has wrapped nothing yet");

    app.person("cia").await; // By a service that knows only the older key.

    app.stop().await;
    app.reload_secrets();
    app.start().await;
    let done = rewrap(&pool, &master_key(&app), |_| {}).await.unwrap();
    assert_eq!((done.seen, done.rewrapped), (3, 3));
    ada.post("/v1/artists", None, json!({"artist_name": "Ada"})).await.ok(201);
    app.person("dan").await;
    let again = rewrap(&pool, &newest(&app), |_| {}).await.unwrap();
    assert_eq!((again.seen, again.rewrapped), (4, 0), "the older key is no longer needed");
    Keyring::new(pool, newest(&app)).preload(&persons).await.unwrap();
}

#[tokio::test]
async fn a_rotation_without_the_older_key_changes_nothing_and_says_so() {
    let app = app().await;
    app.person("ada").await;
    secrets::add_master_key(app.secrets_folder()).unwrap();
    let pool = app.database.pool(Role::Writer);
    let refused = rewrap(&pool, &newest(&app), |_| {}).await;
    assert!(matches!(refused, Err(SealError::Wrapped)), "{refused:?}");
    let done = rewrap(&pool, &master_key(&app), |_| {}).await.unwrap();
    assert_eq!(done.rewrapped, 1, "nothing was lost");
}
