//! What is documented of each route and method, read once from the OpenAPI document, so that what is
//! documented and what is enforced cannot differ; found once per request, by the outermost layer.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

use super::known_parameters::KnownParameters;
use super::took::Took;
use crate::authority::rules::Rule;

/// One operation.
pub struct Operation {
    /// Who may call it.
    pub rule: Rule,
    /// What may stand after the question mark.
    pub parameters: KnownParameters,
    /// How long its answers took.
    pub took: Took,
}

impl Operation {
    /// One that is not documented: nothing is asked of its callers, any parameter may stand.
    fn undocumented(took: Took) -> Arc<Self> {
        let (rule, parameters) = (Rule::default(), KnownParameters::default());
        Arc::new(Self { rule, parameters, took })
    }
}

/// All operations, by route.
#[derive(Default)]
pub struct Operations(HashMap<String, Vec<(Method, Arc<Operation>)>>);

impl Operations {
    /// Reads them from the document.
    #[must_use]
    pub fn of(document: &OpenApi) -> Self {
        let route = |(route, item): (&String, &PathItem)| {
            let operation = |(method, documented)| {
                let operation = Operation {
                    rule: Rule::of(documented),
                    parameters: KnownParameters::of(route, documented),
                    took: Took::of(&method, route),
                };
                (method, Arc::new(operation))
            };
            (route.clone(), documented(item).map(operation).collect())
        };
        Self(document.paths.paths.iter().map(route).collect())
    }

    /// The operation a request asks for; `Err` holds what stands for it if it fits no route.
    pub fn asked_by(&self, request: &Request) -> Result<Arc<Operation>, Arc<Operation>> {
        let method = request.method();
        let Some(route) = request.extensions().get::<MatchedPath>() else {
            return Err(Operation::undocumented(Took::unmatched(method)));
        };
        let as_documented = if method == Method::HEAD { &Method::GET } else { method };
        let mut of_route = self.0.get(route.as_str()).into_iter().flatten();
        let known = of_route.find(|(known, _)| known == as_documented);
        let undocumented = || Operation::undocumented(Took::of(method, route.as_str()));
        Ok(known.map_or_else(undocumented, |(_, operation)| Arc::clone(operation)))
    }
}

/// The operations of a path, by method.
fn documented(
    item: &PathItem,
) -> impl Iterator<Item = (Method, &utoipa::openapi::path::Operation)> {
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
