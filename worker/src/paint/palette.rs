//! Colours that go together, chosen by what the prompt speaks of, else by its hash.

use super::noise::mix_by;

/// Linear red, green and blue, 0 to 1.
pub type Colour = [f32; 3];

/// Five colours from dark to light.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    words: &'static [&'static str],
    colours: [u32; 5],
}

const PALETTES: [Palette; 8] = [
    Palette {
        words: &["sea", "ocean", "wave", "rain", "blue", "ice", "river"],
        colours: [0x03071e, 0x0b3954, 0x087e8b, 0xbfd7ea, 0xffe8d6],
    },
    Palette {
        words: &["sun", "fire", "autumn", "desert", "red", "lava"],
        colours: [0x2b061e, 0x7a1f2b, 0xd1495b, 0xf4a259, 0xffe8c2],
    },
    Palette {
        words: &["forest", "garden", "green", "moss", "jungle", "spring"],
        colours: [0x081c15, 0x1b4332, 0x40916c, 0xb7e4c7, 0xfefae0],
    },
    Palette {
        words: &["night", "star", "space", "dream", "moon", "purple"],
        colours: [0x0d0221, 0x26408b, 0x7b2cbf, 0xe0aaff, 0xfff1e6],
    },
    Palette {
        words: &["city", "neon", "rooftop", "cyber", "street"],
        colours: [0x10002b, 0x3c096c, 0xff006e, 0xffbe0b, 0x8ecae6],
    },
    Palette {
        words: &["flower", "cherry", "blossom", "pink", "love", "silk"],
        colours: [0x2d1e2f, 0x6d435a, 0xd68c9f, 0xf7cad0, 0xfff8f0],
    },
    Palette {
        words: &["gold", "temple", "palace", "king", "harvest"],
        colours: [0x1a120b, 0x3c2a21, 0xb5803a, 0xe5c687, 0xfdf6e3],
    },
    Palette {
        words: &["dawn", "dusk", "evening", "morning", "lighthouse", "sky"],
        colours: [0x14213d, 0x5e548e, 0xe56b6f, 0xeaac8b, 0xfaf3dd],
    },
];

impl Palette {
    /// The palette whose word comes first in the prompt, else one by `chance`.
    #[must_use]
    pub fn of(prompt: &str, chance: u64) -> Self {
        let prompt = prompt.to_lowercase();
        let place = |palette: &Palette| {
            palette.words.iter().filter_map(|word| prompt.find(word)).min().unwrap_or(usize::MAX)
        };
        let by_chance = PALETTES[(chance % PALETTES.len() as u64) as usize];
        let named = PALETTES.iter().min_by_key(|palette| place(palette)).copied();
        named.filter(|palette| place(palette) < usize::MAX).unwrap_or(by_chance)
    }

    /// The colour at `tone`, from 0, the darkest, to 1, the lightest.
    #[must_use]
    pub fn at(&self, tone: f32) -> Colour {
        let scaled = tone.clamp(0.0, 1.0) * (self.colours.len() - 1) as f32;
        let index = (scaled as usize).min(self.colours.len() - 2);
        let share = scaled - index as f32;
        let share = share * share * (3.0 - 2.0 * share);
        let (one, other) = (linear(self.colours[index]), linear(self.colours[index + 1]));
        std::array::from_fn(|channel| mix_by(one[channel], other[channel], share))
    }
}

/// From the sRGB colours people write to light that can be added.
fn linear(colour: u32) -> Colour {
    [16, 8, 0].map(|shift| {
        let encoded = ((colour >> shift) & 0xff) as f32 / 255.0;
        encoded.powf(2.2)
    })
}
