//! What each comparison contributes, in bits. First cut: set by hand, in round numbers, from published linkage work
//! (`log2` of how much likelier the outcome is in one person's records than in two people's). They order the review
//! list; the rules in `decide` do not depend on them.

use super::{Feature, Outcome};

/// Bits of one feature for each outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// The feature.
    pub feature: Feature,
    /// When it agrees.
    pub agrees: f64,
    /// When it nearly agrees.
    pub nearly: f64,
    /// When it disagrees.
    pub disagrees: f64,
}

const fn row(feature: Feature, agrees: f64, nearly: f64, disagrees: f64) -> Weight {
    Weight { feature, agrees, nearly, disagrees }
}

/// The table, in the order in which people read evidence.
pub const WEIGHTS: &[Weight] = &[
    row(Feature::RecordNumber, 18.0, 0.0, 0.0),
    row(Feature::HealthCard, 18.0, -2.0, -14.0),
    row(Feature::FamilyName, 9.0, 6.0, -4.0),
    row(Feature::GivenName, 7.0, 4.0, -5.0),
    row(Feature::BirthDate, 13.0, 6.0, -8.0),
    row(Feature::Sex, 1.0, 0.0, -4.0),
    row(Feature::Telephone, 8.0, 0.0, -1.0),
    row(Feature::PostalCode, 6.0, 2.0, -1.0),
];

/// Bits of one comparison; nothing for what cannot be compared.
#[must_use]
pub fn bits(feature: Feature, outcome: Outcome) -> f64 {
    WEIGHTS.iter().find(|w| w.feature == feature).map_or(0.0, |w| match outcome {
        Outcome::Agrees => w.agrees,
        Outcome::Nearly => w.nearly,
        Outcome::Disagrees => w.disagrees,
        Outcome::Absent => 0.0,
    })
}
