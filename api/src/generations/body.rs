//! How generations are shown.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::UserId;
use domain::generations::{Line, Output, Status};
use projections::generations::GenerationView;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::extract::Caller;
use crate::objects;
use crate::problem::Problem;
use crate::telemetry::Step;

/// A generation.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenerationBody {
    /// Which.
    id: Uuid,
    /// Who asked.
    user_id: Uuid,
    /// Their handle.
    username: Option<String>,
    /// With which style.
    style_id: Option<Uuid>,
    /// Its name.
    style_name: Option<String>,
    /// Whose style.
    artist_id: Option<Uuid>,
    /// The artist's public name.
    artist_name: Option<String>,
    /// With which weights.
    model_id: Option<Uuid>,
    /// `style`, or `text_to_image` without one.
    job_type: String,
    /// `queued`, `retrying`, `processing`, `completed`, `failed` or `canceled`.
    status: String,
    /// What to paint.
    prompt: String,
    /// What not to paint.
    negative_prompt: Option<String>,
    /// Pixels.
    width: i64,
    /// Pixels.
    height: i64,
    /// For example `3:2`.
    aspect_ratio: String,
    /// How long to paint.
    steps: i64,
    /// Guidance.
    cfg_scale: f64,
    /// With it the picture can be made again.
    seed: i64,
    /// For example `euler_a`.
    sampler: String,
    /// What it costs; only its owner sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Cost>,
    /// The attempt begun or waited for last, from 1.
    attempt: i64,
    /// What its owner says about it.
    description: Option<String>,
    /// Which ended one it asks for once more.
    retried_from: Option<Uuid>,
    /// Why the last attempt failed.
    error_code: Option<String>,
    /// How far the attempt is, while it is being painted.
    progress: Option<Step>,
    /// The pictures.
    outputs: Vec<Picture>,
    /// GPU milliseconds.
    gpu_ms: Option<i64>,
    /// Everybody sees it, or will when it is done.
    is_public: bool,
    /// How many like it.
    like_count: i64,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it last joined the queue.
    queued_at: Option<DateTime<Utc>>,
    /// When an attempt last began.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    completed_at: Option<DateTime<Utc>>,
    /// Since when everybody sees it.
    published_at: Option<DateTime<Utc>>,
}

/// What a generation costs, and where it went.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cost {
    /// As accepted.
    lines: Vec<CostLine>,
    /// By asset.
    total: BTreeMap<&'static str, i64>,
    /// Spent tokens, once it has ended.
    charged: i64,
    /// Tokens given back, once it has ended.
    released: i64,
    /// Credits set aside for its GPU time.
    estimated_credits: i64,
    /// Spent credits, once it has ended.
    actual_credits: i64,
}

/// A part of a price.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostLine {
    /// In what.
    #[schema(value_type = String, example = "token")]
    asset: &'static str,
    /// How much.
    amount: i64,
    /// Who earns it, less the platform's share.
    payee: Option<Uuid>,
}

impl From<&Line> for CostLine {
    fn from(line: &Line) -> Self {
        let payee = line.payee.map(|payee| payee.0);
        Self { asset: line.asset.code(), amount: line.amount.get(), payee }
    }
}

/// What lines come to, by asset.
pub(super) fn total(lines: &[Line]) -> BTreeMap<&'static str, i64> {
    lines.iter().fold(BTreeMap::new(), |mut total, line| {
        *total.entry(line.asset.code()).or_default() += line.amount.get();
        total
    })
}

/// A finished picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct Picture {
    /// Which.
    image_id: Uuid,
    /// Pixels.
    width: u32,
    /// Pixels.
    height: u32,
    /// Size of the file.
    bytes: u64,
    /// Hex SHA-256 of the file.
    sha256: String,
    /// Shows it to whoever has the link, for an hour.
    url: String,
}

impl Picture {
    fn of(app: &App, output: &Output) -> Result<Self, Problem> {
        let Output { image, sha256, bytes, width, height } = output.clone();
        let url = app.download_link(&objects::key(image, &sha256))?;
        Ok(Self { image_id: image.0, width, height, bytes, sha256, url })
    }
}

impl GenerationBody {
    /// What this caller may see of it.
    ///
    /// # Errors
    /// A link cannot be signed: a fault of ours.
    pub fn of(app: &App, caller: Option<&Caller>, row: GenerationView) -> Result<Self, Problem> {
        let is_own = caller.is_some_and(|caller| caller.user == UserId(row.user_id));
        let outputs = row.outputs.0.iter().map(|output| Picture::of(app, output));
        Ok(Self {
            outputs: outputs.collect::<Result<_, _>>()?,
            cost: is_own.then(|| Cost::of(&row)),
            progress: progress(app, &row),
            cfg_scale: row.cfg_scale_tenths as f64 / 10.0,
            id: row.id,
            user_id: row.user_id,
            username: row.username,
            style_id: row.style_id,
            style_name: row.style_name,
            artist_id: row.artist_id,
            artist_name: row.artist_name,
            model_id: row.model_id,
            job_type: row.job_type,
            status: row.status,
            prompt: row.prompt,
            negative_prompt: row.negative_prompt,
            width: row.width,
            height: row.height,
            aspect_ratio: row.aspect_ratio,
            steps: row.steps,
            seed: row.seed,
            sampler: row.sampler,
            attempt: row.attempt,
            description: row.description,
            retried_from: row.retried_from,
            error_code: row.error_code,
            gpu_ms: row.gpu_ms,
            is_public: row.is_public,
            like_count: row.like_count,
            created_at: row.created_at,
            queued_at: row.queued_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
            published_at: row.published_at,
        })
    }
}

impl Cost {
    fn of(row: &GenerationView) -> Self {
        Self {
            lines: row.lines.0.iter().map(CostLine::from).collect(),
            total: total(&row.lines.0),
            charged: row.consumed_tokens,
            released: row.released_tokens,
            estimated_credits: row.estimated_credits,
            actual_credits: row.actual_credits,
        }
    }
}

fn progress(app: &App, row: &GenerationView) -> Option<Step> {
    let is_painted = row.status == Status::Processing.code();
    let of_this = |step: &Step| i64::from(step.attempt) == row.attempt;
    app.telemetry.latest(row.id).filter(|step| is_painted && of_this(step))
}
