//! Times as people read them: Atlantic, 24 hour; durations; clocks that say left or over.

use crate::components::icons::icon;
use crate::words::{Lang, operations as w};
use fhir::Instant;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use std::sync::LazyLock;

/// The province's clock; UTC should the bundled time zone table ever lack it.
static ATLANTIC: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("America/Halifax").unwrap_or(TimeZone::UTC));

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A clock with this much left is no longer urgent enough for a colour.
const CALM: i64 = 12 * HOUR;

fn local(at: Instant, format: &str) -> String {
    jiff::Timestamp::from_microsecond(at.0)
        .map(|t| t.to_zoned(ATLANTIC.clone()).strftime(format).to_string())
        .unwrap_or_default()
}

/// `2026-11-22 14:05`
pub(crate) fn minute_text(at: Instant) -> String {
    local(at, "%Y-%m-%d %H:%M")
}

/// `2026-11-22`
pub(crate) fn day_text(at: Instant) -> String {
    local(at, "%Y-%m-%d")
}

/// `14:05`
pub(crate) fn clock_text(at: Instant) -> String {
    local(at, "%H:%M")
}

/// `2026-11-22 14:05` as a `time` element.
pub(crate) fn minute(at: Instant) -> Markup {
    html! { time datetime=(at) { (minute_text(at)) } }
}

/// `2026-11-22 14:05:04` as a `time` element, for chains and ledgers.
pub(crate) fn second(at: Instant) -> Markup {
    html! { time datetime=(at) { (local(at, "%Y-%m-%d %H:%M:%S")) } }
}

/// `2026-11-22` as a `time` element.
pub(crate) fn day(at: Instant) -> Markup {
    html! { time datetime=(at) { (day_text(at)) } }
}

/// The last moment of a day written as `2026-11-22`, Atlantic; `None` when it is no day.
pub(crate) fn end_of_day(text: &str) -> Option<Instant> {
    let day: jiff::civil::Date = text.parse().ok()?;
    let next = day.tomorrow().ok()?.to_zoned(ATLANTIC.clone()).ok()?;
    Some(Instant(next.timestamp().as_microsecond() - 1))
}

/// A moment written as `2026-11-22`, `2026-11-22 14:05` or `2026-11-22 14:05:30`, Atlantic; `None` when it is none of
/// these.
pub(crate) fn moment(text: &str) -> Option<Instant> {
    let text = text.trim().replace('T', " ");
    let time: jiff::civil::DateTime = match text.split_once(' ') {
        Some((day, clock)) if clock.matches(':').count() == 1 => format!("{day}T{clock}:00").parse().ok()?,
        Some((day, clock)) => format!("{day}T{clock}").parse().ok()?,
        None => text.parse::<jiff::civil::Date>().ok()?.to_datetime(jiff::civil::Time::midnight()),
    };
    Some(Instant(time.to_zoned(ATLANTIC.clone()).ok()?.timestamp().as_microsecond()))
}

/// A length of time: `26 min`, `2 h 10 min`, `4 days`.
pub(crate) fn span(lang: Lang, seconds: i64) -> String {
    let seconds = seconds.abs();
    if seconds < HOUR {
        lang.fill(w::MINUTES, &[&(seconds / MINUTE).to_string()])
    } else if seconds < DAY {
        let (hours, minutes) = (seconds / HOUR, seconds % HOUR / MINUTE);
        if minutes == 0 || hours >= 6 {
            lang.fill(w::HOURS, &[&hours.to_string()])
        } else {
            lang.fill(w::HOURS_MINUTES, &[&hours.to_string(), &format!("{minutes:02}")])
        }
    } else {
        let days = seconds / DAY;
        lang.fill(if days == 1 { w::DAY_ONE } else { w::DAY_MANY }, &[&days.to_string()])
    }
}

/// A clock on something that somebody owns: time left with a pie, or how long it is over.
pub(crate) fn clock(lang: Lang, due: Instant, now: Instant) -> Markup {
    let left = due.seconds_since(now);
    let text = span(lang, left);
    if left < 0 {
        return html! { span.pill.late { (icon("clock")) (lang.fill(w::CLOCK_OVER, &[&text])) } };
    }
    let wait = left < CALM;
    html! { span.pill.wait[wait] { (pie(left)) (lang.fill(w::CLOCK_LEFT, &[&text])) } }
}

/// A pie that fills as the last four hours run out.
fn pie(left: i64) -> Markup {
    const FULL: i64 = 4 * HOUR;
    let gone = (1.0 - left.clamp(0, FULL) as f64 / FULL as f64).clamp(0.08, 0.97);
    let angle = gone * std::f64::consts::TAU;
    let (x, y) = (9.0 + 6.2 * angle.sin(), 9.0 - 6.2 * angle.cos());
    let large = u8::from(gone > 0.5);
    html! {
        svg.pie viewBox="0 0 18 18" aria-hidden="true" {
            circle cx="9" cy="9" r="8" {}
            path d={ "M9 9V2.8A6.2 6.2 0 " (large) " 1 " (format!("{x:.2} {y:.2}")) "z" } {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_795_370_700_000_000);

    #[test]
    fn times_are_atlantic_and_durations_are_words() {
        assert_eq!(minute_text(Instant(1_795_370_700_000_000)), "2026-11-22 14:05");
        assert_eq!(minute_text(Instant(1_783_000_000_000_000)), "2026-07-02 10:46");
        assert_eq!(end_of_day("2026-11-22").map(minute_text).as_deref(), Some("2026-11-22 23:59"));
        assert_eq!(end_of_day("22 November"), None);
        assert_eq!(moment("2026-11-22 14:05").map(minute_text).as_deref(), Some("2026-11-22 14:05"));
        assert_eq!(moment("2026-11-22").map(minute_text).as_deref(), Some("2026-11-22 00:00"));
        assert_eq!(moment("yesterday"), None);
        assert_eq!(span(Lang::En, 26 * 60), "26\u{a0}min");
        assert_eq!(span(Lang::Fr, 4 * DAY), "4\u{a0}jours");
        assert_eq!(span(Lang::En, 2 * HOUR + 600), "2\u{a0}h\u{a0}10\u{a0}min");
        assert!(clock(Lang::En, NOW.plus_minutes(-14), NOW).into_string().contains("14\u{a0}min over"));
        assert!(clock(Lang::Fr, NOW.plus_minutes(41), NOW).into_string().contains("reste 41\u{a0}min"));
    }
}
