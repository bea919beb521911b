//! A day's total as the other end states it, held against our books (GUARANTEES S-109): how many, and which control ids
//! one end has and the other has not.

use crate::cover::ZONE;
use crate::words::Words;
use fhir::Instant;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, civil};
use std::collections::HashMap;

/// What was on its way at midnight may stand in the neighbouring day of the other end, in minutes.
pub const EDGE_MINUTES: i64 = 15;
/// Days before a day in which a control id of it may have come; longer ago it was used for something else.
pub const EARLIER_DAYS: i64 = 1;
/// Days after a day within which what was lost on it may have been sent again under its control id.
pub const SENT_AGAIN_DAYS: i64 = 14;
/// After midnight, in minutes: by then the total of the day before is due.
const DUE_MINUTES: i64 = 12 * 60;
/// Days that are held against the books, beside those that differed and have not agreed since.
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
    /// Those of them within [`EDGE_MINUTES`] of a midnight: the other end may count them with the neighbouring day.
    pub inside: Vec<String>,
    /// Control ids of the neighbouring days within [`EDGE_MINUTES`] of a midnight: the other end may count them here.
    pub outside: Vec<String>,
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

/// How a statement differs from our books; `None` when it does not. Control ids are compared with how often each stands:
/// one that was used for two contents and lost once differs. `elsewhere` says how often a control id of theirs came on
/// other days that may explain it.
#[must_use]
pub fn compare(stated: &Stated, booked: &Booked, elsewhere: impl Fn(&str) -> usize) -> Option<Difference> {
    let ours = counted(booked.of_day.len());
    let mut difference = Difference { theirs: stated.count, ours, ..Difference::default() };
    if stated.ids.is_empty() {
        // A number alone cannot tell what crossed midnight: theirs may lack what came just inside the day, and may have
        // more by what came just outside it.
        let (by, slack) = if stated.count > ours {
            (stated.count - ours, counted(booked.outside.len()))
        } else {
            (ours - stated.count, counted(booked.inside.len()))
        };
        return (by > slack).then_some(difference);
    }
    let (here, there, inside) = (tally(&booked.of_day), tally(&stated.ids), tally(&booked.inside));
    let of = |tally: &HashMap<&str, usize>, id: &str| tally.get(id).copied().unwrap_or_default();
    difference.only_theirs = beyond(&stated.ids, |id| of(&here, id) + elsewhere(id));
    difference.only_ours = beyond(&booked.of_day, |id| of(&there, id) + of(&inside, id));
    (!difference.only_theirs.is_empty() || !difference.only_ours.is_empty()).then_some(difference)
}

fn counted(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// How often each control id stands.
#[must_use]
pub fn tally(ids: &[String]) -> HashMap<&str, usize> {
    let mut tally = HashMap::new();
    for id in ids {
        *tally.entry(id.as_str()).or_default() += 1;
    }
    tally
}

/// Those that stand more often than `explained` says, in order, as often as they do.
fn beyond(ids: &[String], explained: impl Fn(&str) -> usize) -> Vec<String> {
    let mut left: HashMap<&str, usize> = HashMap::new();
    let mut beyond = Vec::new();
    for id in ids {
        let left = left.entry(id).or_insert_with(|| explained(id));
        if *left == 0 {
            beyond.push(id.clone());
        }
        *left = left.saturating_sub(1);
    }
    beyond
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
        let booked = Booked { of_day: ids("A B C D"), inside: ids("D"), outside: Vec::new() };
        let found = compare(&stated, &booked, |_| 0).expect("a difference");
        assert_eq!((found.only_theirs, found.only_ours), (ids("X"), ids("C")), "D crossed midnight");
        let came_later = |id: &str| usize::from(id == "X");
        assert!(compare(&stated, &Booked { of_day: ids("A B"), ..booked.clone() }, came_later).is_none());
        let found = compare(&stated, &Booked::default(), |_| 0).expect("a difference");
        assert_eq!(
            found.of_sender("LIS@HRH", "2026-11-22").en,
            "LIS@HRH says it sent 3 messages on 2026-11-22; 0 are here. Sent and not here: A, B, X."
        );
    }

    #[test]
    fn s109_a_control_id_used_twice_and_lost_once_differs() {
        let of = |text: &str| Stated { count: ids(text).len() as u64, ids: ids(text) };
        let day = |text: &str| Booked { of_day: ids(text), ..Booked::default() };
        let found = compare(&of("A A B"), &day("A B"), |_| 0).expect("one A is not here");
        assert_eq!((found.only_theirs, found.only_ours), (ids("A"), ids("")));
        let found = compare(&of("A B"), &day("A A B"), |_| 0).expect("one A is not theirs");
        assert_eq!((found.only_theirs, found.only_ours), (ids(""), ids("A")));
        assert!(compare(&of("A A B"), &day("B A A"), |_| 0).is_none());
        let came_later = |id: &str| usize::from(id == "A");
        assert!(compare(&of("A A B"), &day("A B"), came_later).is_none());
        assert!(compare(&of("A A A B"), &day("A B"), came_later).is_some(), "one explains one");
    }

    #[test]
    fn s109_a_number_alone_is_forgiven_what_stands_at_the_edge_that_explains_it() {
        let of = |count| Stated { count, ids: Vec::new() };
        let inside = Booked { of_day: ids("A B C D"), inside: ids("D"), outside: Vec::new() };
        assert!(compare(&of(3), &inside, |_| 0).is_none(), "D may be theirs of the next day");
        assert!(compare(&of(2), &inside, |_| 0).is_some());
        assert!(compare(&of(5), &inside, |_| 0).is_some(), "what is in our day already explains no other");
        let outside = Booked { of_day: ids("A B C D"), inside: Vec::new(), outside: ids("E") };
        assert!(compare(&of(5), &outside, |_| 0).is_none());
        assert!(compare(&of(3), &outside, |_| 0).is_some());
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
