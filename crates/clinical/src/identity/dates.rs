//! How two birth dates compare, and which dates are stand-ins that say nothing.

use super::Outcome;
use fhir::time::days_from_civil;

/// Dates that systems write when they know none; they never agree and never disagree (H11, DESIGN.md section 11).
const STAND_INS: &[&str] = &[
    "0001-01-01",
    "1752-01-01",
    "1753-01-01",
    "1800-01-01",
    "1840-12-31",
    "1841-01-01",
    "1850-01-01",
    "1858-11-17",
    "1899-12-30",
    "1899-12-31",
    "1900-01-01",
    "1901-01-01",
    "9999-12-31",
];

/// Further apart than this is another generation: mother and newborn, father and son of the same name.
pub const GENERATION_YEARS: i64 = 10;

/// A birth date in full (`YYYY-MM-DD`, a day of the calendar) that is no stand-in.
#[must_use]
pub fn is_full(date: &str) -> bool {
    date.len() == 10 && year_month_day(date).is_some() && !STAND_INS.contains(&date)
}

/// Compare two birth dates as claimed: equal, a known slip of the pen, different, or not comparable.
///
/// Slips: day and month swapped, one digit, two neighbouring digits, 1 January of the same year (the sender knew
/// only the year), a date that only says less. Never across [`GENERATION_YEARS`].
#[must_use]
pub fn compare_birth_dates(a: &str, b: &str) -> Outcome {
    let known = |d: &str| !STAND_INS.contains(&d) && year(d).is_some();
    if !known(a) || !known(b) {
        return Outcome::Absent;
    }
    if a == b {
        return if a.len() == 10 { Outcome::Agrees } else { Outcome::Nearly };
    }
    if generations_apart(a, b) {
        return Outcome::Disagrees;
    }
    if a.len() != b.len() {
        return if a.starts_with(b) || b.starts_with(a) { Outcome::Nearly } else { Outcome::Disagrees };
    }
    let (Some((ya, ma, da)), Some((yb, mb, db))) = (year_month_day(a), year_month_day(b)) else {
        return Outcome::Disagrees;
    };
    let swapped = ya == yb && ma == db && da == mb;
    let only_year = ya == yb && ((ma, da) == (1, 1) || (mb, db) == (1, 1));
    if swapped || only_year || strsim::osa_distance(a, b) == 1 { Outcome::Nearly } else { Outcome::Disagrees }
}

/// Whether both years are known and further apart than [`GENERATION_YEARS`].
#[must_use]
pub fn generations_apart(a: &str, b: &str) -> bool {
    match (year(a), year(b)) {
        (Some(left), Some(right)) => (left - right).abs() > GENERATION_YEARS,
        _ => false,
    }
}

fn year(date: &str) -> Option<i64> {
    date.get(..4)?.parse().ok()
}

fn year_month_day(date: &str) -> Option<(i64, i64, i64)> {
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<i64>().ok();
    let (y, m, d) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let real = fhir::time::civil_from_days(days_from_civil(y, m, d)) == (y, m, d);
    real.then_some((y, m, d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_dates_and_their_slips() {
        use Outcome::{Absent, Agrees, Disagrees, Nearly};
        let cases = [
            ("1971-04-12", "1971-04-12", Agrees),
            ("1971-04-12", "1971-12-04", Nearly),
            ("1971-04-12", "1971-04-13", Nearly),
            ("1971-04-12", "1971-04-21", Nearly),
            ("1971-04-12", "1971-01-01", Nearly),
            ("1971-04-12", "1971-04", Nearly),
            ("1971-04-12", "1991-04-12", Disagrees),
            ("1971-04-12", "1972-11-30", Disagrees),
            ("1971-04-12", "", Absent),
            ("", "", Absent),
            ("1900-01-01", "1900-01-01", Absent),
            ("1971-04-12", "1900-01-01", Absent),
            ("1971-04-12", "soon", Absent),
        ];
        for (a, b, expected) in cases {
            assert_eq!(compare_birth_dates(a, b), expected, "{a} {b}");
            assert_eq!(compare_birth_dates(b, a), expected, "{b} {a}");
        }
        assert!(
            is_full("2024-02-29") && !is_full("2023-02-29") && !is_full("1900-01-01") && !is_full("1971")
        );
    }
}
