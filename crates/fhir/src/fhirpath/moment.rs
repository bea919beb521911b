//! Dates, times and both, with their precision (FHIRPath 2.0.0, 4.1.5 to 4.1.7).

use super::Dec;
use crate::time::{Instant, civil_from_days, days_from_civil};
use std::cmp::Ordering;
use std::fmt;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A date.
    Date,
    /// A date that may have a time.
    DateTime,
    /// A time of day.
    Time,
}

/// A date or time as far as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    kind: Kind,
    /// Year, month, day, hour, minute, milliseconds of the minute: as many as are told.
    parts: [i64; 6],
    told: usize,
    /// Whether the second is told without, or with how many digits behind the point.
    digits: Option<usize>,
    /// Minutes east of UTC.
    offset: Option<i64>,
}

/// Place of a part in [`Moment`].
const DAY: usize = 2;
const HOUR: usize = 3;
const SECOND: usize = 5;

impl Moment {
    /// A literal without its `@`.
    #[must_use]
    pub fn literal(text: &str) -> Option<Self> {
        if let Some(clock) = text.strip_prefix('T') {
            return Self::read(clock, Kind::Time);
        }
        match text.split_once('T') {
            Some((date, "")) => Self::read(date, Kind::DateTime),
            Some(_) => Self::read(text, Kind::DateTime),
            None => Self::read(text, Kind::Date),
        }
    }
    /// Reads a value of FHIR.
    #[must_use]
    pub fn read(text: &str, kind: Kind) -> Option<Self> {
        let mut moment = Self { kind, parts: [0, 1, 1, 0, 0, 0], told: 0, digits: None, offset: None };
        let (date, time) = match kind {
            Kind::Time => (None, Some(text)),
            _ => match text.split_once('T') {
                Some((date, time)) => (Some(date), Some(time)),
                None => (Some(text), None),
            },
        };
        if kind == Kind::Date && time.is_some() {
            return None;
        }
        let number = |text: &str, length: usize| -> Option<i64> {
            (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
        };
        if let Some(date) = date {
            let words: Vec<&str> = date.split('-').collect();
            if words.len() > 3 || (time.is_some_and(|time| !time.is_empty()) && words.len() < 3) {
                return None;
            }
            for (n, word) in words.iter().enumerate() {
                moment.parts[n] = number(word, if n == 0 { 4 } else { 2 })?;
                moment.told = n + 1;
            }
            let [year, month, day, ..] = moment.parts;
            if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
                return None;
            }
        } else {
            moment.told = HOUR;
        }
        if let Some(time) = time.filter(|time| !time.is_empty()) {
            let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
            let (clock, zone) = time.split_at(zone);
            moment.offset = match zone {
                "" => None,
                _ if kind == Kind::Time => return None,
                "Z" => Some(0),
                zone => {
                    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
                    let minutes = number(hours, 2)? * 60 + number(minutes, 2)?;
                    Some(if zone.starts_with('-') { -minutes } else { minutes })
                }
            };
            for (n, word) in clock.split(':').enumerate() {
                if n > 2 {
                    return None;
                }
                if n < 2 {
                    moment.parts[HOUR + n] = number(word, 2)?;
                } else {
                    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
                    let plain = fraction.bytes().all(|b| b.is_ascii_digit());
                    if !plain || (word.contains('.') && fraction.is_empty()) {
                        return None;
                    }
                    let milli: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
                    moment.parts[SECOND] = number(whole, 2).filter(|s| *s < 61)? * 1_000 + milli;
                    moment.digits = (!fraction.is_empty()).then_some(fraction.len());
                }
                moment.told = HOUR + n + 1;
            }
            if moment.parts[HOUR] > 23 || moment.parts[HOUR + 1] > 59 {
                return None;
            }
        }
        Some(moment)
    }
    /// The moment of an instant, in UTC.
    #[must_use]
    pub fn of_instant(at: Instant) -> Option<Self> {
        Self::read(&at.to_string(), Kind::DateTime)
    }
    /// Its date.
    #[must_use]
    pub fn date(mut self) -> Self {
        self.kind = Kind::Date;
        self.told = self.told.min(DAY + 1);
        self.offset = None;
        self.digits = None;
        self
    }
    /// The same as another kind.
    #[must_use]
    pub fn as_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }
    /// Which of the three.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.kind
    }
    /// As FHIRPath names it.
    #[must_use]
    pub fn kind_name(self) -> &'static str {
        match self.kind {
            Kind::Date => "Date",
            Kind::DateTime => "DateTime",
            Kind::Time => "Time",
        }
    }
    /// Digits told: 4 for a year, 17 with milliseconds; 2 to 9 for a time of day.
    #[must_use]
    pub fn precision(self) -> usize {
        let whole: usize = [0, 4, 6, 8, 10, 12, 14].get(self.told).copied().unwrap_or(14);
        let whole = if self.told == SECOND + 1 && self.digits.is_some() { 17 } else { whole };
        if self.kind == Kind::Time { whole.saturating_sub(8) } else { whole }
    }
    /// Told in UTC as far as it is told.
    fn utc(self) -> Self {
        let Some(offset) = self.offset.filter(|_| self.told > HOUR) else { return self };
        self.moved((self.parts[HOUR] * 60 + self.parts[HOUR + 1] - offset) * 60_000 + self.parts[SECOND])
    }
    /// The same day with another number of milliseconds since its midnight, days carried.
    fn moved(mut self, milli: i64) -> Self {
        let (days, rest) = (milli.div_euclid(86_400_000), milli.rem_euclid(86_400_000));
        if self.kind != Kind::Time {
            let [year, month, day, ..] = self.parts;
            let (year, month, day) = civil_from_days(days_from_civil(year, month, day) + days);
            (self.parts[0], self.parts[1], self.parts[2]) = (year, month, day);
        }
        self.parts[HOUR] = rest / 3_600_000;
        self.parts[HOUR + 1] = rest / 60_000 % 60;
        self.parts[SECOND] = rest % 60_000;
        self
    }
    /// How two compare; `None` when the one is told further than the other, or only one says its zone.
    #[must_use]
    pub fn compared(self, other: Self) -> Option<Ordering> {
        if (self.kind == Kind::Time) != (other.kind == Kind::Time) {
            return None;
        }
        let both_timed = self.told > HOUR && other.told > HOUR;
        let (a, b) = match (self.offset, other.offset) {
            (Some(_), Some(_)) if both_timed => (self.utc(), other.utc()),
            (None, None) => (self, other),
            _ if both_timed => {
                // Zones differ by 26 hours at most.
                let [year, month, day, ..] = self.parts;
                let [other_year, other_month, other_day, ..] = other.parts;
                let days =
                    days_from_civil(year, month, day) - days_from_civil(other_year, other_month, other_day);
                return if days.abs() > 2 { Some(days.cmp(&0)) } else { None };
            }
            _ => (self, other),
        };
        for n in 0..a.told.max(b.told) {
            if n >= a.told || n >= b.told {
                return None;
            }
            match a.parts[n].cmp(&b.parts[n]) {
                Ordering::Equal => {}
                other => return Some(other),
            }
        }
        Some(Ordering::Equal)
    }
    /// Later by an amount of a unit of the calendar (`year` … `millisecond`); only whole units count.
    #[must_use]
    pub fn plus(self, amount: Dec, unit: &str) -> Option<Self> {
        let whole = amount.cut_whole()?;
        match unit {
            "year" if self.kind != Kind::Time => self.plus_months(whole.checked_mul(12)?),
            "month" if self.kind != Kind::Time => self.plus_months(whole),
            "week" if self.kind != Kind::Time => self.plus_milli(whole.checked_mul(7 * 86_400_000)?),
            "day" if self.kind != Kind::Time => self.plus_milli(whole.checked_mul(86_400_000)?),
            "hour" => self.plus_milli(whole.checked_mul(3_600_000)?),
            "minute" => self.plus_milli(whole.checked_mul(60_000)?),
            "second" => self.plus_milli(whole.checked_mul(1_000)?),
            "millisecond" => self.plus_milli(whole),
            _ => None,
        }
    }
    fn plus_months(mut self, months: i64) -> Option<Self> {
        let all = self.parts[0].checked_mul(12)?.checked_add(self.parts[1] - 1)?.checked_add(months)?;
        (self.parts[0], self.parts[1]) = (all.div_euclid(12), all.rem_euclid(12) + 1);
        self.parts[2] = self.parts[2].min(days_in(self.parts[0], self.parts[1]));
        (1..=9_999).contains(&self.parts[0]).then_some(self)
    }
    fn plus_milli(self, milli: i64) -> Option<Self> {
        let now = (self.parts[HOUR] * 60 + self.parts[HOUR + 1]) * 60_000 + self.parts[SECOND];
        if milli.abs() > 86_400_000 * 366 * 9_999 {
            return None;
        }
        let moved = self.moved(now.checked_add(milli)?);
        (self.kind == Kind::Time || (1..=9_999).contains(&moved.parts[0])).then_some(moved)
    }
    /// The first or last moment that it can mean, told in as many digits.
    #[must_use]
    pub fn bound(mut self, is_last: bool, precision: usize) -> Option<Self> {
        let digits: &[usize] = match self.kind {
            Kind::Date => &[4, 6, 8],
            Kind::DateTime => &[4, 6, 8, 10, 12, 14, 17],
            Kind::Time => &[2, 4, 6, 9],
        };
        digits.contains(&precision).then_some(())?;
        let wanted = if self.kind == Kind::Time { precision + 8 } else { precision };
        for n in self.told..=SECOND {
            self.parts[n] = match (n, is_last) {
                (1, true) => 12,
                (1 | 2, false) => 1,
                (2, true) => days_in(self.parts[0], self.parts[1]),
                (3, true) => 23,
                // An hour alone means its first minute.
                (4, true) => {
                    if self.told == HOUR + 1 {
                        0
                    } else {
                        59
                    }
                }
                (5, true) => 59_999,
                _ => 0,
            };
        }
        if self.told == SECOND + 1 && self.digits.is_none() && is_last {
            self.parts[SECOND] += 999;
        }
        if self.kind == Kind::DateTime && self.offset.is_none() && wanted > 8 {
            self.offset = Some(if is_last { -12 * 60 } else { 14 * 60 });
        }
        self.told = match wanted {
            4 => 1,
            6 => 2,
            8 => 3,
            10 => 4,
            12 => 5,
            _ => 6,
        };
        self.digits = (wanted == 17).then_some(3);
        Some(self)
    }
}

impl Dec {
    /// The whole part.
    fn cut_whole(self) -> Option<i64> {
        self.fits(Dec::new(1, 0))
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_from_civil(next_year, next, 1) - days_from_civil(year, month, 1)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day, hour, minute, milli] = self.parts;
        if self.kind != Kind::Time {
            write!(f, "{year:04}")?;
            for (n, part) in [(1, month), (2, day)] {
                if self.told > n {
                    write!(f, "-{part:02}")?;
                }
            }
            if self.told > HOUR {
                f.write_str("T")?;
            }
        }
        if self.told > HOUR {
            write!(f, "{hour:02}")?;
        }
        if self.told > HOUR + 1 {
            write!(f, ":{minute:02}")?;
        }
        if self.told > SECOND {
            write!(f, ":{:02}", milli / 1_000)?;
            if self.digits.is_some() {
                write!(f, ".{:03}", milli % 1_000)?;
            }
        }
        match self.offset.filter(|_| self.told > HOUR) {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
            }
        }
    }
}
