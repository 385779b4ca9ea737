//! The OpenAPI 3.1 document (c0.12): generated from the handlers, completed with what all of them
//! share, and shown at `/docs` without a CDN.

mod operations;
pub mod words;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{OpenApi as _, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::authority::rules::{API_KEY, BEARER};
use crate::problem::Invalid;
use crate::sessions::cookies::Cookie;

/// Scheme of access tokens in a cookie.
const COOKIE: &str = "cookie";
/// Scheme of the token against forged requests, beside a cookie.
const CSRF: &str = "csrf";

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
    components.add_security_scheme(BEARER, scheme("JWT", "An access token of /v1/auth/login"));
    components.add_security_scheme(API_KEY, scheme("sk_live", "A key of /v1/api-keys, by scope"));
    components.add_security_scheme("worker", scheme("folio_wk", "A worker key"));
    let cookie = ApiKeyValue::with_description(
        Cookie::Access.name(true),
        "For browsers that signed in with Folio-Session: cookies; without TLS its name begins with folio",
    );
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let csrf = ApiKeyValue::with_description("X-CSRF-Token", "The csrf_token of /v1/auth/csrf");
    components.add_security_scheme(CSRF, SecurityScheme::ApiKey(ApiKey::Header(csrf)));
    document
}

/// Completes the document with what operations have in common.
#[must_use]
pub fn finish(mut document: OpenApi) -> OpenApi {
    let may_be_empty = operations::objects_that_may_be_empty(&document);
    for item in document.paths.paths.values_mut() {
        for (is_read, operation) in operations(item) {
            operations::document_problems(operation);
            operations::document_cookies(operation, is_read);
            operations::document_empty_body(operation, &may_be_empty);
        }
    }
    document
}

/// Each with whether it is a read.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [(true, get), (false, put), (false, post), (false, delete), (false, patch)];
    all.into_iter().filter_map(|(is_read, operation)| Some((is_read, operation.as_mut()?)))
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
