//! Taking one's data along (c3, D12): all of one's own, nothing of anybody else's, for a week.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::time::Duration;

use api::service::Role as Part;
use reqwest::Method;
use serde_json::{Value, json};
use zip::ZipArchive;

use super::privacy_ground::count_files;
use super::support::caller::PASSWORD;
use super::support::studio::{Studio, text};
use super::support::{ManualClock, Version, Visitor, app_with};

const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Asks for an export and waits for it; answers its id and the link to the file.
pub async fn export(person: &Visitor, key: &str) -> (String, String) {
    let asked = person.post("/v1/me/export", Some(key), json!({})).await.ok(202);
    assert_eq!(asked["state"], "making");
    let path = format!("/v1/me/exports/{}", text(&asked, "id"));
    let ready = person.until(&path, |export| export["state"] == "ready").await;
    (path, text(&ready, "link"))
}

/// The files of a zip behind a link, by name.
async fn fetch(link: &str) -> BTreeMap<String, Value> {
    let answer = reqwest::get(link).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/zip".parse().unwrap())
    );
    let mut zip = ZipArchive::new(Cursor::new(answer.bytes().await.unwrap())).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut files = BTreeMap::new();
    for name in names {
        let mut content = String::new();
        zip.by_name(&name).unwrap().read_to_string(&mut content).unwrap();
        files.insert(name, serde_json::from_str(&content).unwrap());
    }
    files
}

/// A person who has something in many places, all of it marked with their name.
async fn lived(studio: &Studio, name: &str) -> Visitor {
    let person = studio.buyer(name).await;
    let change = |method, path, body| person.send(method, path, None, Some(body));
    change(Method::PATCH, "/v1/me", json!({"bio": format!("bio of {name}")})).await.ok(200);
    person
        .post("/v1/artists", None, json!({"artist_name": format!("{name} paints")}))
        .await
        .ok(201);
    let style = json!({"name": format!("style of {name}"), "cost": 1});
    person.post("/v1/styles", None, style).await.ok(201);
    let (account, number) = ("/v1/artists/me/payout-account", "110-123-456789");
    let bank = json!({"bank": "088", "account_number": number,
        "holder_name": format!("{name} Kim"), "password": PASSWORD});
    change(Method::PUT, account, bank).await.ok(200);
    let key = json!({"name": format!("key of {name}"), "scopes": ["wallets:read"]});
    person.post("/v1/api-keys", None, key).await.ok(201);
    let mut wish = studio.wish();
    wish["prompt"] = json!(format!("prompt of {name}"));
    person.post("/v1/generations", Some("one"), wish).await.ok(202);
    person
}

#[tokio::test]
async fn all_of_ones_own_is_in_it_nothing_of_anybody_elses_and_it_goes_after_a_week() {
    let clock = ManualClock::at_present();
    let app = app_with(Some(Version::New), Arc::new(clock.clone())).await;
    let studio = Studio::open(app).await;
    let (ada, other) = (lived(&studio, "ada").await, lived(&studio, "bartholomew").await);

    ada.post("/v1/me/export", None, json!({})).await.problem(400, "idempotency-key-required");
    let (path, link) = export(&ada, "first").await;
    let again = ada.post("/v1/me/export", Some("first"), json!({})).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert!(path.ends_with(again.ok(202)["id"].as_str().unwrap()));
    other.get(&path).await.problem(404, "not-found");

    let files = fetch(&link).await;
    for (file, words) in [
        ("users.json", "ada@it.example"),
        ("users.json", "bio of ada"),
        ("user_sessions.json", "folio-it"),
        ("wallet_balances.json", "token"),
        ("transactions.json", "welcome"),
        ("artists.json", "ada paints"),
        ("styles.json", "style of ada"),
        ("payout_accounts.json", "ada Kim"),
        ("api_keys.json", "key of ada"),
        ("generations.json", "prompt of ada"),
        ("events.json", "generation.requested"),
        ("events.json", "prompt of ada"),
        ("events.json", "ada@it.example"),
        ("events.json", "127.0.0.1"),
    ] {
        let content = files[file].to_string();
        assert!(content.contains(words), "{words:?} is not in {file}: {content}");
    }
    let all = json!(files).to_string();
    for words in ["bartholomew", &other.id, "mina"] {
        assert!(!all.contains(words), "{words:?} is in an export of another");
    }

    for key in ["second", "third"] {
        export(&ada, key).await;
    }
    let fourth = ada.post("/v1/me/export", Some("fourth"), json!({})).await;
    assert_eq!(fourth.headers["retry-after"], (24 * 3_600).to_string().as_str());
    let fourth = fourth.problem(429, "quota-exceeded");
    assert_eq!(fourth["violated-policies"], json!(["export"]), "{fourth}");
    assert_eq!(count_files(studio.app.objects_folder()), 3);
    clock.advance(WEEK);
    let ada = studio.app.visitor().sign_in_as("ada").await;
    let gone = ada.until(&path, |export| export["state"] == "gone").await;
    assert_eq!(gone["link"], Value::Null);
    assert_eq!(reqwest::get(&link).await.unwrap().status(), 410);
}

#[tokio::test]
async fn an_export_is_made_though_nobody_was_there_to_make_it() {
    let mut studio = super::support::studio::studio().await;
    let ada = studio.buyer("ada").await;
    studio.app.stop().await;
    studio.app.start_parts(&[Part::Api, Part::Project]).await;
    let asked = ada.post("/v1/me/export", Some("one"), json!({})).await.ok(202);
    let other = ada.post("/v1/me/export", Some("two"), json!({})).await;
    assert_eq!(other.problem(409, "already-exists")["id"], asked["id"]);
    let path = format!("/v1/me/exports/{}", text(&asked, "id"));
    assert_eq!(ada.get(&path).await.ok(200)["state"], "making");
    studio.app.stop().await;
    studio.app.start().await;
    let ready = ada.until(&path, |export| export["state"] == "ready").await;
    assert!(fetch(&text(&ready, "link")).await.contains_key("events.json"));
}

#[tokio::test]
async fn an_export_whose_answer_was_lost_is_found_in_the_list_of_ones_own() {
    let studio = super::support::studio::studio().await;
    let (ada, other) = (studio.buyer("ada").await, studio.buyer("other").await);
    let (first, _) = export(&ada, "first").await;
    let (second, _) = export(&ada, "second").await;
    let page = ada.get("/v1/me/exports?limit=1").await.ok(200);
    assert!(second.ends_with(&text(&page["data"][0], "id")), "the newest is first: {page}");
    assert!(page["data"][0]["link"].is_string());
    let next = format!("/v1/me/exports?limit=1&cursor={}", text(&page, "next_cursor"));
    let page = ada.get(&next).await.ok(200);
    assert!(first.ends_with(&text(&page["data"][0], "id")) && page["has_more"] == false, "{page}");
    assert_eq!(other.get("/v1/me/exports").await.ok(200)["data"], json!([]));
}
