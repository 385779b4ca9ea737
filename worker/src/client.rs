//! The worker's side of HTTP: one attempt per call, or as many as patience allows.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::protocol::{
    CancelSignal, Claim, Complete, Fail, Heartbeat, Job, Leases, Links, Outputs, Progress, Register,
};

/// The service holds a claim open for half a minute; this leaves it time to answer.
const CLAIM_MAX: Duration = Duration::from_secs(45);
/// Everything else.
const CALL_MAX: Duration = Duration::from_secs(30);
/// Tries of one call before it counts as failed.
const TRIES_MAX: u32 = 8;
/// First and longest pause between tries.
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// Why a call was not answered as hoped.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Somebody else has the job now, or it ended: drop it without a word.
    #[error("the job is no longer ours: {0}")]
    JobGone(String),
    /// The service understood and said no; asking again changes nothing.
    #[error("the service refused with {status}: {body}")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The problem document.
        body: String,
    },
    /// The service is overloaded or failing: 429 or 5xx.
    #[error("the service is not well: {status}")]
    Unwell {
        /// The HTTP status.
        status: StatusCode,
        /// When it asks to be asked again.
        retry_after: Option<Duration>,
    },
    /// No answer.
    #[error("no answer")]
    Transport(#[from] reqwest::Error),
}

impl CallError {
    /// Whether nothing more will come of this key: it was retired, or never one.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let final_ones = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        matches!(self, Self::Refused { status, .. } if final_ones.contains(status))
    }
}

/// Speaks to the service as one worker.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Client {
    /// Speaks to the service at `base` with a worker's key.
    #[must_use]
    pub fn new(base: &str, key: impl Into<String>) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { http: reqwest::Client::new(), base, key: key.into() }
    }

    /// Says what this worker is; again at every start.
    ///
    /// # Errors
    /// [`CallError`]; tried patiently.
    pub async fn register(&self, register: &Register) -> Result<(), CallError> {
        patiently(|| self.post("/v1/worker/register", register, None)).await.map(drop)
    }

    /// Asks once for a job and waits as long as the service does.
    ///
    /// # Errors
    /// [`CallError`]
    pub async fn claim(&self, claim: &Claim) -> Result<Option<Job>, CallError> {
        let request =
            self.request(Method::POST, "/v1/worker/claims").timeout(CLAIM_MAX).json(claim);
        let answer = checked(request.send().await?).await?;
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        Ok(Some(answer.json().await?))
    }

    /// Keeps the leases of the jobs in hand; once, for the next beat comes soon.
    ///
    /// # Errors
    /// [`CallError`], also if one of the leases is not held any more.
    pub async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<(), CallError> {
        let answer = self.post("/v1/worker/heartbeat", heartbeat, None).await?;
        let leases: Leases = answer.json().await?;
        match leases.jobs.into_iter().find(|job| job.state != "held") {
            Some(gone) => Err(CallError::JobGone(gone.state)),
            None => Ok(()),
        }
    }

    /// Tells how far a job is; once, for the next step comes soon.
    ///
    /// # Errors
    /// [`CallError`]
    pub async fn progress(&self, job: Uuid, progress: &Progress) -> Result<(), CallError> {
        let request = self.request(Method::PUT, &format!("/v1/worker/jobs/{job}/progress"));
        checked(request.json(progress).send().await?).await.map(drop)
    }

    /// Asks whether the customer has stepped back.
    ///
    /// # Errors
    /// [`CallError`]
    pub async fn is_canceled(&self, job: Uuid) -> Result<bool, CallError> {
        let request = self.request(Method::GET, &format!("/v1/worker/jobs/{job}/cancel-signal"));
        let signal: CancelSignal = checked(request.send().await?).await?.json().await?;
        Ok(signal.canceled)
    }

    /// Asks where pictures go.
    ///
    /// # Errors
    /// [`CallError`]; tried patiently.
    pub async fn outputs(&self, job: Uuid, outputs: &Outputs) -> Result<Links, CallError> {
        let path = format!("/v1/worker/jobs/{job}/outputs");
        patiently(|| async { Ok(self.post(&path, outputs, None).await?.json().await?) }).await
    }

    /// Uploads a picture; the link is the permission.
    ///
    /// # Errors
    /// [`CallError`]; tried patiently.
    pub async fn upload(&self, url: &str, file: &[u8]) -> Result<(), CallError> {
        patiently(|| async {
            let request = self.http.put(url).timeout(CALL_MAX).header("content-type", "image/png");
            checked(request.body(file.to_vec()).send().await?).await.map(drop)
        })
        .await
    }

    /// Delivers a job. The key makes a repeated delivery the same delivery.
    ///
    /// # Errors
    /// [`CallError`]; tried patiently.
    pub async fn complete(&self, job: Uuid, complete: &Complete) -> Result<(), CallError> {
        let key = format!("complete-{job}-{}", complete.attempt);
        self.conclude(job, "complete", complete, &key).await
    }

    /// Gives a job up.
    ///
    /// # Errors
    /// [`CallError`]; tried patiently.
    pub async fn fail(&self, job: Uuid, fail: &Fail) -> Result<(), CallError> {
        let key = format!("fail-{job}-{}", fail.attempt);
        self.conclude(job, "fail", fail, &key).await
    }

    async fn conclude(
        &self,
        job: Uuid,
        verb: &str,
        body: &impl Serialize,
        key: &str,
    ) -> Result<(), CallError> {
        let path = format!("/v1/worker/jobs/{job}/{verb}");
        patiently(|| self.post(&path, body, Some(key))).await.map(drop)
    }

    async fn post(
        &self,
        path: &str,
        body: &impl Serialize,
        key: Option<&str>,
    ) -> Result<reqwest::Response, CallError> {
        let mut request = self.request(Method::POST, path).json(body);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        checked(request.send().await?).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.base);
        self.http.request(method, url).timeout(CALL_MAX).bearer_auth(&self.key)
    }
}

/// Sorts answers by what to do about them.
async fn checked(answer: reqwest::Response) -> Result<reqwest::Response, CallError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        let seconds = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = seconds.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        return Err(CallError::Unwell { status, retry_after });
    }
    let body = answer.text().await.unwrap_or_default();
    match status {
        StatusCode::CONFLICT | StatusCode::GONE => Err(CallError::JobGone(body)),
        _ => Err(CallError::Refused { status, body }),
    }
}

/// Repeats a call that may be repeated while there is no answer or a hope for a better one.
async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, CallError>
where
    F: Future<Output = Result<T, CallError>>,
{
    let mut pause = PAUSE_MIN;
    for tried in 1.. {
        let wait = match call().await {
            Err(CallError::Unwell { retry_after, .. }) if tried < TRIES_MAX => {
                retry_after.unwrap_or(pause).min(PAUSE_MAX)
            }
            Err(CallError::Transport(error)) if tried < TRIES_MAX && !error.is_decode() => pause,
            done => return done,
        };
        tokio::time::sleep(wait).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
    unreachable!("the last try returns")
}

/// The pause before asking for a job again after the `failures`-th failure in a row.
#[must_use]
pub fn pause_after(failures: u32) -> Duration {
    (PAUSE_MIN * 2_u32.saturating_pow(failures.saturating_sub(1).min(10))).min(PAUSE_MAX)
}
