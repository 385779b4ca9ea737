//! The OpenAPI 3.1 document (c0.12): generated from the handlers, completed with what all of them
//! share, and shown at `/docs` without a CDN.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{OpenApi as _, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::problem::{Invalid, MEDIA_TYPE};

/// What every problem looks like; some have more members, named in the page behind `type`.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
struct ProblemBody {
    /// A page for people: `…/problems/<code>`.
    r#type: String,
    /// The same for every occurrence.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened this time.
    detail: String,
    /// `urn:folio:request:<request_id>`.
    instance: String,
    /// A word a program can act on.
    code: String,
    /// For asking for help.
    request_id: String,
    /// The fields that are wrong.
    errors: Option<Vec<Invalid>>,
    /// Where a refusal stands in the log.
    position: Option<String>,
    /// The payment provider's code.
    provider_code: Option<String>,
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Folio",
        version = "1",
        license(name = "MIT OR Apache-2.0"),
        description = "AI art, paid fairly. Amounts are integers of the smallest unit. Every command \
answers with a position; send it as Min-Position to read a state that includes it."
    ),
    components(schemas(ProblemBody))
)]
struct Frame;

/// The document without routes.
#[must_use]
pub fn frame() -> OpenApi {
    let mut document = Frame::openapi();
    let components = document.components.get_or_insert_default();
    let scheme = |format: &str, description: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
        SecurityScheme::Http(scheme.description(Some(description)).build())
    };
    components.add_security_scheme("bearer", scheme("JWT", "An access token of /v1/auth/login"));
    components.add_security_scheme("api_key", scheme("sk_live", "A key of /v1/api-keys, by scope"));
    components.add_security_scheme("worker", scheme("folio_wk", "A worker key"));
    document
}

/// Completes the document: every operation can answer with a problem.
#[must_use]
pub fn finish(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        operations(item).for_each(document_problems);
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().filter_map(Option::as_mut)
}

/// A status of 400 and above is a problem, and so is everything nobody named.
fn document_problems(operation: &mut Operation) {
    let problem = || RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = || ContentBuilder::new().schema(Some(problem())).build();
    let responses = &mut operation.responses.responses;
    for (status, response) in responses.iter_mut() {
        let is_problem = status.starts_with('4') || status.starts_with('5');
        if let (true, RefOr::T(response)) = (is_problem, response)
            && response.content.is_empty()
        {
            response.content.insert(MEDIA_TYPE.to_owned(), RefOr::T(content()));
        }
    }
    let any = ResponseBuilder::new()
        .description("A problem (RFC 9457); its code is one of /problems")
        .content(MEDIA_TYPE, content());
    responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(any.build()));
}

/// A handler that answers with the document, written once.
pub fn serve(
    document: &OpenApi,
) -> impl Fn() -> std::future::Ready<axum::response::Response> + Clone + use<> {
    let text = document.to_json().unwrap_or_default(); // A document of strings always serializes.
    move || {
        let json = [(header::CONTENT_TYPE, "application/json")];
        std::future::ready((json, text.clone()).into_response())
    }
}

/// The interactive pages.
pub fn pages() -> Router {
    SwaggerUi::new("/docs").config(Config::from("/openapi.json")).into()
}
