//! Bounds around every request: how many at once, how long, and what a panic may break.

use std::any::Any;
use std::time::Duration;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::problem::{Problem, Slug};

/// Requests worked on at once; more are turned away at once rather than queued out of sight.
pub const CONCURRENT_REQUESTS_MAX: usize = 1_024;
/// Longest time until an answer begins. Above the longest wait a client may ask for.
pub const REQUEST_SECONDS_MAX: u64 = 45;
/// When a client that was turned away may come back.
const COME_BACK: Duration = Duration::from_secs(1);

/// The places for requests.
pub struct Places(Semaphore);

impl Default for Places {
    fn default() -> Self {
        Self(Semaphore::new(CONCURRENT_REQUESTS_MAX))
    }
}

impl Places {
    /// A place, kept until it is dropped.
    ///
    /// # Errors
    /// [`Slug::ReducedCapacity`]: all are taken.
    pub fn take(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.0.try_acquire().map_err(|_| {
            Problem::new(Slug::ReducedCapacity, "Nothing was done.").retry_after(COME_BACK)
        })
    }
}

/// Refuses a request for two hosts: a proxy may have gone by the one and we by the other.
///
/// # Errors
/// [`Slug::MalformedRequest`].
pub fn one_host(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return Err(Problem::new(Slug::MalformedRequest, "Send one header Host."));
    }
    Ok(())
}

/// Gives up on an answer that does not begin in time. What was handed to the writer still happens:
/// the same Idempotency-Key finds it.
///
/// # Errors
/// [`Slug::RequestTimeout`].
pub async fn in_time(answer: impl Future<Output = Response>) -> Result<Response, Problem> {
    let limit = Duration::from_secs(REQUEST_SECONDS_MAX);
    tokio::time::timeout(limit, answer).await.map_err(|_| {
        Problem::new(Slug::RequestTimeout, "No answer began in time.").retry_after(COME_BACK)
    })
}

/// A panic of one handler is that request's failure, nobody else's.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub fn caught(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "something that is no text".to_owned());
    Problem::fault(anyhow::anyhow!("a handler panicked: {said}")).into_response()
}
