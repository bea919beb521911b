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
    let day_us = 86_400_000_000_i64;
    let year = number(0, 4)?;
    if text.len() == 4 {
        return Some((
            Instant(days_from_civil(year, 1, 1) * day_us),
            Instant(days_from_civil(year + 1, 1, 1) * day_us),
        ));
    }
    let month = number(5, 7).filter(|m| (1..=12).contains(m))?;
    if text.len() == 7 {
        let (ny, nm) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        return Some((
            Instant(days_from_civil(year, month, 1) * day_us),
            Instant(days_from_civil(ny, nm, 1) * day_us),
        ));
    }
    let day = number(8, 10).filter(|d| (1..=31).contains(d))?;
    let midnight = days_from_civil(year, month, day) * day_us;
    if text.len() == 10 {
        return Some((Instant(midnight), Instant(midnight + day_us)));
    }
    let (hour, minute) = (number(11, 13)?, number(14, 16)?);
    let mut us = midnight + (hour * 3600 + minute * 60) * 1_000_000;
    let mut precision = 60_000_000;
    let mut at = 16;
    if text.get(16..17) == Some(":") {
        us += number(17, 19)? * 1_000_000;
        precision = 1_000_000;
        at = 19;
        if text.get(19..20) == Some(".") {
            let digits: String = text.get(20..)?.chars().take_while(char::is_ascii_digit).collect();
            at = 20 + digits.len();
            let micros = format!("{digits:0<6}").get(..6)?.parse::<i64>().ok()?;
            us += micros;
            precision = 10_i64.pow(6_u32.saturating_sub(u32::try_from(digits.len()).ok()?));
        }
    }
    let offset = match text.get(at..at + 1) {
        Some(sign @ ("+" | "-")) => {
            let minutes = number(at + 1, at + 3)? * 60 + number(at + 4, at + 6)?;
            if sign == "+" { minutes } else { -minutes }
        }
        _ => 0,
    };
    us -= offset * 60_000_000;
    Some((Instant(us), Instant(us + precision)))
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
        assert_eq!(interval("about noon"), None);
    }
}
