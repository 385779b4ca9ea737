//! What is asked for, the same for a quote and for the picture itself.

use domain::generations::{AcceptedPrice, Asked, Parameters, Wanted};
use domain::input::FieldError;
use domain::{Amount, StyleId, UserId};
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::quote;
use crate::app::App;
use crate::extract::Caller;
use crate::problem::{OrFault as _, Problem};
use crate::secrets;

/// The event whose fields prompts are sealed as.
const SEALED_FOR: &str = "generation.requested";

/// A picture that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The kind of job.
    #[serde(rename = "job_type")]
    _job_type: Option<JobType>,
    /// In which style.
    style_id: Uuid,
    /// What to paint.
    #[schema(min_length = 1, max_length = 4000, example = "a lighthouse at dusk")]
    prompt: String,
    /// What not to paint.
    #[schema(max_length = 4000)]
    negative_prompt: Option<String>,
    /// `1:1`, `5:4`, `4:5`, `4:3`, `3:4`, `3:2`, `2:3`, `16:9` or `9:16`, at about a megapixel;
    /// instead of width and height.
    #[schema(example = "3:2")]
    aspect_ratio: Option<String>,
    /// Pixels.
    #[schema(minimum = 1, maximum = 2048, default = 1024)]
    width: Option<i64>,
    /// Pixels.
    #[schema(minimum = 1, maximum = 2048, default = 1024)]
    height: Option<i64>,
    /// How long to paint.
    #[schema(minimum = 1, maximum = 150, default = 20)]
    steps: Option<i64>,
    /// Guidance, with at most one decimal.
    #[schema(value_type = Option<f64>, minimum = 1, maximum = 20, default = 7.5)]
    cfg_scale: Option<Decimal>,
    /// With the same seed it becomes the same picture; -1 for one of our choice.
    #[schema(minimum = -1, maximum = 4_294_967_295_i64, default = -1)]
    seed: Option<i64>,
    /// How to paint.
    #[schema(default = "euler_a")]
    sampler: Option<String>,
    /// Publish it when it is done.
    #[serde(default)]
    is_public: bool,
    /// What was quoted; it must still hold.
    quote_id: Option<String>,
    /// Tokens to pay at most; without it and without a quote, whatever it costs now.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    max_cost: Option<i64>,
}

/// Kinds of jobs (GEN-04).
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum JobType {
    /// A picture in an artist's style.
    Style,
}

/// An order that can be carried out.
pub(super) struct Checked {
    /// In which style.
    pub(super) style: StyleId,
    /// Within bounds; prompts still to be sealed.
    pub(super) wanted: Wanted,
    /// Publish it when it is done.
    pub(super) is_public: bool,
    /// What the caller agrees to pay.
    pub(super) accepted: AcceptedPrice,
}

impl Order {
    /// Measures all of it.
    ///
    /// # Errors
    /// Every field that is wrong, or a quote that is not for this.
    pub(super) fn check(self, app: &App, caller: &Caller) -> Result<Checked, Problem> {
        let style = StyleId(self.style_id);
        let accepted = match (self.quote_id, self.max_cost) {
            (Some(_), Some(_)) => {
                return Err(Problem::invalid("/max_cost", "A quote has its price already."));
            }
            (Some(quote_id), None) => quote::open(app, (caller.user, style), &quote_id)?,
            (None, None) => AcceptedPrice::AtMost(Amount::MAX),
            (None, Some(max)) => AcceptedPrice::AtMost(
                Amount::new(max).map_err(|e| FieldError::new("/max_cost", e))?,
            ),
        };
        let wanted = Wanted::parse(Asked {
            prompt: self.prompt,
            negative_prompt: self.negative_prompt,
            aspect_ratio: self.aspect_ratio,
            width: self.width,
            height: self.height,
            steps: self.steps,
            cfg_scale: self.cfg_scale,
            seed: self.seed,
            sampler: self.sampler,
        })?;
        Ok(Checked { style, wanted, is_public: self.is_public, accepted })
    }
}

/// Seals the prompts with their author's key, and draws a seed where none was asked for.
pub(super) async fn sealed(
    app: &App,
    author: UserId,
    wanted: Wanted,
) -> Result<Parameters, Problem> {
    let seal = async |field, text: &str| {
        let sealed = app.keyring.seal(author.0, SEALED_FOR, field, text).await;
        sealed.or_fault("seal a prompt")
    };
    let prompt = seal("prompt", wanted.prompt.as_str()).await?;
    let negative_prompt = match &wanted.negative_prompt {
        Some(text) => Some(seal("negative_prompt", text.as_str()).await?),
        None => None,
    };
    let [a, b, c, d, ..] = secrets::random().map_err(Problem::fault)?;
    Ok(wanted.sealed(prompt, negative_prompt, u32::from_be_bytes([a, b, c, d])))
}
