//! Where the story is played: HTTP with patience, so that any process may be killed meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::person::Person;

/// How long a call is repeated while the service is away: longer than its restart takes.
const PATIENCE_MAX: Duration = Duration::from_secs(120);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(250);
/// One try.
const CALL_MAX: Duration = Duration::from_secs(45);

/// HTTP to the service, reading its own writes.
#[derive(Debug)]
pub struct Stage {
    http: reqwest::Client,
    url: String,
    /// The last position any command was answered with; queries ask for at least this.
    position: Option<String>,
}

/// One request.
#[derive(Debug)]
pub struct Ask<'a> {
    method: Method,
    path: &'a str,
    by: Option<&'a Person>,
    key: Option<String>,
    body: Option<Value>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The JSON, or null.
    pub body: Value,
    /// Whether an earlier play of the story had done it already.
    pub replayed: bool,
    what: String,
}

/// Where a browser is sent on to.
#[derive(Debug)]
pub struct Hop {
    /// The address.
    pub to: String,
    /// What it is to bring along when it comes back.
    pub cookie: Option<String>,
}

impl<'a> Ask<'a> {
    /// Reads.
    #[must_use]
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, by: None, key: None, body: None }
    }

    /// Commands, with a body.
    #[must_use]
    pub fn post(path: &'a str, body: Value) -> Self {
        Self { method: Method::POST, body: Some(body), ..Self::get(path) }
    }

    /// Commands, without a body.
    #[must_use]
    pub fn command(method: Method, path: &'a str) -> Self {
        Self { method, ..Self::get(path) }
    }

    /// Asks as somebody.
    #[must_use]
    pub fn by(self, person: &'a Person) -> Self {
        Self { by: Some(person), ..self }
    }

    /// Asks under a key that follows from the step, so that the story can be played again.
    #[must_use]
    pub fn keyed(self, step: &str) -> Self {
        Self { key: Some(format!("demo-{step}")), ..self }
    }
}

impl Stage {
    /// The service at `url`.
    ///
    /// # Errors
    /// The system has no TLS to offer.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(CALL_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { http, url: url.trim_end_matches('/').to_owned(), position: None })
    }

    /// Asks until there is an answer that says something.
    ///
    /// # Errors
    /// None for minutes.
    pub async fn ask(&mut self, ask: Ask<'_>) -> anyhow::Result<Answer> {
        let what = format!("{} {}", ask.method, ask.path);
        let deadline = Instant::now() + PATIENCE_MAX;
        loop {
            let trouble = match self.try_once(&ask, &what).await {
                Ok(answer) if !is_passing(answer.status) => {
                    if let Some(position) = answer.body["position"].as_str() {
                        self.position = Some(position.to_owned());
                    }
                    return Ok(answer);
                }
                Ok(answer) => answer.describe(),
                Err(error) => format!("{:#}", anyhow::Error::new(error)),
            };
            if Instant::now() > deadline {
                bail!("{what}: no answer for {PATIENCE_MAX:?}, at last: {trouble}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Reads something that must be there.
    ///
    /// # Errors
    /// It is not.
    pub async fn read(&mut self, path: &str, by: Option<&Person>) -> anyhow::Result<Value> {
        let ask = Ask { by, ..Ask::get(path) };
        self.ask(ask).await?.expect(&[200])
    }

    /// A file behind a link, as bytes.
    ///
    /// # Errors
    /// It is not there.
    pub async fn download(&self, path: &str, by: &Person) -> anyhow::Result<Vec<u8>> {
        let fetch = async || {
            let answer = self.http.get(self.at(path)).bearer_auth(by.token()).send().await?;
            let answer = match answer.headers().get("location").map(|link| link.to_str()) {
                Some(link) => self.http.get(link?).send().await?,
                None => answer,
            };
            anyhow::Ok(answer.error_for_status()?.bytes().await?.to_vec())
        };
        patiently(fetch).await.with_context(|| format!("fetching {path}"))
    }

    /// Repeats `look` until it sees what it waits for.
    ///
    /// # Errors
    /// `look` fails, or sees nothing for minutes.
    pub async fn until<T>(
        &mut self,
        what: &str,
        mut look: impl AsyncFnMut(&mut Self) -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let deadline = Instant::now() + PATIENCE_MAX;
        loop {
            if let Some(seen) = look(self).await? {
                return Ok(seen);
            }
            if Instant::now() > deadline {
                bail!("waited {PATIENCE_MAX:?} in vain: {what}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Opens an address as a browser does that is about to be sent on.
    ///
    /// # Errors
    /// It is not sent on.
    pub async fn hop(&self, url: &str, cookie: Option<&str>) -> anyhow::Result<Hop> {
        let mut request = self.http.get(url);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let answer = request.send().await?;
        let header = |name: &str| answer.headers().get(name).and_then(|text| text.to_str().ok());
        let to = header("location").with_context(|| format!("{url}: {}", answer.status()))?;
        let cookie = header("set-cookie").and_then(|set| set.split(';').next());
        Ok(Hop { to: to.to_owned(), cookie: cookie.map(str::to_owned) })
    }

    /// The address of a path.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn try_once(&self, ask: &Ask<'_>, what: &str) -> reqwest::Result<Answer> {
        let mut request = self.http.request(ask.method.clone(), self.at(ask.path));
        if let Some(person) = ask.by {
            request = request.bearer_auth(person.token());
        }
        if let Some(key) = &ask.key {
            request = request.header("Idempotency-Key", key);
        }
        if let (Some(position), &Method::GET) = (&self.position, &ask.method) {
            request = request.header("Min-Position", position).header("Prefer", "wait=5");
        }
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let replayed = answer.headers().contains_key("idempotency-replayed");
        let status = answer.status();
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, body, replayed, what: what.to_owned() })
    }
}

impl Answer {
    /// The body, if the status is one of these.
    ///
    /// # Errors
    /// It is another one; says what was answered.
    pub fn expect(self, statuses: &[u16]) -> anyhow::Result<Value> {
        if statuses.contains(&self.status.as_u16()) {
            return Ok(self.body);
        }
        bail!("{}: expected {statuses:?}, got {}", self.what, self.describe())
    }

    /// Fails unless this is the problem of that status and code.
    ///
    /// # Errors
    /// It is another answer.
    pub fn expect_problem(self, status: u16, code: &str) -> anyhow::Result<()> {
        if self.status == status && self.body["code"] == code {
            return Ok(());
        }
        bail!("{}: expected {status} {code}, got {}", self.what, self.describe())
    }

    fn describe(&self) -> String {
        format!("{} {}", self.status, self.body)
    }
}

/// Repeats what may be repeated until it succeeds.
///
/// # Errors
/// It has not for minutes.
pub async fn patiently<T>(act: impl AsyncFn() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let deadline = Instant::now() + PATIENCE_MAX;
    loop {
        match act().await {
            Err(_) if Instant::now() < deadline => tokio::time::sleep(PAUSE).await,
            done => return done,
        }
    }
}

/// The service is busy, behind, or failing: worth asking again.
fn is_passing(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status.is_server_error()
        || status == StatusCode::REQUEST_TIMEOUT
}

/// A text of an answer.
///
/// # Errors
/// It is not there.
pub fn text(body: &Value, field: &str) -> anyhow::Result<String> {
    let found = body[field].as_str().map(str::to_owned);
    found.with_context(|| format!("no {field:?} in {body}"))
}

/// A number of an answer.
///
/// # Errors
/// It is not there.
pub fn number(body: &Value, field: &str) -> anyhow::Result<i64> {
    body[field].as_i64().with_context(|| format!("no {field:?} in {body}"))
}
