//! What Toss says of transfers to artists: signed, and believed only then (d1.5, P8).
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use serde_json::{Value, json};

use super::support::caller::PASSWORD;
use super::support::studio::{Studio, studio, text};

const SECURITY_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A studio that knows Toss's security key, and an approved payout of 4,835 won.
async fn approved() -> (Studio, String) {
    let mut studio = studio().await;
    let key = studio.app.secrets_folder().join("toss-security-key");
    std::fs::write(&key, SECURITY_KEY).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    studio.app.stop().await;
    studio.app.reload_secrets();
    studio.app.start().await;
    let (buyer, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    for key in ["one", "two", "three"] {
        studio.paint(&buyer, &painter, key).await;
    }
    let artist = &studio.artist;
    artist.until("/v1/wallets/earning", |wallet| wallet["available"] == 54).await;
    let account = json!({"bank": "088", "account_number": "110-123-456789",
        "holder_name": "Kim Mina", "password": PASSWORD});
    let path = "/v1/artists/me/payout-account";
    artist.send(reqwest::Method::PUT, path, None, Some(account)).await.ok(200);
    let asked = artist.post("/v1/payouts", Some("first"), json!({"amount": 50})).await.ok(201);
    let payout = text(&asked, "id");
    let approve = format!("/v1/admin/payouts/{payout}/approve");
    studio.operator.post(&approve, None, json!({})).await.ok(200);
    (studio, payout)
}

fn changed(payout: &str, status: &str, won: i64) -> Value {
    json!({
        "eventType": "payout.changed", "createdAt": "2026-11-20T12:00:00+09:00",
        "version": "2022-11-16", "eventId": "evt_0001", "entityType": "payout",
        "entityBody": {
            "id": "FPA_12345", "refPayoutId": payout, "destination": "seller-1",
            "amount": {"currency": "KRW", "value": won}, "status": status,
            "error": {"code": "X", "message": "The account is closed"},
        },
    })
}

/// The one delivery of this outcome.
async fn delivery(studio: &Studio, outcome: &str) -> Value {
    let path = format!("/v1/admin/webhooks?outcome={outcome}");
    let page = studio.operator.until(&path, |page| page["data"][0].is_object()).await;
    page["data"][0].clone()
}

#[tokio::test]
async fn a_signed_word_of_the_bank_settles_a_payout_and_an_unsigned_one_does_not() {
    let (studio, payout) = approved().await;
    let toss = &studio.app.toss;
    toss.deliver(changed(&payout, "COMPLETED", 4_835));
    assert_eq!(delivery(&studio, "rejected").await["error"], "its signature does not fit");
    toss.deliver_signed(changed(&payout, "COMPLETED", 1), SECURITY_KEY);
    assert_eq!(delivery(&studio, "failed").await["error"], "it is about another amount");
    let path = format!("/v1/payouts/{payout}");
    assert_eq!(studio.artist.get(&path).await.ok(200)["status"], "approved");

    toss.deliver_signed(changed(&payout, "COMPLETED", 4_835), SECURITY_KEY);
    let paid = studio.artist.until(&path, |row| row["status"] == "paid").await;
    assert_eq!(paid["reference"], "FPA_12345");
    assert_eq!(delivery(&studio, "processed").await["effect"], "payout.paid");
    let wallet = studio.artist.get("/v1/wallets/earning").await.ok(200);
    assert_eq!((&wallet["available"], &wallet["held"]), (&json!(4), &json!(0)));
}

#[tokio::test]
async fn a_transfer_that_failed_gives_the_earnings_back() {
    let (studio, payout) = approved().await;
    studio.app.toss.deliver_signed(changed(&payout, "FAILED", 4_835), SECURITY_KEY);
    let path = format!("/v1/payouts/{payout}");
    let failed = studio.artist.until(&path, |row| row["status"] == "failed").await;
    assert_eq!(failed["reason"], "The account is closed");
    let wallet = studio.artist.get("/v1/wallets/earning").await.ok(200);
    assert_eq!((&wallet["available"], &wallet["held"]), (&json!(54), &json!(0)));
    let nobody = uuid::Uuid::now_v7().to_string();
    studio.app.toss.deliver_signed(changed(&nobody, "COMPLETED", 1), SECURITY_KEY);
    assert_eq!(delivery(&studio, "ignored").await["event_type"], "payout.changed");
}
