//! Draws of the simulated year.

use province::rng::Rng;

/// A fraction from 0 up to 1.
pub(crate) fn fraction(rng: &mut Rng) -> f64 {
    (rng.bits() >> 11) as f64 / (1u64 << 53) as f64
}

/// How many of something that comes by chance at a mean of `mean` (Poisson; means up to some tens).
pub(crate) fn poisson(rng: &mut Rng, mean: f64) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    let limit = (-mean).exp();
    let (mut product, mut n) = (fraction(rng), 0);
    while product > limit {
        product *= fraction(rng);
        n += 1;
    }
    n
}
