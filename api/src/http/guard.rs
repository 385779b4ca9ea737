//! Bounds around every request: how many at once, how long, and what a panic may break.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::problem::{Problem, Slug};

/// Requests worked on at once; more are turned away at once rather than queued out of sight.
pub const CONCURRENT_REQUESTS_MAX: usize = 1_024;
/// Longest time until an answer begins. Above the longest wait a client may ask for.
pub const REQUEST_SECONDS_MAX: u64 = 45;
/// When a client that was turned away may come back.
const COME_BACK: Duration = Duration::from_secs(1);

/// The places for requests.
#[derive(Clone)]
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(CONCURRENT_REQUESTS_MAX)))
    }
}

/// Refuses a request for two hosts: a proxy may have gone by the one and we by the other.
pub async fn one_host(request: Request, next: Next) -> Response {
    if request.headers().get_all(header::HOST).iter().count() > 1 {
        return Problem::new(Slug::MalformedRequest, "Send one header Host.").into_response();
    }
    next.run(request).await
}

/// Turns a request away when all places are taken.
pub async fn shed(State(places): State<Places>, request: Request, next: Next) -> Response {
    match places.0.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Problem::new(Slug::ReducedCapacity, "Nothing was done.")
            .retry_after(COME_BACK)
            .into_response(),
    }
}

/// Gives up on an answer that does not begin in time. What was handed to the writer still happens:
/// the same Idempotency-Key finds it.
pub async fn limit_time(request: Request, next: Next) -> Response {
    let limit = Duration::from_secs(REQUEST_SECONDS_MAX);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Slug::RequestTimeout, "No answer began in time.")
            .retry_after(COME_BACK)
            .into_response(),
    }
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
