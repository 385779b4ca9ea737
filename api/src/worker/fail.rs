//! `POST /v1/worker/jobs/{id}/fail` (P5.4): an attempt failed; another follows, or everything held
//! goes back.

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::GenerationId;
use domain::generations::{FailAttempt, FailureCode, Retry, Status};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Keyed, Path, WorkerCaller};
use crate::problem::Problem;

/// Longest explanation, in characters; more is cut.
const MESSAGE_CHARS_MAX: usize = 500;

/// A failed attempt.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The attempt.
    attempt: u32,
    /// `gpu_oom`, `timeout`, `worker_lost`, `model_download`, `nsfw_blocked`, `invalid_input`,
    /// `model_missing` or `internal`.
    #[schema(value_type = String, example = "gpu_oom")]
    code: FailureCode,
    /// For our log; nobody else sees it.
    message: String,
    /// Whether another try may help; heard only for `internal`.
    retryable: bool,
}

/// What follows a failed attempt.
#[derive(Debug, Serialize, ToSchema)]
pub struct AfterFailure {
    /// The generation.
    id: Uuid,
    /// `retrying` or `failed`.
    #[schema(value_type = String, example = "retrying")]
    status: &'static str,
    /// When it goes back into the queue.
    retry_at: Option<DateTime<Utc>>,
}

/// Give a job up.
#[utoipa::path(post, path = "/v1/worker/jobs/{id}/fail", tag = "worker", operation_id = "fail_job",
    security(("worker" = [])), request_body = Failure,
    params(("id" = Uuid, Path, description = "The generation"),
        ("Idempotency-Key" = String, Header, description = "Required")),
    responses((status = 200, description = "Whether another attempt follows", body = Positioned<AfterFailure>),
        (status = 409, description = "lease-lost"), (status = 410, description = "canceled")))]
pub async fn fail_job(
    State(app): State<App>,
    caller: WorkerCaller,
    Path(id): Path<Uuid>,
    Keyed { key, body }: Keyed<Failure>,
) -> Result<Answered<AfterFailure>, Problem> {
    let Failure { attempt, code, message, retryable } = body;
    let message: String = message.chars().take(MESSAGE_CHARS_MAX).collect();
    tracing::warn!(job = %id, worker = %caller.worker, attempt, ?code, message, "an attempt failed");
    let (generation, lease) = (GenerationId(id), caller.lease(attempt));
    let decision = FailAttempt { generation, lease, code, retryable };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|retry: Option<Retry>| {
        let status = if retry.is_some() { Status::Retrying } else { Status::Failed };
        let retry_at = retry.map(|retry| retry.not_before);
        AfterFailure { id, status: status.code(), retry_at }
    }))
}
