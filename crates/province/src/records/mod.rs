//! Source records of a whole province: what fourteen systems wrote down about people over sixteen years, with the
//! truth beside it, so that a matcher of persons can be judged on sets it has never seen.
//!
//! A stream: memory holds one household, a window in which records are shuffled, and counters. The same settings give
//! the same bytes. The people are those of [`crate::people`], with the names of a province instead of a demo's.

pub mod csv;
mod desk;
mod fillers;
mod homes;
mod life;
pub mod rates;
pub mod registrations;
mod slips;
pub mod sources;
pub mod tags;

use std::collections::VecDeque;

pub use rates::{Fillers, Rates};
pub use sources::{SOURCES, Source};
pub use tags::{Tag, Tags};

use crate::calendar::Date;
use crate::rng::Rng;
use desk::{Desk, Occasion};
use life::{Life, Namesake, Years};

/// The most people of one set: beyond, card and telephone numbers would come round again.
pub const MOST_PERSONS: usize = 3_900_000;
/// Records that wait to be shuffled, so that those of one person do not stand together.
const WINDOW: usize = 20_000;
/// Years before the last day in which registrations happened.
const YEARS: i64 = 16;
/// The number of the first record of each source.
const FIRST_MRN: u64 = 1_000_001;
/// Of 100 people, how many are registered once, twice, up to eight times.
const REGISTRATIONS: [usize; 8] = [34, 23, 16, 10, 7, 5, 3, 2];

/// What decides a set of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Same seed, same set.
    pub seed: u64,
    /// People, at most [`MOST_PERSONS`]; about 2.8 records each.
    pub persons: usize,
    /// How often things happen.
    pub rates: Rates,
    /// The last day of registration.
    pub until: Date,
}

impl Settings {
    /// Everyday desks up to 2026-06-30.
    pub fn new(seed: u64, persons: usize) -> Self {
        let until = Date { year: 2026, month: 6, day: 30 };
        Self { seed, persons, rates: Rates::everyday(), until }
    }
}

/// One record of one source: the columns of the labelled sets, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `R` and a number, from 0 in the order of the stream.
    pub record_id: String,
    /// Who registered.
    pub source: &'static Source,
    /// Record number there; never twice in one source.
    pub mrn: String,
    /// Day of registration.
    pub registered: Date,
    /// Family name as written.
    pub family: String,
    /// Given name as written.
    pub given: String,
    /// Middle name, its first letter, or empty.
    pub middle: String,
    /// `JR`, `SR` or empty.
    pub suffix: String,
    /// `YYYY-MM-DD` or empty.
    pub dob: String,
    /// `M`, `F`, `U`, `X` or empty.
    pub sex: &'static str,
    /// Card number as typed, or empty.
    pub hcn: String,
    /// The province that issued what stands in `hcn`, as the desk believes; not a column.
    pub hcn_province: &'static str,
    /// Ten digits, or empty. Exchanges begin with 0 or 1, which no real one does.
    pub phone: String,
    /// Street line, or empty.
    pub address: String,
    /// Community, or empty.
    pub city: String,
    /// Province of the address, or empty; not a column.
    pub province: &'static str,
    /// Postal code, or empty.
    pub postal: String,
    /// The mother's card number, for newborns.
    pub mother_hcn: String,
    /// `1` or `2` for newborn twins, where it is written.
    pub mb_order: String,
}

impl Record {
    fn empty(source: &'static Source, registered: Date) -> Self {
        Self {
            record_id: String::new(),
            source,
            mrn: String::new(),
            registered,
            family: String::new(),
            given: String::new(),
            middle: String::new(),
            suffix: String::new(),
            dob: String::new(),
            sex: "",
            hcn: String::new(),
            hcn_province: "NS",
            phone: String::new(),
            address: String::new(),
            city: String::new(),
            province: "",
            postal: String::new(),
            mother_hcn: String::new(),
            mb_order: String::new(),
        }
    }
}

/// Whose record it is and what happened to it. For scoring only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    /// The person's number, from 0.
    pub person: usize,
    /// The household's number, from 0.
    pub household: usize,
    /// What happened.
    pub tags: Tags,
}

/// Counters that make numbers unique.
#[derive(Debug, Clone, Default)]
struct Serials {
    persons: usize,
    phones: u64,
}

impl Serials {
    fn person(&mut self) -> usize {
        let id = self.persons;
        self.persons += 1;
        id
    }
}

/// Records in the order in which they are numbered, each with its truth.
#[derive(Debug)]
pub struct Records {
    settings: Settings,
    years: Years,
    words: fillers::Words,
    serials: Serials,
    near: Vec<Namesake>,
    households: usize,
    waiting: Vec<(Record, Truth)>,
    order: Rng,
    mrns: [u64; SOURCES.len()],
    made: u64,
}

impl Records {
    /// The stream of a set.
    pub fn new(settings: Settings) -> Self {
        let until = settings.until.days();
        let years = Years { from: until - YEARS * 1461 / 4, until };
        Self {
            years,
            words: fillers::Words::new(settings.seed, settings.rates.fillers),
            serials: Serials::default(),
            near: Vec::new(),
            households: 0,
            waiting: Vec::with_capacity(WINDOW + 64),
            order: Rng::keyed(settings.seed, &[51]),
            mrns: [FIRST_MRN; SOURCES.len()],
            made: 0,
            settings,
        }
    }

    /// People made so far.
    pub fn persons(&self) -> usize {
        self.serials.persons.min(self.wanted())
    }

    fn wanted(&self) -> usize {
        self.settings.persons.min(MOST_PERSONS)
    }

    /// One more household into the window.
    fn fill(&mut self) {
        let number = self.households;
        self.households += 1;
        let lives = life::household(&self.settings, self.years, number, &mut self.serials, &mut self.near);
        let mut rng = Rng::keyed(self.settings.seed, &[42, number as u64]);
        let wanted = self.wanted();
        for index in (0..lives.len()).filter(|index| lives[*index].id < wanted) {
            self.register(&lives, index, &mut rng);
        }
    }

    /// All registrations of one person.
    fn register(&mut self, lives: &[Life], index: usize, rng: &mut Rng) {
        let life = &lives[index];
        let rates = &self.settings.rates;
        let born = life.birth.days();
        let mut plan: VecDeque<(i64, Occasion)> = VecDeque::new();
        if born >= self.years.from && life.mother.is_some() && rng.in_ten_thousand(rates.newborn) {
            plan.push_back((born, Occasion::Birth));
        }
        let mut draw = rng.below(100);
        for (more, share) in REGISTRATIONS.iter().enumerate() {
            // The birth is one of them.
            if more > 0 || plan.is_empty() {
                let first = (born + 1).clamp(self.years.from, self.years.until);
                plan.push_back((rng.between(first, self.years.until), Occasion::Visit));
            }
            if draw < *share {
                break;
            }
            draw -= share;
        }
        if born < self.years.until - 14 * 365 && rng.in_ten_thousand(rates.unidentified) {
            plan.push_back((rng.between(self.years.from, self.years.until), Occasion::Unidentified));
        }
        let people = self.wanted();
        let mut used = 0_u32;
        for (day, occasion) in plan {
            let date = Date::from_days(day);
            let region = life::on(&life.homes, day).map_or(0, |home| home.region);
            let again = used != 0 && rng.in_ten_thousand(rates.second_mrn);
            let age = life.birth.years_until(date);
            let at = if again {
                used.trailing_zeros() as usize
            } else {
                sources::choose(rng, region, age, occasion != Occasion::Visit, used)
            };
            let second = used & (1 << at) != 0;
            used |= 1 << at;
            let mut desk = Desk { rates, words: &self.words, source: &SOURCES[at], rng: &mut *rng, day };
            let stranger = |rng: &mut Rng| life::card_of(rng.below(people));
            let (record, mut truth) = desk.write(lives, index, occasion, stranger);
            truth.tags.add_if(second, Tag::DupMrn);
            self.waiting.push((record, truth));
        }
    }
}

impl Iterator for Records {
    type Item = (Record, Truth);

    fn next(&mut self) -> Option<Self::Item> {
        while self.waiting.len() < WINDOW && self.serials.persons < self.wanted() {
            self.fill();
        }
        if self.waiting.is_empty() {
            return None;
        }
        let (mut record, truth) = self.waiting.swap_remove(self.order.below(self.waiting.len()));
        record.record_id = format!("R{:07}", self.made);
        self.made += 1;
        let at = SOURCES.iter().position(|source| source == record.source).unwrap_or_default();
        record.mrn = self.mrns[at].to_string();
        self.mrns[at] += 1;
        Some((record, truth))
    }
}

/// Telephone number of a serial: area codes 902 and 782, an exchange that begins with 0 or 1, as no real one does.
/// Four million serials have numbers of their own.
fn phone_number(serial: u64) -> String {
    let mixed = serial % 4_000_000 * 2_654_435_761 % 4_000_000;
    let area = if mixed < 2_000_000 { "902" } else { "782" };
    format!("{area}{:03}{:04}", mixed / 10_000 % 200, mixed % 10_000)
}
