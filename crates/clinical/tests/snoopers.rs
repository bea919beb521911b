//! Planted snoopers are flagged, and hardly anybody else (HAZARDS 3.3).
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "snoopers/mod.rs"]
mod simulated;

#[test]
fn x18_x19_planted_snoopers_are_flagged_within_a_day_and_few_others() {
    let outcome = simulated::run(330, 364, 11);
    assert!(outcome.found() >= 0.95, "{outcome:?}");
    assert!(outcome.false_rate() <= 5.0, "{} {outcome:?}", outcome.false_rate());
}
