//! Versions of what is read and changed (c0.3). An ETag begins with the sequence of the last event
//! and goes on with a hash of the answer, which may show more than that one stream: the former is
//! what `If-Match` guards, the whole is what `If-None-Match` compares.

use std::convert::Infallible;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problem::{OrFault as _, Problem, Slug};

/// Bytes of the hash that are kept: only an answer's own earlier ones are compared with it.
const HASH_BYTES: usize = 8;

/// The version that a change is for; none if the client does not mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<u64>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match only(&parts.headers, header::IF_MATCH) {
            None | Some("*") => Ok(Self(None)),
            Some(tag) => match version(tag) {
                Some(version) => Ok(Self(Some(version))),
                // Weak tags, lists and what we never gave out match nothing.
                None => Err(Problem::new(Slug::VersionMismatch, "Send one ETag, as it was given.")),
            },
        }
    }
}

/// The version in a strong tag of ours.
fn version(tag: &str) -> Option<u64> {
    let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
    tag.split_once('-').map_or(tag, |(version, _)| version).parse().ok()
}

/// What the client has already.
#[derive(Debug, Clone, Default)]
pub struct IfNoneMatch(Option<String>);

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(only(&parts.headers, header::IF_NONE_MATCH).map(str::to_owned)))
    }
}

impl IfNoneMatch {
    /// The answer with its ETag, or that nothing has changed.
    ///
    /// # Errors
    /// The body does not serialize: a fault of ours.
    pub fn answer(&self, version: i64, body: &impl Serialize) -> Result<Response, Problem> {
        let body = serde_json::to_vec(body).or_fault("write an answer")?;
        let hash = digest(&SHA256, &body).as_ref()[..HASH_BYTES]
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        let tag = format!("\"{version}-{hash}\"");
        let known = self.0.as_deref().unwrap_or_default();
        let is_known = known == "*"
            || known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag);
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        };
        let tag = HeaderValue::from_str(&tag).or_fault("write an ETag")?;
        response.headers_mut().insert(header::ETAG, tag);
        Ok(response)
    }
}

fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default().trim())
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn only_a_strong_tag_of_ours_names_a_version() {
        assert_eq!(version("\"7\""), Some(7));
        assert_eq!(version("\"7-00ff\""), Some(7));
        for other in ["", "7", "W/\"7\"", "\"seven\"", "\"7\", \"8\"", "\"-7\"", "\""] {
            assert_eq!(version(other), None, "{other}");
        }
    }
}
