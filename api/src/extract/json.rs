//! JSON bodies: what is wrong is said precisely, and nothing happens.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::document::{self, Unreadable};
use super::member;
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
    document::read(text).map_err(|unreadable| match unreadable {
        Unreadable::Refused(pointer, why) => Problem::invalid(pointer, why),
        Unreadable::Syntax(e) => {
            malformed(StatusCode::BAD_REQUEST, format!("The body is no JSON: {e}."))
        }
    })
}

/// The document as `T`, or which member does not fit.
pub(super) fn parse<T: DeserializeOwned>(document: Value) -> Result<T, Problem> {
    member::read(document).map_err(|misfit| Problem::invalid(misfit.pointer(), misfit.detail))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Line {
        amount: u32,
        way: Option<Way>,
        wallet: Option<uuid::Uuid>,
        at: Option<chrono::DateTime<chrono::Utc>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Way {
        In,
        Out,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Order {
        lines: Vec<Line>,
        note: Option<String>,
    }

    fn error(document: Value) -> (String, String) {
        match parse::<Order>(document) {
            Ok(order) => panic!("{order:?} was accepted"),
            Err(problem) => {
                let error = problem.document("", "")["errors"][0].clone();
                let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
                (text("pointer"), text("detail"))
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_pointer_and_told_what_would() {
        let whole = "A whole number from 0 to 4294967295 is expected.";
        for (line, pointer, detail) in [
            (json!({"amount": -1}), "/lines/1/amount", whole),
            (json!({"amount": 1.5}), "/lines/1/amount", whole),
            (json!({"amount": "1"}), "/lines/1/amount", whole),
            (json!({}), "/lines/1/amount", "It is required."),
            (
                json!({"amount": 1, "way": "up"}),
                "/lines/1/way",
                "One of these is expected: in, out.",
            ),
            (json!({"amount": 1, "way": {}}), "/lines/1/way", "One of these is expected: in, out."),
            (json!({"amount": 1, "wallet": "abc"}), "/lines/1/wallet", "A UUID is expected."),
            (json!({"amount": 1, "wallet": 7}), "/lines/1/wallet", "A UUID is expected."),
            (
                json!({"amount": 1, "at": "noon"}),
                "/lines/1/at",
                "A date and time as RFC 3339 is expected.",
            ),
            (
                json!({"amount": 1, "amuont": 2}),
                "/lines/1/amuont",
                "There is no member amuont here; there are amount, way, wallet, at.",
            ),
        ] {
            let wrong = error(json!({"lines": [{"amount": 1, "way": "in"}, line]}));
            assert_eq!(wrong, (pointer.to_owned(), detail.to_owned()));
        }
        let (pointer, detail) = error(json!({"lines": {}}));
        assert_eq!((pointer.as_str(), detail.as_str()), ("/lines", "An array is expected."));
    }

    #[test]
    fn an_array_is_no_object_however_well_its_items_would_fit() {
        for (document, pointer) in [
            (json!([[], "a note"]), ""),
            (json!({"lines": [[1, "in", null, null]]}), "/lines/0"),
            (json!("text"), ""),
            (json!(null), ""),
        ] {
            let (at, detail) = error(document);
            assert_eq!((at.as_str(), detail.as_str()), (pointer, "A JSON object is expected."));
        }
        assert!(parse::<NoBody>(json!([])).is_err());
        assert!(parse::<NoBody>(json!({})).is_ok());
        assert!(parse::<Order>(json!({"lines": [], "note": "a note"})).is_ok());
    }
}
