//! Payouts over HTTP (ART-03, P8).
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::authority::cast::with_role;
use super::support::caller::PASSWORD;
use super::support::studio::{Studio, studio, text};
use super::support::{Answer, Visitor};

const ACCOUNT: &str = "/v1/artists/me/payout-account";

/// A studio whose artist has earned three pictures: 54.
async fn earned() -> Studio {
    let studio = studio().await;
    let (buyer, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    for key in ["one", "two", "three"] {
        studio.paint(&buyer, &painter, key).await;
    }
    studio.artist.until("/v1/wallets/earning", |wallet| wallet["available"] == 54).await;
    studio
}

async fn set_account(artist: &Visitor) {
    let account = json!({"bank": "088", "account_number": "110-123-456789",
        "holder_name": "Kim Mina", "password": PASSWORD});
    let set = artist.send(Method::PUT, ACCOUNT, None, Some(account)).await.ok(200);
    assert_eq!(set["account_number"], "*6789");
}

async fn ask(artist: &Visitor, key: &str, amount: i64) -> Answer {
    artist.post("/v1/payouts", Some(key), json!({"amount": amount})).await
}

async fn decide(by: &Visitor, payout: &str, verdict: &str, body: Value) -> Answer {
    by.post(&format!("/v1/admin/payouts/{payout}/{verdict}"), None, body).await
}

/// Waits until so much can be used and so much is held: who decides is somebody else.
async fn earnings_become(artist: &Visitor, available: i64, held: i64) {
    let are = |wallet: &Value| wallet["available"] == available && wallet["held"] == held;
    artist.until("/v1/wallets/earning", are).await;
}

#[tokio::test]
async fn an_artist_is_paid_out_what_the_house_approved() {
    let studio = earned().await;
    let (artist, operator) = (&studio.artist, &studio.operator);
    ask(artist, "early", 50).await.problem(409, "payout-account-missing");
    set_account(artist).await;
    let asked = ask(artist, "first", 50).await.ok(201);
    let payout = text(&asked, "id");
    assert_eq!(
        (&asked["gross"], &asked["withheld"], &asked["net"]),
        (&json!(5_000), &json!(165), &json!(4_835))
    );
    assert_eq!(ask(artist, "first", 50).await.ok(201)["id"], payout.as_str(), "asked once");
    earnings_become(artist, 4, 50).await;

    let path = format!("/v1/admin/payouts/{payout}");
    let shown = operator.until(&path, |row| row["status"] == "requested").await;
    assert_eq!((&shown["bank"], &shown["account_number"]), (&json!("088"), &json!("*6789")));
    assert_eq!(shown["holder_name"], Value::Null);
    let waiting = operator.get("/v1/admin/payouts?status=requested").await.ok(200);
    assert_eq!(waiting["data"][0]["id"], payout.as_str());
    decide(operator, &payout, "settle", json!({"reference": "FT-1"}))
        .await
        .problem(409, "conflict");
    decide(operator, &payout, "approve", json!({})).await.ok(200);
    decide(operator, &payout, "settle", json!({"reference": "FT-1"})).await.ok(200);
    let paid = artist.until(&format!("/v1/payouts/{payout}"), |row| row["status"] == "paid").await;
    assert_eq!(paid["reference"], "FT-1");
    earnings_become(artist, 4, 0).await;

    let lines = artist.get("/v1/wallets/earning/transactions?kind=payout").await.ok(200);
    let line = &lines["data"][0];
    assert_eq!((&line["amount"], &line["balance_after"]), (&json!(-50), &json!(4)));
    assert_eq!(line["related_payout_id"], payout.as_str());
    let holds = artist.get("/v1/wallets/earning/reservations").await.ok(200);
    assert_eq!(
        (&holds["data"][0]["purpose"], &holds["data"][0]["expires_at"]),
        (&json!("payout"), &Value::Null)
    );
}

#[tokio::test]
async fn a_payout_is_approved_by_one_person_and_settled_by_one_transfer() {
    let studio = earned().await;
    let (artist, first) = (&studio.artist, &studio.operator);
    let second = &with_role(&studio.app, first, "support").await;
    set_account(artist).await;
    let payout = text(&ask(artist, "first", 50).await.ok(201), "id");
    decide(first, &payout, "approve", json!({})).await.ok(200);
    decide(first, &payout, "approve", json!({})).await.ok(200);
    decide(second, &payout, "approve", json!({})).await.problem(409, "conflict");
    decide(first, &payout, "settle", json!({"reference": "FT-1"})).await.ok(200);
    decide(second, &payout, "settle", json!({"reference": "FT-1"})).await.ok(200);
    let twice = decide(second, &payout, "settle", json!({"reference": "FT-2"})).await;
    let said = twice.problem(409, "conflict");
    assert_eq!(said["detail"], "The payout is paid already, as FT-1: nothing was changed.");
}

#[tokio::test]
async fn an_artist_takes_back_a_payout_that_nobody_has_approved() {
    let studio = earned().await;
    let (artist, operator) = (&studio.artist, &studio.operator);
    let stranger = studio.app.person("sora").await;
    set_account(artist).await;
    let cancel = async |by: &Visitor, payout: &str| {
        by.post(&format!("/v1/payouts/{payout}/cancel"), None, json!({})).await
    };
    let payout = text(&ask(artist, "first", 50).await.ok(201), "id");
    cancel(&stranger, &payout).await.problem(404, "not-found");
    assert_eq!(cancel(artist, &payout).await.ok(200)["status"], "canceled");
    assert_eq!(cancel(artist, &payout).await.ok(200)["status"], "canceled", "once");
    earnings_become(artist, 54, 0).await;
    decide(operator, &payout, "approve", json!({})).await.problem(409, "conflict");
    let next = text(&ask(artist, "second", 50).await.ok(201), "id");
    decide(operator, &next, "approve", json!({})).await.ok(200);
    cancel(artist, &next).await.problem(409, "conflict");
}

#[tokio::test]
async fn earnings_come_back_when_a_payout_is_rejected() {
    let studio = earned().await;
    set_account(&studio.artist).await;
    let payout = text(&ask(&studio.artist, "first", 50).await.ok(201), "id");
    ask(&studio.artist, "second", 10).await.problem(409, "already-exists");
    decide(&studio.operator, &payout, "reject", json!({})).await.problem(422, "validation-failed");
    decide(&studio.operator, &payout, "reject", json!({"reason": "Another name"})).await.ok(200);
    let row = studio
        .artist
        .until(&format!("/v1/payouts/{payout}"), |row| row["status"] == "rejected")
        .await;
    assert_eq!(row["reason"], "Another name");
    earnings_become(&studio.artist, 54, 0).await;
    ask(&studio.artist, "third", 10).await.ok(201);
}

#[tokio::test]
async fn nobody_leaves_while_their_money_is_under_way() {
    let studio = earned().await;
    set_account(&studio.artist).await;
    let payout = text(&ask(&studio.artist, "first", 50).await.ok(201), "id");
    let leave = json!({"password": "correct horse battery"});
    let asked = studio.artist.post("/v1/me/deletion", None, leave.clone()).await;
    asked.problem(409, "open-payout");
    decide(&studio.operator, &payout, "reject", json!({"reason": "Leaves"})).await.ok(200);
    studio.artist.post("/v1/me/deletion", None, leave).await.ok(202);
}

#[tokio::test]
async fn only_artists_ask_and_only_the_house_decides() {
    let studio = earned().await;
    let stranger = studio.app.person("sora").await;
    ask(&stranger, "mine", 50).await.problem(403, "forbidden");
    set_account(&studio.artist).await;
    ask(&studio.artist, "tiny", 9).await.problem(409, "below-minimum");
    ask(&studio.artist, "huge", 55).await.problem(402, "insufficient-funds");
    let payout = text(&ask(&studio.artist, "first", 50).await.ok(201), "id");
    stranger.get(&format!("/v1/payouts/{payout}")).await.problem(404, "not-found");
    for by in [&stranger, &studio.artist] {
        decide(by, &payout, "approve", json!({})).await.problem(403, "forbidden");
        by.get("/v1/admin/payouts").await.problem(403, "forbidden");
    }
    let nobody = uuid::Uuid::now_v7().to_string();
    decide(&studio.operator, &nobody, "approve", json!({})).await.problem(404, "not-found");
}

#[tokio::test]
async fn of_many_requests_at_once_one_payout_is_under_way() {
    let studio = earned().await;
    set_account(&studio.artist).await;
    let asking = (0..8).map(|n| {
        let artist = studio.artist.clone();
        tokio::spawn(async move { ask(&artist, &format!("race-{n}"), 50).await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for asked in asking.collect::<Vec<_>>() {
        statuses.push(asked.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    earnings_become(&studio.artist, 4, 50).await;
}

#[tokio::test]
async fn nobody_of_the_house_sees_a_whole_bank_account_unseen() {
    let studio = earned().await;
    let (artist, operator) = (&studio.artist, &studio.operator);
    set_account(artist).await;
    let payout = text(&ask(artist, "first", 50).await.ok(201), "id");
    operator
        .until_answer(&format!("/v1/admin/payouts/{payout}"), |shown| shown.status == 200)
        .await;
    let path = format!("/v1/admin/payouts/{payout}/account");
    operator.get(&path).await.problem(422, "validation-failed");
    operator.get(&format!("{path}?reason=short")).await.problem(422, "validation-failed");
    let path = format!("{path}?reason=The+transfer+of+today");
    artist.get(&path).await.problem(403, "forbidden");
    let auditor = studio.app.auditor().await;
    auditor.get(&path).await.problem(403, "forbidden");
    let opened = operator.get(&path).await;
    assert_eq!(opened.headers["cache-control"], "no-store");
    let opened = opened.ok(200);
    assert_eq!(
        (&opened["bank"], &opened["account_number"], &opened["holder_name"]),
        (&json!("088"), &json!("110-123-456789"), &json!("Kim Mina"))
    );
    let seen = "/v1/audit/log?action=payout.account_viewed";
    let seen = auditor.until(seen, |page| page["data"][0].is_object()).await;
    assert_eq!(seen["data"].as_array().unwrap().len(), 1, "who was refused saw nothing");
    let act = &seen["data"][0];
    assert_eq!((&act["user_id"], &act["entity_id"]), (&json!(operator.id), &json!(payout)));
    assert_eq!(act["new_value"]["reason"], "The transfer of today");
}

#[tokio::test]
async fn a_payout_goes_where_it_was_asked_for_and_another_account_needs_the_password() {
    let studio = earned().await;
    let (artist, operator) = (&studio.artist, &studio.operator);
    set_account(artist).await;
    let payout = text(&ask(artist, "first", 50).await.ok(201), "id");
    let mut other = json!({"bank": "004", "account_number": "999-999-990000",
        "holder_name": "Somebody Else"});
    let found = artist.send(Method::PUT, ACCOUNT, None, Some(other.clone())).await;
    let told = found.problem(422, "validation-failed");
    assert_eq!(told["errors"][0]["pointer"], "/password");
    other["password"] = json!("a guess");
    let guessed = artist.send(Method::PUT, ACCOUNT, None, Some(other.clone())).await;
    guessed.problem(401, "invalid-credentials");
    other["password"] = json!(PASSWORD);
    artist.send(Method::PUT, ACCOUNT, None, Some(other)).await.ok(200);
    artist.until(ACCOUNT, |shown| shown["account_number"] == "*0000").await;
    let me = artist.get("/v1/me").await.ok(200);
    let letters = || {
        let subject = "Your payout account was set";
        studio.app.mailbox().letters(me["email"].as_str().unwrap(), subject).len()
    };
    while letters() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await; // The outbox is emptied by a timer.
    }

    let path = format!("/v1/admin/payouts/{payout}");
    let shown = operator.until(&path, |row| row["status"] == "requested").await;
    assert!(text(&shown, "account_number").ends_with("6789"), "{shown}");
    decide(operator, &payout, "reject", json!({"reason": "Another name"})).await.ok(200);
    earnings_become(artist, 54, 0).await;
    let next = text(&ask(artist, "second", 50).await.ok(201), "id");
    let path = format!("/v1/admin/payouts/{next}");
    let shown = operator.until(&path, |row| row["status"] == "requested").await;
    assert!(text(&shown, "account_number").ends_with("0000"), "{shown}");
}
