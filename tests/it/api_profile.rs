//! Handles, profiles, settings, signatures.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::caller::{Answer, Visitor};
use super::support::{ManualClock, Role, app, app_with};

const DAY: Duration = Duration::from_secs(24 * 3_600);

async fn patch(who: &Visitor, path: &str, body: Value) -> Answer {
    who.send(Method::PATCH, path, None, Some(body)).await
}

async fn rename(who: &Visitor, username: &str) -> Answer {
    patch(who, "/v1/me", json!({"username": username})).await
}

/// Reads with a header of its own; the status and the ETag.
async fn conditional(
    who: &Visitor,
    method: Method,
    path: &str,
    header: (&str, &str),
) -> (u16, String) {
    let request = who.request(method, path).header(header.0, header.1).json(&json!({"bio": "ink"}));
    let answer = request.send().await.unwrap();
    let tag = answer.headers().get("etag").map_or("", |tag| tag.to_str().unwrap()).to_owned();
    (answer.status().as_u16(), tag)
}

#[tokio::test]
async fn a_profile_is_shown_as_its_owner_wrote_it_and_to_everybody() {
    let app = app().await;
    let (ada, bob) = (app.person("ada").await, app.visitor());
    let change =
        json!({"username": "Ada.Ink", "display_name": "Ame\u{301}lie", "bio": "I paint\nat dusk."});
    patch(&ada, "/v1/me", change).await.ok(200);
    let me = ada.get("/v1/me").await.ok(200);
    assert_eq!((&me["display_name"], &me["tier"]), (&json!("Am\u{e9}lie"), &json!("free")));

    let seen = bob.until("/v1/users/ADA.INK", |seen| seen["bio"] == "I paint\nat dusk.").await;
    assert_eq!((&seen["id"], &seen["username"]), (&json!(ada.id), &json!("Ada.Ink")));
    assert!(seen["email"].is_null(), "an address is nobody's business");
    let several = format!("/v1/users?ids={},{}", ada.id, Uuid::nil());
    let several = bob.get(&several).await.ok(200);
    assert_eq!(several["data"], json!([seen]), "who does not exist is left out");

    patch(&ada, "/v1/me", json!({"bio": null})).await.ok(200);
    assert!(ada.get("/v1/me").await.ok(200)["bio"].is_null());
    bob.get("/v1/users/it_ada").await.problem(404, "not-found");
}

#[tokio::test]
async fn to_say_again_what_is_so_already_leaves_nothing_in_the_log() {
    let app = app().await;
    let ada = app.person("ada").await;
    let profile = json!({"username": "Ada.Ink", "display_name": "Ada Ink", "bio": "I paint."});
    let settings = json!({"theme": {"dark": true}, "size": 3});
    let say = async || {
        let first = patch(&ada, "/v1/me", profile.clone()).await.ok(200);
        let then = patch(&ada, "/v1/me/preferences", settings.clone()).await.ok(200);
        assert!(first["version"].as_u64() <= then["version"].as_u64());
        then["version"].clone()
    };
    let said = say().await;
    let head = app.inside().log.head().await.unwrap();
    assert_eq!(say().await, said);
    patch(&ada, "/v1/me/preferences", json!({"theme": {"dark": true}, "none": null})).await.ok(200);
    assert_eq!(app.inside().log.head().await.unwrap(), head);
    patch(&ada, "/v1/me", json!({"bio": null, "display_name": "Ada Ink"})).await.ok(200);
    let me = ada.get("/v1/me").await.ok(200);
    assert_eq!((&me["bio"], &me["display_name"]), (&json!(null), &json!("Ada Ink")));
}

#[tokio::test]
async fn a_stream_its_owner_made_long_is_read_from_a_snapshot() {
    let app = app().await;
    let ada = app.person("ada").await;
    let snapshots = async || -> Vec<i64> {
        let client = app.database.client(Role::Superuser).await;
        let kept = "select sequence from es.snapshots where stream_type = 'user'";
        client.query(kept, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let id: Uuid = ada.id.parse().unwrap();
    let made_up = URL_SAFE_NO_PAD.encode([&id.as_bytes()[..], &[7; 32]].concat());
    let verify = async || {
        let body = json!({"token": made_up});
        let answer = app.visitor().post("/v1/auth/verify-email", None, body).await;
        answer.problem(410, "link-expired");
    };
    verify().await;
    assert_eq!(snapshots().await, [0; 0], "a short stream needs none");
    for n in 0..60 {
        patch(&ada, "/v1/me/preferences", json!({"n": n})).await.ok(200);
    }
    verify().await;
    let kept = snapshots().await;
    assert!(kept.len() == 1 && kept[0] > 60, "{kept:?}");
    let letter = app.mailbox().token("ada@it.example", "Confirm", 0).await;
    let client = app.database.client(Role::Superuser).await;
    client.execute("update es.snapshots set state = 'nonsense'", &[]).await.unwrap();
    verify().await;
    let truth = app.visitor().post("/v1/auth/verify-email", None, json!({"token": letter})).await;
    truth.ok(204);
}

#[tokio::test]
async fn what_cannot_be_seen_or_reads_like_folio_is_nobodys_name() {
    let app = app().await;
    let ada = app.person("ada").await;
    for (member, value) in [
        ("username", json!("adm1n")),
        ("username", json!("аdа.ink")),
        ("username", json!(null)),
        ("display_name", json!("Folio Support")),
        ("display_name", json!("Ad\u{200b}a")),
        ("display_name", json!("\u{202e}adA")),
        ("bio", json!("\u{2067}hidden")),
        ("avatar_image_id", json!("no id")),
    ] {
        let refused = patch(&ada, "/v1/me", json!({ member: value })).await;
        let refused = refused.problem(422, "validation-failed");
        assert_eq!(refused["errors"][0]["pointer"], format!("/{member}"), "{refused}");
    }
    patch(&ada, "/v1/me", json!({"role": "admin"})).await.problem(422, "validation-failed");
    let sign_up = json!({"email": "eve@it.example", "password": "another horse",
        "display_name": "аdmin", "username": "f0lio_team"});
    let refused = app.visitor().post("/v1/auth/register", None, sign_up).await;
    assert_eq!(refused.problem(422, "validation-failed")["errors"].as_array().unwrap().len(), 2);
    let artist = ada.post("/v1/artists", None, json!({"artist_name": "F0LIO"})).await;
    artist.problem(422, "validation-failed");
    app.visitor()
        .send(Method::PATCH, "/v1/me", None, Some(json!({})))
        .await
        .problem(401, "unauthenticated");
}

#[tokio::test]
async fn of_many_who_want_one_handle_at_once_exactly_one_gets_it() {
    let app = app().await;
    let names: Vec<String> = (0..6).map(|n| format!("p{n}")).collect();
    let people = join_all(names.iter().map(|name| app.person(name))).await;
    let answers = join_all(people.iter().map(|person| rename(person, "Dusk"))).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let lost = answers.iter().filter(|answer| answer.body["code"] == "name-taken").count();
    assert_eq!((won, lost), (1, people.len() - 1));
}

#[tokio::test]
async fn a_handle_left_behind_is_free_after_thirty_days_and_one_just_taken_stays_fourteen() {
    let clock = ManualClock::at_present();
    let app = app_with(None, Arc::new(clock.clone())).await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    rename(&ada, "dusk").await.ok(200);
    rename(&ada, "dawn").await.problem(409, "username-changed-lately");
    rename(&bob, "IT_ADA").await.problem(409, "name-taken");

    clock.advance(15 * DAY);
    let again = |name: &'static str| app.visitor().sign_in_as(name);
    let (ada, bob) = (again("ada").await, again("bob").await);
    rename(&ada, "dawn").await.ok(200);
    rename(&bob, "it_ada").await.problem(409, "name-taken");

    clock.advance(16 * DAY); // "it_ada" is free, "dusk" not yet.
    let bob = again("bob").await;
    rename(&bob, "dusk").await.problem(409, "name-taken");
    let freed = async {
        while rename(&bob, "it_ada").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), freed).await.expect("it is never given free");
}

#[tokio::test]
async fn a_change_to_what_has_changed_meanwhile_is_refused_and_what_is_known_is_not_sent_again() {
    let app = app().await;
    for (name, path) in [("ada", "/v1/me"), ("bob", "/v1/me/preferences")] {
        let ada = app.person(name).await;
        ada.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;
        ada.get(path).await.ok(200);
        let (status, tag) = conditional(&ada, Method::GET, path, ("If-None-Match", "\"0\"")).await;
        assert_eq!(status, 200);
        let known = conditional(&ada, Method::GET, path, ("If-None-Match", &tag)).await;
        assert_eq!(known, (304, tag.clone()), "{path}");
        let fits = conditional(&ada, Method::PATCH, path, ("If-Match", &tag)).await;
        assert_eq!(fits.0, 200, "{path}");
        for stale in [&*tag, "W/\"1\"", "\"999\"", "nonsense"] {
            let refused = conditional(&ada, Method::PATCH, path, ("If-Match", stale)).await;
            assert_eq!(refused.0, 412, "{path} {stale}");
        }
    }
}

#[tokio::test]
async fn settings_are_merged_kept_apart_and_bounded() {
    let app = app().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let path = "/v1/me/preferences";
    assert_eq!(ada.get(path).await.ok(200)["preferences"], json!({}));
    patch(&ada, path, json!({"theme": {"dark": true, "font": 12}, "tips": true})).await.ok(200);
    patch(&ada, path, json!({"theme": {"font": null}, "tips": null})).await.ok(200);
    let kept = json!({"theme": {"dark": true}});
    assert_eq!(ada.get(path).await.ok(200)["preferences"], kept);
    assert_eq!(bob.get(path).await.ok(200)["preferences"], json!({}), "nobody else's");

    let long = patch(&ada, path, json!({"long": "x".repeat(16 * 1024)})).await;
    long.problem(422, "validation-failed");
    let deep = (0..9).fold(json!(1), |inner, _| json!({"a": inner}));
    patch(&ada, path, deep).await.problem(422, "validation-failed");
    for no_object in [json!([1]), json!("dark"), json!(1)] {
        patch(&ada, path, no_object).await.problem(422, "validation-failed");
    }
    let typed =
        ada.request(Method::PATCH, path).header("content-type", "application/merge-patch+json");
    assert_eq!(typed.body(r#"{"tips":false}"#).send().await.unwrap().status(), 200);
    assert_eq!(ada.get(path).await.ok(200)["preferences"]["theme"], kept["theme"]);
}

#[tokio::test]
async fn two_who_change_different_settings_at_once_both_succeed_once() {
    let app = app().await;
    let ada = app.person("ada").await;
    let path = "/v1/me/preferences";
    let change = async |n: u32| {
        let (key, body) = (format!("change-{n}"), json!({ format!("m{n}"): n }));
        let body = || Some(body.clone());
        let first = ada.send(Method::PATCH, path, Some(&key), body()).await.ok(200);
        let again = ada.send(Method::PATCH, path, Some(&key), body()).await;
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(again.ok(200), first);
    };
    join_all((0..4).map(change)).await;
    let all = json!({"m0": 0, "m1": 1, "m2": 2, "m3": 3});
    assert_eq!(ada.get(path).await.ok(200)["preferences"], all);
}

#[tokio::test]
async fn an_artist_chooses_a_signature_and_nobody_else_has_one() {
    let app = app().await;
    let ada = app.person("ada").await;
    let (path, image) = ("/v1/artists/me/signature", json!({"image_id": Uuid::now_v7()}));
    let put = |body: &Value| ada.send(Method::PUT, path, None, Some(body.clone()));
    put(&image).await.problem(403, "forbidden");
    ada.post("/v1/artists", None, json!({"artist_name": "Ada Paints"})).await.ok(201);
    put(&image).await.ok(200);
    put(&json!({})).await.problem(422, "validation-failed");
    let artist = ada.get(&format!("/v1/artists/{}", ada.id)).await.ok(200);
    assert_eq!(artist["signature_image_id"], image["image_id"]);
    put(&json!({"image_id": null})).await.ok(200);
    let artist = ada.get(&format!("/v1/artists/{}", ada.id)).await.ok(200);
    assert!(artist["signature_image_id"].is_null());
}
