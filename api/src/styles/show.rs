//! Whether everybody sees a style.

use axum::extract::State;
use domain::styles::{Style, StyleCommand};
use domain::{One, StyleId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, NoBody, OptionallyKeyed, Path};
use crate::problem::Problem;

/// Whether everybody sees a style and can use it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StyleVisibility {
    /// Which.
    id: Uuid,
    /// Whether it is published.
    is_published: bool,
}

/// Show a style to everybody.
#[utoipa::path(post, path = "/v1/styles/{id}/publish", tag = "styles", operation_id = "publish_style",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The style"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Published", body = Positioned<StyleVisibility>),
        (status = 409, description = "not-trained: it has no model yet")))]
pub async fn publish_style(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<StyleVisibility>, Problem> {
    let (style, artist) = (StyleId(id), caller.user);
    let decision = One::<Style>::of(style, StyleCommand::Publish { style, artist });
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| StyleVisibility { id, is_published: true }))
}

/// Hide a style from new use; accepted jobs run on.
#[utoipa::path(post, path = "/v1/styles/{id}/unpublish", tag = "styles", operation_id = "unpublish_style",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The style"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Hidden", body = Positioned<StyleVisibility>)))]
pub async fn unpublish_style(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<StyleVisibility>, Problem> {
    let (style, artist) = (StyleId(id), caller.user);
    let decision = One::<Style>::of(style, StyleCommand::Unpublish { style, artist });
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| StyleVisibility { id, is_published: false }))
}
