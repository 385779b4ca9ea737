//! A query parameter that the OpenAPI document does not name is refused (c0.5): a typo must not
//! silently widen what is asked for. So is an `Idempotency-Key` where none is taken: whoever sends one
//! believes that a retry is harmless. U+0000 is refused in any: no text of ours has it, and Postgres
//! cannot even be asked for it.

use std::collections::HashSet;

use axum::http::{HeaderMap, Method, Uri};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, ParameterIn};

use crate::auth::oauth;
use crate::extract::idempotency_key;
use crate::problem::{Invalid, Problem};

/// Where providers deliver.
const WEBHOOKS: &str = "/v1/webhooks/";
/// U+0000 as it stands in a URI.
const NUL: &str = "%00";

/// What an operation knows; `None` where anything may stand.
#[derive(Default)]
pub struct KnownParameters {
    /// Of the query.
    names: Option<HashSet<String>>,
    /// Whether it takes an `Idempotency-Key`.
    key: Option<bool>,
}

impl KnownParameters {
    /// Those an operation documents.
    #[must_use]
    pub fn of(route: &str, operation: &Operation) -> Self {
        let parameters = operation.parameters.iter().flatten();
        let parameters = parameters.filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        });
        let (queried, others): (Vec<_>, Vec<_>) =
            parameters.partition(|parameter| matches!(parameter.parameter_in, ParameterIn::Query));
        let names = queried.into_iter().map(|parameter| parameter.name.clone()).collect();
        let takes_key = others.iter().any(|parameter| parameter.name == "Idempotency-Key");
        Self {
            // Who wrote the address must be free to add to it (RFC 6749 4.1.2).
            names: (route != oauth::CALLBACK).then_some(names),
            // Providers send what they send.
            key: (!route.starts_with(WEBHOOKS)).then_some(takes_key),
        }
    }

    /// Refuses a key where none is taken. With reads it means nothing.
    ///
    /// # Errors
    /// [`crate::problem::Slug::ValidationFailed`].
    pub fn refuse_key(&self, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
        if self.key == Some(false)
            && !method.is_safe()
            && headers.contains_key(idempotency_key::NAME)
        {
            let detail = "This route takes none: its answer is kept nowhere and cannot be repeated. Send \
                          the request without it.";
            return Err(Problem::invalid("#Idempotency-Key", detail));
        }
        Ok(())
    }

    /// Refuses an address with others.
    ///
    /// # Errors
    /// [`crate::problem::Slug::ValidationFailed`], naming each.
    pub fn refuse_others(&self, uri: &Uri) -> Result<(), Problem> {
        let (Some(query), Some(names)) = (uri.query(), &self.names) else { return Ok(()) };
        let given = query.split('&').filter(|pair| !pair.is_empty());
        let unknown: Vec<Invalid> = given
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
            .collect();
        if unknown.is_empty() { Ok(()) } else { Err(Problem::all_invalid(unknown)) }
    }
}

/// Refuses a path that could name nothing.
///
/// # Errors
/// [`crate::problem::Slug::NotFound`].
pub fn refuse_nul(uri: &Uri) -> Result<(), Problem> {
    if uri.path().contains(NUL) { Err(Problem::not_found("resource")) } else { Ok(()) }
}
