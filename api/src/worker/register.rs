//! `POST /v1/worker/register`: a worker says what it is, again at each start.

use axum::extract::State;
use domain::One;
use domain::generations::LEASE;
use domain::input::FieldError;
use domain::workers::{CLASSES_MAX, Gpu, JobClass, Worker, WorkerCommand};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{OptionallyKeyed, WorkerCaller};
use crate::problem::Problem;

/// What a worker is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Abilities {
    /// What it paints with.
    #[schema(min_length = 1, max_length = 100, example = "RTX 4090")]
    gpu: String,
    /// Classes of jobs it takes.
    #[schema(max_items = 32, example = json!(["default"]))]
    classes: Vec<String>,
}

/// A registered worker.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisteredWorker {
    /// Which.
    id: Uuid,
    /// How long it may be silent about a job in hand.
    lease_seconds: i64,
}

/// Say what this worker is.
#[utoipa::path(post, path = "/v1/worker/register", tag = "worker", operation_id = "register_worker",
    security(("worker" = [])), request_body = Abilities,
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "It may claim jobs", body = Positioned<RegisteredWorker>)))]
pub async fn register_worker(
    State(app): State<App>,
    caller: WorkerCaller,
    OptionallyKeyed { key, body }: OptionallyKeyed<Abilities>,
) -> Result<Answered<RegisteredWorker>, Problem> {
    let worker = caller.worker;
    let gpu = Gpu::parse(&body.gpu).map_err(|e| FieldError::new("/gpu", e))?;
    let classes = classes(&body.classes)?;
    let decision = One::<Worker>::of(worker, WorkerCommand::Register { worker, gpu, classes });
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|()| RegisteredWorker { id: worker.0, lease_seconds: LEASE.num_seconds() }))
}

/// Classes of jobs, measured.
pub(super) fn classes(words: &[String]) -> Result<Vec<JobClass>, FieldError> {
    if words.len() > CLASSES_MAX {
        return Err(FieldError::new("/classes", format!("at most {CLASSES_MAX} are possible")));
    }
    let parse = |(index, word): (usize, &String)| {
        JobClass::parse(word).map_err(|e| FieldError::new(format!("/classes/{index}"), e))
    };
    words.iter().enumerate().map(parse).collect()
}
