//! A query parameter that the OpenAPI document does not name is refused (c0.5): a typo must not
//! silently widen what is asked for. The document is read, so the two cannot differ. U+0000 is
//! refused in any: no text of ours has it, and Postgres cannot even be asked for it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

use crate::auth::oauth;
use crate::problem::{Invalid, Problem};

/// U+0000 as it stands in a URI.
const NUL: &str = "%00";

/// The names each route and method knows.
#[derive(Clone, Default)]
pub struct KnownParameters(Arc<HashMap<(String, Method), HashSet<String>>>);

impl KnownParameters {
    /// Reads them from the document.
    #[must_use]
    pub fn of(document: &OpenApi) -> Self {
        let mut known = HashMap::new();
        for (path, item) in &document.paths.paths {
            for (method, operation) in operations(item) {
                known.insert((path.clone(), method), names(operation));
            }
        }
        Self(Arc::new(known))
    }
}

/// The operations of a path, by method.
pub(crate) fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::DELETE, &item.delete),
        (Method::PATCH, &item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
}

fn names(operation: &Operation) -> HashSet<String> {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .filter(|parameter| matches!(parameter.parameter_in, ParameterIn::Query))
        .map(|parameter| parameter.name.clone())
        .collect()
}

/// See the module.
pub async fn refuse_unknown(
    State(known): State<KnownParameters>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().contains(NUL) {
        return Problem::not_found("resource").into_response();
    }
    let unknown = unknown(&known, &request);
    if unknown.is_empty() {
        next.run(request).await
    } else {
        Problem::all_invalid(unknown).into_response()
    }
}

fn unknown(known: &KnownParameters, request: &Request) -> Vec<Invalid> {
    let (Some(query), Some(route)) =
        (request.uri().query(), request.extensions().get::<MatchedPath>())
    else {
        return Vec::new();
    };
    if route.as_str() == oauth::CALLBACK {
        return Vec::new(); // Who wrote the address must be free to add to it (RFC 6749 4.1.2).
    }
    let Some(names) = known.0.get(&(route.as_str().to_owned(), request.method().clone())) else {
        return Vec::new();
    };
    let given = query.split('&').filter(|pair| !pair.is_empty());
    given
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter_map(|(name, value)| {
            let detail = if !names.contains(name) {
                "This route knows no such parameter."
            } else if value.contains(NUL) {
                "The character U+0000 is not allowed."
            } else {
                return None;
            };
            Some(Invalid { pointer: format!("?{name}"), detail: detail.to_owned() })
        })
        .collect()
}
