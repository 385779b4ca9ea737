//! A query parameter that the OpenAPI document does not name is refused (c0.5): a typo must not
//! silently widen what is asked for. U+0000 is refused in any: no text of ours has it, and Postgres
//! cannot even be asked for it.

use std::collections::HashSet;

use axum::http::Uri;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, ParameterIn};

use crate::auth::oauth;
use crate::problem::{Invalid, Problem};

/// U+0000 as it stands in a URI.
const NUL: &str = "%00";

/// The names an operation knows; `None` where any may stand.
#[derive(Default)]
pub struct KnownParameters(Option<HashSet<String>>);

impl KnownParameters {
    /// Those an operation documents.
    #[must_use]
    pub fn of(route: &str, operation: &Operation) -> Self {
        if route == oauth::CALLBACK {
            return Self(None); // Who wrote the address must be free to add to it (RFC 6749 4.1.2).
        }
        let parameters = operation.parameters.iter().flatten();
        let named = parameters
            .filter_map(|parameter| match parameter {
                RefOr::T(parameter) => Some(parameter),
                RefOr::Ref(_) => None,
            })
            .filter(|parameter| matches!(parameter.parameter_in, ParameterIn::Query))
            .map(|parameter| parameter.name.clone());
        Self(Some(named.collect()))
    }

    /// Refuses an address with others.
    ///
    /// # Errors
    /// [`crate::problem::Slug::ValidationFailed`], naming each.
    pub fn refuse_others(&self, uri: &Uri) -> Result<(), Problem> {
        let (Some(query), Some(names)) = (uri.query(), &self.0) else { return Ok(()) };
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
