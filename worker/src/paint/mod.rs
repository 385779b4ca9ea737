//! Paints a picture from a prompt and a seed, without a GPU: strokes that follow a warped field of
//! noise, in colours the prompt asks for. The same request gives the same picture.

mod canvas;
mod file;
mod noise;
mod palette;
#[cfg(test)]
mod tests;

use aws_lc_rs::digest::{SHA256, digest};

use canvas::Canvas;
use noise::{Dice, Noise};
use palette::Palette;

pub use file::PngError;

/// Strokes of a picture of a million pixels; smaller ones get fewer.
const STROKES_PER_MEGAPIXEL: f32 = 5200.0;
/// Sides are bounded by the service too; this keeps the memory of a wrong order small.
pub const SIDE_MAX: u32 = 4096;

/// What to paint.
#[derive(Debug, Clone, PartialEq)]
pub struct Motif {
    /// What the customer asked for.
    pub prompt: String,
    /// What the customer did not want.
    pub negative_prompt: Option<String>,
    /// Pixels across, 1..=[`SIDE_MAX`].
    pub width: u32,
    /// Pixels down, 1..=[`SIDE_MAX`].
    pub height: u32,
    /// Rounds of painting, at least 1.
    pub steps: u32,
    /// Chooses one of the pictures of a prompt.
    pub seed: u64,
}

/// A picture on its way.
pub struct Painting {
    motif: Motif,
    canvas: Canvas,
    field: Field,
    dice: Dice,
    done: u32,
}

/// Where strokes go, and in which tone.
#[derive(Clone, Copy)]
struct Field {
    noise: Noise,
    palette: Palette,
    /// Pixels per unit of noise.
    scale: f32,
    /// How far the field is bent by itself.
    warp: f32,
    /// The direction strokes tend to, in turns.
    tilt: f32,
}

impl Painting {
    /// Primes the canvas.
    #[must_use]
    pub fn begin(motif: Motif) -> Self {
        let (width, height) = (motif.width.clamp(1, SIDE_MAX), motif.height.clamp(1, SIDE_MAX));
        let mut dice = Dice::new(motif.seed ^ hash_of(&motif));
        let field = Field {
            palette: Palette::of(&motif.prompt, dice.bits()),
            noise: Noise::new(dice.bits()),
            scale: width.max(height) as f32 / dice.within(1.6, 3.2),
            warp: dice.within(1.2, 2.4),
            tilt: dice.unit(),
        };
        let canvas = Canvas::filled(width, height, |x, y| {
            let (tone, _) = field.at(x, y);
            field.palette.at(0.06 + 0.8 * tone)
        });
        Self { motif, canvas, field, dice, done: 0 }
    }

    /// Paints one more round; false once all are painted.
    pub fn step(&mut self) -> bool {
        if self.done >= self.motif.steps.max(1) {
            return false;
        }
        let (width, height) = self.canvas.size();
        let steps = self.motif.steps.max(1) as f32;
        let strokes = STROKES_PER_MEGAPIXEL * width * height / 1e6 / steps;
        // Broad strokes first, fine ones last.
        let fineness = self.done as f32 / steps;
        for _ in 0..strokes.ceil() as u32 {
            self.stroke(fineness);
        }
        self.done += 1;
        true
    }

    /// How many rounds are painted.
    #[must_use]
    pub fn steps_done(&self) -> u32 {
        self.done
    }

    /// The picture as a PNG that tells how it was made.
    ///
    /// # Errors
    /// The encoder refuses; not seen with a picture of allowed size.
    pub fn finish(self) -> Result<Vec<u8>, PngError> {
        let pixels = self.canvas.develop(Noise::new(self.motif.seed));
        file::encode(&self.motif, &pixels)
    }

    fn stroke(&mut self, fineness: f32) {
        let (width, height) = self.canvas.size();
        let side = width.max(height);
        // Also from outside, so that the edges are as full as the middle.
        let mut outside = |size: f32| self.dice.within(-0.1, 1.1) * size;
        let mut place = (outside(width), outside(height));
        let (tone, _) = self.field.at(place.0, place.1);
        let colour = self.field.palette.at(tone * 1.12 + self.dice.within(-0.16, 0.16));
        let broad = side * (0.0055 - 0.0045 * fineness) * self.dice.within(0.5, 1.3);
        let opacity = self.dice.within(0.35, 0.8) * (1.0 - 0.35 * fineness);
        let length = side * self.dice.within(0.05, 0.22);
        let pace = (broad * 0.6).max(0.7);
        let dabs = (length / pace).ceil();
        for dab in 0..dabs as u32 {
            let along = dab as f32 / dabs;
            let taper = (std::f32::consts::PI * along).sin().sqrt();
            self.canvas.dab(place, (broad * taper).max(0.35), colour, opacity * 0.6);
            let (_, turn) = self.field.at(place.0, place.1);
            let angle = turn * std::f32::consts::TAU;
            place = (place.0 + pace * angle.cos(), place.1 + pace * angle.sin());
        }
    }
}

impl Field {
    /// The tone, 0 to 1, and the direction, in turns, at a place.
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let (x, y) = (x / self.scale, y / self.scale);
        let bend_x = self.noise.octaves(x + 5.2, y + 1.3, 3);
        let bend_y = self.noise.octaves(x - 3.7, y + 8.1, 3);
        let (warped_x, warped_y) = (x + self.warp * bend_x, y + self.warp * bend_y);
        let value = self.noise.octaves(warped_x, warped_y, 3);
        ((value * 0.95 + 0.45).clamp(0.0, 1.0), self.tilt + 0.35 * bend_x + 0.25 * value)
    }
}

/// A number that follows from all words of a motif.
fn hash_of(motif: &Motif) -> u64 {
    let words = format!("{}\n{}", motif.prompt, motif.negative_prompt.as_deref().unwrap_or(""));
    let hash = digest(&SHA256, words.as_bytes());
    hash.as_ref().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
