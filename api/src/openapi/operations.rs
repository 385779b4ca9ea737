//! What operations have in common, so that none of them has to say it.

use std::collections::BTreeSet;

use utoipa::openapi::path::Operation;
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};

use super::{COOKIE, CSRF};
use crate::authority::rules;
use crate::problem::MEDIA_TYPE;

/// A status of 400 and above is a problem, and so is everything nobody named.
pub(super) fn document_problems(operation: &mut Operation) {
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

/// What an access token opens its cookie opens, too; what is no read wants the token against forged
/// requests beside it.
pub(super) fn document_cookies(operation: &mut Operation, is_read: bool) {
    let Some(security) = &mut operation.security else { return };
    let by_cookie = |requirement: &SecurityRequirement| {
        let roles = rules::words(requirement, rules::BEARER)?;
        let cookie = SecurityRequirement::new(COOKIE, roles);
        Some(if is_read { cookie } else { cookie.add(CSRF, [""; 0]) })
    };
    let cookies: Vec<_> = security.iter().filter_map(by_cookie).collect();
    security.extend(cookies);
}

/// An empty body is an empty object: it is required if a member of it is.
pub(super) fn document_empty_body(operation: &mut Operation, may_be_empty: &BTreeSet<String>) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    if shapes(body).is_some_and(|shapes| shapes.is_subset(may_be_empty)) {
        body.required = Some(Required::False);
    }
}

/// The shapes of objects of which no member is required, as references name them.
pub(super) fn objects_that_may_be_empty(document: &OpenApi) -> BTreeSet<String> {
    let schemas = document.components.iter().flat_map(|components| &components.schemas);
    let objects = schemas.filter(|(_, schema)| match schema {
        RefOr::T(Schema::Object(object)) => object.required.is_empty(),
        RefOr::T(_) | RefOr::Ref(_) => false,
    });
    objects.map(|(name, _)| Ref::from_schema_name(name).ref_location).collect()
}

/// What the shapes of a body are called; none if one has no name.
fn shapes(body: &RequestBody) -> Option<BTreeSet<String>> {
    let contents = body.content.values().map(|content| match content {
        RefOr::T(content) => match content.schema.as_ref()? {
            RefOr::Ref(shape) => Some(shape.ref_location.clone()),
            RefOr::T(_) => None,
        },
        RefOr::Ref(_) => None,
    });
    contents.collect()
}
