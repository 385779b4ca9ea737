//! What is said between a worker and the service (product.md c14).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `POST /v1/worker/register`.
#[derive(Debug, Clone, Serialize)]
pub struct Register {
    /// What it paints with.
    pub gpu: String,
    /// Classes of jobs it takes.
    pub classes: Vec<String>,
}

/// `POST /v1/worker/claims`: waits up to half a minute for a job.
#[derive(Debug, Clone, Serialize)]
pub struct Claim {
    /// Classes of jobs it takes.
    pub classes: Vec<String>,
    /// Models it need not fetch.
    pub models_cached: Vec<Uuid>,
}

/// A job in hand, until its lease ends.
#[derive(Debug, Clone, Deserialize)]
pub struct Job {
    /// The generation.
    pub id: Uuid,
    /// The attempt, from 1; named in everything said about the job.
    pub attempt: u32,
    /// What to paint.
    pub parameters: Parameters,
}

/// What to paint.
#[derive(Debug, Clone, Deserialize)]
pub struct Parameters {
    /// What the customer asked for.
    pub prompt: String,
    /// What the customer did not want.
    #[serde(default)]
    pub negative_prompt: Option<String>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Rounds.
    pub steps: u32,
    /// Which of a prompt's pictures.
    pub seed: u64,
}

/// A job that is being worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct InHand {
    /// The generation.
    pub id: Uuid,
    /// The attempt.
    pub attempt: u32,
}

/// `POST /v1/worker/heartbeat`: keeps the leases of the jobs in hand.
#[derive(Debug, Clone, Serialize)]
pub struct Heartbeat {
    /// All of them.
    pub jobs: Vec<InHand>,
}

/// What became of the jobs named in a heartbeat.
#[derive(Debug, Clone, Deserialize)]
pub struct Leases {
    /// In the order they were named.
    pub jobs: Vec<LeaseState>,
}

/// A job that was named.
#[derive(Debug, Clone, Deserialize)]
pub struct LeaseState {
    /// `held`; or `lost` or `canceled`: drop the work.
    pub state: String,
}

/// `PUT /v1/worker/jobs/{id}/progress`.
#[derive(Debug, Clone, Serialize)]
pub struct Progress {
    /// The attempt.
    pub attempt: u32,
    /// Rounds done.
    pub step: u32,
    /// Rounds in all.
    pub total_steps: u32,
    /// What it is doing, for people.
    pub stage: &'static str,
}

/// `GET /v1/worker/jobs/{id}/cancel-signal`.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct CancelSignal {
    /// The customer has stepped back.
    pub canceled: bool,
}

/// `POST /v1/worker/jobs/{id}/outputs`: asks for links to upload to.
#[derive(Debug, Clone, Serialize)]
pub struct Outputs {
    /// The attempt.
    pub attempt: u32,
    /// The pictures to come.
    pub outputs: Vec<Declared>,
}

/// A picture to come.
#[derive(Debug, Clone, Serialize)]
pub struct Declared {
    /// Hex.
    pub sha256: String,
    /// The file's size.
    pub bytes: u64,
}

/// Where declared pictures go.
#[derive(Debug, Clone, Deserialize)]
pub struct Links {
    /// In the order they were declared.
    pub outputs: Vec<Link>,
}

/// Where one picture goes.
#[derive(Debug, Clone, Deserialize)]
pub struct Link {
    /// The picture's id.
    pub image_id: Uuid,
    /// `PUT` the file here.
    pub upload_url: String,
}

/// `POST /v1/worker/jobs/{id}/complete`.
#[derive(Debug, Clone, Serialize)]
pub struct Complete {
    /// The attempt.
    pub attempt: u32,
    /// The uploaded pictures.
    pub outputs: Vec<Uploaded>,
    /// What it took.
    pub gpu_seconds: f64,
}

/// An uploaded picture.
#[derive(Debug, Clone, Serialize)]
pub struct Uploaded {
    /// The picture's id.
    pub image_id: Uuid,
}

/// `POST /v1/worker/jobs/{id}/fail`.
#[derive(Debug, Clone, Serialize)]
pub struct Fail {
    /// The attempt.
    pub attempt: u32,
    /// One of the service's codes, for example `invalid_input`.
    pub code: &'static str,
    /// For the log.
    pub message: String,
    /// Whether another try may help.
    pub retryable: bool,
}
