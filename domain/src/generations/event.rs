//! What happens to a generation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{Amount, Asset, GenerationId, ImageId, ModelId, Sealed, StyleId, UserId, WorkerId};

/// What is wanted, within the bounds of GEN-08.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// What to paint.
    pub prompt: Sealed,
    /// What not to paint.
    pub negative_prompt: Option<Sealed>,
    /// Pixels, 1..=2048.
    pub width: u32,
    /// Pixels, 1..=2048.
    pub height: u32,
    /// 1..=150.
    pub steps: u32,
    /// Guidance in tenths, 10..=200.
    pub cfg_scale_tenths: u32,
    /// Concrete: -1 was resolved at acceptance, so that the picture can be made again.
    pub seed: u64,
    /// For example `euler_a`.
    pub sampler: String,
}

/// What one part of a generation costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// In what.
    pub asset: Asset,
    /// How much.
    pub amount: Amount,
    /// Who earns it.
    pub payee: Option<UserId>,
}

/// One finished picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The image's stream.
    pub image: ImageId,
    /// Hex SHA-256 of the file.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// Out of GPU memory; worth another try.
    GpuOom,
    /// Too slow; worth another try.
    Timeout,
    /// The worker vanished; worth another try.
    WorkerLost,
    /// The model could not be fetched; worth another try.
    ModelDownload,
    /// Final.
    NsfwBlocked,
    /// Final.
    InvalidInput,
    /// Final.
    ModelMissing,
    /// Anything else; the worker says whether it is worth another try.
    Internal,
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GenerationEvent {
    /// Somebody asked for pictures at a fixed price.
    Requested {
        /// Which.
        generation: GenerationId,
        /// Who asked and pays.
        user: UserId,
        /// With which style.
        style: Option<StyleId>,
        /// Whose style.
        artist: Option<UserId>,
        /// With which weights.
        model: Option<ModelId>,
        /// What is wanted.
        parameters: Box<Parameters>,
        /// What it costs; held in the same append.
        lines: Vec<Line>,
        /// The platform's share of the artist's line, in basis points, fixed here.
        fee_basis_points: u32,
        /// Publish when done.
        is_public: bool,
        /// Which ended generation it asks for once more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retried_from: Option<GenerationId>,
    },
    /// Its owner said something about it, or nothing any more (GEN-01).
    Described {
        /// Which.
        generation: GenerationId,
        /// In words.
        description: Option<Sealed>,
    },
    /// It waits for a worker.
    Queued {
        /// Which.
        generation: GenerationId,
        /// The queue, for example `free`.
        lane: String,
        /// Higher first.
        priority: i32,
        /// The attempt that waits, from 1.
        attempt: u32,
    },
    /// A worker has it.
    Started {
        /// Which.
        generation: GenerationId,
        /// The attempt, from 1; it fences late answers of lost workers.
        attempt: u32,
        /// Who.
        worker: WorkerId,
        /// When, by the command's own time: what a canceled attempt has used is charged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<DateTime<Utc>>,
    },
    /// One attempt failed.
    AttemptFailed {
        /// Which.
        generation: GenerationId,
        /// The attempt.
        attempt: u32,
        /// Why.
        code: FailureCode,
        /// Whether another try may help.
        retryable: bool,
    },
    /// Another try comes.
    RetryScheduled {
        /// Which.
        generation: GenerationId,
        /// The attempt to come.
        attempt: u32,
        /// Not before.
        not_before: DateTime<Utc>,
    },
    /// Pictures are there, and paid.
    Completed {
        /// Which.
        generation: GenerationId,
        /// The attempt that made them.
        attempt: u32,
        /// The pictures.
        outputs: Vec<Output>,
        /// GPU milliseconds.
        gpu_ms: u64,
    },
    /// No picture; everything held went back.
    Failed {
        /// Which.
        generation: GenerationId,
        /// Why the last attempt failed.
        code: FailureCode,
    },
    /// The owner stepped back; everything held went back.
    Canceled {
        /// Which.
        generation: GenerationId,
    },
    /// The money is where it belongs.
    Settled {
        /// Which.
        generation: GenerationId,
        /// Spent tokens.
        captured: Amount,
        /// Tokens given back.
        released: Amount,
        /// The artist's share.
        artist_paid: Amount,
        /// Spent credits.
        #[serde(default, skip_serializing_if = "is_nothing")]
        credits_captured: Amount,
        /// Credits given back.
        #[serde(default, skip_serializing_if = "is_nothing")]
        credits_released: Amount,
    },
    /// Everybody sees it.
    Published {
        /// Which.
        generation: GenerationId,
    },
    /// Only the owner sees it.
    Unpublished {
        /// Which.
        generation: GenerationId,
    },
}

/// A line that a job does not have is not written.
fn is_nothing(amount: &Amount) -> bool {
    amount.is_zero()
}

event_types!(GenerationEvent {
    Requested => "generation.requested",
    Described => "generation.described",
    Queued => "generation.queued",
    Started => "generation.started",
    AttemptFailed => "generation.attempt_failed",
    RetryScheduled => "generation.retry_scheduled",
    Completed => "generation.completed",
    Failed => "generation.failed",
    Canceled => "generation.canceled",
    Settled => "generation.settled",
    Published => "generation.published",
    Unpublished => "generation.unpublished",
});
