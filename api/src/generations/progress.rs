//! `GET /v1/generations/{id}/progress`: for clients that rather ask than listen.

use axum::Json;
use axum::extract::State;
use domain::generations::Status;
use projections::generations as table;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::seen_by;
use crate::app::App;
use crate::extract::{Caller, Path};
use crate::problem::{OrFault as _, Problem};
use crate::telemetry::Step;

/// How far a generation is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressBody {
    /// `queued`, `retrying`, `processing`, `completed`, `failed` or `canceled`.
    #[schema(value_type = String, example = "processing")]
    status: &'static str,
    /// The attempt begun last, from 1; 0 before.
    attempt: u32,
    /// How many are served before it, itself included, while it is queued.
    queue_position: Option<i64>,
    /// How far the attempt is, while it is being painted.
    progress: Option<Step>,
}

/// How far a generation is, now.
#[utoipa::path(get, path = "/v1/generations/{id}/progress", tag = "generations", operation_id = "read_generation_progress",
    params(("id" = Uuid, Path, description = "The generation")), security((), ("bearer" = []), ("api_key" = ["generations:read"])),
    responses((status = 200, description = "How far it is", body = ProgressBody)))]
pub async fn read_progress(
    State(app): State<App>,
    caller: Option<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Json<ProgressBody>, Problem> {
    let generation = seen_by(&app, caller.as_ref(), id).await?;
    let (status, attempt) = (generation.status(), generation.attempt());
    let before = match status {
        Status::Queued => {
            table::ahead_of(app.reads.public(), id).await.or_fault("read the queue")?
        }
        Status::Retrying
        | Status::Processing
        | Status::Completed
        | Status::Failed
        | Status::Canceled => None,
    };
    let is_painted = status == Status::Processing;
    let progress = app.telemetry.latest(id);
    Ok(Json(ProgressBody {
        status: status.code(),
        attempt,
        queue_position: before.map(|before| before.waiting + 1),
        progress: progress.filter(|step| is_painted && step.attempt == attempt),
    }))
}
