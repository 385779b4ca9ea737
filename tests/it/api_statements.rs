//! Statements, presentations and earnings over HTTP (c3, c4, C-02, C-03, b3.10).
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::studio::{Studio, studio};
use super::support::{App, Role, Visitor};

/// Somebody who was welcomed, got fifty more, and sent ten of them on with a dangerous word.
async fn moved() -> (Studio, Visitor, Visitor) {
    let studio = studio().await;
    let (jun, sora) = (studio.buyer("jun").await, studio.buyer("sora").await);
    let path = format!("/v1/admin/wallets/{}/token/adjustments", jun.id);
    let body = json!({"amount": 50, "reason": "For the test"});
    studio.operator.post(&path, Some("give"), body).await.ok(201);
    let sent = json!({"to": sora.id, "amount": 10, "memo": "=HYPERLINK(\"http://x\",\"y\")"});
    jun.post("/v1/transfers", Some("send"), sent).await.ok(201);
    jun.until("/v1/wallets/token", |wallet| wallet["posted"] == 140).await;
    (studio, jun, sora)
}

/// Query parameters of a time around now.
fn around(now: DateTime<Utc>, before: TimeDelta, after: TimeDelta) -> String {
    let text = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    format!("from={}&to={}", text(now - before), text(now + after))
}

fn today() -> String {
    around(Utc::now(), TimeDelta::days(1), TimeDelta::days(1))
}

/// The bytes of a statement, and what its signature says, verified.
async fn statement(app: &App, of: &Visitor, query: &str) -> (String, Value) {
    let path = format!("/v1/wallets/token/statement?{query}");
    let answer = of.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let signature = answer.headers()["statement-signature"].to_str().unwrap().to_owned();
    let body = answer.text().await.unwrap();
    let seal = verified(app, &signature).await.expect("signed with a key of ours");
    let hash = "select encode(sha256($1), 'hex')";
    let client = app.database.client(Role::Superuser).await;
    let hash: String = client.query_one(hash, &[&body.as_bytes()]).await.unwrap().get(0);
    assert_eq!(seal["sha256"], hash.as_str(), "the signature is of these bytes");
    (body, seal)
}

/// What a JWS says, if one of the published keys made it.
async fn verified(app: &App, jws: &str) -> Option<Value> {
    let keys = app.visitor().get("/.well-known/jwks.json").await.ok(200)["keys"].clone();
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    keys.as_array().unwrap().iter().find_map(|key| {
        let key = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
        decode::<Value>(jws, &key, &rules).ok().map(|token| token.claims)
    })
}

#[tokio::test]
async fn a_statement_adds_up_and_is_signed() {
    let (studio, jun, _) = moved().await;
    let (body, seal) = statement(&studio.app, &jun, &today()).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["opening_balance"], &body["closing_balance"]), (&json!(0), &json!(140)));
    assert_eq!((&body["credited"], &body["debited"]), (&json!(150), &json!(-10)));
    let totals = json!({"welcome_bonus": 100, "adjustment": 50, "transfer": -10});
    assert_eq!(body["totals"], totals);
    let kinds: Vec<&str> =
        body["lines"].as_array().unwrap().iter().map(|l| l["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["welcome_bonus", "adjustment", "transfer"], "oldest first");
    assert_eq!((&seal["sub"], &seal["closing_balance"]), (&json!(jun.id), &json!(140)));

    let past = around(Utc::now(), TimeDelta::days(9), TimeDelta::days(-8));
    let (body, _) = statement(&studio.app, &jun, &past).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["closing_balance"], &body["lines"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn a_statement_for_a_spreadsheet_holds_no_formula() {
    let (studio, jun, sora) = moved().await;
    for of in [&jun, &sora] {
        of.until("/v1/wallets/token/transactions?kind=transfer", |l| l["data"][0].is_object())
            .await;
        let (table, _) = statement(&studio.app, of, &format!("{}&format=csv", today())).await;
        assert!(table.starts_with("created_at,kind,amount,balance_after,"), "{table}");
        assert!(table.contains(r#","'=HYPERLINK(""http://x"",""y"")""#), "{table}");
        assert!(table.contains(",opening_balance,,0,") && table.contains(",closing_balance,,1"));
        assert!(!table.contains(",=") && !table.contains(",\"="), "{table}");
    }
}

#[tokio::test]
async fn a_changed_signature_is_nobodys_and_no_token() {
    let (studio, jun, _) = moved().await;
    let path = format!("/v1/wallets/token/statement?{}", today());
    let answer = jun.request(Method::GET, &path).send().await.unwrap();
    let signature = answer.headers()["statement-signature"].to_str().unwrap().to_owned();
    let (head, rest) = signature.split_once('.').unwrap();
    let (claims, tag) = rest.split_once('.').unwrap();
    let other = claims.replacen(|c: char| c.is_ascii_alphabetic(), "A", 9);
    assert!(verified(&studio.app, &format!("{head}.{other}.{tag}")).await.is_none());
    let mut thief = jun.visitor();
    thief.token = signature;
    thief.get("/v1/wallets").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_statement_is_of_a_time_that_was_and_not_too_long() {
    let (_, jun, _) = moved().await;
    let now = Utc::now();
    for query in [
        around(now, TimeDelta::days(400), TimeDelta::days(0)),
        around(now, TimeDelta::days(-1), TimeDelta::days(2)),
        around(now, TimeDelta::days(1), TimeDelta::days(-2)),
    ] {
        let answer = jun.get(&format!("/v1/wallets/token/statement?{query}")).await;
        answer.problem(422, "validation-failed");
    }
    jun.get("/v1/wallets/token/statement").await.problem(422, "validation-failed");
}

#[tokio::test]
async fn wallets_and_movements_are_shown_in_the_words_of_each_seed() {
    let (_, jun, _) = moved().await;
    let shown = async |present: &str| {
        let wallet = jun.get(&format!("/v1/wallets/token?present={present}")).await.ok(200);
        let path = format!("/v1/wallets/token/transactions?present={present}");
        let lines = jun.get(&path).await.ok(200)["data"].clone();
        let of = |n: usize| lines[n]["presented"].clone();
        (wallet["presented"].clone(), of(0), of(1))
    };
    let (wallet, sent, _) = shown("style_license").await;
    assert_eq!(wallet, json!({"token_balance": 140}));
    assert_eq!((&sent["sender_id"], &sent["amount"]), (&json!(jun.id), &json!(10)));
    let (wallet, sent, given) = shown("pingvas_s3").await;
    assert_eq!((wallet, sent), (Value::Null, Value::Null), "it knew no tokens");
    assert_eq!(
        (&given["type"], &given["balance_after"]),
        (&json!("admin_adjustment"), &json!(150))
    );
    assert_eq!(shown("pingvas_s2").await.2["type"], "bonus");
    assert_eq!(shown("pingvas_s4").await.2["type"], "admin_adjustment");
    jun.get("/v1/wallets/token?present=other").await.problem(422, "validation-failed");
}

#[tokio::test]
async fn an_artist_sees_earnings_line_by_line_and_added_up() {
    let studio = studio().await;
    let (jun, painter) = (studio.buyer("jun").await, studio.painter("one").await);
    for key in ["one", "two"] {
        studio.paint(&jun, &painter, key).await;
    }
    let artist = &studio.artist;
    artist.until("/v1/wallets/earning", |wallet| wallet["available"] == 36).await;
    let lines = artist.get("/v1/artists/me/earnings").await.ok(200);
    assert_eq!(lines["data"].as_array().unwrap().len(), 2);
    let styles = artist.get("/v1/artists/me/earnings/summary?by=style").await.ok(200);
    assert_eq!(styles["data"], json!([{"style_id": studio.style, "count": 2, "amount": 36}]));
    let days = artist.get("/v1/artists/me/earnings/summary?by=day").await.ok(200);
    let day = &days["data"][0];
    assert_eq!((&day["count"], &day["amount"]), (&json!(2), &json!(36)));
    let seoul = Utc::now() + TimeDelta::hours(9);
    assert_eq!(day["day"], seoul.format("%Y-%m-%d").to_string());
    let none = jun.get("/v1/artists/me/earnings/summary?by=day").await.ok(200);
    assert_eq!(none["data"], json!([]));
    let wrong = artist.get("/v1/artists/me/earnings/summary?by=moon").await;
    wrong.problem(422, "validation-failed");
}
