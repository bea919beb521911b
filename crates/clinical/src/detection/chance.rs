//! How surprising a count is, in tenths of natural logarithms.

/// How alike members of a role are in the share of looks without a relation: shape of the gamma distribution of their
/// rates. The smaller, the more they may differ before it surprises.
pub const MEMBERS_LIKE_THEM: f64 = 6.0;
/// Terms of a tail that are summed; what lies beyond adds nothing that can be seen.
const TAIL_TERMS: u32 = 400;
/// Largest surprise that is told.
const MOST: f64 = 60.0;

fn tenths(nats: f64) -> i64 {
    // Bounded above and below, so that the number always fits.
    #[allow(clippy::cast_possible_truncation, reason = "between 0 and 600")]
    {
        (nats.clamp(0.0, MOST) * 10.0).round() as i64
    }
}

/// Surprise at `count` where members of the role have `mean` on average: -ln P(as many or more) when rates differ between
/// members (negative binomial). 0 when it is not more than usual.
#[must_use]
pub fn surprise_of_count(count: u32, mean: f64) -> i64 {
    if count == 0 || f64::from(count) <= mean {
        return 0;
    }
    let r = MEMBERS_LIKE_THEM;
    let q = mean.max(1e-6) / (mean.max(1e-6) + r);
    let mut ln_p = r * (1.0 - q).ln();
    for n in 0..count {
        ln_p += (q * (f64::from(n) + r) / (f64::from(n) + 1.0)).ln();
    }
    // The tail from here on, as a multiple of its first term.
    let (mut term, mut sum) = (1.0, 1.0);
    for n in count..count.saturating_add(TAIL_TERMS) {
        term *= q * (f64::from(n) + r) / (f64::from(n) + 1.0);
        sum += term;
    }
    tenths(-(ln_p + sum.ln()))
}

/// Surprise at a day's `count` of people, against the mean and spread of the square roots of earlier days. 0 when it is
/// not more than usual.
#[must_use]
pub fn surprise_of_volume(count: u32, mean_root: f64, spread: f64) -> i64 {
    let z = (f64::from(count).sqrt() - mean_root) / spread.max(0.5);
    if z <= 0.0 { 0 } else { tenths(z * z / 2.0 + z.max(1.0).ln()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_more_surprising_and_the_usual_is_not() {
        assert_eq!(surprise_of_count(0, 0.1), 0);
        assert_eq!(surprise_of_count(3, 4.0), 0);
        let grows: Vec<i64> = (1..40).map(|count| surprise_of_count(count, 0.3)).collect();
        assert!(grows.windows(2).all(|pair| pair[0] <= pair[1]), "{grows:?}");
        // P(N >= 1) of a negative binomial with mean 0.06 and shape 6 is 1 - (6 / 6.06)^6 = 0.0579.
        assert_eq!(surprise_of_count(1, 0.06), 28);
        assert_eq!(surprise_of_volume(20, 5.0, 0.5), 0);
        assert!(surprise_of_volume(90, 4.5, 0.6) > 100);
    }
}
