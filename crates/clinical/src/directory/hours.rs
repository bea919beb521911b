//! When somebody is at a place: opening hours of a week and days on which it is closed, in the time of the place.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Minutes of a day.
const DAY: u16 = 24 * 60;
const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// Opening hours of a week: `Mo-Fr 08:30-16:30; Sa 09:00-12:00`, and days closed: `; closed 2026-12-25`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    spans: Vec<Span>,
    closed: Vec<String>,
}

/// Part of each of some weekdays.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    /// 0 Monday … 6 Sunday; first and last day included.
    days: (u8, u8),
    /// Minutes since midnight; the end is not included.
    minutes: (u16, u16),
}

/// Words that are no opening hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" are no opening hours; write them as \"Mo-Fr 08:30-16:30; Sa 09:00-12:00; closed 2026-12-25\""
)]
pub struct NoHours(pub String);

impl Hours {
    /// Whether it is open. `weekday` 0 Monday to 6 Sunday, `minute` since midnight, `day` as `YYYY-MM-DD`; all in the
    /// time of the place.
    #[must_use]
    pub fn is_open(&self, day: &str, weekday: u8, minute: u16) -> bool {
        !self.closed.iter().any(|closed| closed == day)
            && self.spans.iter().any(|span| {
                (span.days.0..=span.days.1).contains(&weekday)
                    && (span.minutes.0..span.minutes.1).contains(&minute)
            })
    }
}

impl FromStr for Hours {
    type Err = NoHours;
    fn from_str(text: &str) -> Result<Self, NoHours> {
        let wrong = || NoHours(text.to_owned());
        let mut hours = Self::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (days, times) = part.split_once(' ').ok_or_else(wrong)?;
            if days == "closed" {
                if times.len() != 10 || fhir::time::interval(times).is_none() {
                    return Err(wrong());
                }
                hours.closed.push(times.to_owned());
                continue;
            }
            let (first, last) = days.split_once('-').unwrap_or((days, days));
            let weekday =
                |name: &str| DAYS.iter().zip(0..).find(|(known, _)| **known == name).map(|(_, n)| n);
            let days = (weekday(first).ok_or_else(wrong)?, weekday(last).ok_or_else(wrong)?);
            let (from, to) = times.split_once('-').ok_or_else(wrong)?;
            let minutes = (minute(from).ok_or_else(wrong)?, minute(to).ok_or_else(wrong)?);
            if days.0 > days.1 || minutes.0 >= minutes.1 {
                return Err(wrong());
            }
            hours.spans.push(Span { days, minutes });
        }
        if hours.spans.is_empty() { Err(wrong()) } else { Ok(hours) }
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60).then(|| hour * 60 + minute).filter(|all| *all <= DAY)
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: u8| DAYS.get(usize::from(day)).copied().unwrap_or_default();
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let mut parts: Vec<String> = Vec::new();
        for Span { days: (first, last), minutes: (from, to) } in &self.spans {
            let days = if first == last {
                name(*first).to_owned()
            } else {
                format!("{}-{}", name(*first), name(*last))
            };
            parts.push(format!("{days} {}-{}", clock(*from), clock(*to)));
        }
        parts.extend(self.closed.iter().map(|day| format!("closed {day}")));
        f.write_str(&parts.join("; "))
    }
}

impl TryFrom<String> for Hours {
    type Error = NoHours;
    fn try_from(text: String) -> Result<Self, NoHours> {
        text.parse()
    }
}
impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_written_the_same() {
        let text = "Mo-Fr 08:30-16:30; Sa 09:00-12:00; closed 2026-12-25";
        let hours: Hours = text.parse().expect("hours");
        assert_eq!(hours.to_string(), text);
        assert!(hours.is_open("2026-11-23", 0, 8 * 60 + 30));
        assert!(!hours.is_open("2026-11-23", 0, 16 * 60 + 30));
        assert!(hours.is_open("2026-11-28", 5, 10 * 60));
        assert!(!hours.is_open("2026-11-29", 6, 10 * 60));
        assert!(!hours.is_open("2026-12-25", 4, 10 * 60));
    }

    #[test]
    fn what_is_no_hours_is_told_how_to_write_them() {
        for text in [
            "",
            "always",
            "Mo",
            "Fr-Mo 08:00-16:00",
            "Mo 16:00-08:00",
            "Mo 08:00-25:00",
            "closed soon",
            "Mo 8-9",
            "Mo 70000:00-70001:00",
        ] {
            let said = text.parse::<Hours>().expect_err(text).to_string();
            assert!(said.contains("Mo-Fr 08:30-16:30"), "{said}");
        }
    }
}
