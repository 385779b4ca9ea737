//! Bad input of any kind gets a precise problem, and changes nothing.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::support::{App, app};

/// Sends bytes as they are.
async fn raw(
    app: &App,
    path: &str,
    content_type: &str,
    body: impl Into<reqwest::Body>,
) -> Response {
    let request = Client::new().post(format!("{}{path}", app.url)).body(body);
    request.header("content-type", content_type).send().await.unwrap()
}

async fn problem(response: Response) -> (u16, Value) {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_for_what_it_is() {
    let app = app().await;
    let path = "/v1/auth/login";
    for (content_type, body, status) in [
        ("application/json", b"{\"email\":".to_vec(), 400),
        ("application/json", b"{\"email\": \"\xff\"}".to_vec(), 400),
        ("text/plain", b"{}".to_vec(), 415),
        ("application/json", vec![b' '; 65 * 1024], 413),
    ] {
        let (actual, problem) = problem(raw(&app, path, content_type, body).await).await;
        assert_eq!((actual, &problem["code"]), (status, &json!("malformed-request")), "{problem}");
    }
}

#[tokio::test]
async fn each_wrong_field_is_named_by_its_pointer() {
    let app = app().await;
    let sign_up = json!({"email": "nobody", "password": "short", "display_name": " "});
    let wrong = app.visitor().post("/v1/auth/register", None, sign_up).await;
    let wrong = wrong.problem(422, "validation-failed");
    let pointers: Vec<&Value> =
        wrong["errors"].as_array().unwrap().iter().map(|e| &e["pointer"]).collect();
    assert_eq!(pointers, ["/email", "/password", "/display_name"]);

    for (body, pointer) in [
        (json!({"email": 7, "password": "x"}), "/email"),
        (json!({"email": "a@b.example", "password": "x\u{0}y"}), "/password"),
    ] {
        let wrong = app.visitor().post("/v1/auth/login", None, body).await;
        let wrong = wrong.problem(422, "validation-failed");
        assert_eq!(wrong["errors"][0]["pointer"], pointer, "{wrong}");
    }
    let unknown = json!({"email": "a@b.example", "password": "x", "pasword": "x"});
    let unknown = app.visitor().post("/v1/auth/login", None, unknown).await;
    let unknown = unknown.problem(422, "validation-failed");
    assert_eq!(unknown["errors"][0]["pointer"], "/pasword", "{unknown}");
    let missing = app.visitor().post("/v1/auth/login", None, json!({"password": "x"})).await;
    let missing = missing.problem(422, "validation-failed");
    let required = json!([{"pointer": "/email", "detail": "It is required."}]);
    assert_eq!(missing["errors"], required);
}

#[tokio::test]
async fn a_request_is_an_object_in_which_each_name_stands_once() {
    let app = app().await;
    let in_order = r#"["arr@example.com", "password-arr-1", "Arr", "arruser"]"#;
    let twice = r#"{"email": "a@b.example", "email": "arr@example.com", "password": "x"}"#;
    for (body, pointer, detail) in [
        (in_order, "", "A JSON object is expected."),
        ("[]", "", "A JSON object is expected."),
        ("null", "", "A JSON object is expected."),
        (twice, "/email", "It stands twice."),
    ] {
        let refused = raw(&app, "/v1/auth/register", "application/json", body).await;
        let (status, problem) = problem(refused).await;
        assert_eq!((status, &problem["code"]), (422, &json!("validation-failed")), "{body}");
        assert_eq!(problem["errors"], json!([{"pointer": pointer, "detail": detail}]), "{body}");
    }
    let ada = app.person("ada").await;
    let nothing = ada.send(Method::PATCH, "/v1/me", Some("k-array"), Some(json!([]))).await;
    nothing.problem(422, "validation-failed");
}

#[tokio::test]
async fn what_a_parameter_must_be_is_said_in_words_of_ours() {
    let app = app().await;
    let ada = app.person("ada").await;
    for (path, pointer, detail) in [
        ("/v1/feed?limit=ten", "?limit", "A whole number from 0 to 65535 is expected."),
        (
            "/v1/generations?status=done",
            "?status",
            "One of these is expected: queued, retrying, processing, completed, failed, canceled.",
        ),
        ("/v1/generations?style=abc", "?style", "A UUID is expected."),
        (
            "/v1/wallets/token/balance?at=yesterday",
            "?at",
            "A date and time as RFC 3339 is expected.",
        ),
        ("/v1/auth/oauth/google/authorize", "?redirect_uri", "It is required."),
    ] {
        let wrong = ada.get(path).await.problem(422, "validation-failed");
        assert_eq!(wrong["errors"], json!([{"pointer": pointer, "detail": detail}]), "{path}");
    }
}

#[tokio::test]
async fn a_misspelt_parameter_is_refused_and_not_ignored() {
    let app = app().await;
    let ada = app.person("ada").await;
    let wrong = ada.get("/v1/wallets/token/transactions?limti=5").await;
    assert_eq!(wrong.problem(422, "validation-failed")["errors"][0]["pointer"], "?limti");
    for path in [
        "/v1/wallets/token/transactions?limit=0",
        "/v1/wallets/token/transactions?limit=101",
        "/v1/wallets/token/transactions?limit=ten",
        "/v1/wallets/token/transactions?cursor=AAAA",
        "/v1/wallets/token/balance?at=yesterday",
        "/v1/wallets/token/transactions?kind=usage%00",
        "/v1/wallets/token/transactions?limit=%FF",
    ] {
        ada.get(path).await.problem(422, "validation-failed");
    }
}

#[tokio::test]
async fn an_amount_that_is_none_moves_nothing() {
    let app = app().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    for amount in
        [json!(-1), json!(0), json!(1.5), json!("5"), json!(i64::MAX), json!(1e300), json!(null)]
    {
        let transfer = json!({"to": bob.id, "amount": amount});
        let wrong = ada.post("/v1/transfers", Some(&format!("k{amount}")), transfer).await;
        let wrong = wrong.problem(422, "validation-failed");
        assert_eq!(wrong["errors"][0]["pointer"], "/amount", "{wrong}");
    }
    ada.until("/v1/wallets/token", |wallet| wallet["available"] == 100).await;
}

#[tokio::test]
async fn only_a_good_token_opens_what_is_somebodys() {
    let app = app().await;
    let mut ada = app.person("ada").await;
    app.visitor().get("/v1/me").await.problem(401, "unauthenticated");

    let good = ada.token.clone();
    let (head, rest) = good.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let flipped: String = signature.chars().rev().collect();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    for forged in [
        format!("{head}.{claims}.{flipped}"),
        format!("{none}.{claims}."),
        format!("{head}.{claims}"),
        "x".repeat(5_000),
    ] {
        ada.token = forged;
        let refused = ada.get("/v1/me").await;
        assert!(refused.headers.contains_key("www-authenticate"));
        refused.problem(401, "unauthenticated");
    }
    ada.token = good;
    ada.get("/v1/me").await.ok(200);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let app = app().await;
    let ada = app.person("ada").await;
    ada.get("/v1/nothing").await.problem(404, "not-found");
    ada.send(Method::DELETE, "/v1/me", None, None).await.problem(405, "method-not-allowed");
    ada.get("/v1/wallets/gold").await.problem(404, "not-found");
    ada.get("/v1/purchases/no-id").await.problem(404, "not-found");
    ada.get(&format!("/v1/purchases/{}", uuid::Uuid::now_v7())).await.problem(404, "not-found");
    for odd in ["%00", "%FF", "a%00b", "..%2f..%2fetc", "%F0%9F%A6%80"] {
        ada.get(&format!("/v1/users/{odd}")).await.problem(404, "not-found");
    }
    for time in ["-262143-01-01T00:00:00Z", "+262142-12-31T23:59:59Z"] {
        let past_or_future = format!("/v1/wallets/token/balance?at={}", time.replace('+', "%2B"));
        let status = ada.get(&past_or_future).await.status;
        assert!(status == 200 || status == 422, "{past_or_future}: {status}");
    }
    ada.get("/v1/projections").await.problem(403, "forbidden");
}

#[tokio::test]
async fn every_problem_says_whose_request_it_was() {
    let app = app().await;
    let url = format!("{}/v1/nothing", app.url);
    let response = Client::new().get(url).header("x-request-id", "mine-7").send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "mine-7");
    let (_, problem) = problem(response).await;
    assert_eq!(problem["request_id"], "mine-7");
    assert_eq!(problem["instance"], "urn:folio:request:mine-7");
    let odd = Client::new().get(format!("{}/livez", app.url)).header("x-request-id", "a b<script>");
    let drawn = odd.send().await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(uuid::Uuid::try_parse(&drawn).is_ok(), "{drawn}");
    let page = problem["type"].as_str().unwrap().to_owned();
    let page = Client::new().get(page).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("not-found"));
}
