//! Statements over HTTP (c4, b3.10): they add up, they fit together, and whoever has the published
//! keys can tell whether a byte of them was changed.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::studio::{Studio, studio};
use super::support::{Role, Visitor};

/// Somebody who was welcomed, got fifty more, and sent ten of them on with a dangerous word.
async fn moved() -> (Studio, Visitor, Visitor) {
    let studio = studio().await;
    let (jun, sora) = (studio.buyer("jun").await, studio.buyer("sora").await);
    let path = format!("/v1/admin/wallets/{}/token/adjustments", jun.id);
    let body = json!({"amount": 50, "reason": "For the test"});
    studio.operator.post(&path, Some("give"), body).await.ok(201);
    let sent = json!({"to": sora.id, "amount": 10, "memo": "=HYPERLINK(\"http://x\",\"y\")"});
    jun.post("/v1/transfers", Some("send"), sent).await.ok(201);
    (studio, jun, sora)
}

/// A statement's bytes, its signature, and what it is called.
async fn statement(of: &Visitor, query: &str) -> (String, String, String) {
    let path = format!("/v1/wallets/token/statement?{query}");
    let answer = of.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let (signature, named) = (header("statement-signature"), header("content-disposition"));
    (answer.text().await.unwrap(), signature, named)
}

async fn read(of: &Visitor, query: &str) -> Value {
    serde_json::from_str(&statement(of, query).await.0).unwrap()
}

/// Whether one of these keys signed exactly this: what an auditor does, with nothing but the files.
fn is_signed(keys: &Value, body: &str, signature: &str) -> bool {
    let (header, signature) = signature.split_once("..").unwrap();
    let said: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    assert_eq!((&said["alg"], &said["typ"]), (&json!("EdDSA"), &json!("folio-statement")));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == said["kid"]);
    let key = DecodingKey::from_ed_components(key.unwrap()["x"].as_str().unwrap()).unwrap();
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(body));
    crypto::verify(signature, message.as_bytes(), &key, Algorithm::EdDSA).unwrap()
}

#[tokio::test]
async fn a_statement_leads_from_the_opening_to_the_closing_balance() {
    let (_studio, jun, _) = moved().await;
    let body = read(&jun, "zone=Asia/Seoul").await;
    assert_eq!((&body["opening_balance"], &body["closing_balance"]), (&json!(0), &json!(140)));
    assert_eq!(
        body["totals"],
        json!([{"kind": "adjustment", "count": 1, "amount": 50},
            {"kind": "transfer", "count": 1, "amount": -10},
            {"kind": "welcome_bonus", "count": 1, "amount": 100}])
    );
    let lines = body["data"].as_array().unwrap();
    let balances: Vec<_> = lines.iter().map(|line| line["balance_after"].as_i64()).collect();
    assert_eq!(balances, [Some(100), Some(150), Some(140)], "in the order they happened");
    assert!(lines[1]["related_adjustment_id"].is_string() && lines[2]["receiver_id"].is_string());
    assert_eq!((&body["user_id"], &body["zone"]), (&json!(jun.id), &json!("Asia/Seoul")));
    assert!(body["to"].as_str().unwrap().ends_with("+09:00"), "{}", body["to"]);
}

#[tokio::test]
async fn statements_that_meet_count_nothing_twice_and_nothing_never() {
    let (_studio, jun, _) = moved().await;
    let whole = read(&jun, "").await;
    let middle = whole["data"][1]["created_at"].as_str().unwrap();
    let before = read(&jun, &format!("to={middle}")).await;
    let after = read(&jun, &format!("from={middle}")).await;
    assert_eq!((&before["closing_balance"], &after["opening_balance"]), (&json!(100), &json!(100)));
    let count = |part: &Value| part["data"].as_array().unwrap().len();
    assert_eq!((count(&before), count(&after)), (1, 2), "its first instant belongs to a span");
    let nothing = read(&jun, "from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z").await;
    assert_eq!((&nothing["closing_balance"], count(&nothing)), (&json!(0), 0));
}

#[tokio::test]
async fn a_changed_byte_of_a_statement_is_found_out_offline() {
    let (studio, jun, _) = moved().await;
    let keys = studio.app.visitor().get("/.well-known/jwks.json").await.ok(200);
    for format in ["json", "csv"] {
        let (body, signature, _) = statement(&jun, &format!("format={format}")).await;
        assert!(is_signed(&keys, &body, &signature), "{format}");
        for (was, now) in
            [("140", "141"), ("10", "01"), ("token", "credi"), (&jun.id[..8], "00000000")]
        {
            let forged = body.replacen(was, now, 1);
            assert_ne!(forged, body, "{was}");
            assert!(!is_signed(&keys, &forged, &signature), "{format}: {was}");
        }
        assert!(!is_signed(&keys, &format!("{body} "), &signature), "{format}: longer");
        let (header, tag) = signature.split_once("..").unwrap();
        let mut thief = jun.visitor();
        thief.token = format!("{header}.{}.{tag}", URL_SAFE_NO_PAD.encode(&body));
        thief.get("/v1/wallets").await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_statement_for_a_spreadsheet_holds_no_formula_and_says_whose_it_is() {
    let (_studio, jun, sora) = moved().await;
    for (of, closing) in [(&jun, 140), (&sora, 110)] {
        let (table, _, named) = statement(of, "format=csv").await;
        assert!(named.starts_with("attachment; filename=\"folio-token-"), "{named}");
        assert!(table.contains(r#","'=HYPERLINK(""http://x"",""y"")""#), "{table}");
        assert!(!table.contains(",=") && !table.contains(",\"="), "{table}");
        let rows: Vec<&str> = table.split_terminator("\r\n").collect();
        let begin = format!("{},token,", of.id);
        assert!(rows[1..].iter().all(|row| row.starts_with(&begin)), "{table}");
        assert!(rows[1].contains(",opening,") && rows[1].contains(",0,,,,"), "{table}");
        let last = rows.last().unwrap();
        assert!(last.contains(",closing,") && last.contains(&format!(",{closing},")), "{table}");
    }
}

#[tokio::test]
async fn a_statement_is_of_a_time_that_was_and_not_too_long() {
    let (studio, jun, _) = moved().await;
    for (query, wrong) in [
        ("from=2020-01-01T00:00:00Z&to=2022-01-01T00:00:00Z", "?from"),
        ("from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z", "?from"),
        ("to=2200-01-01T00:00:00Z", "?to"),
        ("to=1969-01-01T00:00:00Z", "?to"),
    ] {
        let answer = jun.get(&format!("/v1/wallets/token/statement?{query}")).await;
        assert_eq!(answer.problem(422, "validation-failed")["errors"][0]["pointer"], wrong);
    }
    for query in ["format=xlsx", "zone=Mars", "from=yesterday"] {
        let answer = jun.get(&format!("/v1/wallets/token/statement?{query}")).await;
        answer.problem(422, "validation-failed");
    }
    const MANY: &str = "insert into read.transactions (id, user_id, asset, kind, amount,
        balance_after, position, correlation_id, created_at)
        select gen_random_uuid(), $1::text::uuid, 'token', 'bonus', 1, 140 + n, 1000000 + n,
        gen_random_uuid(), now() from generate_series(1, 10000) as n";
    let client = studio.app.database.client(Role::Superuser).await;
    client.execute(MANY, &[&jun.id]).await.unwrap();
    let answer = jun.get("/v1/wallets/token/statement").await;
    answer.problem(422, "statement-too-long");
}

#[tokio::test]
async fn what_does_not_add_up_is_not_signed() {
    let (studio, jun, _) = moved().await;
    read(&jun, "").await;
    let client = studio.app.database.client(Role::Superuser).await;
    const WRONG: &str = "update read.transactions set amount = 51
        where user_id = $1::text::uuid and kind = 'adjustment'";
    assert_eq!(client.execute(WRONG, &[&jun.id]).await.unwrap(), 1);
    jun.get("/v1/wallets/token/statement").await.problem(500, "internal");
}
