//! Days of the province: arithmetic on `YYYY-MM-DD`. Licences, employments and delegations begin and end on days.

use fhir::Instant;
use jiff::civil::Date;
use jiff::{Span, Timestamp};

/// A day as it is written, `2026-11-22`; `None` for anything else.
#[must_use]
pub fn parse(text: &str) -> Option<Date> {
    let is_written_so = text.len() == 10 && text.is_ascii();
    text.parse().ok().filter(|day: &Date| is_written_so && day.to_string() == text)
}

/// The day in the province at an instant.
#[must_use]
pub fn of(at: Instant) -> Option<Date> {
    crate::cover::local(at).map(|at| at.date())
}

/// The day in the province that a date, a wall time, or a time with an offset falls on.
///
/// A time without an offset is wall time of the province: its day is what is written.
#[must_use]
pub fn falls_on(text: &str) -> Option<Date> {
    let text = text.trim();
    let (day, time) = (text.get(..10)?, text.get(10..)?);
    if time.is_empty() {
        return parse(day);
    }
    let clock = time.strip_prefix(['T', ' '])?;
    let has_offset = clock.ends_with('Z') || clock.contains(['+', '-']);
    let written = format!("{day}T{clock}");
    if has_offset {
        let at: Timestamp = written.parse().ok()?;
        return of(Instant(at.as_microsecond()));
    }
    written.parse::<jiff::civil::DateTime>().ok().and_then(|_| parse(day))
}

/// So many days later; the same day when the calendar ends.
#[must_use]
pub fn plus(day: Date, days: i64) -> Date {
    Span::new().try_days(days).ok().and_then(|span| day.checked_add(span).ok()).unwrap_or(day)
}

/// Whole days from one to another; negative when it is the other way round.
#[must_use]
pub fn between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_falls_on_a_day_of_the_province() {
        for (text, day) in [
            ("2026-05-22", Some("2026-05-22")),
            // Half past ten in the evening in Halifax is the next day in UTC, by three hours in summer and four in winter.
            ("2026-05-23T02:59:59Z", Some("2026-05-22")),
            ("2026-05-23T03:00:00Z", Some("2026-05-23")),
            ("2026-11-23T03:59:59Z", Some("2026-11-22")),
            ("2026-11-23T04:00:00Z", Some("2026-11-23")),
            // The nights on which the clocks change.
            ("2026-03-08T03:59:59Z", Some("2026-03-07")),
            ("2026-03-08T04:00:00Z", Some("2026-03-08")),
            ("2026-03-09T03:00:00Z", Some("2026-03-09")),
            ("2026-11-01T02:59:59Z", Some("2026-10-31")),
            ("2026-11-01T03:00:00Z", Some("2026-11-01")),
            ("2026-11-02T03:30:00Z", Some("2026-11-01")),
            ("2026-05-22 23:59:59", Some("2026-05-22")),
            ("2026-05-22T23:59", Some("2026-05-22")),
            ("2026-05-22T23:59:00-04:00", Some("2026-05-23")),
            ("2026-02-29", None),
            ("2028-02-29", Some("2028-02-29")),
            ("22/05/2026", None),
            ("2026-05-22 noon", None),
            ("", None),
        ] {
            assert_eq!(falls_on(text).map(|day| day.to_string()).as_deref(), day, "{text}");
        }
    }

    #[test]
    fn days_are_added_and_counted() {
        let day = |text| parse(text).expect("a day");
        assert_eq!(plus(day("2028-02-28"), 2), day("2028-03-01"));
        assert_eq!(between(day("2026-03-01"), day("2027-03-01")), 365);
        assert_eq!(between(day("2026-03-02"), day("2026-03-01")), -1);
        assert_eq!(parse("2026-3-01"), None);
    }
}
