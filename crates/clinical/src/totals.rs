//! A day's total as the other end states it, held against our books (GUARANTEES S-109): how many, and which control ids
//! one end has and the other has not.

use crate::cover::ZONE;
use crate::words::Words;
use fhir::Instant;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, civil};
use std::collections::HashSet;

/// What was on its way at midnight may stand in the neighbouring day of the other end, in minutes.
pub const EDGE_MINUTES: i64 = 15;
/// After midnight, in minutes: by then the total of the day before is due.
const DUE_MINUTES: i64 = 12 * 60;
/// Days that are held against the books: what differs longer is a person's matter already.
const LOOKED_BACK_DAYS: i64 = 7;
/// Control ids that the words of a difference name, of each sort.
const NAMED: usize = 100;
/// Control ids of one file, at most.
const STATED_MOST: usize = 1_000_000;

/// From midnight to midnight in the province, of `2026-11-22`; `None` when that is no day.
#[must_use]
pub fn bounds(day: &str) -> Option<(Instant, Instant)> {
    let zone = TimeZone::get(ZONE).ok()?;
    let first: civil::Date = day.parse().ok()?;
    let at = |date: civil::Date| {
        let midnight = date.to_zoned(zone.clone()).ok()?;
        Some(Instant(midnight.timestamp().as_microsecond()))
    };
    Some((at(first)?, at(first.tomorrow().ok()?)?))
}

/// The last whole days in the province, the latest first, each with whether its total is due by now.
#[must_use]
pub fn days(now: Instant) -> Vec<(String, bool)> {
    let today = crate::cover::day(now).parse::<civil::Date>();
    let before =
        today.into_iter().flat_map(|today| (1..=LOOKED_BACK_DAYS).map(move |back| today - back.days()));
    let of = |date: civil::Date| {
        let day = date.to_string();
        let over = bounds(&day).map(|(_, to)| to)?;
        Some((day, now >= over.plus_minutes(DUE_MINUTES)))
    };
    before.filter_map(of).collect()
}

/// What the other end states of one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stated {
    /// How many.
    pub count: u64,
    /// Their control ids (MSH-10); empty when it states the number alone.
    pub ids: Vec<String>,
}

impl Stated {
    /// A file of it: `count,N` in the first line, then one control id a line, all of them or none.
    ///
    /// # Errors
    /// What to mend, for whoever writes the file.
    pub fn read(text: &str) -> Result<Self, Words> {
        let mut lines =
            text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default();
        let count = first.strip_prefix("count,").and_then(|count| count.trim().parse().ok());
        let Some(count) = count else {
            return Err(Words::new(
                "its first line must be count,N with the number of messages",
                "sa première ligne doit être count,N avec le nombre de messages",
            ));
        };
        let ids: Vec<String> = lines.take(STATED_MOST).map(str::to_owned).collect();
        if !ids.is_empty() && u64::try_from(ids.len()) != Ok(count) {
            let listed = ids.len();
            return Err(Words::new(
                format!("it says {count} messages and lists {listed} control ids; write all of them or none"),
                format!("il dit {count} messages et énumère {listed} numéros; écrivez-les tous ou aucun"),
            ));
        }
        Ok(Self { count, ids })
    }
}

/// What our books say of the same day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Booked {
    /// Control ids from midnight to midnight, in order; one that came with several contents stands as often.
    pub of_day: Vec<String>,
    /// Control ids up to [`EDGE_MINUTES`] before and after, and of the day's first and last such minutes.
    pub at_edges: HashSet<String>,
}

/// How the two differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What they state.
    pub theirs: u64,
    /// What we have.
    pub ours: u64,
    /// They have it and we do not.
    pub only_theirs: Vec<String>,
    /// We have it and they do not.
    pub only_ours: Vec<String>,
}

/// How a statement differs from our books; `None` when it does not. `is_known` says whether we have a control id of
/// theirs on another day.
#[must_use]
pub fn compare(stated: &Stated, booked: &Booked, is_known: impl Fn(&str) -> bool) -> Option<Difference> {
    let ours = u64::try_from(booked.of_day.len()).unwrap_or(u64::MAX);
    let mut difference = Difference { theirs: stated.count, ours, ..Difference::default() };
    if stated.ids.is_empty() {
        // A number alone cannot tell what crossed midnight: as many as stand at the edges may be missing or too many.
        let slack = u64::try_from(booked.at_edges.len()).unwrap_or(u64::MAX);
        return (stated.count.abs_diff(ours) > slack).then_some(difference);
    }
    let here: HashSet<&str> = booked.of_day.iter().map(String::as_str).collect();
    let there: HashSet<&str> = stated.ids.iter().map(String::as_str).collect();
    let missing =
        |id: &&String| !here.contains(id.as_str()) && !booked.at_edges.contains(id.as_str()) && !is_known(id);
    let unknown = |id: &&String| !there.contains(id.as_str()) && !booked.at_edges.contains(id.as_str());
    difference.only_theirs = stated.ids.iter().filter(missing).cloned().collect();
    difference.only_ours = booked.of_day.iter().filter(unknown).cloned().collect();
    (!difference.only_theirs.is_empty() || !difference.only_ours.is_empty()).then_some(difference)
}

impl Difference {
    /// The control ids of one end alone, for the words of an incident; the first of very many.
    fn named(ids: &[String], en: &str, fr: &str) -> Words {
        if ids.is_empty() {
            return Words::new("", "");
        }
        let first: Vec<&str> = ids.iter().take(NAMED).map(String::as_str).collect();
        let (first, more) = (first.join(", "), ids.len().saturating_sub(NAMED));
        let (en_more, fr_more) = match more {
            0 => (String::new(), String::new()),
            more => (format!(" and {more} more"), format!(" et {more} autres")),
        };
        Words::new(format!(" {en}: {first}{en_more}."), format!(" {fr} : {first}{fr_more}."))
    }

    /// As people read it, of a sender.
    #[must_use]
    pub fn of_sender(&self, link: &str, day: &str) -> Words {
        let theirs = Self::named(&self.only_theirs, "Sent and not here", "Envoyés et absents ici");
        let ours =
            Self::named(&self.only_ours, "Here and not in its list", "Présents ici et absents de sa liste");
        Words::new(
            format!(
                "{link} says it sent {} messages on {day}; {} are here.{}{}",
                self.theirs, self.ours, theirs.en, ours.en
            ),
            format!(
                "{link} dit avoir envoyé {} messages le {day}; {} sont ici.{}{}",
                self.theirs, self.ours, theirs.fr, ours.fr
            ),
        )
    }

    /// As people read it, of a receiver.
    #[must_use]
    pub fn of_receiver(&self, endpoint: &str, day: &str) -> Words {
        let theirs =
            Self::named(&self.only_theirs, "There and not acknowledged here", "Là-bas et non confirmés ici");
        let ours = Self::named(
            &self.only_ours,
            "Acknowledged and not in its list",
            "Confirmés et absents de sa liste",
        );
        Words::new(
            format!(
                "{endpoint} says it took {} deliveries on {day}; it acknowledged {}.{}{}",
                self.theirs, self.ours, ours.en, theirs.en
            ),
            format!(
                "{endpoint} dit avoir pris {} remises le {day}; il en a confirmé {}.{}{}",
                self.theirs, self.ours, ours.fr, theirs.fr
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn s109_what_one_end_has_and_the_other_has_not_is_named() {
        let stated = Stated::read("count,3\r\nA\r\nB\r\nX\r\n").expect("a statement");
        let booked = Booked { of_day: ids("A B C D"), at_edges: ids("D").into_iter().collect() };
        let found = compare(&stated, &booked, |_| false).expect("a difference");
        assert_eq!((found.only_theirs, found.only_ours), (ids("X"), ids("C")), "D crossed midnight");
        assert!(compare(&stated, &Booked { of_day: ids("A B"), ..booked.clone() }, |id| id == "X").is_none());
        let alone = Stated { count: 4, ids: Vec::new() };
        assert!(compare(&alone, &booked, |_| false).is_none());
        assert!(compare(&Stated { count: 6, ids: Vec::new() }, &booked, |_| false).is_some());
        let found = compare(&stated, &Booked::default(), |_| false).expect("a difference");
        assert_eq!(
            found.of_sender("LIS@HRH", "2026-11-22").en,
            "LIS@HRH says it sent 3 messages on 2026-11-22; 0 are here. Sent and not here: A, B, X."
        );
    }

    #[test]
    fn a_file_that_says_two_things_is_no_statement() {
        for text in ["", "A\nB", "count,x", "count,3\nA\nB"] {
            assert!(Stated::read(text).is_err(), "{text}");
        }
        assert_eq!(Stated::read("count,0").expect("nothing was sent"), Stated::default());
        let (from, to) = bounds("2026-11-01").expect("a day");
        assert_eq!((to.0 - from.0) / 3_600_000_000, 25, "the clocks go back");
        assert!(bounds("yesterday").is_none());
        let noon = Instant(to.0 + DUE_MINUTES * 60_000_000);
        let told = days(noon);
        assert_eq!((told[0].clone(), told.len()), (("2026-11-01".to_owned(), true), 7));
        assert!(!days(Instant(noon.0 - 1))[0].1 && days(Instant(noon.0 - 1))[1].1);
    }
}
