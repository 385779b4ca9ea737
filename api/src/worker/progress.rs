//! What a worker tells of a job on the way, and what it can ask: neither is an event (D13).

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use domain::GenerationId;
use domain::generations::{Generation, Status};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::holds;
use crate::app::App;
use crate::extract::{Json, Path, WorkerCaller};
use crate::problem::Problem;
use crate::telemetry::{self, Step};

/// Rounds of a picture, above any sampler's.
const STEPS_MAX: u32 = 10_000;
/// Longest word for what a worker is doing, in characters.
const STAGE_CHARS_MAX: usize = 50;

/// How far a job is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobProgress {
    /// The attempt.
    attempt: u32,
    /// Rounds done.
    #[schema(minimum = 0, maximum = 10_000)]
    step: u32,
    /// Rounds in all.
    #[schema(minimum = 1, maximum = 10_000)]
    total_steps: u32,
    /// What the worker is doing, for people.
    #[schema(min_length = 1, max_length = 50, example = "painting")]
    stage: String,
}

impl JobProgress {
    fn step(self, app: &App) -> Result<Step, Problem> {
        let Self { attempt, step, total_steps, stage } = self;
        if !(1..=STEPS_MAX).contains(&total_steps) || step > total_steps {
            let detail = format!("step is at most total_steps, and that from 1 to {STEPS_MAX}.");
            return Err(Problem::invalid("/step", detail));
        }
        let characters = stage.chars().count();
        if !(1..=STAGE_CHARS_MAX).contains(&characters) || stage.chars().any(char::is_control) {
            let detail = format!("1 to {STAGE_CHARS_MAX} characters in one line.");
            return Err(Problem::invalid("/stage", detail));
        }
        let progress_percent = step * 100 / total_steps;
        let last_updated = app.clock.now();
        Ok(Step {
            attempt,
            step,
            total_steps,
            progress_percent,
            stage,
            last_updated,
            eta_seconds: None, // What is left is told by who hears it.
        })
    }
}

/// Tell how far a job is. It is shown to its owner and kept for an hour.
#[utoipa::path(put, path = "/v1/worker/jobs/{id}/progress", tag = "worker", operation_id = "tell_progress",
    security(("worker" = [])), request_body = JobProgress,
    params(("id" = Uuid, Path, description = "The generation")),
    responses((status = 204, description = "Told"),
        (status = 409, description = "lease-lost"), (status = 410, description = "canceled")))]
pub async fn tell_progress(
    State(app): State<App>,
    caller: WorkerCaller,
    Path(id): Path<Uuid>,
    Json(body): Json<JobProgress>,
) -> Result<StatusCode, Problem> {
    let lease = caller.lease(body.attempt);
    let step = body.step(&app)?;
    holds(&app, id, lease).await?;
    if let Some(broker) = &app.source.broker {
        telemetry::spread(broker, id, &step).await;
    }
    app.telemetry.tell(id, step);
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a job is still wanted.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancelSignal {
    /// The customer has stepped back, or it waited too long: drop the work.
    canceled: bool,
}

/// Ask whether a job is still wanted.
#[utoipa::path(get, path = "/v1/worker/jobs/{id}/cancel-signal", tag = "worker", operation_id = "read_cancel_signal",
    security(("worker" = [])), params(("id" = Uuid, Path, description = "The generation")),
    responses((status = 200, description = "Whether it was canceled", body = CancelSignal)))]
pub async fn read_cancel_signal(
    State(app): State<App>,
    _: WorkerCaller,
    Path(id): Path<Uuid>,
) -> Result<JsonBody<CancelSignal>, Problem> {
    let generation: Generation = app.state_of(GenerationId(id)).await?;
    if generation.job().is_err() {
        return Err(Problem::not_found("job"));
    }
    Ok(JsonBody(CancelSignal { canceled: generation.status() == Status::Canceled }))
}
