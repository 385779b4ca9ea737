//! Reading one's own writes (c0.8): `Min-Position` or `?min_position=` names what an answer must
//! include, `Prefer: wait=` how many seconds it may take to get there. The answer says in
//! `Projection-Position` what it includes at least.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, request::Parts};
use eventstore::position::{CheckError, Waited};
use serde::Deserialize;

use super::query::Query;
use crate::app::App;
use crate::problem::{Problem, Slug};

/// How long a read waits unless told otherwise, and at most.
const WAIT_DEFAULT: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(5);
/// When to come back after waiting in vain.
const COME_BACK: Duration = Duration::from_secs(1);

/// What an answer must include.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MinPosition {
    /// A position from an earlier answer; the header Min-Position says the same.
    min_position: Option<String>,
}

const PROJECTION_POSITION: HeaderName = HeaderName::from_static("projection-position");
const STALE: HeaderName = HeaderName::from_static("stale");

/// What an answer must include, checked: it is a position of this store that exists.
#[derive(Debug, Clone)]
pub struct AtLeast {
    position: Option<i64>,
    patience: Duration,
    /// Rather an old answer, marked as such, than none.
    lenient: bool,
    freshness: Freshness,
}

/// What an answer turned out to include, on its way from the handler to the answer's headers.
#[derive(Debug, Clone, Default)]
pub struct Freshness(Arc<OnceLock<(String, bool)>>);

impl Freshness {
    /// Says it in the headers, if the handler read projections.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Some((position, stale)) = self.0.get() else { return };
        if let Ok(position) = HeaderValue::from_str(position) {
            headers.insert(PROJECTION_POSITION, position);
        }
        if *stale {
            headers.insert(STALE, HeaderValue::from_static("true"));
        }
    }
}

impl FromRequestParts<App> for AtLeast {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Query(params) = Query::<MinPosition>::from_request_parts(parts, app).await?;
        let token = match header(&parts.headers, "min-position") {
            Some(token) => Some(token.to_owned()),
            None => params.min_position,
        };
        let position = match token {
            None => None,
            Some(token) => Some(Box::pin(app.watcher.check(&token)).await?),
        };
        let patience = wait(&parts.headers).map_or(WAIT_DEFAULT, |wait| wait.min(WAIT_MAX));
        let lenient = preference(&parts.headers, "handling") == Some("lenient");
        let freshness = parts.extensions.get::<Freshness>().cloned().unwrap_or_default();
        Ok(Self { position, patience, lenient, freshness })
    }
}

impl AtLeast {
    /// Everything that had happened when the request came in.
    ///
    /// # Errors
    /// The head cannot be read.
    pub async fn now(app: &App) -> Result<Self, Problem> {
        app.log.head().await.map(Self::at).map_err(Problem::fault)
    }

    /// Everything up to a position that exists.
    #[must_use]
    pub fn at(position: i64) -> Self {
        let (patience, lenient, freshness) = (WAIT_DEFAULT, false, Freshness::default());
        Self { position: Some(position), patience, lenient, freshness }
    }

    /// Waits until these projections include it; at once if nothing was asked for.
    ///
    /// # Errors
    /// [`Slug::ProjectionLagging`]: never a stale answer, unless the client prefers one.
    pub async fn reached(self, app: &App, projections: &[&str]) -> Result<(), Problem> {
        let waited = match self.position {
            Some(position) => {
                Box::pin(app.watcher.wait_for(projections, position, self.patience)).await
            }
            None => Waited::Reached,
        };
        let stale = waited == Waited::Lagging;
        if stale && !self.lenient {
            let detail = format!("Not within {} s.", self.patience.as_secs());
            return Err(Problem::new(Slug::ProjectionLagging, detail).retry_after(COME_BACK));
        }
        let known = included(app, projections);
        let asked = self.position.filter(|_| !stale);
        if let Some(position) = known.max(asked) {
            let _ = self.freshness.0.set((app.position_token(position), stale)); // The first counts.
        }
        Ok(())
    }
}

/// What all of these include, if all of them are filled by this process.
fn included(app: &App, projections: &[&str]) -> Option<i64> {
    projections.iter().map(|name| app.source.board.position(name)).min().flatten()
}

/// `Prefer: wait=<seconds>` (RFC 7240).
#[must_use]
pub fn wait(headers: &HeaderMap) -> Option<Duration> {
    preference(headers, "wait")?.parse().ok().map(Duration::from_secs)
}

/// A preference of the client (RFC 7240).
#[must_use]
pub fn preference<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let preferences = header(headers, "prefer")?.split([',', ';']);
    preferences
        .filter_map(|preference| preference.trim().split_once('='))
        .find(|(known, _)| known.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

impl From<CheckError> for Problem {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Token(_) | CheckError::BeyondHead => {
                Self::new(Slug::PositionUnknown, error.to_string())
            }
            CheckError::Database(e) => Self::fault(e),
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_found_among_other_preferences() {
        let mut headers = HeaderMap::new();
        let mut prefer = |text: &'static str| {
            headers.insert("prefer", axum::http::HeaderValue::from_static(text));
            wait(&headers)
        };
        assert_eq!(prefer("return=minimal, wait=3"), Some(Duration::from_secs(3)));
        assert_eq!(prefer("Wait=10"), Some(Duration::from_secs(10)));
        assert_eq!(prefer("wait=soon"), None);
        assert_eq!(prefer("respond-async"), None);
        assert_eq!(preference(&headers, "handling"), None);
    }
}
