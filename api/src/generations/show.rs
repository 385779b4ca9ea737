//! Whether everybody sees a finished generation.

use axum::extract::State;
use domain::generations::{Generation, GenerationCommand};
use domain::{GenerationId, One};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, NoBody, OptionallyKeyed, Path};
use crate::problem::Problem;

/// Whether everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenerationVisibility {
    /// Which.
    id: Uuid,
    /// Whether it is published.
    is_public: bool,
}

/// Show a finished picture to everybody.
#[utoipa::path(post, path = "/v1/generations/{id}/publish", tag = "generations", operation_id = "publish_generation",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The generation"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Published", body = Positioned<GenerationVisibility>),
        (status = 409, description = "conflict: it is not completed")))]
pub async fn publish_generation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<GenerationVisibility>, Problem> {
    let command = GenerationCommand::Publish(GenerationId(id), caller.user);
    let decision = One::<Generation>::of(GenerationId(id), command);
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| GenerationVisibility { id, is_public: true }))
}

/// Keep a picture to oneself again.
#[utoipa::path(post, path = "/v1/generations/{id}/unpublish", tag = "generations", operation_id = "unpublish_generation",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The generation"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Hidden", body = Positioned<GenerationVisibility>),
        (status = 409, description = "conflict: it is not completed")))]
pub async fn unpublish_generation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<GenerationVisibility>, Problem> {
    let command = GenerationCommand::Unpublish(GenerationId(id), caller.user);
    let decision = One::<Generation>::of(GenerationId(id), command);
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| GenerationVisibility { id, is_public: false }))
}
