//! How long answers took, by route, method and status. The recorder finds a series by its labels;
//! an operation keeps what was found, for labels are texts to copy and to hash.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::Histogram;

const NAME: &str = "folio_http_request_seconds";
/// What nobody matched is one route in logs and measurements, or anybody could make up millions.
const UNMATCHED: &str = "unmatched";
/// The same of methods.
const METHODS: [Method; 9] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
    Method::TRACE,
    Method::CONNECT,
];
const OTHER_METHOD: &str = "other";

/// The series of one operation.
pub struct Took {
    method: String,
    route: String,
    /// Few: one for each status that it ever answered with.
    by_status: RwLock<Vec<(StatusCode, Histogram)>>,
}

impl Took {
    /// Of a route and method, with nothing measured yet.
    #[must_use]
    pub fn of(method: &Method, route: &str) -> Self {
        let method = if METHODS.contains(method) { method.as_str() } else { OTHER_METHOD };
        let (method, route) = (method.to_owned(), route.to_owned());
        Self { method, route, by_status: RwLock::default() }
    }

    /// Of what fits no route.
    #[must_use]
    pub fn unmatched(method: &Method) -> Self {
        Self::of(method, UNMATCHED)
    }

    /// The route, as logs say it too.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.route
    }

    /// Counts an answer.
    pub fn record(&self, status: StatusCode, elapsed: Duration) {
        let known = self.by_status.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, histogram)) = known.iter().find(|(known, _)| *known == status) {
            histogram.record(elapsed);
            return;
        }
        drop(known);
        let labels = [
            ("method", self.method.clone()),
            ("route", self.route.clone()),
            ("status", status.as_u16().to_string()),
        ];
        let histogram = metrics::histogram!(NAME, &labels);
        histogram.record(elapsed);
        let mut known = self.by_status.write().unwrap_or_else(PoisonError::into_inner);
        known.push((status, histogram)); // Twice, if two are the first: the same series.
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn methods_that_somebody_makes_up_are_one_series() {
        let label = |method: &[u8]| Took::of(&Method::from_bytes(method).unwrap(), "/v1/me").method;
        assert_eq!(label(b"PATCH"), "PATCH");
        assert_eq!(label(b"BREW"), label(b"BAKE"));
    }
}
