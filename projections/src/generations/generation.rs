//! The table `generations`.

use chrono::{DateTime, Utc};
use domain::generations::{Line, Output, Parameters, Status};
use domain::{Amount, Asset};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Capacity, Json, Poison, Readers, bigint};
use crate::projector::Opener;

table! {
    /// A job from request to picture (GEN-01).
    pub struct Generation: "generations" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Who asked and paid.
        pub user_id: Uuid,
        /// With which style.
        pub style_id: Option<Uuid>,
        /// Whose style.
        pub artist_id: Option<Uuid>,
        /// With which weights.
        pub model_id: Option<Uuid>,
        /// `style`, or `text_to_image` without one (GEN-04).
        pub job_type: String,
        /// `domain::generations::Status` as its code.
        pub status: String,
        /// What to paint.
        pub prompt: String,
        /// What not to paint.
        pub negative_prompt: Option<String>,
        /// Pixels.
        pub width: i64,
        /// Pixels.
        pub height: i64,
        /// For example `3:2`.
        pub aspect_ratio: String,
        /// How many.
        pub steps: i64,
        /// Guidance in tenths.
        pub cfg_scale_tenths: i64,
        /// Concrete, so that the picture can be made again.
        pub seed: i64,
        /// For example `euler_a`.
        pub sampler: String,
        /// What it costs, as accepted.
        pub lines: Json<Vec<Line>>,
        /// The TOKEN lines together.
        pub cost_tokens: i64,
        /// Spent tokens, once settled.
        pub consumed_tokens: i64,
        /// Tokens given back, once settled.
        pub released_tokens: i64,
        /// The artist's share, once settled.
        pub artist_paid_tokens: i64,
        /// The CREDIT line: GPU seconds set aside (LED-12).
        pub estimated_credits: i64,
        /// Spent credits, once settled.
        pub actual_credits: i64,
        /// The queue it last waited in.
        pub lane: Option<String>,
        /// Higher first.
        pub priority: Option<i32>,
        /// The attempt begun or waited for last, from 1.
        pub attempt: i64,
        /// Who began it.
        pub worker_id: Option<Uuid>,
        /// What its owner says about it (GEN-01).
        pub description: Option<String>,
        /// Which one it asks for once more.
        pub retried_from: Option<Uuid>,
        /// Why the last attempt failed.
        pub error_code: Option<String>,
        /// When it goes back into the queue.
        pub retry_at: Option<DateTime<Utc>>,
        /// The pictures.
        pub outputs: Json<Vec<Output>>,
        /// GPU milliseconds.
        pub gpu_ms: Option<i64>,
        /// Everybody sees it, or will when it is done.
        pub is_public: bool,
        /// How many like it.
        pub like_count: i64,
        /// When it last joined the queue.
        pub queued_at: Option<DateTime<Utc>>,
        /// When an attempt last began.
        pub started_at: Option<DateTime<Utc>>,
        /// When it ended.
        pub completed_at: Option<DateTime<Utc>>,
        /// Since when everybody sees it.
        pub published_at: Option<DateTime<Utc>>,
        /// When it was asked for.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers {
        Readers::owner("user_id")
            .public_when("published_at is not null")
            .and(&[(Capacity::Worker, "status in ('queued', 'processing')")])
            .personal(&["prompt", "negative_prompt", "description"])
    }
    checks {
        generations_like_count_check: "like_count >= 0",
        generations_size_check: "width between 1 and 2048 and height between 1 and 2048",
        generations_published_check: "published_at is null or (is_public and status = 'completed')",
    }
    indexes {
        generations_user: "(user_id, created_at desc, id desc)",
        generations_style: "(style_id, published_at desc, id desc) where published_at is not null",
        generations_public: "(published_at desc, id desc) where published_at is not null",
        generations_liked: "(like_count desc, id desc) where published_at is not null",
    }
}

/// The parts of a request that need looking into.
pub(super) struct Asked {
    pub(super) prompt: String,
    pub(super) negative_prompt: Option<String>,
    pub(super) seed: i64,
    pub(super) aspect_ratio: String,
    pub(super) cost_tokens: i64,
    pub(super) cost_credits: i64,
}

impl Asked {
    /// Opens the prompts and adds up the price.
    ///
    /// # Errors
    /// A field does not open, or the seed is no bigint.
    pub(super) fn of(
        parameters: &Parameters,
        lines: &[Line],
        opener: &Opener<'_>,
    ) -> Result<Self, Poison> {
        let negative = parameters.negative_prompt.as_ref();
        let cost = |asset| {
            let lines = lines.iter().filter(move |line| line.asset == asset);
            Amount::total(lines.map(|line| line.amount))
        };
        Ok(Self {
            prompt: opener.open(&parameters.prompt, "prompt")?,
            negative_prompt: negative
                .map(|text| opener.open(text, "negative_prompt"))
                .transpose()?,
            seed: bigint(parameters.seed)?,
            aspect_ratio: aspect_ratio(parameters.width, parameters.height),
            cost_tokens: cost(Asset::Token),
            cost_credits: cost(Asset::Credit),
        })
    }
}

impl Generation {
    /// The row of a job just asked for, without what surrounds it.
    pub(super) fn asked(
        (id, user_id): (Uuid, Uuid),
        parameters: &Parameters,
        asked: Asked,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            user_id,
            style_id: None,
            artist_id: None,
            model_id: None,
            job_type: "text_to_image".to_owned(),
            status: Status::Queued.code().to_owned(),
            prompt: asked.prompt,
            negative_prompt: asked.negative_prompt,
            width: i64::from(parameters.width),
            height: i64::from(parameters.height),
            aspect_ratio: asked.aspect_ratio,
            steps: i64::from(parameters.steps),
            cfg_scale_tenths: i64::from(parameters.cfg_scale_tenths),
            seed: asked.seed,
            sampler: parameters.sampler.clone(),
            lines: Json(Vec::new()),
            cost_tokens: asked.cost_tokens,
            consumed_tokens: 0,
            released_tokens: 0,
            artist_paid_tokens: 0,
            estimated_credits: asked.cost_credits,
            actual_credits: 0,
            lane: None,
            priority: None,
            attempt: 0,
            worker_id: None,
            description: None,
            retried_from: None,
            error_code: None,
            retry_at: None,
            outputs: Json(Vec::new()),
            gpu_ms: None,
            is_public: false,
            like_count: 0,
            queued_at: None,
            started_at: None,
            completed_at: None,
            published_at: None,
            created_at: at,
            updated_at: at,
        }
    }
}

/// The sides without their common divisor: `1536 x 1024` is `3:2`.
fn aspect_ratio(width: u32, height: u32) -> String {
    let (mut divisor, mut rest) = (width.max(1), height);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    format!("{}:{}", width / divisor, height / divisor)
}

#[cfg(test)]
mod tests {
    use super::aspect_ratio;

    #[test]
    fn an_aspect_ratio_has_no_common_divisor() {
        assert_eq!(aspect_ratio(1024, 1024), "1:1");
        assert_eq!(aspect_ratio(1536, 1024), "3:2");
        assert_eq!(aspect_ratio(7, 5), "7:5");
    }
}
