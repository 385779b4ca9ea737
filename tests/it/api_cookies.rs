//! Browsers that asked for cookies, and what foreign pages make them send (CSRF).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::support::{App, app};

/// A browser as far as cookies go.
struct Browser {
    url: String,
    http: reqwest::Client,
    cookies: Vec<(String, String)>,
    csrf: String,
}

impl Browser {
    async fn sign_in(app: &App, name: &str) -> Self {
        let http = reqwest::Client::new();
        let body =
            json!({"email": format!("{name}@it.example"), "password": "correct horse battery"});
        let login = http.post(format!("{}/v1/auth/login", app.url)).json(&body);
        let answer = login.header("Folio-Session", "cookies").send().await.unwrap();
        let mut browser =
            Self { url: app.url.clone(), http, cookies: Vec::new(), csrf: String::new() };
        browser.take(answer).await;
        browser
    }

    /// Keeps cookies and the token against forged requests.
    async fn take(&mut self, answer: Response) -> Value {
        assert_eq!(answer.status(), StatusCode::OK);
        for line in answer.headers().get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            assert!(line.contains("; HttpOnly; SameSite=Lax"), "{line}");
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let body: Value = answer.json().await.unwrap();
        assert!(body["access_token"].is_null() && body["refresh_token"].is_null(), "{body}");
        self.csrf = body["csrf_token"].as_str().unwrap().to_owned();
        body
    }

    fn jar(&self) -> String {
        let pairs: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).header(COOKIE, self.jar())
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.bare(Method::POST, path).header("X-CSRF-Token", &self.csrf)
    }
}

async fn outcome(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap_or_default();
    (status, body["code"].clone())
}

#[tokio::test]
async fn a_browser_works_with_cookies_that_no_script_can_read() {
    let app = app().await;
    app.person("ada").await;
    let mut browser = Browser::sign_in(&app, "ada").await;
    assert_eq!(browser.cookies.len(), 2);
    let me = browser.bare(Method::GET, "/v1/me").send().await.unwrap();
    assert_eq!(me.status(), StatusCode::OK);
    assert_eq!(outcome(browser.post("/v1/me/heartbeat")).await.0, 204);

    let before = browser.cookies.clone();
    let refreshed = browser.post("/v1/auth/refresh").send().await.unwrap();
    browser.take(refreshed).await;
    assert_ne!(browser.cookies, before);

    let logout = browser.post("/v1/auth/logout").send().await.unwrap();
    assert_eq!(logout.status(), StatusCode::NO_CONTENT);
    let cleared = logout.headers().get_all(SET_COOKIE).iter();
    assert_eq!(cleared.filter(|line| line.to_str().unwrap().contains("Max-Age=0")).count(), 2);
    assert_eq!(outcome(browser.bare(Method::GET, "/v1/me")).await.0, 401);
}

#[tokio::test]
async fn a_page_that_was_loaded_anew_asks_for_its_token_against_forged_requests() {
    let app = app().await;
    app.person("ada").await;
    let mut browser = Browser::sign_in(&app, "ada").await;
    let known = std::mem::take(&mut browser.csrf);
    browser.cookies.retain(|(name, _)| name.ends_with("-refresh")); // The other has ended.
    let ask = || browser.bare(Method::GET, "/v1/auth/csrf");
    let answer = ask().send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["csrf_token"], json!(known));
    let foreign = ask().header(ORIGIN, "https://evil.example");
    assert_eq!(outcome(foreign).await, (403, json!("csrf-failed")));
    browser.csrf = known;
    let refreshed = browser.post("/v1/auth/refresh").send().await.unwrap();
    browser.take(refreshed).await;

    let nobody = reqwest::get(format!("{}/v1/auth/csrf", app.url)).await.unwrap();
    let nobody: Value = nobody.json().await.unwrap();
    assert_eq!(nobody, json!({"csrf_token": null}));
}

#[tokio::test]
async fn what_a_foreign_page_makes_a_browser_send_is_refused() {
    let app = app().await;
    app.person("ada").await;
    app.person("eve").await;
    let (browser, eves) =
        (Browser::sign_in(&app, "ada").await, Browser::sign_in(&app, "eve").await);
    let refused = (403, json!("csrf-failed"));
    for path in ["/v1/me/heartbeat", "/v1/auth/refresh", "/v1/auth/logout-all"] {
        let bare = || browser.bare(Method::POST, path);
        assert_eq!(outcome(bare()).await, refused, "{path} without a token");
        let hers = bare().header("X-CSRF-Token", &eves.csrf);
        assert_eq!(outcome(hers).await, refused, "{path} with the token of another session");
        let foreign = browser.post(path).header(ORIGIN, "https://evil.example");
        assert_eq!(outcome(foreign).await, refused, "{path} from a foreign page");
        let null = browser.post(path).header(ORIGIN, "null");
        assert_eq!(outcome(null).await, refused, "{path} from a page without origin");
    }
    let own = browser.post("/v1/me/heartbeat").header(ORIGIN, &app.url);
    assert_eq!(outcome(own).await.0, 204);
}

#[tokio::test]
async fn a_cookie_that_somebody_slipped_in_beside_ours_counts_for_nothing() {
    let app = app().await;
    app.person("ada").await;
    let browser = Browser::sign_in(&app, "ada").await;
    let tossed = format!("{}; folio-access=of-somebody-else", browser.jar());
    let request = browser.http.get(format!("{}/v1/me", app.url)).header(COOKIE, tossed);
    assert_eq!(outcome(request).await, (401, json!("unauthenticated")));
}

#[tokio::test]
async fn an_api_key_is_no_cookie_since_no_page_guards_it() {
    let app = app().await;
    let ada = app.person("ada").await;
    let key = json!({"name": "k", "scopes": ["wallets:read", "generations:write"]});
    let key = ada.post("/v1/api-keys", None, key).await.ok(201)["secret"].clone();
    let cookie = format!("folio-access={}", key.as_str().unwrap());
    let http = reqwest::Client::new();
    let ask = |method, path: &str| {
        http.request(method, format!("{}{path}", app.url)).header(COOKIE, cookie.clone())
    };
    let unknown = (401, json!("unauthenticated"));
    assert_eq!(outcome(ask(Method::GET, "/v1/wallets")).await, unknown);
    let post = ask(Method::POST, "/v1/generations/quote").json(&json!({}));
    assert_eq!(outcome(post).await, unknown);
}

#[tokio::test]
async fn who_logs_out_by_token_keeps_the_cookies_of_another_session() {
    let app = app().await;
    let ada = app.person("ada").await;
    let browser = Browser::sign_in(&app, "ada").await;
    let logout = browser.bare(Method::POST, "/v1/auth/logout").bearer_auth(&ada.token);
    let logout = logout.send().await.unwrap();
    assert_eq!(logout.status(), StatusCode::NO_CONTENT);
    assert_eq!(logout.headers().get_all(SET_COOKIE).iter().count(), 0);
    assert_eq!(outcome(browser.bare(Method::GET, "/v1/me")).await.0, 200);
}

#[tokio::test]
async fn a_bearer_token_goes_before_cookies_and_needs_no_token_of_the_page() {
    let app = app().await;
    let ada = app.person("ada").await;
    let browser = Browser::sign_in(&app, "ada").await;
    let request = browser.bare(Method::POST, "/v1/me/heartbeat").bearer_auth(&ada.token);
    assert_eq!(outcome(request).await.0, 204);
    let wrong = browser.bare(Method::GET, "/v1/me").bearer_auth("not-a-token");
    assert_eq!(outcome(wrong).await.0, 401);
}

#[tokio::test]
async fn a_configured_web_app_of_another_origin_is_one_of_our_pages() {
    let origin = "https://app.example";
    let app = app().await.limited(|limits| limits.origins = origin.parse().unwrap()).await;
    app.person("ada").await;
    let browser = Browser::sign_in(&app, "ada").await;
    let from = |origin| browser.post("/v1/me/heartbeat").header(ORIGIN, origin);
    assert_eq!(outcome(from(origin)).await.0, 204);
    assert_eq!(outcome(from("https://evil.example")).await, (403, json!("csrf-failed")));
    let no_token = browser.bare(Method::POST, "/v1/me/heartbeat").header(ORIGIN, origin);
    assert_eq!(outcome(no_token).await, (403, json!("csrf-failed")));
}

#[tokio::test]
async fn a_misspelt_wish_for_cookies_gives_no_tokens_that_scripts_can_read() {
    let app = app().await;
    app.person("ada").await;
    let login = app
        .visitor()
        .request(Method::POST, "/v1/auth/login")
        .json(&json!({"email": "ada@it.example", "password": "correct horse battery"}));
    let refused = login.header("Folio-Session", "cookie").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["errors"][0]["pointer"], "#Folio-Session");
}
