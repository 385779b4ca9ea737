//! JSON bodies: what is wrong is said precisely, and nothing happens.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use crate::problem::{Problem, Slug};

/// Largest JSON body.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// A body, read as `T`. Request types deny unknown fields.
pub struct Json<T>(pub T);

/// For routes that take no members: an empty body, or an empty object.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoBody {}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body).await?;
        parse(document(&parts.headers, &bytes)?).map(Self)
    }
}

/// The bytes of a body within the limit.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let too_large = || {
        malformed(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("A body has at most {BODY_BYTES_MAX} bytes."),
        )
    };
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if declared
        .and_then(|length| length.parse().ok())
        .is_some_and(|length: usize| length > BODY_BYTES_MAX)
    {
        return Err(too_large());
    }
    to_bytes(body, BODY_BYTES_MAX).await.map_err(|e| {
        let of_limit = std::error::Error::source(&e)
            .is_some_and(|e| e.is::<http_body_util::LengthLimitError>());
        if of_limit {
            too_large()
        } else {
            malformed(StatusCode::BAD_REQUEST, "The body ended too early.").because(e)
        }
    })
}

/// The JSON document of a body; an empty body is an empty object.
pub(super) fn document(headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Problem> {
    if bytes.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    if !is_json(headers) {
        let detail = "The content type must be application/json.";
        return Err(malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        malformed(
            StatusCode::BAD_REQUEST,
            format!("The body is no UTF-8 after byte {}.", e.valid_up_to()),
        )
    })?;
    let value: Value = serde_json::from_str(text)
        .map_err(|e| malformed(StatusCode::BAD_REQUEST, format!("The body is no JSON: {e}.")))?;
    refuse_nul(&value, &mut String::new())?;
    Ok(value)
}

/// The document as `T`, or which member does not fit.
pub(super) fn parse<T: DeserializeOwned>(document: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(document).map_err(|e| {
        let pointer = pointer(e.path());
        let inner = e.into_inner();
        match inner.classify() {
            Category::Data | Category::Syntax | Category::Eof | Category::Io => {
                Problem::invalid(pointer, inner.to_string())
            }
        }
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| {
        essence.eq_ignore_ascii_case("application/json")
            || essence.to_ascii_lowercase().starts_with("application/")
                && essence.ends_with("+json")
    })
}

fn malformed(status: StatusCode, detail: impl Into<String>) -> Problem {
    Problem::new(Slug::MalformedRequest, detail).status(status)
}

/// U+0000 passes JSON but not what Postgres can take out of it again (log protocol, B2).
fn refuse_nul(value: &Value, at: &mut String) -> Result<(), Problem> {
    let has_nul = |text: &str| text.contains('\0');
    let refused = |at: &str| Problem::invalid(at, "The character U+0000 is not allowed.");
    match value {
        Value::String(text) if has_nul(text) => Err(refused(at)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| below(at, &index.to_string(), |at| refuse_nul(item, at))),
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            if has_nul(name) {
                return Err(refused(at));
            }
            below(at, &escape(name), |at| refuse_nul(member, at))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn below<R>(at: &mut String, step: &str, look: impl FnOnce(&mut String) -> R) -> R {
    let length = at.len();
    at.push('/');
    at.push_str(step);
    let result = look(at);
    at.truncate(length);
    result
}

/// RFC 6901.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |at, segment| match segment {
        Segment::Seq { index } => format!("{at}/{index}"),
        Segment::Map { key } => format!("{at}/{}", escape(key)),
        Segment::Enum { variant } => format!("{at}/{}", escape(variant)),
        Segment::Unknown => at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Inner {
        amount: u32,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only parsed")]
    struct Outer {
        lines: Vec<Inner>,
    }

    fn errors(document: Value) -> Value {
        match parse::<Outer>(document) {
            Ok(outer) => panic!("{outer:?} was accepted"),
            Err(problem) => problem.document("", "")["errors"].clone(),
        }
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_pointer() {
        let wrong = errors(serde_json::json!({"lines": [{"amount": 1}, {"amount": -1}]}));
        assert_eq!(wrong[0]["pointer"], "/lines/1/amount");
        let unknown = errors(serde_json::json!({"lines": [{"amount": 1, "amuont": 2}]}));
        assert!(unknown[0]["detail"].as_str().is_some_and(|d| d.contains("amuont")), "{unknown}");
    }

    #[test]
    fn a_nul_anywhere_is_refused() {
        let value = serde_json::json!({"a/b": ["fine", "not\u{0}fine"]});
        match refuse_nul(&value, &mut String::new()) {
            Ok(()) => panic!("it was accepted"),
            Err(e) => assert_eq!(e.document("", "")["errors"][0]["pointer"], "/a~1b/1"),
        }
    }
}
