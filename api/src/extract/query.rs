//! Query parameters; names are checked against the document by
//! [`crate::http::known_parameters`], values here.

use std::error::Error;
use std::iter::successors;

use axum::extract::FromRequestParts;
use axum::extract::rejection::QueryRejection;
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The parameters after the question mark.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(&parts.uri).map(Self)
    }
}

fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let read = axum::extract::Query::<T>::try_from_uri(uri);
    read.map(|axum::extract::Query(value)| value).map_err(|rejection| refused(&rejection))
}

/// Which parameter does not fit; one that is missing or stands twice is named by the detail.
fn refused(rejection: &QueryRejection) -> Problem {
    type Wrong = serde_path_to_error::Error<serde::de::value::Error>;
    let mut causes = successors(Some(rejection as &dyn Error), |error| (*error).source());
    match causes.find_map(|error| error.downcast_ref::<Wrong>()) {
        Some(wrong) if wrong.path().iter().next().is_some() => {
            Problem::invalid(format!("?{}", wrong.path()), wrong.inner().to_string())
        }
        Some(wrong) => Problem::invalid("?", wrong.inner().to_string()),
        None => Problem::invalid("?", rejection.body_text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only parsed")]
    struct Asked {
        ids: String,
        limit: Option<u16>,
    }

    fn errors(uri: &'static str) -> serde_json::Value {
        match parse::<Asked>(&Uri::from_static(uri)) {
            Ok(asked) => panic!("{asked:?} was accepted"),
            Err(problem) => problem.document("", "")["errors"][0].clone(),
        }
    }

    #[test]
    fn a_parameter_that_does_not_fit_is_named() {
        let wrong = errors("/v1/users?ids=1&limit=many");
        assert_eq!(wrong["pointer"], "?limit");
        assert_eq!(wrong["detail"], "invalid digit found in string");
    }

    #[test]
    fn a_parameter_that_is_missing_or_told_twice_is_named_in_the_detail() {
        assert_eq!(errors("/v1/users")["detail"], "missing field `ids`");
        assert_eq!(errors("/v1/users?ids=1&ids=2")["detail"], "duplicate field `ids`");
    }
}
