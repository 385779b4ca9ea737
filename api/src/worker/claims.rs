//! `POST /v1/worker/claims` (P5.3): a worker waits for a job. The queue only names candidates; a
//! claim is a command on the generation, so two workers never get one job.

use std::cmp::Reverse;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use domain::generations::{
    ClaimGeneration, Claimed, GenerationError, GenerationEvent, LEASE, Lane,
};
use domain::{Event, GenerationId, Refusal};
use eventstore::feed::Chunk;
use eventstore::position::Waited;
use projections::generations as table;
use serde::Deserialize;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;
use uuid::Uuid;

use super::job::{self, JobBody};
use super::register::classes;
use crate::act::{Done, Positioned};
use crate::app::App;
use crate::extract::{Json, WorkerCaller};
use crate::problem::{OrFault as _, Problem};

/// How long a worker waits for a job.
const WAIT: Duration = Duration::from_secs(30);
/// The class of every job there is yet: one that any worker can paint.
const CLASS: &str = "default";
/// The queues, all of them served by every worker.
const LANES: [Lane; 1] = [Lane::FREE];
/// How long a job steps back for others whose model the worker has at hand.
const STEPS_BACK: TimeDelta = TimeDelta::seconds(30);
/// The projection that fills the queue, and how long it is waited for at once.
const READS: &[&str] = &["generations"];
const PATIENCE: Duration = Duration::from_secs(1);
/// Models a worker can name.
const MODELS_MAX: usize = 256;

/// A worker that wants a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimJob {
    /// Classes of jobs it takes.
    #[schema(max_items = 32, example = json!(["default"]))]
    classes: Vec<String>,
    /// Models it need not fetch; among jobs of one priority theirs come first, for a while.
    #[serde(default)]
    #[schema(max_items = 256)]
    models_cached: Vec<Uuid>,
}

/// Wait up to half a minute for a job. It is held by a lease of a minute, which a heartbeat renews.
#[utoipa::path(post, path = "/v1/worker/claims", tag = "worker", operation_id = "claim_job",
    security(("worker" = [])), request_body = ClaimJob,
    responses((status = 200, description = "A job", body = Positioned<JobBody>),
        (status = 204, description = "None within half a minute: ask again"),
        (status = 409, description = "conflict: the worker has not registered")))]
pub async fn claim_job(
    State(app): State<App>,
    caller: WorkerCaller,
    Json(body): Json<ClaimJob>,
) -> Result<Response, Problem> {
    if body.models_cached.len() > MODELS_MAX {
        let detail = format!("At most {MODELS_MAX} are possible.");
        return Err(Problem::invalid("/models_cached", detail));
    }
    let deadline = Instant::now() + WAIT;
    let mut queue = Queue::new(&app).await?;
    let is_able = classes(&body.classes)?.iter().any(|class| class.as_str() == CLASS);
    loop {
        let taken = if is_able {
            take_one(&app, &caller, &body.models_cached).await?
        } else {
            Taken::Nothing
        };
        match taken {
            Taken::Job(done) => match job::answer(&app, &caller, done).await? {
                Some(answer) => return Ok(answer),
                None => continue,
            },
            Taken::ByOthers => queue.look_again(&app).await?,
            Taken::Nothing => {}
        }
        // Only the waiting is cut off: a claim under way would be a job that nobody knows he has.
        tokio::select! {
            () = queue.grows(&app) => {}
            () = sleep_until(deadline) => return Ok(StatusCode::NO_CONTENT.into_response()),
            () = app.closed() => return Ok(StatusCode::NO_CONTENT.into_response()),
        }
    }
}

/// What came of a look at the queue.
enum Taken {
    /// A job.
    Job(Done<Claimed>),
    /// Others have all that was offered; there may be more behind it.
    ByOthers,
    /// Nothing is to be had.
    Nothing,
}

/// Claims the most urgent job that is still to be had.
async fn take_one(
    app: &App,
    caller: &WorkerCaller,
    models_cached: &[Uuid],
) -> Result<Taken, Problem> {
    let lanes = LANES.map(|lane| lane.name.to_owned());
    let candidates =
        table::candidates(caller.reads(app), &lanes).await.or_fault("read the queue")?;
    let more = candidates.len() as i64 == table::CANDIDATES_MAX;
    for candidate in ranked(candidates, models_cached, app.clock.now()) {
        let generation = GenerationId(candidate.generation_id);
        let decision = ClaimGeneration { generation, worker: caller.worker, lease: LEASE };
        match app.execute_raw(app.attempt(), caller.metadata(app), decision).await? {
            Ok(done) => return Ok(Taken::Job(done)),
            Err(refused) if is_taken(&refused.refusal) => {}
            Err(refused) => return Err(refused.into()),
        }
    }
    Ok(if more { Taken::ByOthers } else { Taken::Nothing })
}

/// The queue's order, but among jobs of one priority those whose model is at hand come first; a job
/// that has waited long enough steps back for nobody.
fn ranked(
    mut candidates: Vec<table::Candidate>,
    models_cached: &[Uuid],
    now: DateTime<Utc>,
) -> Vec<table::Candidate> {
    let steps_back = |candidate: &table::Candidate| {
        let is_cached = candidate.model_id.is_none_or(|model| models_cached.contains(&model));
        !is_cached && now - candidate.queued_at < STEPS_BACK
    };
    candidates.sort_by_key(|candidate| (Reverse(candidate.priority), steps_back(candidate)));
    candidates
}

/// The queue is a little late: somebody else has it, or nobody needs to any more.
fn is_taken(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Generation(GenerationError::NotClaimable { .. }))
}

/// Knows when to look at the queue again.
struct Queue {
    feed: broadcast::Receiver<Chunk>,
    /// Nobody has waited yet until the queue holds what had happened when we came.
    head: Option<i64>,
}

impl Queue {
    async fn new(app: &App) -> Result<Self, Problem> {
        let feed = app.source.feed.subscribe(); // First, so that nothing falls between.
        Ok(Self { feed, head: Some(app.log.head().await.or_fault("read the head")?) })
    }

    /// The next look need not wait for another job, only for what was taken to be gone.
    async fn look_again(&mut self, app: &App) -> Result<(), Problem> {
        self.head = Some(app.log.head().await.or_fault("read the head")?);
        Ok(())
    }

    /// Waits until there may be more in the queue than before.
    async fn grows(&mut self, app: &App) {
        let position = match self.head.take() {
            Some(head) => head,
            None => self.joined().await,
        };
        while app.watcher.wait_for(READS, position, PATIENCE).await == Waited::Lagging {}
    }

    /// Where the log says that another job has joined the queue.
    async fn joined(&mut self) -> i64 {
        loop {
            match self.feed.recv().await {
                Ok(chunk) => {
                    if let Some(entry) = chunk.iter().rfind(|entry| joins(&entry.event)) {
                        return entry.recorded.position;
                    }
                }
                Err(RecvError::Lagged(_)) => return 0, // Some may have: look at once.
                Err(RecvError::Closed) => std::future::pending().await, // We are being shut down.
            }
        }
    }
}

fn joins(event: &Event) -> bool {
    matches!(event, Event::Generation(GenerationEvent::Queued { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_whose_model_must_be_fetched_steps_back_only_for_a_while() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let (here, far) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let job = |id, priority, model_id, waited| table::Candidate {
            generation_id: Uuid::from_u128(id),
            priority,
            queued_at: now - TimeDelta::seconds(waited),
            model_id: Some(model_id),
        };
        let queue = vec![
            job(10, 50, far, 1),
            job(11, 10, far, 40),
            job(12, 10, far, 20),
            job(13, 10, here, 10),
        ];
        let order = ranked(queue, &[here], now).into_iter().map(|job| job.generation_id.as_u128());
        assert_eq!(order.collect::<Vec<_>>(), [10, 11, 13, 12]);
    }
}
