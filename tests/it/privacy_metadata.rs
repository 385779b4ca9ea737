//! Where a request came from stands in its events, sealed for the person who asked (SEC-06).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use api::secrets::Secrets;
use domain::{METADATA, Metadata};
use eventstore::seal::{Keyring, MasterKey};
use reqwest::Method;
use serde_json::json;

use super::support::caller::USER_AGENT;
use super::support::{App, Role, app};

async fn metadata_of(app: &App, event_type: &str) -> Vec<Metadata> {
    let client = app.database.client(Role::Superuser).await;
    let select = "select metadata::text from es.events where event_type = $1 order by position";
    let rows = client.query(select, &[&event_type]).await.unwrap();
    rows.iter().map(|row| serde_json::from_str(row.get(0)).unwrap()).collect()
}

fn keyring(app: &App) -> Keyring {
    let secrets = Secrets::load(app.secrets_folder()).unwrap();
    let master_key = MasterKey::from_base64(&secrets.master_key).unwrap();
    Keyring::new(app.database.pool(Role::Writer), master_key)
}

#[tokio::test]
async fn an_event_says_where_it_was_asked_from_to_whoever_has_the_persons_key() {
    let app = app().await;
    let ada = app.person("ada").await;
    ada.send(Method::POST, "/v1/artists", None, Some(json!({"artist_name": "Ada"}))).await.ok(201);

    let keyring = keyring(&app);
    let person = ada.id.parse().unwrap();
    keyring.preload(&[person]).await.unwrap();
    for event_type in ["user.registered", "artist.registered"] {
        let [metadata] = &metadata_of(&app, event_type).await[..] else { panic!("{event_type}") };
        let open = |sealed: &Option<domain::Sealed>, field| {
            keyring.open(sealed.as_ref().unwrap(), METADATA, field).unwrap()
        };
        assert_eq!(open(&metadata.ip, "ip"), "127.0.0.1", "{event_type}");
        assert_eq!(open(&metadata.user_agent, "user_agent"), USER_AGENT);
        assert!(!serde_json::to_string(metadata).unwrap().contains("127.0.0.1"));
    }
    let [welcome] = &metadata_of(&app, "wallet.granted").await[..] else { panic!("no welcome") };
    assert_eq!((&welcome.ip, &welcome.user_agent), (&None, &None), "no person asked for it");
}
