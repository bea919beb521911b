//! A day's total as the other end states it, held against our books (GUARANTEES S-109): how many, and which control ids
//! one end has and the other has not.

use crate::cover::ZONE;
use crate::words::Words;
use fhir::Instant;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, civil};
use sha2::{Digest as _, Sha256};
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
/// Control ids of one file, at most; each takes [`BYTES_PER_ID`] while it is compared.
pub const STATED_MOST: usize = 5_000_000;
/// What a control id of a statement takes in memory, in bytes: its key, and how often it stands.
pub const BYTES_PER_ID: usize = size_of::<u128>() + size_of::<u32>();

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

/// A control id without its text.
fn key(id: &str) -> u128 {
    let digest = Sha256::digest(id.as_bytes());
    digest.iter().take(size_of::<u128>()).fold(0, |key, byte| (key << 8) | u128::from(*byte))
}

/// What the other end states of one day. Control ids are kept as keys, so that a long list takes little.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stated {
    /// How many.
    pub count: u64,
    /// Keys of their control ids (MSH-10), in order, each once; empty when it states the number alone.
    keys: Vec<u128>,
    /// How often each stands beyond what explains it.
    left: Vec<u32>,
}

impl Stated {
    /// A file of it, line by line: `count,N` first, then one control id a line, all of them or none.
    ///
    /// # Errors
    /// What to mend, for whoever writes the file, or why a line could not be read.
    pub fn read(lines: impl Iterator<Item = Result<String, Words>>) -> Result<Self, Words> {
        let mut lines = said(lines);
        let first = lines.next().transpose()?.unwrap_or_default();
        let count = first.strip_prefix("count,").and_then(|count| count.trim().parse().ok());
        let Some(count) = count else {
            return Err(Words::new(
                "its first line must be count,N with the number of messages",
                "sa première ligne doit être count,N avec le nombre de messages",
            ));
        };
        let mut keys = Vec::new();
        for line in lines {
            if keys.len() == STATED_MOST {
                return Err(Words::new(
                    format!("it lists more than {STATED_MOST} control ids; write the number alone"),
                    format!("il énumère plus de {STATED_MOST} numéros; écrivez le nombre seul"),
                ));
            }
            keys.push(key(&line?));
        }
        if !keys.is_empty() && counted(keys.len()) != count {
            let listed = keys.len();
            return Err(Words::new(
                format!("it says {count} messages and lists {listed} control ids; write all of them or none"),
                format!("il dit {count} messages et énumère {listed} numéros; écrivez-les tous ou aucun"),
            ));
        }
        keys.sort_unstable();
        let mut left: Vec<u32> = Vec::new();
        let mut last = None;
        keys.retain(|key| {
            let is_new = last.replace(*key) != Some(*key);
            match left.last_mut() {
                Some(again) if !is_new => *again = again.saturating_add(1),
                _ => left.push(1),
            }
            is_new
        });
        Ok(Self { count, keys, left })
    }

    /// The same, where what is listed twice counts once.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.left.fill(1);
        self
    }

    /// Whether it names its control ids.
    #[must_use]
    pub fn names_them(&self) -> bool {
        !self.keys.is_empty()
    }
}

/// The lines that say something, without the spaces around them.
fn said(lines: impl Iterator<Item = Result<String, Words>>) -> impl Iterator<Item = Result<String, Words>> {
    let plain = lines.map(|line| Ok(line?.trim_start_matches('\u{feff}').trim().to_owned()));
    plain.filter(|line| !matches!(line, Ok(line) if line.is_empty()))
}

/// A statement held against our books, which are told to it one control id after another: neither list stands in memory.
///
/// Control ids are compared with how often each stands: one that was used for two contents and lost once differs.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    stated: Stated,
    ours: u64,
    /// Ours near a midnight, which they may count with the neighbouring day: by key, how often.
    inside: HashMap<u128, u32>,
    /// How many these were, and how many of the neighbouring days stand near it.
    edges: (u64, u64),
    only_theirs: Named,
    only_ours: Named,
}

impl Comparison {
    /// Begin with what they state.
    #[must_use]
    pub fn of(stated: Stated) -> Self {
        Self { stated, ..Self::default() }
    }

    /// One of our day within [`EDGE_MINUTES`] of a midnight; it is told with the others of the day too, later.
    pub fn inside(&mut self, id: &str) {
        self.edges.0 += 1;
        if self.stated.names_them() {
            *self.inside.entry(key(id)).or_default() += 1;
        }
    }

    /// One of a neighbouring day within [`EDGE_MINUTES`] of a midnight: they may count it here.
    pub fn outside(&mut self) {
        self.edges.1 += 1;
    }

    /// One of our day; one that came with several contents is told as often.
    pub fn ours(&mut self, id: &str) {
        self.ours += 1;
        if !self.stated.names_them() {
            return;
        }
        let key = key(id);
        let theirs = self.stated.keys.binary_search(&key).ok().and_then(|at| self.stated.left.get_mut(at));
        let left = match theirs {
            Some(left) if *left > 0 => Some(left),
            _ => self.inside.get_mut(&key).filter(|left| **left > 0),
        };
        match left {
            Some(left) => *left -= 1,
            None => self.only_ours.add(id, 1),
        }
    }

    /// Their list once more, when all of ours was told. `elsewhere` says how often a control id came on other days that may
    /// explain it; it is asked once for each that is missing here, at most `most` times. Returns why the list could not be
    /// read once more, or did not say again what is missing: nothing is known of it then.
    ///
    /// # Errors
    /// Those of `elsewhere`.
    pub fn theirs<E>(
        &mut self,
        lines: impl Iterator<Item = Result<String, Words>>,
        most: usize,
        mut elsewhere: impl FnMut(&str, usize) -> Result<usize, E>,
    ) -> Result<Result<(), Words>, E> {
        if self.stated.left.iter().all(|left| *left == 0) || !self.stated.names_them() {
            return Ok(Ok(()));
        }
        let mut asked = 0;
        for id in said(lines).skip(1) {
            let id = match id {
                Ok(id) => id,
                Err(why) => return Ok(Err(why)),
            };
            let at = self.stated.keys.binary_search(&key(&id)).ok();
            let Some(left) = at.and_then(|at| self.stated.left.get_mut(at)).filter(|left| **left > 0) else {
                continue;
            };
            let missing = usize::try_from(std::mem::take(left)).unwrap_or(usize::MAX);
            let found = if asked < most { elsewhere(&id, missing)? } else { 0 };
            if asked >= most {
                self.only_theirs.not_looked_for += 1;
            }
            asked += 1;
            self.only_theirs.add(&id, missing.saturating_sub(found));
        }
        if self.stated.left.iter().any(|left| *left > 0) {
            return Ok(Err(Words::new(
                "it was changed while it was read; it is read again with the next look",
                "il a été modifié pendant la lecture; il sera relu à la prochaine vérification",
            )));
        }
        Ok(Ok(()))
    }

    /// How the two differ; `None` when they do not.
    #[must_use]
    pub fn difference(self) -> Option<Difference> {
        let (theirs, ours) = (self.stated.count, self.ours);
        let differs = if self.stated.names_them() {
            self.only_theirs.all > 0 || self.only_ours.all > 0
        } else {
            // A number alone cannot tell what crossed midnight: theirs may lack what came just inside the day, and may
            // have more by what came just outside it.
            let (by, slack) =
                if theirs > ours { (theirs - ours, self.edges.1) } else { (ours - theirs, self.edges.0) };
            by > slack
        };
        let (only_theirs, only_ours) = (self.only_theirs, self.only_ours);
        differs.then_some(Difference { theirs, ours, only_theirs, only_ours })
    }
}

fn counted(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Control ids that one end has alone: the first by name, and how many in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// At most [`NAMED`].
    pub first: Vec<String>,
    /// How many.
    pub all: u64,
    /// How many of them, being so many, were not looked for on other days.
    pub not_looked_for: u64,
}

impl Named {
    fn add(&mut self, id: &str, times: usize) {
        let room = NAMED.saturating_sub(self.first.len()).min(times);
        self.first.extend(std::iter::repeat_n(id.to_owned(), room));
        self.all += counted(times);
    }
}

/// How the two differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What they state.
    pub theirs: u64,
    /// What we have.
    pub ours: u64,
    /// They have it and we do not.
    pub only_theirs: Named,
    /// We have it and they do not.
    pub only_ours: Named,
}

impl Difference {
    /// The control ids of one end alone, for the words of an incident; the first of very many.
    fn named(ids: &Named, en: &str, fr: &str) -> Words {
        if ids.all == 0 {
            return Words::new("", "");
        }
        let (first, more) = (ids.first.join(", "), ids.all.saturating_sub(counted(ids.first.len())));
        let (en_more, fr_more) = match more {
            0 => (String::new(), String::new()),
            more => (format!(" and {more} more"), format!(" et {more} autres")),
        };
        let (mut en, mut fr) = (format!(" {en}: {first}{en_more}."), format!(" {fr} : {first}{fr_more}."));
        if ids.not_looked_for > 0 {
            let so_many = ids.not_looked_for;
            en.push_str(&format!(" Being so many, {so_many} of them were not looked for on other days."));
            fr.push_str(&format!(
                " Vu leur nombre, {so_many} d'entre eux n'ont pas été cherchés à d'autres jours."
            ));
        }
        Words::new(en, fr)
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

    fn read(text: &str) -> Result<Stated, Words> {
        Stated::read(text.lines().map(|line| Ok::<_, Words>(line.to_owned())))
    }

    fn of(ids: &str) -> String {
        let ids: Vec<&str> = ids.split_whitespace().collect();
        format!("count,{}\n{}\n", ids.len(), ids.join("\n"))
    }

    /// Held against a day of ours, of which some came near midnight.
    fn held(text: &str, day: &str, inside: &str, elsewhere: &str) -> Option<(String, String)> {
        let mut comparison = Comparison::of(read(text).expect("a statement"));
        inside.split_whitespace().for_each(|id| comparison.inside(id));
        day.split_whitespace().for_each(|id| comparison.ours(id));
        let came =
            |id: &str, _| Ok::<_, String>(elsewhere.split_whitespace().filter(|other| *other == id).count());
        let lines = text.lines().map(|line| Ok::<_, Words>(line.to_owned()));
        comparison.theirs(lines, 99, came).expect("looked up").expect("read");
        let difference = comparison.difference()?;
        Some((difference.only_theirs.first.join(" "), difference.only_ours.first.join(" ")))
    }

    fn differ(theirs: &str, ours: &str) -> Option<(String, String)> {
        Some((theirs.to_owned(), ours.to_owned()))
    }

    #[test]
    fn s109_what_one_end_has_and_the_other_has_not_is_named() {
        let stated = "count,3\r\nA\r\n\r\n B\r\nX\r\n";
        assert_eq!(held(stated, "A B C D", "D", ""), differ("X", "C"), "D crossed midnight");
        assert_eq!(held(stated, "A B", "", "X"), None);
        let mut nothing_here = Comparison::of(read(stated).expect("a statement"));
        let lines = || stated.lines().map(|line| Ok::<_, Words>(line.to_owned()));
        nothing_here.theirs(lines(), 9, |_, _| Ok::<_, String>(0)).expect("looked up").expect("read");
        assert_eq!(
            nothing_here.difference().expect("a difference").of_sender("LIS@HRH", "2026-11-22").en,
            "LIS@HRH says it sent 3 messages on 2026-11-22; 0 are here. Sent and not here: A, B, X."
        );
        let mut two_asked = Comparison::of(read(stated).expect("a statement"));
        two_asked
            .theirs(lines(), 2, |_, missing| Ok::<_, String>(missing))
            .expect("looked up")
            .expect("read");
        let said = two_asked.difference().expect("one was not looked for").of_sender("LIS@HRH", "2026-11-22");
        assert!(
            said.en.ends_with("not here: X. Being so many, 1 of them were not looked for on other days.")
        );
    }

    #[test]
    fn a_list_that_breaks_off_when_it_is_read_once_more_says_nothing() {
        let stated = || Comparison::of(read("count,2\nA\nB").expect("a statement"));
        let line = |text: &str| Ok(text.to_owned());
        let broken = Words::new("the disk is gone", "le disque a disparu");
        let lines = [line("count,2"), line("A"), Err(broken.clone())];
        let none = |_: &str, _| Ok::<_, String>(0);
        assert_eq!(stated().theirs(lines.into_iter(), 9, none), Ok(Err(broken)));
        let shorter = [line("count,2"), line("A")];
        assert!(
            stated().theirs(shorter.into_iter(), 9, none).expect("looked up").is_err(),
            "B is missing yet"
        );
    }

    #[test]
    fn s109_a_control_id_used_twice_and_lost_once_differs() {
        assert_eq!(held(&of("A A B"), "A B", "", ""), differ("A", ""), "one A is not here");
        assert_eq!(held(&of("A B"), "A A B", "", ""), differ("", "A"), "one A is not theirs");
        assert_eq!(held(&of("A A B"), "B A A", "", ""), None);
        assert_eq!(held(&of("A A B"), "A B", "", "A"), None, "it came later");
        assert_eq!(held(&of("A A A B"), "A B", "", "A"), differ("A", ""), "one explains one");
        let twice = Comparison::of(read(&of("A A B")).expect("a statement").once());
        let told = ["A", "B"].iter().fold(twice, |mut held, id| {
            held.ours(id);
            held
        });
        assert_eq!(told.difference(), None, "a receiver that lists one twice has it once");
    }

    #[test]
    fn s109_a_number_alone_is_forgiven_what_stands_at_the_edge_that_explains_it() {
        let differs = |count: u64, inside: usize, outside: usize| {
            let mut comparison = Comparison::of(read(&format!("count,{count}")).expect("a statement"));
            (0..inside).for_each(|_| comparison.inside("D"));
            (0..outside).for_each(|_| comparison.outside());
            ["A", "B", "C", "D"].iter().for_each(|id| comparison.ours(id));
            comparison.difference().is_some()
        };
        assert!(!differs(3, 1, 0), "D may be theirs of the next day");
        assert!(differs(2, 1, 0));
        assert!(differs(5, 1, 0), "what is in our day already explains no other");
        assert!(!differs(5, 0, 1));
        assert!(differs(3, 0, 1));
    }

    #[test]
    fn s109_a_long_list_takes_its_keys_alone() {
        let id = |n: u32| format!("LIS-2026-11-22-{n:09}");
        let (many, lost) = (20_000_u32, 777);
        let lines = || {
            let ids = (0..many).map(id).map(Ok::<_, Words>);
            std::iter::once(Ok(format!("count,{many}"))).chain(ids)
        };
        let stated = Stated::read(lines()).expect("a statement");
        let capacity = stated.keys.capacity() * size_of::<u128>() + stated.left.capacity() * size_of::<u32>();
        assert!(capacity <= 2 * BYTES_PER_ID * 20_000, "{capacity} bytes");
        let mut comparison = Comparison::of(stated);
        (0..many).rev().filter(|n| *n != lost).for_each(|n| comparison.ours(&id(n)));
        comparison.theirs(lines(), 9, |_, _| Ok::<_, String>(0)).expect("looked up").expect("read");
        let difference = comparison.difference().expect("one was lost");
        assert_eq!((difference.only_theirs.first, difference.only_theirs.all), (vec![id(lost)], 1));
        assert_eq!(difference.only_ours, Named::default());
    }

    #[test]
    fn a_file_that_says_two_things_is_no_statement() {
        for text in ["", "A\nB", "count,x", "count,3\nA\nB"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("count,0").expect("nothing was sent"), Stated::default());
        let (from, to) = bounds("2026-11-01").expect("a day");
        assert_eq!((to.0 - from.0) / 3_600_000_000, 25, "the clocks go back");
        assert!(bounds("yesterday").is_none());
        let noon = Instant(to.0 + DUE_MINUTES * 60_000_000);
        let told = days(noon);
        assert_eq!((told[0].clone(), told.len()), (("2026-11-01".to_owned(), true), 7));
        assert!(!days(Instant(noon.0 - 1))[0].1 && days(Instant(noon.0 - 1))[1].1);
    }
}
