//! Somebody who talks to the service over HTTP and reads their own writes.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// How long a test waits for something that must come.
const WAIT_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
/// What every client calls itself.
pub const USER_AGENT: &str = "folio-it/1.0";
/// Everybody's.
pub const PASSWORD: &str = "correct horse battery";

/// A client, signed in or not. Clones see each other's writes.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The user's id; empty before signing in.
    pub id: String,
    /// For `Authorization: Bearer`; empty before signing in.
    pub token: String,
    /// For `POST /v1/auth/refresh`; empty before signing in.
    pub refresh_token: String,
    url: String,
    http: reqwest::Client,
    position: Arc<Mutex<Option<String>>>,
}

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// All of them.
    pub headers: HeaderMap,
    /// The JSON, or null.
    pub body: Value,
}

impl Answer {
    /// The body, if the status is this one.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Fails unless this is the problem of that status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["code"], code, "{}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        self.body
    }
}

impl Visitor {
    pub(super) fn new(url: &str) -> Self {
        Self::from_elsewhere(url, None, USER_AGENT)
    }

    /// Somebody who comes from this address with this program.
    pub fn from_elsewhere(url: &str, address: Option<IpAddr>, user_agent: &str) -> Self {
        Self {
            id: String::new(),
            token: String::new(),
            refresh_token: String::new(),
            url: url.to_owned(),
            http: reqwest::Client::builder()
                .local_address(address)
                .user_agent(user_agent)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            position: Arc::default(),
        }
    }

    /// The same person, asking another process.
    pub fn at(self, url: &str) -> Self {
        Self { url: url.to_owned(), position: Arc::default(), ..self }
    }

    /// Signs up as `name`.
    pub async fn sign_up(self, name: &str) -> Self {
        let body = json!({
            "email": format!("{name}@it.example"), "password": PASSWORD,
            "display_name": name, "username": format!("it_{name}"),
        });
        let signed_up = self.post("/v1/auth/register", None, body).await.ok(201);
        self.with(&signed_up)
    }

    /// Signs in. Roles given meanwhile are in the new token.
    pub async fn sign_in(self, email: &str, password: &str) -> Self {
        let body = json!({"email": email, "password": password});
        let signed_in = self.post("/v1/auth/login", None, body).await.ok(200);
        self.with(&signed_in)
    }

    /// Reads, after all own writes.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// Commands, under a key if one is given.
    pub async fn post(&self, path: &str, key: Option<&str>, body: Value) -> Answer {
        self.send(Method::POST, path, key, Some(body)).await
    }

    /// Signs in again as the one who signed up with this name.
    pub async fn sign_in_as(self, name: &str) -> Self {
        self.sign_in(&format!("{name}@it.example"), PASSWORD).await
    }

    /// A request to be completed by the test.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Any method, with or without key and body.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.request(method.clone(), path);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let position = self.position.lock().unwrap().clone();
        if let (Some(position), &Method::GET) = (position, &method) {
            request = request.header("Min-Position", position).header("Prefer", "wait=5");
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null);
        if let Some(position) = headers.get("position") {
            *self.position.lock().unwrap() = Some(position.to_str().unwrap().to_owned());
        }
        Answer { status, headers, body }
    }

    /// Reads until the answer is as it must become.
    pub async fn until(&self, path: &str, done: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let answer = self.get(path).await;
            if answer.status == 200 && done(&answer.body) {
                return answer.body;
            }
            assert!(Instant::now() < deadline, "{path} is still {:?}", answer.body);
            tokio::time::sleep(POLL).await;
        }
    }

    /// Asks until the answer, whatever its status, is as it must become.
    pub async fn until_answer(&self, path: &str, done: impl Fn(&Answer) -> bool) -> Answer {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let answer = self.get(path).await;
            if done(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "{path} is still {:?}", answer.body);
            tokio::time::sleep(POLL).await;
        }
    }

    /// Somebody at the same place who is not signed in.
    pub fn visitor(&self) -> Self {
        Self::new(&self.url)
    }

    /// What the caller can spend of an asset.
    pub async fn available(&self, asset: &str) -> i64 {
        let wallet = self.get(&format!("/v1/wallets/{asset}")).await.ok(200);
        wallet["available"].as_i64().unwrap()
    }

    /// The same person with the tokens of this answer.
    pub fn with(self, tokens: &Value) -> Self {
        let text = |field: &str| tokens[field].as_str().unwrap().to_owned();
        let refresh_token = text("refresh_token");
        Self { id: text("user_id"), token: text("access_token"), refresh_token, ..self }
    }
}
