//! Smooth chance: numbers that follow from a seed, and noise that follows from a place.

/// A small, fast generator (SplitMix64): the same numbers from the same seed, everywhere.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Numbers that follow from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// The next number from 0 up to, not including, 1.
    pub fn unit(&mut self) -> f32 {
        to_unit(self.bits())
    }

    /// The next number in a range.
    pub fn within(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }
}

/// Gradient noise over the plane.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    seed: u64,
}

impl Noise {
    /// Noise that follows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// About -1 to 1, smooth, with features of size 1.
    #[must_use]
    pub fn at(self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (dx, dy) = (x - left, y - top);
        let corner = |right: f32, below: f32| {
            let angle = self.hash(left + right, top + below) * std::f32::consts::TAU;
            angle.cos() * (dx - right) + angle.sin() * (dy - below)
        };
        let (u, v) = (ease(dx), ease(dy));
        let above = mix_by(corner(0.0, 0.0), corner(1.0, 0.0), u);
        let below = mix_by(corner(0.0, 1.0), corner(1.0, 1.0), u);
        mix_by(above, below, v) * 1.5
    }

    /// Several octaves, each half as strong and twice as fine.
    #[must_use]
    pub fn octaves(self, x: f32, y: f32, count: u32) -> f32 {
        let (mut sum, mut strength, mut scale) = (0.0, 0.5, 1.0);
        for octave in 0..count {
            // Shifted, so that the octaves' grids do not meet in one corner.
            let shift = octave as f32 * 17.3;
            sum += strength * self.at(x * scale + shift, y * scale - shift);
            strength *= 0.5;
            scale *= 2.0;
        }
        sum
    }

    fn hash(self, x: f32, y: f32) -> f32 {
        let cell = (u64::from(x.to_bits()) << 32) | u64::from(y.to_bits());
        to_unit(mix(self.seed ^ cell.wrapping_mul(0xd6e8_feb8_6659_fd93)))
    }
}

/// From `one` at 0 to `other` at 1.
#[must_use]
pub fn mix_by(one: f32, other: f32, share: f32) -> f32 {
    one + (other - one) * share
}

fn ease(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn to_unit(bits: u64) -> f32 {
    (bits >> 40) as f32 / (1_u64 << 24) as f32
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
