//! Letters leave at least once, by a mail server too, and nothing but the letter holds their secret.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use eventstore::command::SystemClock;
use serde_json::json;

use super::support::mailbox::{MailServer, token_of};
use super::support::{App, Role, app, app_set, database};

const CONFIRM: &str = "Confirm";

/// Letters that lie in the outbox.
async fn outbox(app: &App) -> i64 {
    let client = app.database.pool(Role::Superuser).get().await.unwrap();
    let count = "select count(*) from vault.records where kind = 'mail'";
    client.query_one(count, &[]).await.unwrap().get(0)
}

async fn emptied(app: &App) {
    for _ in 0..500 {
        if outbox(app).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the outbox still holds {} letters", outbox(app).await);
}

#[tokio::test]
async fn a_letter_that_is_not_taken_at_once_is_sent_again_and_then_forgotten() {
    let server = MailServer::start(&["450 not now"]).await;
    let settings = [("FOLIO_MAIL_URL", server.url.clone())];
    let app = app_set(database().await, None, Arc::new(SystemClock), &settings).await;
    let ada = app.person("ada").await;
    let letters = server.letters(1).await;
    assert_eq!(server.refused(), 1);
    assert!(letters[0].contains("To: ada@it.example\r\n"), "{}", letters[0]);
    assert!(
        letters[0].contains("MIME-Version: 1.0\r\n"),
        "its Content-Type counts: {}",
        letters[0]
    );
    let verify = json!({"token": token_of(&letters[0])});
    app.visitor().post("/v1/auth/verify-email", None, verify).await.ok(204);
    ada.until("/v1/me", |me| me["email_verified"] == true).await;
    emptied(&app).await;
}

#[tokio::test]
async fn a_letter_that_is_refused_for_good_is_given_up_and_holds_up_nobody() {
    let server = MailServer::start(&["550 nobody here"]).await;
    let settings = [("FOLIO_MAIL_URL", server.url.clone())];
    let app = app_set(database().await, None, Arc::new(SystemClock), &settings).await;
    app.person("ada").await;
    emptied(&app).await;
    app.person("bob").await;
    let letters = server.letters(1).await;
    assert!(letters[0].contains("To: bob@it.example\r\n"), "{}", letters[0]);
}

#[tokio::test]
async fn a_token_stands_in_its_letter_and_nowhere_else() {
    let app = app().await;
    app.person("ada").await;
    let token = app.mailbox().token("ada@it.example", CONFIRM, 0).await;
    emptied(&app).await;
    let client = app.database.pool(Role::Superuser).get().await.unwrap();
    let places = [
        "select count(*) from es.events where strpos(payload::text || metadata::text, $1) > 0",
        "select count(*) from es.outcomes where strpos(outcomes::text, $1) > 0",
        "select count(*) from vault.records where strpos(encode(bytes, 'escape'), $1) > 0",
    ];
    for place in places {
        let found: i64 = client.query_one(place, &[&token]).await.unwrap().get(0);
        assert_eq!(found, 0, "{place}");
    }
    let hashed = "select count(*) from es.events
        where event_type like 'user.%' and payload ->> 'token_hash' is not null";
    assert_eq!(client.query_one(hashed, &[]).await.unwrap().get::<_, i64>(0), 1);
}
