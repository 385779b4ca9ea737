//! Whoever leaves is found nowhere (D12, P7): planted values go everywhere through HTTP, and after
//! the erasure every place there is holds none of them, while the log still verifies.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::secrets::Secrets;
use demo::identity::Person;
use domain::UserId;
use domain::users::Status;
use eventstore::Log;
use eventstore::database::{Purpose, pool};
use eventstore::seal::{Keyring, MasterKey};
use projections::rebuild::Workshop;
use replay_tool::tables::{Choice, diff_all, rebuild_all};
use replay_tool::verify::{Options, verify};
use reqwest::Method;
use serde_json::json;

use super::api_exports::export;
use super::api_oauth::{consent_to_link, settings, stand_in};
use super::privacy_ground::{Lines, count_files, places};
use super::support::letters::deliver;
use super::support::studio::{Studio, text};
use super::support::{App, ManualClock, Role, Version, Visitor, app_set, app_with, database};

const EMAIL: &str = "planted-address@it.example";
const NAME: &str = "Planted Displayname";
const PROMPT: &str = "a planted lighthouse at dusk";
const UNWANTED: &str = "planted negative words";
const ADDRESS: &str = "127.66.55.44";
const PROGRAM: &str = "PlantedBrowser/7.7";
const BIO: &str = "planted words about oneself";
const SETTING: &str = "planted-setting";
const KEY_NAME: &str = "Planted Nightly Script";
const ACCOUNT: &str = "660-777-888999";
const HOLDER: &str = "Planted Holder";
const MEMO: &str = "planted words to a friend";
const PAYER: &str = "Planted Payer";
const SUBSCRIBER: &str = "Planted Subscriber";
const SUBJECT: &str = "planted-google-subject";
const LINKED_EMAIL: &str = "planted-at-google@it.example";
const LINKED_NAME: &str = "Planted Googlename";
/// Chosen to be public: the log keeps these in plain, whatever shows them does not.
const FORMER: &str = "planted-before";
const HANDLE: &str = "planted-leaver";
const FORMER_ARTIST: &str = "Planted Paints";
const ARTIST: &str = "Planted Inks";
const STYLE: &str = "Planted Strokes";
const FORMER_STYLE_TEXT: &str = "planted first words on a style";
const STYLE_TEXT: &str = "planted last words on a style";
const PUBLIC: [&str; 7] =
    [FORMER, HANDLE, FORMER_ARTIST, ARTIST, STYLE, FORMER_STYLE_TEXT, STYLE_TEXT];
const PLANTED: [&str; 17] = [
    EMAIL,
    NAME,
    PROMPT,
    UNWANTED,
    ADDRESS,
    PROGRAM,
    BIO,
    SETTING,
    KEY_NAME,
    ACCOUNT,
    HOLDER,
    MEMO,
    PAYER,
    SUBJECT,
    LINKED_EMAIL,
    LINKED_NAME,
    SUBSCRIBER,
];
const PASSWORD: &str = "a planted password";
/// As long as anything may take that must come.
/// Nothing listens there, so that letters wait.
const NO_MAIL_SERVER: &str = "smtp://127.0.0.1:1";
const SOON: Duration = Duration::from_secs(60);
const A_DAY: Duration = Duration::from_secs(24 * 3_600);
pub const FORTNIGHT: Duration = Duration::from_secs(14 * 24 * 3_600);

/// Signs up with everything that can be planted.
async fn sign_up(app: &App) -> Visitor {
    let visitor = Visitor::from_elsewhere(&app.url, Some(ADDRESS.parse().unwrap()), PROGRAM);
    let body = json!({"email": EMAIL, "password": PASSWORD, "display_name": NAME,
        "username": FORMER});
    let signed_up = visitor.post("/v1/auth/register", None, body).await.ok(201);
    visitor.with(&signed_up)
}

/// Waits until this many events of a type are in the log and in the read tables.
pub async fn until_told(app: &App, event_type: &str, count: i64) {
    let told = "select count(*) from es.events where event_type = $1";
    let behind = "select projection from control.checkpoints where schema <> 'process' and
        position < (select max(position) from es.events)";
    let client = app.database.client(Role::Superuser).await;
    let deadline = Instant::now() + SOON;
    loop {
        let told: i64 = client.query_one(told, &[&event_type]).await.unwrap().get(0);
        let behind = client.query(behind, &[]).await.unwrap();
        let behind: Vec<String> = behind.iter().map(|row| row.get(0)).collect();
        if told == count && behind.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{told} of {event_type}, {behind:?} are behind");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Buys tokens, sends some to a friend, and the provider tells us who paid.
async fn pay(studio: &Studio, leaver: &Visitor, friend: &Visitor) {
    let offer = leaver.post("/v1/purchases", Some("buy"), json!({"package_id": "tokens-150"}));
    let offer = offer.await.ok(201);
    let (order_id, amount) = (text(&offer, "order_id"), offer["amount"].as_i64().unwrap());
    let payment = studio.app.toss.agree(&order_id, "Tokens 150", amount);
    let confirm = json!({"payment_key": payment.key, "order_id": order_id, "amount": amount});
    let path = format!("/v1/purchases/{}/confirm", text(&offer, "id"));
    leaver.post(&path, Some("confirm"), confirm).await.ok(200);
    let data = json!({"orderId": order_id, "status": "DONE", "customerName": PAYER});
    let delivery = json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": data});
    studio.app.visitor().post("/v1/webhooks/toss", None, delivery).await.ok(200);
    let custom = json!({"user_id": leaver.id});
    let meta = json!({"event_name": "order_created", "test_mode": true, "custom_data": custom});
    let data = json!({"type": "orders", "id": "1", "attributes": {"user_name": SUBSCRIBER}});
    let letter = studio.app.lemon.sign(&json!({"meta": meta, "data": data}));
    assert_eq!(deliver(&studio.app, &letter).await, 200);
    let transfer = json!({"to": friend.id, "amount": 5, "memo": MEMO});
    leaver.post("/v1/transfers", Some("send"), transfer).await.ok(201);
}

/// Says something wherever a person can, and answers the secret of an API key.
async fn say(leaver: &Visitor) -> String {
    let change = |method, path, body| leaver.send(method, path, None, Some(body));
    change(Method::PATCH, "/v1/me", json!({"bio": BIO, "username": HANDLE})).await.ok(200);
    change(Method::PATCH, "/v1/me/preferences", json!({"theme": SETTING})).await.ok(200);
    leaver.post("/v1/artists", None, json!({"artist_name": FORMER_ARTIST})).await.ok(201);
    change(Method::PATCH, "/v1/artists/me", json!({"artist_name": ARTIST})).await.ok(200);
    let style = json!({"name": STYLE, "cost": 1, "description": FORMER_STYLE_TEXT});
    let style = leaver.post("/v1/styles", None, style).await.ok(201);
    let style = format!("/v1/styles/{}", text(&style, "id"));
    change(Method::PATCH, &style, json!({"description": STYLE_TEXT})).await.ok(200);
    let account = json!({"bank": "088", "account_number": ACCOUNT, "holder_name": HOLDER,
        "password": PASSWORD});
    change(Method::PUT, "/v1/artists/me/payout-account", account).await.ok(200);
    let key = json!({"name": KEY_NAME, "scopes": ["wallets:read"]});
    text(&leaver.post("/v1/api-keys", None, key).await.ok(201), "secret")
}

/// Links an account of Google.
async fn link(app: &App, leaver: &Visitor) {
    let mut consent = consent_to_link(app, leaver, "google").await;
    consent["password"] = json!(PASSWORD);
    leaver.post("/v1/me/oauth-accounts", None, consent).await.ok(200);
}

/// A state of a long stream that was kept aside, with the handle in it.
async fn keep_a_snapshot(app: &App, user: &str) {
    const KEEP: &str = "insert into es.snapshots
        (stream_type, stream_id, fingerprint, sequence, event_id, state)
        select 'user', stream_id, 'an older one', sequence, event_id, json_build_object('handle', $2::text)
        from es.events where stream_type = 'user' and stream_id = $1 and sequence = 1";
    let client = app.database.client(Role::Superuser).await;
    let user: uuid::Uuid = user.parse().unwrap();
    assert_eq!(client.execute(KEEP, &[&user, &HANDLE]).await.unwrap(), 1);
}

/// Waits until the last step of every erasure is done: its timer is the last to go.
pub async fn until_no_timer(app: &App) {
    const TIMERS: &str = "select count(*) from vault.records where kind = 'account-deletion'";
    let (client, deadline) = (app.database.client(Role::Superuser).await, Instant::now() + SOON);
    while client.query_one(TIMERS, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        assert!(Instant::now() < deadline, "an erasure does not come to its end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the service has heard that an account is about to be deleted.
pub async fn until_known_to_leave(app: &App, leaver: &Visitor) {
    let (user, deadline) = (UserId(leaver.id.parse().unwrap()), Instant::now() + SOON);
    while app.inside().tokens.revocations.standing(user, 0) != Some(Status::PendingDeletion) {
        assert!(Instant::now() < deadline, "nobody hears that they leave");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The log and the books are right, and every table is what a rebuild makes of the log.
pub async fn assert_sound(app: &App) {
    let auditor = pool(&app.database.url(Role::Auditor), Purpose::Log, 4).unwrap();
    let report = verify(&auditor, Options::default(), |_, _| {}).await.unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    let pool = pool(&app.database.url(Role::Projector), Purpose::Project, 20).unwrap();
    let secrets = Secrets::load(app.secrets_folder()).unwrap();
    let keyring = Keyring::new(pool.clone(), MasterKey::from_base64(&secrets.master_key).unwrap());
    let shop = Workshop { log: Log::new(pool.clone()), pool, keyring };
    assert!(diff_all(&shop, &Choice::all(), true).await.unwrap().is_empty(), "rebuilt is live");
    rebuild_all(&shop, &Choice::all(), true).await.unwrap();
}

/// The search finds what is there: in plain only in read tables, never in the log.
async fn assert_found(app: &App, lines: &Lines) {
    for (value, place) in [
        (EMAIL, "read.users"),
        (NAME, "read.user_profiles"),
        (PROMPT, "read.generations"),
        (BIO, "read.user_profiles"),
        (SETTING, "read.user_preferences"),
        (KEY_NAME, "read.api_keys"),
        (ACCOUNT, "read.payout_accounts"),
        (HOLDER, "read.payout_accounts"),
        (MEMO, "read.transactions"),
        (LINKED_EMAIL, "read.oauth_accounts"),
        (LINKED_NAME, "read.oauth_accounts"),
    ] {
        let mut found = places(app, lines, value).await;
        let waits = found.remove("vault.records"); // A letter, for no mail server takes it.
        assert_eq!(waits, value == EMAIL, "{value} waits in the outbox");
        assert!(found.contains(place), "{value} is in {found:?}");
        assert!(found.iter().all(|place| place.starts_with("read.")), "{value} is in {found:?}");
    }
    for value in [PAYER, SUBSCRIBER] {
        let evidence = places(app, lines, value).await;
        assert!(evidence.iter().eq(["vault.records"]), "{value} is in {evidence:?}");
    }
    for value in PUBLIC {
        let found = places(app, lines, value).await;
        assert!(found.contains("read.audit_logs"), "{value} is in {found:?}");
        assert_eq!(found.contains("vault.records"), value == FORMER, "{value} is in {found:?}");
    }
    let subject = places(app, lines, SUBJECT).await;
    assert!(subject.iter().all(|place| place.starts_with("read.")), "{SUBJECT} is in {subject:?}");
}

/// What was planted is gone; what was public is only where nothing can be changed.
async fn assert_gone(app: &App, lines: &Lines, when: &str) {
    for value in PLANTED {
        let found = places(app, lines, value).await;
        assert!(found.is_empty(), "{value} is still in {found:?} {when}");
    }
    for value in PUBLIC {
        let mut found = places(app, lines, value).await;
        found.retain(|place| place != "es.events" && !place.starts_with("nats:"));
        assert!(found.is_empty(), "{value} is still in {found:?} {when}");
    }
}

#[tokio::test]
async fn whoever_leaves_is_found_nowhere_and_the_log_still_verifies() {
    let (lines, _collecting) = Lines::collect();
    let clock = ManualClock::at_present();
    let identity = stand_in(Person::verified(SUBJECT, LINKED_EMAIL, LINKED_NAME)).await;
    let mut settings = settings(&identity, "on").to_vec();
    settings.push(("FOLIO_MAIL_URL", NO_MAIL_SERVER.to_owned()));
    let (broker, told) = (Some(Version::New), Arc::new(clock.clone()));
    let studio = Studio::open(app_set(database().await, broker, told, &settings).await).await;
    let (fan, painter) = (studio.buyer("fan").await, studio.painter("one").await);

    let leaver = sign_up(&studio.app).await;
    leaver.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;
    let mut wish = studio.wish();
    (wish["prompt"], wish["negative_prompt"]) = (json!(PROMPT), json!(UNWANTED));
    let shown = leaver.post("/v1/generations", Some("one"), wish.clone()).await.ok(202);
    painter.deliver(&painter.claim().await).await;
    let shown = format!("/v1/generations/{}", shown["id"].as_str().unwrap());
    leaver.post(&format!("{shown}/publish"), None, json!({})).await.ok(200);
    leaver.send(Method::PUT, &format!("{shown}/like"), None, None).await.ok(200);
    let waiting = leaver.post("/v1/generations", Some("two"), wish).await.ok(202);

    pay(&studio, &leaver, &fan).await;
    let key = say(&leaver).await;
    link(&studio.app, &leaver).await;
    let mut program = studio.app.visitor();
    program.token = key;
    program.get("/v1/wallets/token").await.ok(200);
    keep_a_snapshot(&studio.app, &leaver.id).await;

    until_told(&studio.app, "like.added", 1).await;
    assert_eq!(fan.get(&shown).await.ok(200)["prompt"], PROMPT);
    until_told(&studio.app, "user.oauth_account_linked", 1).await;
    assert_found(&studio.app, &lines).await;
    assert_eq!(count_files(studio.app.objects_folder()), 1);
    assert!(!lines.is_empty());

    let wrong = leaver.post("/v1/me/deletion", None, json!({"password": "not mine"})).await;
    wrong.problem(401, "invalid-credentials");
    let asked = leaver.post("/v1/me/deletion", None, json!({"password": PASSWORD})).await.ok(202);
    assert!(asked["due_at"].is_string());
    clock.advance(FORTNIGHT - A_DAY);
    let leaving = studio.app.visitor().sign_in(EMAIL, PASSWORD).await;
    export(&leaving, "take-along").await;
    assert_eq!(count_files(studio.app.objects_folder()), 2);
    clock.advance(A_DAY);
    until_told(&studio.app, "user.erased", 1).await;
    until_no_timer(&studio.app).await;

    assert_gone(&studio.app, &lines, "at the end").await;
    assert_eq!(count_files(studio.app.objects_folder()), 0, "pictures and exports are gone");
    assert_sound(&studio.app).await;
    assert_gone(&studio.app, &lines, "after a rebuild").await;
    let visitor = studio.app.visitor();
    visitor.get(&shown).await.problem(404, "not-found");
    assert!(waiting["id"].is_string());
    program.get("/v1/wallets/token").await.problem(401, "unauthenticated");
    until_told(&studio.app, "api_key.revoked", 1).await;
    for (username, email) in [(HANDLE, EMAIL), (FORMER, "another@it.example")] {
        let again = json!({"email": email, "password": PASSWORD, "display_name": NAME,
            "username": username});
        visitor.post("/v1/auth/register", None, again).await.ok(201);
    }
}

#[tokio::test]
async fn whoever_takes_it_back_in_time_keeps_everything() {
    let clock = ManualClock::at_present();
    let app = app_with(Some(Version::New), Arc::new(clock.clone())).await;
    let leaver = sign_up(&app).await;
    let leave = json!({"password": PASSWORD});
    let first = leaver.post("/v1/me/deletion", Some("1"), leave.clone()).await.ok(202);
    let again = leaver.post("/v1/me/deletion", Some("1"), leave.clone()).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.ok(202)["due_at"], first["due_at"]);
    app.visitor().post("/v1/me/deletion", None, leave).await.problem(401, "unauthenticated");
    until_known_to_leave(&app, &leaver).await;
    let become_artist = leaver.post("/v1/artists", None, json!({"artist_name": "Gone"})).await;
    become_artist.problem(403, "deletion-pending");
    for _ in 0..2 {
        leaver.send(Method::DELETE, "/v1/me/deletion", Some("2"), None).await.ok(200);
    }
    clock.advance(FORTNIGHT);
    let back = app.visitor().sign_in(EMAIL, PASSWORD).await;
    assert_eq!(back.get("/v1/me").await.ok(200)["display_name"], NAME);
    until_told(&app, "user.erased", 0).await;
}
