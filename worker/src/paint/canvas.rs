//! Light on a rectangle.

use super::noise::{Noise, mix_by};
use super::palette::Colour;

/// Linear light, row by row.
#[derive(Debug, Clone)]
pub struct Canvas {
    width: u32,
    height: u32,
    light: Vec<Colour>,
}

impl Canvas {
    /// A canvas filled by what `ground` gives for each pixel.
    pub fn filled(width: u32, height: u32, ground: impl Fn(f32, f32) -> Colour) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let light = pixels.map(|(x, y)| ground(x as f32, y as f32)).collect();
        Self { width, height, light }
    }

    /// Pixels across and down.
    #[must_use]
    pub fn size(&self) -> (f32, f32) {
        (self.width as f32, self.height as f32)
    }

    /// Lays a soft disc over what is there; what lies outside is cut off.
    pub fn dab(&mut self, (x, y): (f32, f32), radius: f32, colour: Colour, opacity: f32) {
        let (width, height) = self.size();
        let reach = radius + 1.0;
        let (left, right) = ((x - reach).max(0.0), (x + reach).min(width - 1.0));
        let (top, bottom) = ((y - reach).max(0.0), (y + reach).min(height - 1.0));
        if left > right || top > bottom {
            return;
        }
        for row in top as u32..=bottom as u32 {
            for column in left as u32..=right as u32 {
                let (dx, dy) = (column as f32 - x, row as f32 - y);
                let cover = (radius + 0.5 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
                let pixel = &mut self.light[(row * self.width + column) as usize];
                for (there, laid) in pixel.iter_mut().zip(colour) {
                    *there = mix_by(*there, laid, cover * opacity);
                }
            }
        }
    }

    /// The picture as 8-bit sRGB, darker towards its corners, with the grain of paper, which also
    /// hides the steps between neighbouring tones.
    #[must_use]
    pub fn develop(&self, grain: Noise) -> Vec<u8> {
        let (width, height) = self.size();
        let mut bytes = Vec::with_capacity(self.light.len() * 3);
        for (index, light) in self.light.iter().enumerate() {
            let (x, y) = (index as u32 % self.width, index as u32 / self.width);
            let (x, y) = (x as f32, y as f32);
            let (dx, dy) = (x / width - 0.5, y / height - 0.5);
            let shade = 1.0 - 0.55 * (dx * dx + dy * dy);
            let speck = 1.0 + 0.035 * grain.at(x * 0.73, y * 0.73);
            for channel in light {
                let encoded = (channel * shade * speck).clamp(0.0, 1.0).powf(1.0 / 2.2);
                bytes.push((encoded * 255.0 + 0.5) as u8);
            }
        }
        bytes
    }
}
