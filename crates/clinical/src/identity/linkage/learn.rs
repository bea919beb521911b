//! What the data itself says are stand-ins: dates, cards, telephones and addresses that far too many people carry,
//! names of newborns without a name, names under which the unidentified are filed.
//!
//! Nothing here is a list of strings: a set with other stand-ins is learned the same way.

use super::book::{Book, address_value, name_value};
use super::letters::{likeness, one_slip};
use super::lexicon::{Lexicon, WordId, Words};
use super::record::{
    BLANK, Packed, REGISTERED_AT_BIRTH, UNIDENTIFIED, UNNAMED_NEWBORN, UNUSUAL_CARD, as_mother,
};
use std::collections::{HashMap, HashSet};

/// Records that must carry a value before anything is said of it.
const FEWEST: usize = 5;
/// People (told by birth date) who must carry a card before it is a stand-in.
const FEWEST_ON_A_CARD: usize = 4;
/// People who must carry a telephone or an address.
const FEWEST_ON_AN_ADDRESS: usize = 8;
/// A stand-in is carried by nearly as many people as records.
const CROWD: f64 = 0.5;
/// A date is a stand-in when so many times more families have it than a day of its years.
const TIMES_THE_DAY: f64 = 20.0;
/// Families that must have a date.
const FEWEST_ON_A_DATE: usize = 8;
/// Likeness from which a name registered at birth is a misspelt stand-in.
const MISSPELT: f32 = 0.88;

/// What was learned.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    dates: HashSet<u32>,
    cards: HashSet<u64>,
    telephones: HashSet<u64>,
    addresses: HashSet<u64>,
    newborn: HashSet<WordId>,
    nobody: HashSet<WordId>,
    nobody_names: HashSet<u64>,
    /// Whether a record usually says more than a name: if so, one that does not is of somebody unidentified.
    blank_is_odd: bool,
    /// Whether the check digits of cards fit often enough to say anything.
    checked: bool,
}

/// Month and day of a date that is but a year.
const FIRST_OF_JANUARY: u32 = 101;

impl Habits {
    /// Learn from all records.
    #[must_use]
    pub fn of(book: &Book) -> Self {
        Self::of_records(&book.words, &book.records)
    }

    /// Learn from records whose words are these.
    #[must_use]
    pub fn of_records(words: &Lexicon, records: &[Packed]) -> Self {
        let mut habits = Self {
            dates: dates(records),
            cards: crowded(records, |p| p.card, FEWEST_ON_A_CARD),
            telephones: crowded(records, |p| p.telephone, FEWEST_ON_AN_ADDRESS),
            addresses: crowded(records, address_value, FEWEST_ON_AN_ADDRESS),
            ..Self::default()
        };
        let stated = records.iter().filter(|p| p.card != 0).count();
        let unusual = records.iter().filter(|p| p.is(UNUSUAL_CARD)).count();
        habits.checked = unusual * 5 < stated;
        habits.newborn = newborn(words, records);
        let blank = records.iter().filter(|p| habits.stated(p) == 0).count();
        habits.blank_is_odd = (blank as f64) < 0.05 * records.len() as f64;
        if habits.blank_is_odd {
            habits.find_nobody(records);
        }
        habits
    }

    /// How many stand-ins of each sort: dates, cards, telephones, addresses, newborn names, unidentified names.
    #[must_use]
    pub fn sizes(&self) -> [usize; 6] {
        [
            self.dates.len(),
            self.cards.len(),
            self.telephones.len(),
            self.addresses.len(),
            self.newborn.len(),
            self.nobody.len() + self.nobody_names.len(),
        ]
    }

    fn stated(&self, p: &Packed) -> u32 {
        let mut clean = *p;
        self.clean(&mut clean);
        clean.stated()
    }

    fn clean(&self, p: &mut Packed) {
        if self.dates.contains(&p.born) {
            p.born = 0;
        }
        if self.cards.contains(&p.card) {
            p.card = 0;
        }
        if self.telephones.contains(&p.telephone) {
            p.telephone = 0;
        }
        if !self.addresses.is_empty() && self.addresses.contains(&address_value(p)) {
            (p.street, p.number, p.unit) = (0, 0, 0);
        }
    }

    /// Make stand-ins what they are: nothing stated.
    pub fn apply(&self, words: &Lexicon, p: &mut Packed) {
        self.apply_to(Words::from(words), p);
    }

    /// The same for a record of a question.
    pub fn apply_to(&self, words: Words<'_>, p: &mut Packed) {
        self.clean(p);
        if p.is(UNUSUAL_CARD) && !self.checked {
            p.flags &= !UNUSUAL_CARD;
        }
        if p.mother != 0 && as_mother(p.card) == p.mother {
            p.card = 0;
        }
        if self.blank_is_odd && p.is_blank() {
            p.flags |= BLANK;
        }
        if p.given != 0 && self.is_newborn(words, p) {
            p.flags |= UNNAMED_NEWBORN;
        }
        let nobody = self.nobody.contains(&p.given)
            || self.nobody.contains(&p.family)
            || self.nobody_names.contains(&name_value(p))
            || (self.blank_is_odd && p.is_blank() && p.born % 10_000 <= FIRST_OF_JANUARY);
        if nobody {
            p.flags |= UNIDENTIFIED;
        }
    }

    fn is_newborn(&self, words: Words<'_>, p: &Packed) -> bool {
        let stands_in =
            |word: WordId| word != 0 && (self.newborn.contains(&word) || words.form(word).stand_in);
        if stands_in(p.given) || words.form(p.given).tokens.iter().any(|t| stands_in(*t)) {
            return true;
        }
        p.is(REGISTERED_AT_BIRTH) && {
            let given = words.letters(p.given);
            self.newborn.iter().any(|word| {
                let known = words.letters(*word);
                known.len() >= 4 && (one_slip(known, given) || likeness(known, given) >= MISSPELT)
            })
        }
    }

    /// Names under which the unidentified are filed: whole names, and words, whose records say nearly nothing else.
    fn find_nobody(&mut self, records: &[Packed]) {
        let stated: Vec<u8> = records.iter().map(|p| self.stated(p) as u8).collect();
        let overall = stated.iter().map(|s| f64::from(*s)).sum::<f64>() / records.len().max(1) as f64;
        if overall < 1.0 {
            return;
        }
        let carded = records.iter().filter(|p| p.card != 0).count() as f64 / records.len() as f64;
        let mut by_name: Vec<(u64, u32)> =
            records.iter().enumerate().map(|(n, p)| (name_value(p), n as u32)).filter(|v| v.0 != 0).collect();
        by_name.sort_unstable();
        for group in by_name.chunk_by(|a, b| a.0 == b.0).filter(|g| g.len() >= 3) {
            let silent = group.iter().filter(|(_, n)| stated[*n as usize] == 0).count();
            let without_card = group.iter().filter(|(_, n)| records[*n as usize].card == 0).count();
            let mut births: Vec<u32> = group.iter().map(|(_, n)| records[*n as usize].born).collect();
            births.sort_unstable();
            births.dedup();
            let many = group.len() >= 8
                && carded > 0.5
                && without_card * 10 >= group.len() * 9
                && (births.len() * 5 >= group.len() * 2
                    || group
                        .iter()
                        .filter(|(_, n)| {
                            self.dates.contains(&records[*n as usize].born) || records[*n as usize].born == 0
                        })
                        .count()
                        * 2
                        >= group.len());
            if silent * 3 >= group.len() * 2 || many {
                self.nobody_names.insert(group[0].0);
            }
        }
        for word in [|p: &Packed| p.given, |p: &Packed| p.family] {
            let mut counts: HashMap<WordId, (u32, u32)> = HashMap::new();
            for (p, said) in records.iter().zip(&stated) {
                let entry = counts.entry(word(p)).or_default();
                entry.0 += 1;
                entry.1 += u32::from(*said == 0);
            }
            self.nobody.extend(
                counts
                    .iter()
                    .filter(|(w, (all, silent))| **w != 0 && *all >= 4 && silent * 4 >= all * 3)
                    .map(|(w, _)| *w),
            );
        }
    }
}

/// Values that nearly as many people carry as records: no one's own.
fn crowded(records: &[Packed], value: impl Fn(&Packed) -> u64, fewest: usize) -> HashSet<u64> {
    let mut list: Vec<(u64, u32)> =
        records.iter().map(|p| (value(p), p.born)).filter(|(v, born)| *v != 0 && *born != 0).collect();
    list.sort_unstable();
    let mut found = HashSet::new();
    for group in list.chunk_by(|a, b| a.0 == b.0).filter(|g| g.len() >= FEWEST) {
        let people = group.chunk_by(|a, b| a.1 == b.1).count();
        if people >= fewest && people as f64 >= CROWD * group.len() as f64 {
            found.insert(group[0].0);
        }
    }
    found
}

/// Birth dates that far more families have than a day of the same years.
fn dates(records: &[Packed]) -> HashSet<u32> {
    let mut list: Vec<(u32, u32)> =
        records.iter().map(|p| (p.born, p.family)).filter(|(born, _)| *born % 100 != 0).collect();
    list.sort_unstable();
    list.dedup();
    let days: Vec<(u32, usize)> =
        list.chunk_by(|a, b| a.0 == b.0).map(|group| (group[0].0, group.len())).collect();
    let mut by_year: HashMap<u32, (usize, usize)> = HashMap::new();
    for (born, families) in &days {
        let year = by_year.entry(born / 10_000).or_default();
        year.0 += families;
        year.1 = year.1.max(*families);
    }
    let usual = |year: u32| {
        let (mut sum, mut years) = (0usize, 0usize);
        for y in year.saturating_sub(2)..=year + 2 {
            if let Some((all, most)) = by_year.get(&y) {
                sum += all - most;
                years += 1;
            }
        }
        sum as f64 / (years.max(1) as f64 * 365.0)
    };
    days.into_iter()
        .filter(|(born, families)| {
            *families >= FEWEST_ON_A_DATE && *families as f64 >= TIMES_THE_DAY * usual(born / 10_000)
        })
        .map(|(born, _)| born)
        .collect()
}

/// Given names most of whose bearers were registered the day they were born, in several families.
fn newborn(words: &Lexicon, records: &[Packed]) -> HashSet<WordId> {
    let at_birth = records.iter().filter(|p| p.is(REGISTERED_AT_BIRTH)).count();
    if at_birth * 4 > records.len() {
        return HashSet::new();
    }
    let mut counts: HashMap<WordId, (u32, u32, WordId, bool)> = HashMap::new();
    let mut count = |word: WordId, p: &Packed| {
        let entry = counts.entry(word).or_insert((0, 0, p.family, false));
        entry.0 += 1;
        entry.1 += u32::from(p.is(REGISTERED_AT_BIRTH));
        entry.3 |= entry.2 != p.family;
    };
    for p in records.iter().filter(|p| p.given != 0) {
        count(p.given, p);
        for part in words.form(p.given).tokens {
            if part != 0 && words.letters(part).len() > 1 {
                count(part, p);
            }
        }
    }
    counts
        .into_iter()
        .filter(|(_, (all, born, _, families))| *all as usize >= FEWEST && born * 2 > *all && *families)
        .map(|(word, _)| word)
        .collect()
}
