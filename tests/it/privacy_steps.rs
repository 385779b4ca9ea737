//! An erasure that dies anywhere is begun again, and ends as if nothing had happened (P7).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use api::deletion::Erasure;
use api::service::Role as Part;
use domain::UserId;
use domain::process::account_deletion::Step;
use reqwest::Method;
use serde_json::json;

use super::privacy_erasure::{FORTNIGHT, assert_sound, until_no_timer, until_told};
use super::support::studio::{Studio, text};
use super::support::{ManualClock, Role, Version, app_with};

#[tokio::test]
async fn an_erasure_that_dies_between_any_two_steps_is_begun_again_and_ends_alike() {
    let clock = ManualClock::at_present();
    let app = app_with(Some(Version::New), Arc::new(clock.clone())).await;
    let mut studio = Studio::open(app).await;
    let painter = studio.painter("one").await;
    let mut leavers = Vec::new();
    for number in 0..=Step::ALL.len() {
        let leaver = studio.buyer(&format!("leaver{number}")).await;
        let made = studio.paint(&leaver, &painter, "one").await;
        let made = format!("/v1/generations/{made}");
        leaver.post(&format!("{made}/publish"), None, json!({})).await.ok(200);
        leaver.send(Method::PUT, &format!("{made}/like"), None, None).await.ok(200);
        let style = json!({"name": format!("Style {number}"), "cost": 1});
        leaver.post("/v1/artists", None, json!({"artist_name": "Somebody"})).await.ok(201);
        leaver.post("/v1/styles", None, style).await.ok(201);
        leavers.push(leaver);
    }
    leavers.push(studio.artist.clone()); // Whose style was used; all others' were not.
    for leaver in &leavers {
        if leaver.id != studio.artist.id {
            studio.ask(leaver, "two").await; // Canceled by the third step.
        }
        let leave = json!({"password": "correct horse battery"});
        leaver.post("/v1/me/deletion", None, leave).await.ok(202);
    }
    studio.app.stop().await;
    clock.advance(FORTNIGHT);
    studio.app.start_parts(&[Part::Api, Part::Project]).await; // No timer rings.
    let erasure = Erasure { app: studio.app.inside().clone() };
    for (done, leaver) in leavers.iter().enumerate() {
        let user = UserId(leaver.id.parse().unwrap());
        let done = &Step::ALL[..done.min(Step::ALL.len())];
        erasure.run_steps(user, done).await.unwrap();
    }
    drop(erasure);
    studio.app.stop().await;
    studio.app.start().await;
    let all = i64::try_from(leavers.len()).unwrap();
    until_told(&studio.app, "user.erased", all).await;

    until_no_timer(&studio.app).await;
    let client = studio.app.database.client(Role::Superuser).await;
    for (statement, expected) in [
        ("select count(*) from read.likes", 0),
        ("select count(*) from read.images", 0),
        ("select count(*) from read.generations where published_at is not null", 0),
        ("select count(*) from read.generations where status = 'canceled'", all - 1),
        ("select count(*) from read.styles where name = 'deleted style'", 1),
        ("select count(*) from read.styles", 1),
        ("select count(*) from es.claims where scope = 'style-name'", 0),
        ("select count(*) from read.artists where artist_name = 'deleted artist'", all),
        ("select count(*) from es.claims where scope = 'username'", 1),
        ("select count(*) from vault.records where kind = 'person-key'", 1),
        ("select count(*) from vault.records where kind = 'account-deletion'", 0),
    ] {
        let found: i64 = client.query_one(statement, &[]).await.unwrap().get(0);
        assert_eq!(found, expected, "{statement}");
    }
    assert_sound(&studio.app).await;
    let visitor = studio.app.visitor();
    let artist = visitor.get(&format!("/v1/artists/{}", leavers[0].id)).await.ok(200);
    assert_eq!(text(&artist, "artist_name"), "deleted artist");
}
