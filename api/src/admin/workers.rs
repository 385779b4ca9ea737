//! Keys of GPU workers (c15): listed, issued, rotated, and taken back with the worker. A key is shown
//! once and kept as its hash, so what answers with one takes no `Idempotency-Key`.
//!
//! Whoever has a worker key sees prompts and delivers pictures that are paid for: so issuing is for
//! admins and for those with the role worker (IAM-07), and support only looks.

use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use domain::input::FieldError;
use domain::users::Role;
use domain::workers::{OVERLAP_MAX, RotateKey, Worker, WorkerCommand, WorkerName};
use domain::{One, WorkerId};
use projections::workers as read;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{
    AtLeast, Caller, Json, List, MinPosition, NoBody, OptionallyKeyed, Page, PageParams, Path,
};
use crate::problem::{OrFault as _, Problem};
use crate::worker_keys::draw;

/// How long the old key works after a rotation, unless told otherwise: an hour.
const OVERLAP_SECONDS: i64 = 3_600;
/// Who sees workers.
const STAFF: &[Role] = &[Role::Admin, Role::Support, Role::Worker];

/// A worker, without its key.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkerBody {
    /// Which.
    id: Uuid,
    /// For people.
    name: String,
    /// `issued` until it first says what it is, `registered`, or `retired`.
    status: String,
    /// What it paints with.
    gpu: Option<String>,
    /// Classes of jobs it takes.
    classes: Vec<String>,
    /// Until when the key before the last rotation works.
    previous_until: Option<DateTime<Utc>>,
    /// When its first key was issued.
    created_at: DateTime<Utc>,
    /// When anything here last changed.
    updated_at: DateTime<Utc>,
}

impl From<read::Worker> for WorkerBody {
    fn from(row: read::Worker) -> Self {
        Self {
            id: row.id,
            name: row.name,
            status: row.status,
            gpu: row.gpu,
            classes: row.classes,
            previous_until: row.previous_until,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Workers, retired ones too, newest first.
#[utoipa::path(get, path = "/v1/admin/workers", tag = "admin", operation_id = "list_workers",
    params(PageParams, MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"]), ("bearer" = ["worker"])),
    responses((status = 200, description = "A page of workers", body = List<WorkerBody>)))]
pub async fn list_workers(
    State(app): State<App>,
    caller: Caller,
    page: Page,
    at_least: AtLeast,
) -> Result<List<WorkerBody>, Problem> {
    at_least.reached(&app, &["workers"]).await?;
    let rows = page.rows(&app, "workers")?;
    let rows = read::page(caller.reads_as(&app, STAFF)?, rows).await.or_fault("read workers")?;
    page.list(&app, "workers", rows, |row| (row.created_at, row.id), WorkerBody::from)
}

/// A worker to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorker {
    /// For people.
    #[schema(min_length = 1, max_length = 100, example = "Rack 3, left")]
    name: String,
}

/// A worker with its key, which is shown only now.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkerKeyBody {
    /// Which worker.
    id: Uuid,
    /// For `Authorization: Bearer` on `/v1/worker/…`. Keep it: it is known to nobody else.
    key: String,
    /// Until when the key before this one works.
    previous_until: Option<DateTime<Utc>>,
}

/// Issue a key to a new worker. It is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/admin/workers", tag = "admin", operation_id = "issue_worker_key",
    security(("bearer" = ["admin"]), ("bearer" = ["worker"])), request_body = NewWorker,
    responses((status = 201, description = "The worker, with its key", body = Positioned<WorkerKeyBody>)))]
pub async fn issue_worker_key(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<NewWorker>,
) -> Result<Answered<WorkerKeyBody>, Problem> {
    let name = WorkerName::parse(&body.name).map_err(|e| FieldError::new("/name", e))?;
    let worker = WorkerId(Uuid::now_v7());
    let key = draw(worker).or_fault("draw a worker key")?;
    let issue = WorkerCommand::IssueKey { worker, name, key_sha256: key.sha256 };
    let decision = One::<Worker>::of(worker, issue);
    let done = app.execute(app.attempt(), caller.metadata(&app), decision).await?;
    let (id, key) = (worker.0, key.text);
    Ok(done.created(|()| WorkerKeyBody { id, key, previous_until: None }))
}

/// How to rotate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerRotation {
    /// How many seconds the old key works beside the new one; 0 ends it at once.
    #[serde(default = "an_hour")]
    #[schema(minimum = 0, maximum = 604_800, default = 3_600)]
    overlap_seconds: i64,
}

fn an_hour() -> i64 {
    OVERLAP_SECONDS
}

/// Give a worker another key, in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/admin/workers/{id}/rotate", tag = "admin", operation_id = "rotate_worker_key",
    security(("bearer" = ["admin"]), ("bearer" = ["worker"])), request_body = WorkerRotation,
    params(("id" = Uuid, Path, description = "The worker")),
    responses((status = 200, description = "The new key", body = Positioned<WorkerKeyBody>),
        (status = 404, description = "not-found"),
        (status = 409, description = "conflict: it is retired")))]
pub async fn rotate_worker_key(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(body): Json<WorkerRotation>,
) -> Result<Answered<WorkerKeyBody>, Problem> {
    if !(0..=OVERLAP_MAX.num_seconds()).contains(&body.overlap_seconds) {
        let detail = format!("From 0 to {}.", OVERLAP_MAX.num_seconds());
        return Err(Problem::invalid("/overlap_seconds", detail));
    }
    let worker = WorkerId(id);
    let key = draw(worker).or_fault("draw a worker key")?;
    let overlap = TimeDelta::seconds(body.overlap_seconds);
    let decision = RotateKey { worker, key_sha256: key.sha256, overlap };
    let done = app.execute(app.attempt(), caller.metadata(&app), decision).await?;
    app.worker_keys.forget(worker); // Here at once; others learn it from the log.
    let key = key.text;
    Ok(done.ok(|until| WorkerKeyBody { id, key, previous_until: Some(until) }))
}

/// A worker that paints no more.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetiredWorker {
    /// Which.
    id: Uuid,
    /// Always `retired`.
    status: &'static str,
}

/// Retire a worker: within a second no process takes a key of it any more, and jobs in its hands go
/// back by their leases. It does not come back; a new key makes a new worker.
#[utoipa::path(delete, path = "/v1/admin/workers/{id}", tag = "admin", operation_id = "retire_worker",
    security(("bearer" = ["admin"]), ("bearer" = ["worker"])),
    params(("id" = Uuid, Path, description = "The worker"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Retired, perhaps already", body = Positioned<RetiredWorker>),
        (status = 404, description = "not-found")))]
pub async fn retire_worker(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body: NoBody {} }: OptionallyKeyed<NoBody>,
) -> Result<Answered<RetiredWorker>, Problem> {
    let worker = WorkerId(id);
    let retire = One::<Worker>::of(worker, WorkerCommand::Retire { worker });
    let done = app.execute(key, caller.metadata(&app), retire).await?;
    app.worker_keys.forget(worker);
    Ok(done.ok(|()| RetiredWorker { id, status: "retired" }))
}
