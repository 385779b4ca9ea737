//! The table `job_queue`: what waits for a worker. Candidates only: a claim is a command on the
//! generation, so two workers never get one job, however late this table is.

use chrono::{DateTime, Utc};
use domain::generations::GenerationEvent;
use uuid::Uuid;

use crate::frame::macros::{set_table, view};
use crate::frame::{Batch, Query, ReadError, Reader, Readers, Statement};

set_table! {
    /// A generation that waits.
    pub struct QueuedJob: "job_queue" key (generation_id: Uuid) {
        /// Which.
        pub generation_id: Uuid,
        /// The queue.
        pub lane: String,
        /// Higher first.
        pub priority: i32,
        /// The attempt that waits, from 1.
        pub attempt: i64,
        /// Since when.
        pub queued_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY }
    checks {}
    indexes {
        job_queue_lane: "(lane, priority desc, queued_at, generation_id)",
    }
}

view! {
    /// What a worker may try to claim.
    pub struct Candidate {
        /// Which.
        pub generation_id: Uuid,
        /// Higher first.
        pub priority: i32,
        /// Since when it waits.
        pub queued_at: DateTime<Utc>,
        /// The weights it needs.
        pub model_id: Option<Uuid>,
    }
}

view! {
    /// How many wait in a lane.
    pub struct LaneDepth {
        /// The queue.
        pub lane: String,
        /// How many.
        pub waiting: i64,
        /// Since when the first.
        pub oldest_at: Option<DateTime<Utc>>,
    }
}

/// What an event does to the queue.
pub(super) fn apply(event: &GenerationEvent, batch: &mut Batch) {
    match event {
        GenerationEvent::Queued { generation, lane, priority, attempt } => {
            batch.insert(QueuedJob {
                generation_id: generation.0,
                lane: lane.clone(),
                priority: *priority,
                attempt: i64::from(*attempt),
                queued_at: batch.at(),
            });
        }
        GenerationEvent::Started { generation, .. } => batch.delete::<QueuedJob>(generation.0),
        // It may have been waiting, or painted, or between two attempts.
        GenerationEvent::Failed { generation, .. } | GenerationEvent::Canceled { generation } => {
            batch.remove::<QueuedJob>(generation.0);
        }
        GenerationEvent::Requested { .. }
        | GenerationEvent::Described { .. }
        | GenerationEvent::AttemptFailed { .. }
        | GenerationEvent::RetryScheduled { .. }
        | GenerationEvent::Completed { .. }
        | GenerationEvent::Settled { .. }
        | GenerationEvent::Published { .. }
        | GenerationEvent::Unpublished { .. } => {}
    }
}

static CANDIDATES: Query<Candidate> = Query::view(
    "select q.generation_id, q.priority, q.queued_at, g.model_id \
    from job_queue as q join generations as g on g.id = q.generation_id \
    where q.lane = any ($1) order by q.priority desc, q.queued_at, q.generation_id limit $2",
);
static DEPTH: Query<LaneDepth> =
    Query::view("select lane, count(*), min(queued_at) from job_queue group by lane order by lane");
static AHEAD: Query<LaneDepth> = Query::view(
    "select mine.lane, count(others.generation_id), min(others.queued_at) \
    from job_queue as mine left join job_queue as others on others.lane = mine.lane \
    and (-others.priority, others.queued_at, others.generation_id) \
    < (-mine.priority, mine.queued_at, mine.generation_id) \
    where mine.generation_id = $1 group by mine.lane",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&CANDIDATES, &DEPTH, &AHEAD];

/// Most candidates one worker is offered at once.
pub const CANDIDATES_MAX: i64 = 32;

/// What a worker of these lanes may try to claim, most urgent first; at most [`CANDIDATES_MAX`].
/// Reads by `job_queue_lane`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn candidates(reader: Reader<'_>, lanes: &[String]) -> Result<Vec<Candidate>, ReadError> {
    CANDIDATES.all(reader, &[&lanes, &CANDIDATES_MAX]).await
}

/// How many wait, by lane.
///
/// # Errors
/// The read tables cannot be read.
pub async fn depth(reader: Reader<'_>) -> Result<Vec<LaneDepth>, ReadError> {
    DEPTH.all(reader, &[]).await
}

/// How many wait before this one in its lane; `None` when it does not wait.
///
/// # Errors
/// The read tables cannot be read.
pub async fn ahead_of(
    reader: Reader<'_>,
    generation: Uuid,
) -> Result<Option<LaneDepth>, ReadError> {
    AHEAD.one(reader, &[&generation]).await
}
