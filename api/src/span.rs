//! The stretch of time a question is about: from an instant on and until before another, so that
//! spans that meet count nothing twice.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, TimeDelta, Utc};
use domain::subscriptions::Zone;
use serde::Deserialize;

use crate::app::App;
use crate::extract::Query;
use crate::problem::Problem;

/// How long unless told otherwise, and at most: a year and a day.
const DAYS_DEFAULT: i64 = 30;
const DAYS_MAX: i64 = 367;

/// From when to when.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SpanParams {
    /// From then on (RFC 3339); 30 days before `to`, if left out.
    #[param(example = "2026-11-01T00:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// Until before then; now, if left out. At most 367 days after `from`, and not in the future.
    #[param(example = "2026-12-01T00:00:00Z")]
    to: Option<DateTime<Utc>>,
    /// `UTC` or `Asia/Seoul`: where midnight is, and by which clock times are written.
    #[param(value_type = Option<String>, example = "Asia/Seoul")]
    zone: Option<Zone>,
}

/// From when to when, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The first instant that is no longer part of it.
    pub to: DateTime<Utc>,
    /// Where midnight is.
    pub zone: Zone,
}

impl Span {
    fn of(params: &SpanParams, now: DateTime<Utc>) -> Result<Self, Problem> {
        let to = params.to.unwrap_or(now);
        if to > now || to <= DateTime::UNIX_EPOCH {
            return Err(Problem::invalid("?to", "After 1970 and not in the future."));
        }
        let from = params.from.unwrap_or_else(|| to - TimeDelta::days(DAYS_DEFAULT));
        if from >= to || from < to - TimeDelta::days(DAYS_MAX) {
            let detail = format!("Before `to`, by at most {DAYS_MAX} days.");
            return Err(Problem::invalid("?from", detail));
        }
        Ok(Self { from, to, zone: params.zone.unwrap_or_default() })
    }
}

impl FromRequestParts<App> for Span {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Query(params) = Query::<SpanParams>::from_request_parts(parts, app).await?;
        Self::of(&params, app.clock.now())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn span(from: Option<&str>, to: Option<&str>) -> Result<Span, String> {
        let params = SpanParams { from: from.map(at), to: to.map(at), zone: None };
        Span::of(&params, at("2026-11-21T00:00:00Z"))
            .map_err(|problem| problem.document("", "")["errors"][0]["pointer"].to_string())
    }

    #[test]
    fn a_span_ends_now_and_is_thirty_days_long_unless_told_otherwise() {
        let month = span(None, None).unwrap();
        assert_eq!(
            (month.from, month.to),
            (at("2026-10-22T00:00:00Z"), at("2026-11-21T00:00:00Z"))
        );
        let year = span(Some("2025-11-20T00:00:00Z"), None).unwrap();
        assert_eq!((year.to - year.from).num_days(), 366);
    }

    #[test]
    fn a_span_that_cannot_be_is_refused_at_the_end_that_is_wrong() {
        for (from, to, wrong) in [
            (None, Some("2026-11-21T00:00:01Z"), "?to"),
            (None, Some("-5000-01-01T00:00:00Z"), "?to"),
            (Some("2026-11-21T00:00:00Z"), None, "?from"),
            (Some("2025-11-18T23:59:59Z"), None, "?from"),
            (Some("-9000-01-01T00:00:00Z"), Some("2026-01-01T00:00:00Z"), "?from"),
        ] {
            assert_eq!(span(from, to), Err(format!("\"{wrong}\"")), "{from:?} {to:?}");
        }
    }
}
