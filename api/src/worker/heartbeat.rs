//! `POST /v1/worker/heartbeat`: the worker lives; the leases of its jobs move. No event.

use axum::Json as JsonBody;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::generations::{ExtendLease, GenerationError, LEASE};
use domain::{GenerationId, Refusal};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{Json, WorkerCaller};
use crate::problem::Problem;

/// Jobs that one worker can have in hand.
const JOBS_MAX: usize = 64;

/// A sign of life.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// The jobs in hand; none is a sign of life as well.
    #[schema(max_items = 64)]
    jobs: Vec<InHand>,
}

/// A job that is being worked on.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InHand {
    /// The generation.
    id: Uuid,
    /// The attempt.
    attempt: u32,
}

/// What a worker should know about its jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Leases {
    /// In the order they were named.
    jobs: Vec<LeaseState>,
}

/// A job that was named.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaseState {
    /// The generation.
    id: Uuid,
    /// The attempt.
    attempt: u32,
    /// `held`; or `lost` or `canceled`: drop the work.
    #[schema(value_type = String, example = "held")]
    state: &'static str,
    /// When it is lost without another word.
    lease_until: Option<DateTime<Utc>>,
}

/// Renew the leases of the jobs in hand, and learn which are no longer wanted.
#[utoipa::path(post, path = "/v1/worker/heartbeat", tag = "worker", operation_id = "renew_leases",
    security(("worker" = [])), request_body = Heartbeat,
    responses((status = 200, description = "Job by job", body = Leases)))]
pub async fn renew_leases(
    State(app): State<App>,
    caller: WorkerCaller,
    Json(Heartbeat { jobs }): Json<Heartbeat>,
) -> Result<JsonBody<Leases>, Problem> {
    if jobs.len() > JOBS_MAX {
        return Err(Problem::invalid("/jobs", format!("At most {JOBS_MAX} are possible.")));
    }
    let renewed = jobs.into_iter().map(|job| renew(&app, &caller, job));
    Ok(JsonBody(Leases { jobs: try_join_all(renewed).await? }))
}

async fn renew(app: &App, caller: &WorkerCaller, job: InHand) -> Result<LeaseState, Problem> {
    let InHand { id, attempt } = job;
    let lease = caller.lease(attempt);
    let decision = ExtendLease { generation: GenerationId(id), lease, by: LEASE };
    let (state, lease_until) =
        match app.execute_raw(app.attempt(), caller.metadata(app), decision).await? {
            Ok(done) => ("held", Some(done.reply)),
            Err(refused) if is_canceled(&refused.refusal) => ("canceled", None),
            Err(_) => ("lost", None),
        };
    Ok(LeaseState { id, attempt, state, lease_until })
}

fn is_canceled(refusal: &Refusal) -> bool {
    *refusal == Refusal::Generation(GenerationError::Canceled)
}
