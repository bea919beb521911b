//! Numbers that depend on a seed and look like chance (SplitMix64).

/// A stream of them.
#[derive(Debug, Clone)]
pub(crate) struct Draws(u64);

impl Draws {
    /// The stream of one thing: neighbours in `of` are unrelated.
    pub(crate) fn of(seed: u64, of: &str) -> Self {
        let mut draws = Self(seed);
        for byte in of.bytes() {
            let mixed = draws.bits() ^ u64::from(byte).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            draws = Self(mixed);
        }
        draws.bits();
        draws
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.bits() % n.max(1)
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `percent` of 100.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of a table.
    pub(crate) fn pick<'a, T>(&mut self, table: &'a [T]) -> &'a T {
        &table[usize::try_from(self.below(table.len() as u64)).unwrap_or(0)]
    }
}
