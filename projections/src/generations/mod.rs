//! `generations`: every job from request to picture, and how many like it; `job_queue`: those that
//! wait for a worker.

mod generation;
mod list;
mod queue;

pub use generation::Generation;
pub use list::*;
pub use queue::*;

use chrono::{DateTime, Utc};
use domain::GenerationId;
use domain::generations::{GenerationEvent, Status};
use domain::likes::LikeEvent;
use domain::users::UserEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Json, Poison, Statement, Table, bigint, word};
use crate::projector::Opener;
use generation::Asked;

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[list::STATEMENTS, queue::STATEMENTS];

/// Fills `generations` and `job_queue`.
pub struct Generations;

impl Projector for Generations {
    fn name(&self) -> &'static str {
        "generations"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["generation", "like", "user"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Generation::DEFINITION, QueuedJob::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            queue::apply(event, batch);
            generation(event, batch, &Opener::of(entry, keyring))?;
        }
        if let Some(event) = entry.event.of() {
            like(event, batch);
        }
        if let Some(UserEvent::Erased { user, .. }) = entry.event.of() {
            let blank = "prompt = '[erased]', negative_prompt = null, description = null";
            batch.blank_person::<Generation>(blank, "user_id", user.0);
        }
        Ok(())
    }
}

fn generation(
    event: &GenerationEvent,
    batch: &mut Batch,
    opener: &Opener<'_>,
) -> Result<(), Poison> {
    let at = batch.at();
    match event {
        GenerationEvent::Requested {
            generation,
            user,
            style,
            artist,
            model,
            parameters,
            lines,
            is_public,
            retried_from,
            fee_basis_points: _,
        } => {
            let asked = Asked::of(parameters, lines, opener)?;
            batch.insert(Generation {
                style_id: style.map(|style| style.0),
                job_type: if style.is_some() { "style" } else { "text_to_image" }.to_owned(),
                artist_id: artist.map(|artist| artist.0),
                model_id: model.map(|model| model.0),
                lines: Json(lines.clone()),
                is_public: *is_public,
                retried_from: retried_from.map(|from| from.0),
                ..Generation::asked((generation.0, user.0), parameters, asked, at)
            });
        }
        GenerationEvent::Described { generation, description } => {
            let open = |text| opener.open(text, "description");
            let description = description.as_ref().map(open).transpose()?;
            batch.update::<Generation>(generation.0, |row| row.description = description);
        }
        GenerationEvent::Queued { generation, lane, priority, attempt } => {
            let (lane, priority, attempt) = (lane.clone(), *priority, i64::from(*attempt));
            becomes(*generation, Status::Queued, batch, move |row| {
                (row.lane, row.priority) = (Some(lane), Some(priority));
                (row.attempt, row.queued_at) = (attempt, Some(at));
            });
        }
        GenerationEvent::Started { generation, attempt, worker, at: _ } => {
            let (attempt, worker) = (i64::from(*attempt), worker.0);
            becomes(*generation, Status::Processing, batch, move |row| {
                (row.attempt, row.worker_id) = (attempt, Some(worker));
                row.started_at = Some(at);
            });
        }
        GenerationEvent::AttemptFailed { generation, code, .. } => {
            let code = word(code)?;
            batch.update::<Generation>(generation.0, |row| row.error_code = Some(code));
        }
        GenerationEvent::RetryScheduled { generation, not_before, .. } => {
            let not_before = *not_before;
            becomes(*generation, Status::Retrying, batch, move |row| {
                row.retry_at = Some(not_before);
            });
        }
        GenerationEvent::Completed { generation, outputs, gpu_ms, attempt: _ } => {
            let (outputs, gpu_ms) = (Json(outputs.clone()), bigint(*gpu_ms)?);
            becomes(*generation, Status::Completed, batch, move |row| {
                (row.outputs, row.gpu_ms) = (outputs, Some(gpu_ms));
                (row.error_code, row.completed_at) = (None, Some(at));
            });
        }
        GenerationEvent::Failed { generation, code } => {
            let code = word(code)?;
            becomes(*generation, Status::Failed, batch, move |row| {
                (row.error_code, row.completed_at) = (Some(code), Some(at));
            });
        }
        GenerationEvent::Canceled { generation } => {
            becomes(*generation, Status::Canceled, batch, move |row| row.completed_at = Some(at));
        }
        GenerationEvent::Settled { .. } => settle(event, batch),
        GenerationEvent::Published { generation } => show(*generation, Some(at), batch),
        GenerationEvent::Unpublished { generation } => show(*generation, None, batch),
    }
    Ok(())
}

fn show(generation: GenerationId, since: Option<DateTime<Utc>>, batch: &mut Batch) {
    batch.update::<Generation>(generation.0, move |row| {
        (row.is_public, row.published_at) = (since.is_some(), since);
    });
}

/// Where the money went.
fn settle(event: &GenerationEvent, batch: &mut Batch) {
    if let GenerationEvent::Settled {
        generation,
        captured,
        released,
        artist_paid,
        credits_captured,
        credits_released: _,
    } = event
    {
        let (captured, released) = (captured.get(), released.get());
        let (paid, credits) = (artist_paid.get(), credits_captured.get());
        batch.update::<Generation>(generation.0, move |row| {
            (row.consumed_tokens, row.released_tokens) = (captured, released);
            (row.artist_paid_tokens, row.actual_credits) = (paid, credits);
        });
    }
}

fn becomes(
    generation: GenerationId,
    status: Status,
    batch: &mut Batch,
    change: impl FnOnce(&mut Generation) + Send + 'static,
) {
    batch.update::<Generation>(generation.0, move |row| {
        row.status = status.code().to_owned();
        row.retry_at = None;
        change(row);
    });
}

fn like(event: &LikeEvent, batch: &mut Batch) {
    match event {
        LikeEvent::Added { generation, user: _ } => {
            batch.update::<Generation>(generation.0, |row| row.like_count += 1);
        }
        LikeEvent::Removed { generation, user: _ } => {
            batch.update::<Generation>(generation.0, |row| row.like_count -= 1);
        }
    }
}
