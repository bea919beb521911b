//! A small generator of repeatable numbers (SplitMix64): the same seed and key always give the same stream.

/// Repeatable numbers. Never a source of secrets.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A stream that begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream of one thing (a household, an episode, a message): neighbours in `key` are unrelated.
    pub fn keyed(seed: u64, key: &[u64]) -> Self {
        let mut state = Self(seed);
        for part in key {
            let mixed = state.bits() ^ part.wrapping_mul(0xD6E8_FEB8_6659_FD93);
            state = Self(mixed);
        }
        state.bits();
        state
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.bits() % n as u64) as usize }
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low { low } else { low + (self.bits() % (high - low + 1) as u64) as i64 }
    }

    /// True in `per_mille` of 1,000 draws.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.bits() % 1000 < u64::from(per_mille)
    }

    /// True in `n` of 10,000 draws; `n` of 0 draws nothing.
    pub fn in_ten_thousand(&mut self, n: u32) -> bool {
        n > 0 && self.bits() % 10_000 < u64::from(n)
    }

    /// One item of a table. The table must have rows.
    pub fn pick<'a, T>(&mut self, table: &'a [T]) -> &'a T {
        let index = self.below(table.len());
        &table[index]
    }

    /// A bell-like number around 0, nearly all within -1.0 to 1.0 (the mean of four draws).
    pub fn wobble(&mut self) -> f64 {
        let sum: i64 = (0..4).map(|_| self.between(-1000, 1000)).sum();
        sum as f64 / 2000.0
    }
}
