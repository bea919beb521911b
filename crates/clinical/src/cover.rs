//! Who is on call at each desk: weekly shifts in the time of the province, absences and deputies.
//!
//! A desk is a list that somebody must read at every hour. Where nobody would, the record refuses to be activated and
//! says which hours (HAZARDS H90). Times are wall times in America/Halifax: a shift from 00:00 to 08:00 is seven hours
//! long on the night in March when the clocks go forward and nine in November, and leaves no hour to nobody.

use crate::obligations::Desk;
use fhir::Instant;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, civil};
use serde::Deserialize;

/// The zone of all wall times.
pub const ZONE: &str = "America/Halifax";
/// How far ahead a desk must have cover, in days (H90).
pub const COVERED_DAYS: i64 = 14;
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Deputies of deputies that are asked before a shift counts as empty.
const DEPUTIES_LIMIT: usize = 4;
const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// Somebody who can be on call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// As people read it; also how shifts name them.
    pub name: String,
    /// How to reach them at once.
    #[serde(default)]
    pub phone: String,
    /// Where the paging gateway reaches them, when that is not their telephone: another number, an address.
    #[serde(default)]
    pub page: String,
}

impl Person {
    /// Where the paging gateway reaches them; empty when nobody knows.
    #[must_use]
    pub fn reached_at(&self) -> &str {
        if self.page.is_empty() { &self.phone } else { &self.page }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShiftEntry {
    desk: String,
    days: String,
    from: String,
    to: String,
    person: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AbsenceEntry {
    person: String,
    from: String,
    to: String,
    #[serde(default)]
    deputy: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoverFile {
    #[serde(default)]
    person: Vec<Person>,
    #[serde(default)]
    shift: Vec<ShiftEntry>,
    #[serde(default)]
    absence: Vec<AbsenceEntry>,
}

/// A weekly shift.
#[derive(Debug, Clone)]
struct Shift {
    desk: Desk,
    /// First weekday and last, 0 Monday; the shift begins on these.
    days: (u8, u8),
    /// Minutes since midnight; an end that is not after the beginning is on the next day.
    minutes: (u16, u16),
    person: usize,
}

#[derive(Debug, Clone)]
struct Absence {
    person: usize,
    from: civil::DateTime,
    to: civil::DateTime,
    deputy: Option<usize>,
}

/// The calendar.
#[derive(Debug, Clone, Default)]
pub struct Cover {
    people: Vec<Person>,
    shifts: Vec<Shift>,
    absences: Vec<Absence>,
}

/// Why a calendar cannot be used: every entry to mend, each with its fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the on-call calendar has {} to mend:\n  {}", count(.0.len()), .0.join("\n  "))]
pub struct CoverProblem(pub Vec<String>);

fn count(n: usize) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{n} entries") }
}

/// Hours of a desk at which nobody is on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The desk.
    pub desk: Desk,
    /// From.
    pub from: Instant,
    /// Until, not included.
    pub to: Instant,
}

impl std::fmt::Display for Gap {
    /// `delivery desk: nobody from Sa 2026-11-28 08:00 to Mo 2026-11-30 08:00`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let told = |at: Instant| match local(at) {
            Some(at) => {
                let day = DAYS.get(usize::from(weekday(at))).copied().unwrap_or_default();
                format!("{day} {} {:02}:{:02}", at.date(), at.hour(), at.minute())
            }
            None => at.to_string(),
        };
        write!(f, "{}: nobody from {} to {}", self.desk.words().en, told(self.from), told(self.to))
    }
}

/// The wall time in the province.
#[must_use]
pub fn local(at: Instant) -> Option<civil::DateTime> {
    let zone = TimeZone::get(ZONE).ok()?;
    Some(Timestamp::from_microsecond(at.0).ok()?.to_zoned(zone).datetime())
}

/// The moments that a wall time in the province names, written `2026-11-22 14:05` or with seconds: two in the hour that comes
/// twice in autumn, none in the one that is left out in spring. `None` when it is no wall time.
#[must_use]
pub fn moments(text: &str) -> Option<Vec<Instant>> {
    let (zone, wall) = (TimeZone::get(ZONE).ok()?, text.trim().parse::<civil::DateTime>().ok()?);
    let offsets = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => vec![offset],
        AmbiguousOffset::Gap { .. } => Vec::new(),
        AmbiguousOffset::Fold { before, after } => vec![before, after],
    };
    let moment = |offset: Offset| Some(Instant(offset.to_timestamp(wall).ok()?.as_microsecond()));
    offsets.into_iter().map(moment).collect()
}

/// The day in the province, `2026-11-22`: the one that roles, absences and ways out begin and end on.
#[must_use]
pub fn day(at: Instant) -> String {
    local(at).map(|at| at.date().to_string()).unwrap_or_default()
}

/// 0 Monday to 6 Sunday.
pub(crate) fn weekday(at: civil::DateTime) -> u8 {
    u8::try_from(at.date().weekday().to_monday_zero_offset()).unwrap_or_default()
}

pub(crate) fn minute(at: civil::DateTime) -> u16 {
    u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or_default()
}

impl Shift {
    fn holds(&self, weekday: u8, minute: u16) -> bool {
        let (from, to) = self.minutes;
        let on = |day: u8| {
            if self.days.0 <= self.days.1 {
                (self.days.0..=self.days.1).contains(&day)
            } else {
                day >= self.days.0 || day <= self.days.1
            }
        };
        if from < to {
            on(weekday) && (from..to).contains(&minute)
        } else {
            (on(weekday) && minute >= from) || (on((weekday + 6) % 7) && minute < to)
        }
    }
}

impl Cover {
    /// Read a calendar file.
    ///
    /// # Errors
    /// [`CoverProblem`]: not of the form, or every entry that cannot be used with its fix.
    pub fn from_toml(text: &str) -> Result<Self, CoverProblem> {
        let file: CoverFile =
            toml::from_str(text).map_err(|e| CoverProblem(vec![e.to_string().trim_end().to_owned()]))?;
        let mut problems = Vec::new();
        let mut cover = Self { people: file.person, ..Self::default() };
        for (n, entry) in file.shift.iter().enumerate() {
            match cover.shift(entry) {
                Ok(shift) => cover.shifts.push(shift),
                Err(why) => problems.push(format!("shift {}: {why}", n + 1)),
            }
        }
        for (n, entry) in file.absence.iter().enumerate() {
            match cover.absence(entry) {
                Ok(absence) => cover.absences.push(absence),
                Err(why) => problems.push(format!("absence {}: {why}", n + 1)),
            }
        }
        if problems.is_empty() { Ok(cover) } else { Err(CoverProblem(problems)) }
    }

    fn person(&self, name: &str) -> Result<usize, String> {
        self.people
            .iter()
            .position(|person| person.name == name)
            .ok_or_else(|| format!("there is no person \"{name}\"; add a [[person]] with this name"))
    }

    fn shift(&self, entry: &ShiftEntry) -> Result<Shift, String> {
        let desk = Desk::from_code(&entry.desk).ok_or_else(|| {
            let known: Vec<&str> = Desk::ALL.into_iter().map(Desk::code).collect();
            format!("\"{}\" is no desk; write one of {}", entry.desk, known.join(", "))
        })?;
        let (first, last) = entry.days.split_once('-').unwrap_or((&entry.days, &entry.days));
        let day = |name: &str| {
            let found = DAYS.iter().zip(0u8..).find(|(known, _)| **known == name).map(|(_, n)| n);
            found.ok_or_else(|| format!("\"{}\" are no days; write them as Mo-Fr or Sa", entry.days))
        };
        let time = |text: &str| {
            let read = text.split_once(':').and_then(|(hour, minute)| {
                let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
                (hour <= 24 && minute < 60).then(|| hour * 60 + minute).filter(|all| *all <= DAY)
            });
            read.ok_or_else(|| format!("\"{text}\" is no time; write it as 08:00"))
        };
        Ok(Shift {
            desk,
            days: (day(first)?, day(last)?),
            minutes: (time(&entry.from)?, time(&entry.to)?),
            person: self.person(&entry.person)?,
        })
    }

    fn absence(&self, entry: &AbsenceEntry) -> Result<Absence, String> {
        let time = |text: &str| {
            text.parse::<civil::DateTime>()
                .map_err(|_| format!("\"{text}\" is no time; write it as 2026-12-24T08:00"))
        };
        let (from, to) = (time(&entry.from)?, time(&entry.to)?);
        if to <= from {
            return Err("it ends before it begins; correct from or to".to_owned());
        }
        let deputy = entry.deputy.as_deref().map(|name| self.person(name)).transpose()?;
        Ok(Absence { person: self.person(&entry.person)?, from, to, deputy })
    }

    /// Whether there is any calendar at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shifts.is_empty()
    }

    /// Who is on call at a desk; of several shifts at once the first whose person, or a deputy, is there.
    #[must_use]
    pub fn who(&self, desk: Desk, at: Instant) -> Option<&Person> {
        self.on_call(desk, local(at)?).and_then(|person| self.people.get(person))
    }

    fn on_call(&self, desk: Desk, at: civil::DateTime) -> Option<usize> {
        let (weekday, minute) = (weekday(at), minute(at));
        self.shifts
            .iter()
            .filter(|shift| shift.desk == desk && shift.holds(weekday, minute))
            .find_map(|shift| self.present(shift.person, at))
    }

    /// The person, or the deputy of their absence.
    fn present(&self, person: usize, at: civil::DateTime) -> Option<usize> {
        let mut person = person;
        for _ in 0..=DEPUTIES_LIMIT {
            match self.absences.iter().find(|a| a.person == person && a.from <= at && at < a.to) {
                None => return Some(person),
                Some(absence) => person = absence.deputy?,
            }
        }
        None
    }

    /// The times from `from` on, for `days` days, at which a desk has nobody.
    #[must_use]
    pub fn gaps(&self, from: Instant, days: i64) -> Vec<Gap> {
        let minute_us = 60_000_000;
        let mut gaps: Vec<Gap> = Vec::new();
        let Ok(zone) = TimeZone::get(ZONE) else { return gaps };
        let first = from.0.div_euclid(minute_us) * minute_us;
        for n in 0..days * i64::from(DAY) {
            let (at, next) = (Instant(first + n * minute_us), Instant(first + (n + 1) * minute_us));
            let Ok(moment) = Timestamp::from_microsecond(at.0) else { continue };
            let wall = zone.to_datetime(moment);
            for desk in Desk::ALL {
                if self.on_call(desk, wall).is_some() {
                    continue;
                }
                match gaps.iter_mut().rev().find(|gap| gap.desk == desk && gap.to == at) {
                    Some(gap) => gap.to = next,
                    None => gaps.push(Gap { desk, from: at, to: next }),
                }
            }
        }
        gaps.sort_by_key(|gap| (gap.from, gap.desk));
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wall time in the province at a fixed offset, in hours.
    fn at(day: &str, time: &str, offset: i64) -> Instant {
        let start = fhir::time::interval(day).expect("a day").0;
        let (hour, minute) = time.split_once(':').expect("a time");
        start
            .plus_minutes((hour.parse::<i64>().expect("h") + offset) * 60 + minute.parse::<i64>().expect("m"))
    }

    fn shift(desk: &str, days: &str, from: &str, to: &str, person: &str) -> String {
        format!(
            "[[shift]]\ndesk = \"{desk}\"\ndays = \"{days}\"\nfrom = \"{from}\"\nto = \"{to}\"\nperson = \"{person}\"\n"
        )
    }

    /// Every desk covered day and night but for what `change` does.
    fn full(change: impl Fn(&str) -> String) -> Cover {
        let mut text =
            String::from("[[person]]\nname = \"Day\"\nphone = \"555-0101\"\n[[person]]\nname = \"Night\"\n");
        for desk in Desk::ALL {
            text.push_str(&change(desk.code()));
        }
        Cover::from_toml(&text).expect("a calendar")
    }

    fn usual(desk: &str) -> String {
        shift(desk, "Mo-Su", "08:00", "20:00", "Day") + &shift(desk, "Mo-Su", "20:00", "08:00", "Night")
    }

    #[test]
    fn the_day_ends_at_midnight_in_the_province() {
        // 2026-11-25 00:00 UTC is 20:00 of the 24th in Halifax, in winter four hours behind.
        let midnight = Instant(1_795_564_800_000_000);
        for (minutes, wanted) in [(90, "2026-11-24"), (239, "2026-11-24"), (240, "2026-11-25")] {
            assert_eq!(day(midnight.plus_minutes(minutes)), wanted);
        }
    }

    #[test]
    fn h90_full_cover_has_no_gap_also_when_the_clocks_change() {
        for start in ["2026-11-22", "2026-03-01", "2026-10-25", "2026-12-24"] {
            assert_eq!(full(usual).gaps(at(start, "00:00", 4), COVERED_DAYS), [], "{start}");
        }
    }

    #[test]
    fn h90_a_night_that_nobody_has_is_named_by_the_hour() {
        let cover = full(|desk| match desk {
            "safety" => {
                shift(desk, "Mo-Su", "08:00", "20:00", "Day")
                    + &shift(desk, "Mo-Fr", "20:00", "08:00", "Night")
            }
            desk => usual(desk),
        });
        let gaps = cover.gaps(at("2026-11-23", "00:00", 4), 7);
        let told: Vec<String> = gaps.iter().map(Gap::to_string).collect();
        assert_eq!(
            told,
            [
                "safety desk: nobody from Mo 2026-11-23 00:00 to Mo 2026-11-23 08:00",
                "safety desk: nobody from Sa 2026-11-28 20:00 to Su 2026-11-29 08:00",
                "safety desk: nobody from Su 2026-11-29 20:00 to Mo 2026-11-30 00:00",
            ]
        );
    }

    #[test]
    fn the_hour_that_comes_twice_belongs_to_whoever_has_that_wall_time() {
        let cover = full(|desk| {
            shift(desk, "Mo-Su", "01:00", "02:00", "Night") + &shift(desk, "Mo-Su", "02:00", "01:00", "Day")
        });
        // 2026-11-01 in Halifax: 01:30 comes at 04:30 UTC and again at 05:30 UTC.
        for utc in ["04:30", "05:30"] {
            assert_eq!(
                cover.who(Desk::Safety, at("2026-11-01", utc, 0)).map(|p| p.name.as_str()),
                Some("Night")
            );
        }
        assert_eq!(
            cover.who(Desk::Safety, at("2026-11-01", "06:00", 0)).map(|p| p.name.as_str()),
            Some("Day")
        );
    }

    #[test]
    fn an_absence_goes_to_the_deputy_or_stands_as_a_gap() {
        let base = "[[person]]\nname = \"Day\"\n[[person]]\nname = \"Night\"\n".to_owned()
            + &Desk::ALL.map(|desk| usual(desk.code())).concat()
            + "[[absence]]\nperson = \"Day\"\nfrom = \"2026-11-25T08:00\"\nto = \"2026-11-25T12:00\"\n";
        let noon = at("2026-11-25", "11:00", 4);
        let alone = Cover::from_toml(&base).expect("a calendar");
        assert_eq!(alone.who(Desk::Delivery, noon), None);
        assert_eq!(alone.gaps(noon, 1).len(), Desk::ALL.len());
        let covered = Cover::from_toml(&(base + "deputy = \"Night\"\n")).expect("a calendar");
        assert_eq!(covered.who(Desk::Delivery, noon).map(|p| p.name.as_str()), Some("Night"));
        assert_eq!(covered.gaps(noon, 1), []);
    }

    #[test]
    fn two_who_stand_in_for_each_other_are_nobody() {
        let away = |who: &str, other: &str| {
            format!(
                "[[absence]]\nperson = \"{who}\"\nfrom = \"2026-11-25T08:00\"\nto = \"2026-11-26T08:00\"\ndeputy = \"{other}\"\n"
            )
        };
        let text = "[[person]]\nname = \"Day\"\n[[person]]\nname = \"Night\"\n".to_owned()
            + &usual("safety")
            + &away("Day", "Night")
            + &away("Night", "Day");
        let cover = Cover::from_toml(&text).expect("a calendar");
        assert_eq!(cover.who(Desk::Safety, at("2026-11-25", "11:00", 4)), None);
    }

    #[test]
    fn a_wall_time_names_one_moment_but_in_the_hours_of_the_change() {
        let told = |text: &str| {
            moments(text).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        for (text, said) in [
            ("2026-11-22 14:05", Some("2026-11-22T18:05:00.000Z")),
            ("2026-07-01 14:05:30", Some("2026-07-01T17:05:30.000Z")),
            ("2026-11-01 01:30", Some("2026-11-01T04:30:00.000Z 2026-11-01T05:30:00.000Z")),
            ("2026-03-08 02:30", Some("")),
            ("22/11/2026 14:05", None),
        ] {
            assert_eq!(told(text).as_deref(), said, "{text}");
        }
    }

    #[test]
    fn every_entry_that_cannot_be_used_says_what_to_do() {
        let text = "[[person]]\nname = \"Day\"\n".to_owned()
            + &shift("kitchen", "Mo", "08:00", "09:00", "Day")
            + &shift("safety", "Monday", "08:00", "09:00", "Day")
            + &shift("safety", "Mo", "8", "09:00", "Day")
            + &shift("safety", "Mo", "08:00", "09:00", "Nobody")
            + "[[absence]]\nperson = \"Day\"\nfrom = \"2026-11-25T08:00\"\nto = \"2026-11-24T08:00\"\n";
        let CoverProblem(problems) = Cover::from_toml(&text).expect_err("problems");
        assert_eq!(problems.len(), 5, "{problems:?}");
        assert!(problems[0].contains("write one of delivery"), "{problems:?}");
        assert!(Cover::from_toml("[[shift]]\nbar = 1").is_err());
    }
}
