//! Instants and the FHIR date types with their precision.

use std::fmt;

/// Microseconds since 1970-01-01T00:00:00Z. Local time is never a key (HAZARDS H41).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub i64);

impl Instant {
    /// Later by `seconds`.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1_000_000)
    }
    /// Later by `minutes`.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_seconds(minutes * 60)
    }
    /// Whole seconds from `earlier` to this; negative when it is the other way round.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(1_000_000)
    }
}

/// FHIR `instant` in UTC with milliseconds.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.div_euclid(86_400_000_000), self.0.rem_euclid(86_400_000_000));
        let (year, month, day) = civil_from_days(days);
        let (s, milli) = (rest / 1_000_000, rest / 1_000 % 1_000);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{milli:03}Z",
            s / 3600,
            s / 60 % 60,
            s % 60
        )
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date.
#[must_use]
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// Year, month, day of a count of days since 1970-01-01.
#[must_use]
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// The half-open interval of instants that a FHIR `date`, `dateTime` or `instant` string covers.
///
/// `2026-11` covers all of November in UTC; a time without an offset is read as UTC. `None` when it is no date.
#[must_use]
pub fn interval(text: &str) -> Option<(Instant, Instant)> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let sign = |at: usize, sign: &str| (text.get(at..at + 1)? == sign).then_some(());
    let day_us = 86_400_000_000_i64;
    let year = number(0, 4)?;
    if text.len() == 4 {
        return Some((
            Instant(days_from_civil(year, 1, 1) * day_us),
            Instant(days_from_civil(year + 1, 1, 1) * day_us),
        ));
    }
    sign(4, "-")?;
    let month = number(5, 7).filter(|m| (1..=12).contains(m))?;
    let (first, next) = (days_from_civil(year, month, 1), first_of_next_month(year, month));
    if text.len() == 7 {
        return Some((Instant(first * day_us), Instant(next * day_us)));
    }
    sign(7, "-")?;
    let day = number(8, 10).filter(|d| (1..=next - first).contains(d))?;
    let midnight = (first + day - 1) * day_us;
    if text.len() == 10 {
        return Some((Instant(midnight), Instant(midnight + day_us)));
    }
    sign(10, "T")?;
    sign(13, ":")?;
    let (hour, minute) = (number(11, 13).filter(|h| *h < 24)?, number(14, 16).filter(|m| *m < 60)?);
    let mut us = midnight + (hour * 3600 + minute * 60) * 1_000_000;
    let mut precision = 60_000_000;
    let mut at = 16;
    if text.get(16..17) == Some(":") {
        us += number(17, 19).filter(|s| *s <= 60)? * 1_000_000;
        precision = 1_000_000;
        at = 19;
        if text.get(19..20) == Some(".") {
            let digits = text.get(20..)?.bytes().take_while(u8::is_ascii_digit).count();
            at = 20 + digits;
            let kept = digits.min(6);
            us += number(20, 20 + kept)? * 10_i64.pow(6 - u32::try_from(kept).ok()?);
            precision = 10_i64.pow(6 - u32::try_from(kept).ok()?);
        }
    }
    let offset = offset_minutes(text.get(at..)?)?;
    #[cfg(feature = "defects")]
    let offset = if defects::is(defects::Defect::LocalTime) { 0 } else { offset };
    us -= offset * 60_000_000;
    Some((Instant(us), Instant(us + precision)))
}

fn first_of_next_month(year: i64, month: i64) -> i64 {
    if month == 12 { days_from_civil(year + 1, 1, 1) } else { days_from_civil(year, month + 1, 1) }
}

/// Minutes east of UTC of `Z`, nothing, `+hh:mm` or `-hh:mm`.
fn offset_minutes(text: &str) -> Option<i64> {
    if text.is_empty() || text == "Z" {
        return Some(0);
    }
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let number = |digits: &str| -> Option<i64> {
        (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
    };
    let total = number(hours).filter(|h| *h <= 14)? * 60 + number(minutes).filter(|m| *m < 60)?;
    match text.get(..1) {
        Some("+") => Some(total),
        Some("-") => Some(-total),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_as_fhir() {
        assert_eq!(Instant(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Instant(1_795_356_300_123_000).to_string(), "2026-11-22T14:05:00.123Z");
        assert_eq!(Instant(-1_000).to_string(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn intervals_keep_precision() {
        let day = 86_400_000_000;
        let (lo, hi) = interval("2026-11-22").expect("a date");
        assert_eq!(hi.0 - lo.0, day);
        assert_eq!(
            interval("2026-11-22T14:05:00-04:00").expect("time").0.to_string(),
            "2026-11-22T18:05:00.000Z"
        );
        assert_eq!(interval("2024-02").map(|(a, b)| (b.0 - a.0) / day), Some(29));
        assert_eq!(
            interval("2026-11-22T14:05:00.1234567Z").map(|(a, b)| (a.0 % 1_000_000, b.0 - a.0)),
            Some((123_456, 1))
        );
        assert_eq!(interval("2026-11-22T14:05:00.5+14:00").map(|(a, b)| b.0 - a.0), Some(100_000));
    }

    #[test]
    fn h41_the_hour_that_comes_twice_in_autumn_is_two_hours() {
        let at = |text| interval(text).expect("time").0;
        let (first, second) = (at("2026-11-01T01:30:00-03:00"), at("2026-11-01T01:30:00-04:00"));
        assert_eq!(second.seconds_since(first), 3600);
        // What was written later in the day by the clock on the wall may have come before.
        assert!(at("2026-11-01T01:45:00-03:00") < at("2026-11-01T01:15:00-04:00"));
        assert_eq!(at("2026-03-08T03:00:00-03:00").seconds_since(at("2026-03-08T01:59:00-04:00")), 60);
    }

    #[test]
    fn what_is_no_date_has_no_interval() {
        for text in [
            "about noon",
            "",
            "202",
            "2026/11",
            "2026-13",
            "2026-02-30",
            "2026-11-22 14:05",
            "2026-11-22T24:00",
            "2026-11-22T14",
            "2026-11-22T14:05:00.Z",
            "2026-11-22T14:05:00Zulu",
            "2026-11-22T14:05-4:00",
            "2026-11-22T14:05é",
            "20é6",
        ] {
            assert_eq!(interval(text), None, "{text}");
        }
    }
}
