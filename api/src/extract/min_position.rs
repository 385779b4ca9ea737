//! Reading one's own writes (c0.8): `Min-Position` or `?min_position=` names what an answer must
//! include, `Prefer: wait=` how many seconds it may take to get there.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, request::Parts};
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

/// What an answer must include, checked: it is a position of this store that exists.
#[derive(Debug, Clone, Copy)]
pub struct AtLeast {
    position: Option<i64>,
    patience: Duration,
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
            Some(token) => Some(app.watcher.check(&token).await?),
        };
        let patience = wait(&parts.headers).map_or(WAIT_DEFAULT, |wait| wait.min(WAIT_MAX));
        Ok(Self { position, patience })
    }
}

impl AtLeast {
    /// Everything that had happened when the request came in.
    ///
    /// # Errors
    /// The head cannot be read.
    pub async fn now(app: &App) -> Result<Self, Problem> {
        let position = app.log.head().await.map_err(Problem::fault)?;
        Ok(Self { position: Some(position), patience: WAIT_DEFAULT })
    }

    /// Waits until these projections include it; at once if nothing was asked for.
    ///
    /// # Errors
    /// [`Slug::ProjectionLagging`]: never a stale answer.
    pub async fn reached(self, app: &App, projections: &[&str]) -> Result<(), Problem> {
        let Some(position) = self.position else { return Ok(()) };
        match app.watcher.wait_for(projections, position, self.patience).await {
            Waited::Reached => Ok(()),
            Waited::Lagging => {
                let detail = format!("Not within {} s.", self.patience.as_secs());
                Err(Problem::new(Slug::ProjectionLagging, detail).retry_after(COME_BACK))
            }
        }
    }
}

/// `Prefer: wait=<seconds>` (RFC 7240).
#[must_use]
pub fn wait(headers: &HeaderMap) -> Option<Duration> {
    let preferences = header(headers, "prefer")?.split([',', ';']);
    preferences
        .filter_map(|preference| preference.trim().split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))
        .and_then(|(_, seconds)| seconds.trim().parse().ok())
        .map(Duration::from_secs)
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
    }
}
