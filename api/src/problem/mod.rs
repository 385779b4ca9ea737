//! Errors as HTTP tells them: RFC 9457 problems, each with a stable code (c0.1).
//!
//! A [`Problem`] travels as a response extension to the outermost layer, which alone knows the
//! request id: there it is rendered, and its cause logged.

mod fault;
pub mod page;
mod refusals;
mod slug;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::input::FieldError;
use serde::Serialize;
use serde_json::{Map, Value};

pub use fault::OrFault;
pub use slug::Slug;

use crate::act;

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// When asking again may help.
const RETRY: Duration = Duration::from_secs(1);

/// One problem.
#[derive(Debug, Clone)]
pub struct Problem {
    inner: Box<Inner>,
}

#[derive(Debug, Clone)]
struct Inner {
    slug: Slug,
    status: StatusCode,
    detail: String,
    errors: Vec<Invalid>,
    members: Map<String, Value>,
    retry_after: Option<Duration>,
    decided: Option<(String, bool)>,
    cause: Option<Arc<anyhow::Error>>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Invalid {
    /// JSON pointer into the body, or `?name` for a query parameter, or `#Name` for a header.
    pub pointer: String,
    /// What is wrong.
    pub detail: String,
}

impl Problem {
    /// A problem with what happened this time.
    #[must_use]
    pub fn new(slug: Slug, detail: impl Into<String>) -> Self {
        let inner = Inner {
            slug,
            status: slug.status(),
            detail: detail.into(),
            errors: Vec::new(),
            members: Map::new(),
            retry_after: None,
            decided: None,
            cause: None,
        };
        Self { inner: Box::new(inner) }
    }

    /// One field is wrong.
    #[must_use]
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::all_invalid(vec![Invalid { pointer: pointer.into(), detail: detail.into() }])
    }

    /// Several fields are wrong.
    #[must_use]
    pub fn all_invalid(errors: Vec<Invalid>) -> Self {
        let mut problem = Self::new(Slug::ValidationFailed, "One or more fields are wrong.");
        problem.inner.errors = errors;
        problem
    }

    /// There is no such thing, or the caller may not know of it.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Slug::NotFound, format!("There is no such {what}."))
    }

    /// The account has none of the roles that would do.
    #[must_use]
    pub fn lacks_role<'a>(roles: impl Iterator<Item = &'a str>) -> Self {
        let roles = roles.collect::<Vec<_>>().join(" or ");
        Self::new(Slug::Forbidden, format!("This needs the role {roles}. Admins give it."))
    }

    /// Another status than the slug's usual one.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.inner.status = status;
        self
    }

    /// A member of this occurrence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.inner.members.insert(name.to_owned(), value.into());
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.inner.retry_after = Some(after);
        self
    }

    /// A refusal of the rules, at this position, perhaps of an earlier request under the same key.
    #[must_use]
    pub fn at(mut self, position: String, replayed: bool) -> Self {
        self.inner.decided = Some((position, replayed));
        self
    }

    /// What led to it, for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.inner.cause = Some(Arc::new(cause.into()));
        self
    }

    /// Which.
    #[must_use]
    pub fn slug(&self) -> Slug {
        self.inner.slug
    }

    /// What led to it.
    #[must_use]
    pub fn cause(&self) -> Option<&anyhow::Error> {
        self.inner.cause.as_deref()
    }

    /// The document, complete with what only the outermost layer knows.
    #[must_use]
    pub fn document(&self, base_url: &str, request_id: &str) -> Value {
        let mut members = self.inner.members.clone();
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        let slug = self.inner.slug;
        let page = format!("{base_url}/problems/{}", slug.text());
        put("type", page.clone().into());
        put("docs", page.into());
        put("title", slug.title().into());
        put("status", self.inner.status.as_u16().into());
        put("detail", self.inner.detail.clone().into());
        put("instance", format!("urn:folio:request:{request_id}").into());
        put("code", slug.text().into());
        put("request_id", request_id.into());
        if let Some((position, _)) = &self.inner.decided {
            put("position", position.clone().into());
        }
        if !self.inner.errors.is_empty() {
            put("errors", serde_json::json!(self.inner.errors));
        }
        Value::Object(members)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.inner.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(after) = self.inner.retry_after {
            headers.insert(header::RETRY_AFTER, after.as_secs().max(1).into());
        }
        if self.inner.status == StatusCode::UNAUTHORIZED {
            let challenge = match self.inner.slug {
                Slug::TokenExpired => {
                    "Bearer error=\"invalid_token\", error_description=\"expired\""
                }
                Slug::Unauthenticated => "Bearer error=\"invalid_token\"",
                _ => "Bearer", // It is not about an access token.
            };
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some((position, replayed)) = &self.inner.decided {
            act::mark(&mut response, position, *replayed);
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<FieldError> for Invalid {
    fn from(FieldError { pointer, detail }: FieldError) -> Self {
        Self { pointer, detail }
    }
}

impl From<Invalid> for Problem {
    fn from(error: Invalid) -> Self {
        Self::all_invalid(vec![error])
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::all_invalid(vec![error.into()])
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::all_invalid(errors.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_led_to_a_problem_is_never_shown() {
        let problem = Problem::fault(anyhow::anyhow!("the password is 1234"));
        let document = problem.document("https://folio.example", "r-1").to_string();
        assert!(!document.contains("1234"), "{document}");
        assert!(document.contains("https://folio.example/problems/internal"), "{document}");
    }

    #[test]
    fn every_slug_is_fit_for_a_url_and_stands_in_the_table_once() {
        let mut texts: Vec<&str> = Slug::ALL.iter().map(|slug| slug.text()).collect();
        assert!(texts.iter().all(|t| t.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        let all = texts.len();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), all);
    }
}
