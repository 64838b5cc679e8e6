//! Deterministic pseudo-random numbers (SplitMix64): replaying a turn draws the same numbers.

/// A pseudo-random number generator with a fixed seed.
pub(super) struct Draws {
    key: u64,
    drawn: u64,
}

impl Draws {
    pub(super) fn new(key: u64) -> Draws {
        Draws { key, drawn: 0 }
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.drawn += 1;
        mix(self.key ^ mix(self.drawn))
    }
}

/// SplitMix64's finaliser.
pub(super) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
