//! What is noted of every request: gives it its id, carries its trace, renders problems, and leaves one
//! log line and one measurement behind.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::{Actor, METADATA, Metadata};
use uuid::Uuid;

use crate::act::{POSITION, REPLAYED};
use crate::app::App;
use crate::extract::min_position::{Freshness, preference};
use crate::http::address::ClientAddress;
use crate::http::operations::{Operation, Operations};
use crate::http::sender::{SealedSender, Sender};
use crate::problem::{OrFault as _, Problem};
use crate::sessions::cookies;

/// Longest request id taken from a client.
const REQUEST_ID_BYTES_MAX: usize = 128;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Which request this is, for logs, problems and the metadata of its events (c0.11).
#[derive(Debug, Clone)]
pub struct Trace {
    /// The client's `X-Request-Id`, or a fresh one.
    pub request_id: Arc<str>,
    /// The client's W3C trace context, if it is one.
    pub traceparent: Option<Arc<str>>,
    /// Shared by everything that follows from this request.
    pub correlation_id: Uuid,
    /// Whether whoever logs in with it asks for cookies.
    pub wants_cookies: bool,
    sender: Sender,
    sealed: Arc<SealedSender>,
}

impl Trace {
    /// For what no request asked for.
    #[must_use]
    pub fn fresh() -> Self {
        Self::of(&HeaderMap::new(), None)
    }

    fn of(headers: &HeaderMap, address: Option<IpAddr>) -> Self {
        let correlation_id = Uuid::now_v7();
        let own = || correlation_id.to_string();
        let request_id = text(headers, REQUEST_ID.as_str())
            .filter(|id| is_request_id(id))
            .map_or_else(own, str::to_owned);
        let traceparent = text(headers, "traceparent").filter(|text| is_traceparent(text));
        Self {
            request_id: request_id.into(),
            traceparent: traceparent.map(Into::into),
            correlation_id,
            wants_cookies: cookies::wanted(headers),
            sender: Sender::new(address, text(headers, header::USER_AGENT.as_str())),
            sealed: Arc::default(),
        }
    }

    /// The same request, whose events will also say where it came from, sealed for the person who
    /// asks (SEC-06).
    ///
    /// # Errors
    /// Their key cannot be read.
    pub async fn of_person(mut self, app: &App, person: Uuid) -> Result<Self, Problem> {
        let sealed = app.senders.seal(&app.keyring, person, &self.sender).await;
        self.sealed = sealed.or_fault("seal where a request came from")?;
        Ok(self)
    }

    /// The same for the person whom the request makes: their wrapped key is not in the vault yet.
    ///
    /// # Errors
    /// The key does not open.
    pub fn of_new_person(
        mut self,
        app: &App,
        person: Uuid,
        person_key: &[u8],
    ) -> Result<Self, Problem> {
        let seal = |field: &str, text: &str| {
            app.master_key.seal_with(person_key, person, (METADATA, field), text)
        };
        let sealed = self.sender.sealed(seal).or_fault("seal where a request came from")?;
        self.sealed = Arc::new(sealed);
        Ok(self)
    }

    /// What surrounds the events that this request leads to.
    #[must_use]
    pub fn metadata(&self, actor: Actor, occurred_at: DateTime<Utc>) -> Metadata {
        Metadata {
            request_id: Some(self.request_id.to_string()),
            traceparent: self.traceparent.as_deref().map(str::to_owned),
            ip: self.sealed.ip.clone(),
            user_agent: self.sealed.user_agent.clone(),
            ..Metadata::new(actor, occurred_at, self.correlation_id)
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>().cloned();
        Ok(known.unwrap_or_else(|| Self::of(&parts.headers, None)))
    }
}

/// A request that came in, as far as its answer needs it.
pub struct Arrived {
    began: Instant,
    method: Method,
    operation: Arc<Operation>,
    trace: Trace,
    freshness: Freshness,
    /// Whether the client wants no more of an answer than it must have.
    minimal: bool,
}

impl Arrived {
    /// Notes a request, and puts into it what those further in ask for: where it comes from, which
    /// it is, what it is for, and a place for how fresh its answer is.
    #[must_use]
    pub fn note(app: &App, operations: &Operations, request: &mut Request) -> Self {
        let began = Instant::now();
        let address = ClientAddress::of(&app.config.limits, request);
        let trace = Trace::of(request.headers(), Some(address.0));
        let freshness = Freshness::default();
        let minimal = preference(request.headers(), "return") == Some("minimal");
        let operation = operations.asked_by(request);
        let extensions = request.extensions_mut();
        extensions.insert(address);
        extensions.insert(trace.clone());
        extensions.insert(freshness.clone());
        let operation = operation.inspect(|known| {
            extensions.insert(Arc::clone(known)); // Whoever fits no route is let in nowhere.
        });
        let operation = operation.unwrap_or_else(|unmatched| unmatched);
        Self { began, method: request.method().clone(), operation, trace, freshness, minimal }
    }

    /// Completes the answer, logs and measures it.
    #[must_use]
    pub fn answered(self, app: &App, mut response: Response) -> Response {
        let problem = response.extensions().get::<Arc<Problem>>().cloned();
        if let Some(problem) = &problem {
            let document = problem.document(&app.config.public_url, &self.trace.request_id);
            *response.body_mut() = Body::from(document.to_string());
        }
        if self.minimal {
            response = without_body(response);
        }
        self.freshness.tell(response.headers_mut());
        if let Ok(id) = HeaderValue::from_str(&self.trace.request_id) {
            response.headers_mut().insert(REQUEST_ID, id); // Every answer says which it is for.
        }
        self.log(response.status(), problem.as_deref());
        response
    }

    fn log(&self, status: StatusCode, problem: Option<&Problem>) {
        let elapsed = self.began.elapsed();
        self.operation.took.record(status, elapsed);
        let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let code = problem.map(|problem| problem.slug().text());
        let cause = problem.and_then(Problem::cause).map(|cause| format!("{cause:#}"));
        let (method, route, status) =
            (self.method.as_str(), self.operation.took.route(), status.as_u16());
        let (request_id, traceparent) =
            (&*self.trace.request_id, self.trace.traceparent.as_deref());
        if status >= 500 {
            tracing::error!(
                method,
                route,
                status,
                ms,
                request_id,
                traceparent,
                code,
                cause,
                "request failed"
            );
        } else {
            tracing::info!(
                method,
                route,
                status,
                ms,
                request_id,
                traceparent,
                code,
                cause,
                "request"
            );
        }
    }
}

/// `Prefer: return=minimal` (c0.8): a command that is done answers with its position alone.
fn without_body(response: Response) -> Response {
    let is_done = matches!(response.status(), StatusCode::OK | StatusCode::CREATED);
    let (Some(position), true) = (response.headers().get(POSITION).cloned(), is_done) else {
        return response;
    };
    let mut minimal = StatusCode::NO_CONTENT.into_response();
    let headers = minimal.headers_mut();
    headers.insert(POSITION, position);
    headers.insert("preference-applied", HeaderValue::from_static("return=minimal"));
    if let Some(replayed) = response.headers().get(REPLAYED).cloned() {
        headers.insert(REPLAYED, replayed);
    }
    minimal
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Letters, digits and what ids are made of beside them: it stands in logs, answers and events.
fn is_request_id(text: &str) -> bool {
    (1..=REQUEST_ID_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/+=@".contains(&b))
}

/// `00-<32 hex>-<16 hex>-<2 hex>` with neither id all zero.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    matches!(parts.as_slice(), ["00", trace, span, flags]
        if hex(trace, 32) && hex(span, 16) && hex(flags, 2)
            && trace.bytes().any(|b| b != b'0') && span.bytes().any(|b| b != b'0'))
}

#[cfg(test)]
mod tests {
    use super::{REQUEST_ID_BYTES_MAX, is_request_id, is_traceparent};

    #[test]
    fn a_request_is_called_what_its_client_calls_it_if_that_is_a_name() {
        let longest = "x".repeat(REQUEST_ID_BYTES_MAX);
        for id in
            ["mine-7", "01890a5d-ac96-774b-bcce-b302099a8057", "Root=1-67891233/a+b==", &longest]
        {
            assert!(is_request_id(id), "{id}");
        }
        for odd in ["", "a b", "a<script>", "\"", "é", &format!("{longest}x")] {
            assert!(!is_request_id(odd), "{odd}");
        }
    }

    #[test]
    fn only_a_well_formed_trace_context_is_carried_on() {
        assert!(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        for wrong in [
            "",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        ] {
            assert!(!is_traceparent(wrong), "{wrong}");
        }
    }
}
