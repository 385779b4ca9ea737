//! What may be asked of a picture (GEN-08): bounds and defaults, measured where it enters.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Parameters;
use crate::Sealed;
use crate::input::{FieldError, text};

text!(/** What to paint, or what not to paint. */ Prompt, Prose, 1..=4000);

/// Pixels, each side.
const SIDE_MAX: i64 = 2048;
/// Pixels, each side, of a request that says nothing.
const SIDE_DEFAULT: i64 = 1024;
/// Aspect ratios (GEN-01) and their sides: about a megapixel, and what every model can tile.
const ASPECT_RATIOS: [(&str, u32, u32); 9] = [
    ("1:1", 1024, 1024),
    ("5:4", 1120, 896),
    ("4:5", 896, 1120),
    ("4:3", 1152, 864),
    ("3:4", 864, 1152),
    ("3:2", 1248, 832),
    ("2:3", 832, 1248),
    ("16:9", 1280, 720),
    ("9:16", 720, 1280),
];
const STEPS_MAX: i64 = 150;
const STEPS_DEFAULT: i64 = 20;
/// Guidance in tenths: 1.0 to 20.0.
const CFG_TENTHS: RangeInclusive<u32> = 10..=200;
/// 7.5.
const CFG_DEFAULT: Decimal = Decimal::from_parts(75, 0, 0, false, 1);
/// Asks for a seed of our choice.
const SEED_RANDOM: i64 = -1;
/// What every sampler takes, and a JavaScript number holds.
const SEED_MAX: i64 = u32::MAX as i64;
/// The first is the default.
const SAMPLERS: [&str; 8] =
    ["euler_a", "euler", "ddim", "heun", "lms", "dpmpp_2m", "dpmpp_sde", "unipc"];

/// What somebody sent; what is `None` has its default.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// What to paint.
    pub prompt: String,
    /// What not to paint.
    pub negative_prompt: Option<String>,
    /// One of those we know, instead of both sides.
    pub aspect_ratio: Option<String>,
    /// Pixels.
    pub width: Option<i64>,
    /// Pixels.
    pub height: Option<i64>,
    /// How long to paint.
    pub steps: Option<i64>,
    /// Guidance, in steps of a tenth.
    pub cfg_scale: Option<Decimal>,
    /// Minus one for one of our choice.
    pub seed: Option<i64>,
    /// One of those we know.
    pub sampler: Option<String>,
}

/// What is wanted, within bounds; the prompts are still to be sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What to paint.
    pub prompt: Prompt,
    /// What not to paint.
    pub negative_prompt: Option<Prompt>,
    width: u32,
    height: u32,
    steps: u32,
    cfg_scale_tenths: u32,
    seed: Option<u64>,
    sampler: String,
}

impl Wanted {
    /// Measures all of it, so that the caller learns of every fault at once.
    ///
    /// # Errors
    /// The fields that are wrong, by JSON pointer; never an empty list.
    pub fn parse(asked: Asked) -> Result<Self, Vec<FieldError>> {
        let negative = asked.negative_prompt.filter(|text| !text.trim().is_empty());
        let measured = (
            field("/prompt", Prompt::parse(&asked.prompt)),
            field("/negative_prompt", negative.map(|text| Prompt::parse(&text)).transpose()),
            size(asked.aspect_ratio.as_deref(), asked.width, asked.height),
            within("/steps", asked.steps.unwrap_or(STEPS_DEFAULT), 1..=STEPS_MAX),
            field("/cfg_scale", tenths(asked.cfg_scale.unwrap_or(CFG_DEFAULT))),
            within::<i64>("/seed", asked.seed.unwrap_or(SEED_RANDOM), SEED_RANDOM..=SEED_MAX),
            field("/sampler", sampler(asked.sampler)),
        );
        match measured {
            (
                Ok(prompt),
                Ok(negative_prompt),
                Ok((width, height)),
                Ok(steps),
                Ok(cfg_scale_tenths),
                Ok(seed),
                Ok(sampler),
            ) => Ok(Self {
                prompt,
                negative_prompt,
                width,
                height,
                steps,
                cfg_scale_tenths,
                seed: u64::try_from(seed).ok(),
                sampler,
            }),
            (prompt, negative, size, steps, cfg, seed, sampler) => {
                let prompts = [prompt.err(), negative.err()].into_iter().flatten();
                let rest = [steps.err(), cfg.err(), seed.err(), sampler.err()];
                let size = size.err().unwrap_or_default();
                Err(prompts.chain(size).chain(rest.into_iter().flatten()).collect())
            }
        }
    }

    /// What the event carries: prompts as the edge sealed them, and a concrete seed, so that the
    /// picture can be made again. `drawn` is the edge's random number, used if none was asked for.
    #[must_use]
    pub fn sealed(self, prompt: Sealed, negative_prompt: Option<Sealed>, drawn: u32) -> Parameters {
        Parameters {
            prompt,
            negative_prompt,
            width: self.width,
            height: self.height,
            steps: self.steps,
            cfg_scale_tenths: self.cfg_scale_tenths,
            seed: self.seed.unwrap_or_else(|| u64::from(drawn)),
            sampler: self.sampler,
        }
    }
}

/// Both sides: as they were asked for, or those of an aspect ratio.
fn size(
    aspect_ratio: Option<&str>,
    width: Option<i64>,
    height: Option<i64>,
) -> Result<(u32, u32), Vec<FieldError>> {
    let Some(ratio) = aspect_ratio else {
        let width = within("/width", width.unwrap_or(SIDE_DEFAULT), 1..=SIDE_MAX);
        let height = within("/height", height.unwrap_or(SIDE_DEFAULT), 1..=SIDE_MAX);
        return match (width, height) {
            (Ok(width), Ok(height)) => Ok((width, height)),
            (width, height) => Err([width.err(), height.err()].into_iter().flatten().collect()),
        };
    };
    let wrong = |detail: String| vec![FieldError::new("/aspect_ratio", detail)];
    if width.is_some() || height.is_some() {
        return Err(wrong("either this, or width and height".to_owned()));
    }
    let known = ASPECT_RATIOS.iter().find(|(name, ..)| *name == ratio);
    known
        .map(|(_, width, height)| (*width, *height))
        .ok_or_else(|| wrong(format!("one of {}", ASPECT_RATIOS.map(|(name, ..)| name).join(", "))))
}

fn field<T>(pointer: &str, parsed: Result<T, impl ToString>) -> Result<T, FieldError> {
    parsed.map_err(|fault| FieldError::new(pointer, fault))
}

/// A whole number of the range, in the type it is stored as.
fn within<T: TryFrom<i64>>(
    pointer: &str,
    number: i64,
    range: RangeInclusive<i64>,
) -> Result<T, FieldError> {
    let fits = range.contains(&number).then(|| T::try_from(number).ok()).flatten();
    let detail = || format!("a whole number from {} to {}", range.start(), range.end());
    fits.ok_or_else(|| FieldError::new(pointer, detail()))
}

/// Guidance as it is stored: floats do not compare, tenths do.
fn tenths(scale: Decimal) -> Result<u32, &'static str> {
    let tenths = scale.checked_mul(Decimal::TEN).filter(Decimal::is_integer);
    tenths
        .and_then(|tenths| tenths.to_u32())
        .filter(|tenths| CFG_TENTHS.contains(tenths))
        .ok_or("a number from 1 to 20 with at most one decimal")
}

fn sampler(asked: Option<String>) -> Result<String, String> {
    let sampler = asked.unwrap_or_else(|| SAMPLERS[0].to_owned());
    if SAMPLERS.contains(&sampler.as_str()) {
        Ok(sampler)
    } else {
        Err(format!("one of {}", SAMPLERS.join(", ")))
    }
}
