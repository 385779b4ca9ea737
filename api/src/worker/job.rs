//! A job in a worker's hand.

use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use domain::generations::Claimed;
use projections::generations::GenerationView;
use projections::{generations, models};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::Done;
use crate::app::App;
use crate::extract::WorkerCaller;
use crate::problem::{OrFault as _, Problem};

/// A job, until its lease ends.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobBody {
    /// The generation.
    id: Uuid,
    /// The attempt, from 1; to be named in everything said about the job.
    attempt: u32,
    /// When it is lost without a word.
    lease_until: DateTime<Utc>,
    /// The weights to paint with.
    model: Option<Weights>,
    /// What to paint.
    parameters: JobParameters,
}

/// Weights to paint with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Weights {
    /// Which model.
    id: Uuid,
    /// `sd-1`, `sd-2`, `sdxl` or `flux`.
    base: String,
    /// Where they lie in the object store.
    path: String,
    /// Their hex SHA-256.
    sha256: String,
    /// Their size.
    bytes: i64,
}

/// What to paint.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobParameters {
    /// What the customer asked for.
    prompt: String,
    /// What the customer did not want.
    negative_prompt: Option<String>,
    /// Pixels.
    width: i64,
    /// Pixels.
    height: i64,
    /// Rounds.
    steps: i64,
    /// Guidance.
    cfg_scale: f64,
    /// Which of a prompt's pictures.
    seed: i64,
    /// For example `euler_a`.
    sampler: String,
}

impl From<models::Model> for Weights {
    fn from(row: models::Model) -> Self {
        let models::Model { id, base, path, hash, file_size, .. } = row;
        Self { id, base, path, sha256: hash, bytes: file_size }
    }
}

impl From<GenerationView> for JobParameters {
    fn from(row: GenerationView) -> Self {
        Self {
            prompt: row.prompt,
            negative_prompt: row.negative_prompt,
            width: row.width,
            height: row.height,
            steps: row.steps,
            cfg_scale: row.cfg_scale_tenths as f64 / 10.0,
            seed: row.seed,
            sampler: row.sampler,
        }
    }
}

/// The answer to a claim. The table that named the candidate also holds what to paint, unless it was
/// canceled just now: then there is none.
pub(super) async fn answer(
    app: &App,
    caller: &WorkerCaller,
    done: Done<Claimed>,
) -> Result<Option<Response>, Problem> {
    let row = generations::by_id(caller.reads(app), done.reply.generation.0).await;
    let Some(row) = row.or_fault("read a job")? else { return Ok(None) };
    let model = match row.model_id {
        Some(id) => models::by_id(app.reads.public(), id).await.or_fault("read a model")?,
        None => None,
    };
    let body = |Claimed { generation, attempt, lease_until }: Claimed| JobBody {
        id: generation.0,
        attempt,
        lease_until,
        model: model.map(Weights::from),
        parameters: row.into(),
    };
    Ok(Some(done.ok(body).into_response()))
}
