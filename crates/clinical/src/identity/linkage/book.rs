//! Packed records with their words, and how often every value occurs among them.

use super::levels::{FIELDS, Field};
use super::lexicon::{Lexicon, WordId, hash_bytes, mix};
use super::model::{Model, Rarity, priors};
use super::record::{Packed, Row, pack};

/// Records to be linked, in the order they came.
#[derive(Debug, Default)]
pub struct Book {
    /// Their words.
    pub words: Lexicon,
    /// The records.
    pub records: Vec<Packed>,
}

impl Book {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self { words: Lexicon::new(), records: Vec::new() }
    }
    /// Adds a record; its place is its number.
    pub fn push(&mut self, row: &Row<'_>) {
        let packed = pack(&mut self.words, row);
        self.records.push(packed);
    }
}

/// How often values occur. Values other than words are counted by hash; a rare collision only makes a value look
/// commoner than it is.
#[derive(Debug)]
pub struct Counts {
    given: Vec<u32>,
    family: Vec<u32>,
    city: Vec<u32>,
    email: Vec<u32>,
    births: Vec<u32>,
    hashed: [Vec<u32>; 4],
    records: u32,
}

/// Records of a given name from which it is a name of its own, for a few records.
const FEWEST_OF_A_NAME: u32 = 8;
/// So many records ask for one more.
const RECORDS_FOR_ONE_MORE: u32 = 20_000;

const CARD: usize = 0;
const TELEPHONE: usize = 1;
const ADDRESS: usize = 2;
const POSTAL: usize = 3;

fn place(table: &[u32], value: u64) -> usize {
    mix(value ^ 0x9E37_79B9) as usize & (table.len() - 1)
}

/// Years that birth dates are counted in; those before and after are counted with the first and last.
const YEARS: std::ops::RangeInclusive<u32> = 1850..=2105;

/// Place of a packed date among the days that can be written.
fn day_place(born: u32) -> usize {
    let (year, month, day) = (born / 10_000, born / 100 % 100, born % 100);
    let year = year.clamp(*YEARS.start(), *YEARS.end()) - YEARS.start();
    (year << 9 | month.min(15) << 5 | day.min(31)) as usize
}

/// Street and number as one value; 0 when neither is stated.
#[must_use]
pub fn address_value(p: &Packed) -> u64 {
    if p.street == 0 && p.number == 0 { 0 } else { mix(u64::from(p.street) << 32 | u64::from(p.number)) | 1 }
}

impl Counts {
    /// Nothing counted yet, room for so many records.
    #[must_use]
    pub fn with_room(records: usize) -> Self {
        let size = (records * 2).next_power_of_two().max(1024);
        Self {
            given: Vec::new(),
            family: Vec::new(),
            city: Vec::new(),
            email: Vec::new(),
            births: Vec::new(),
            hashed: [vec![0; size], vec![0; size], vec![0; size], vec![0; size]],
            records: 0,
        }
    }
    /// Counts of all records.
    #[must_use]
    pub fn of(records: &[Packed]) -> Self {
        let mut counts = Self::with_room(records.len());
        for record in records {
            counts.change(record, 1);
        }
        counts
    }
    /// Records counted.
    #[must_use]
    pub fn records(&self) -> u32 {
        self.records
    }
    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        4 * (self.given.capacity()
            + self.family.capacity()
            + self.city.capacity()
            + self.email.capacity()
            + self.births.capacity())
            + self.hashed.iter().map(|t| t.capacity() * 4).sum::<usize>()
    }
    /// Counts a record in (1) or out (-1).
    pub fn change(&mut self, p: &Packed, by: i32) {
        self.records = self.records.saturating_add_signed(by);
        for (list, word) in [
            (&mut self.given, p.given),
            (&mut self.family, p.family),
            (&mut self.city, p.city),
            (&mut self.email, p.email),
        ] {
            if word != 0 {
                let word = word as usize;
                if list.len() <= word {
                    list.resize(word + 1 + word / 4, 0);
                }
                list[word] = list[word].saturating_add_signed(by);
            }
        }
        if p.born != 0 {
            let day = day_place(p.born);
            if self.births.len() <= day {
                self.births.resize(day + 1, 0);
            }
            self.births[day] = self.births[day].saturating_add_signed(by);
        }
        for (kind, value) in [
            (CARD, p.card),
            (TELEPHONE, p.telephone),
            (ADDRESS, address_value(p)),
            (POSTAL, u64::from(p.postal)),
        ] {
            if value != 0 {
                let table = &mut self.hashed[kind];
                let at = place(table, value);
                table[at] = table[at].saturating_add_signed(by);
            }
        }
    }

    /// Whether many bear the given name of a record: it is a name of its own then, not a slip of another.
    #[must_use]
    pub fn is_established(&self, p: &Packed) -> bool {
        Self::word(&self.given, p.given) >= FEWEST_OF_A_NAME + self.records / RECORDS_FOR_ONE_MORE
    }

    fn word(list: &[u32], word: WordId) -> u32 {
        list.get(word as usize).copied().unwrap_or(0)
    }

    fn count(&self, field: Field, p: &Packed) -> Option<u32> {
        let hashed = |kind: usize, value: u64| {
            let table = &self.hashed[kind];
            (value != 0).then(|| table[place(table, value)])
        };
        let word = |list: &[u32], id: WordId| (id != 0).then(|| Self::word(list, id));
        match field {
            Field::Given => word(&self.given, p.given),
            Field::Family => word(&self.family, p.family),
            Field::City => word(&self.city, p.city),
            Field::Email => word(&self.email, p.email),
            Field::Birth => (p.born != 0).then(|| self.births.get(day_place(p.born)).copied().unwrap_or(0)),
            Field::Card => hashed(CARD, p.card),
            Field::Telephone => hashed(TELEPHONE, p.telephone),
            Field::Address => hashed(ADDRESS, address_value(p)),
            Field::Postal => hashed(POSTAL, u64::from(p.postal)),
            _ => None,
        }
    }

    /// How rare the values of a record are, for [`Model::score`]. The two records that agree are not counted among
    /// those that might by chance.
    #[must_use]
    pub fn rarity(&self, model: &Model, p: &Packed) -> Rarity {
        self.rarity_among(model, p, 2)
    }

    /// The same for a record that is not counted itself: the one it agrees with is left out.
    #[must_use]
    pub fn rarity_of_a_stranger(&self, model: &Model, p: &Packed) -> Rarity {
        self.rarity_among(model, p, 1)
    }

    /// The share of the records that carry a value of a record, drawn to the usual share while few are counted; `None`
    /// where it states none or where the feature is not counted.
    #[must_use]
    pub fn share(&self, field: Field, p: &Packed) -> Option<f64> {
        let usual = priors().frequency_belief * priors().u[field as usize][1];
        let seen = f64::from(self.count(field, p)?);
        Some((seen + usual) / (f64::from(self.records) + priors().frequency_belief))
    }

    fn rarity_among(&self, model: &Model, p: &Packed, agreeing: u32) -> Rarity {
        let mut rarity = [0f32; FIELDS];
        for (f, field) in super::levels::ALL.into_iter().enumerate() {
            if priors().by_frequency[f]
                && let Some(count) = self.count(field, p)
            {
                rarity[f] = self.rarity_of(model, field, count.saturating_sub(agreeing));
            }
        }
        Rarity(rarity)
    }

    /// How rare a value is that so many other records carry.
    fn rarity_of(&self, model: &Model, field: Field, others: u32) -> f32 {
        let believed = priors().frequency_belief;
        let share = (f64::from(others) + believed * priors().u[field as usize][1])
            / (f64::from(self.records) + believed);
        model.rarity(field, share)
    }
}

/// Values that fewer other records carry are looked up, not computed.
const LOOKED_UP: u32 = 1024;

/// How rare values are, ready for every count that is usual.
#[derive(Debug)]
pub struct Rarities<'a> {
    counts: &'a Counts,
    model: &'a Model,
    /// For each feature that counts by frequency: rarity of a value that 0, 1, 2 … others carry.
    tables: [Vec<f32>; FIELDS],
    /// The record asked about last, and its rarity.
    last: Packed,
    known: Rarity,
}

/// Whether two records carry the same value of a feature that counts by frequency.
fn is_one_value(field: Field, a: &Packed, b: &Packed) -> bool {
    match field {
        Field::Given => a.given == b.given,
        Field::Family => a.family == b.family,
        Field::City => a.city == b.city,
        Field::Email => a.email == b.email,
        Field::Birth => a.born == b.born,
        Field::Card => a.card == b.card,
        Field::Telephone => a.telephone == b.telephone,
        Field::Address => (a.street, a.number) == (b.street, b.number),
        Field::Postal => a.postal == b.postal,
        _ => false,
    }
}

impl<'a> Rarities<'a> {
    /// Of counts under a model.
    #[must_use]
    pub fn of(counts: &'a Counts, model: &'a Model) -> Self {
        let tables = super::levels::ALL.map(|field| {
            if !priors().by_frequency[field as usize] {
                return Vec::new();
            }
            (0..LOOKED_UP).map(|others| counts.rarity_of(model, field, others)).collect()
        });
        Self { counts, model, tables, last: Packed::default(), known: Rarity::default() }
    }

    /// As [`Counts::rarity`], the same figures. Records of one home that follow one another share most values.
    pub fn of_record(&mut self, p: &Packed) -> Rarity {
        let last = std::mem::replace(&mut self.last, *p);
        for (f, field) in super::levels::ALL.into_iter().enumerate() {
            if self.tables[f].is_empty() || is_one_value(field, &last, p) {
                continue;
            }
            self.known.0[f] = match self.counts.count(field, p) {
                Some(count) => {
                    let others = count.saturating_sub(2);
                    match self.tables[f].get(others as usize) {
                        Some(known) => *known,
                        None => self.counts.rarity_of(self.model, field, others),
                    }
                }
                None => 0.0,
            };
        }
        self.known
    }

    /// The rarity of values that nobody else carries: no value is rarer.
    #[must_use]
    pub fn rarest(&self) -> Rarity {
        Rarity(std::array::from_fn(|f| self.tables[f].first().copied().unwrap_or(0.0).min(0.0)))
    }
}

/// A value of a record for grouping: what it is and its hash.
#[must_use]
pub fn name_value(p: &Packed) -> u64 {
    if p.given == 0 || p.family == 0 {
        0
    } else {
        hash_bytes(&(u64::from(p.given) << 32 | u64::from(p.family)).to_le_bytes()) | 1
    }
}
