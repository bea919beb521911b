//! The look-up index: who on file might be the person of a claim, best first, from memory.
//!
//! It holds no truth: it is filled from the store at start, kept current by whoever writes, and can be thrown away.
//! The tables answer alone while it is being filled.

use super::super::{Claim, Namesakes};
use super::book::Counts;
use super::claim::pack_claim;
use super::compare::compare;
use super::estimate::estimate;
use super::guards::{Bar, bar};
use super::keys::keys;
use super::learn::Habits;
use super::levels::{Field, Levels};
use super::lexicon::{Lexicon, Question, Words, mix};
use super::model::{Figures, Model, priors};
use super::pairs::Groups;
use super::postings::Postings;
use super::record::{BLANK, FURTHER, Packed, UNIDENTIFIED, UNNAMED_NEWBORN};
use fhir::RecordId;
use std::collections::HashMap;

/// Keys of one record, about; for the first size of the table.
const KEYS_A_RECORD: usize = 8;
/// Most records that one look-up compares; keys that fewer share are read first.
const MOST_COMPARED: usize = 400;

/// People among whom a stranger may come from: a province, however few are on file.
const PEOPLE: f64 = 1_000_000.0;
/// A name has its years: so many times as many bear it among those born about the same day.
const AGE_MATES: f64 = 5.0;

/// A record that might be the person of a claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The source record.
    pub record: RecordId,
    /// log2 of the odds that it is.
    pub bits: f32,
    /// The guard that forbids a link without a person.
    pub bar: Option<Bar>,
    /// How every feature compared.
    pub levels: Levels,
}

/// Source records by RecordId, found by what they claim.
#[derive(Debug)]
pub struct Index {
    words: Lexicon,
    slots: Vec<Packed>,
    ids: Vec<RecordId>,
    /// Ways of a record beyond the first.
    further: HashMap<u32, Vec<Packed>>,
    /// Place of each record's slot, by open addressing; slot + 1, 0 for free.
    places: Vec<u32>,
    vacant: Vec<u32>,
    postings: Postings,
    counts: Counts,
    model: Model,
    habits: Habits,
    held: usize,
    has_learned: bool,
}

impl Index {
    /// Empty, with room for so many records; it grows when there are more.
    #[must_use]
    pub fn with_room(records: usize) -> Self {
        Self {
            words: Lexicon::new(),
            slots: Vec::with_capacity(records),
            ids: Vec::with_capacity(records),
            further: HashMap::new(),
            places: vec![0; (records * 2).next_power_of_two().max(1024)],
            vacant: Vec::new(),
            postings: Postings::with_room(records * KEYS_A_RECORD),
            counts: Counts::with_room(records),
            model: Model::standing(),
            habits: Habits::default(),
            held: 0,
            has_learned: false,
        }
    }

    /// Records held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held
    }
    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }
    /// Bytes held, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.words.bytes()
            + self.slots.capacity() * size_of::<Packed>()
            + self.ids.capacity() * size_of::<RecordId>()
            + self.places.capacity() * 4
            + self.postings.bytes()
            + self.counts.bytes()
            + self.further.len() * 160
    }

    fn place(&self, record: RecordId) -> Result<usize, usize> {
        let mask = self.places.len() - 1;
        let mut at = mix(record.as_i64() as u64) as usize & mask;
        loop {
            match self.places[at] {
                0 => return Err(at),
                slot if self.ids[slot as usize - 1] == record => return Ok(at),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Whether a record is held.
    #[must_use]
    pub fn holds(&self, record: RecordId) -> bool {
        self.place(record).is_ok()
    }

    /// Adds a record, or puts another claim in place of the one it had.
    pub fn insert(&mut self, record: RecordId, claim: &Claim) {
        self.remove(record);
        let mut ways = pack_claim(&mut self.words, claim);
        for way in &mut ways {
            self.habits.apply(&self.words, way);
        }
        if (self.held + 1) * 3 > self.places.len() * 2 {
            self.grow();
        }
        let Err(place) = self.place(record) else { return };
        let several = ways.len() > 1;
        let first = &mut ways[0];
        if several {
            first.flags |= FURTHER;
        }
        let slot = match self.vacant.pop() {
            Some(slot) => {
                self.slots[slot as usize] = *first;
                self.ids[slot as usize] = record;
                slot
            }
            None => {
                self.slots.push(*first);
                self.ids.push(record);
                self.slots.len() as u32 - 1
            }
        };
        self.places[place] = slot + 1;
        self.held += 1;
        for way in &ways {
            for key in keys(Words::from(&self.words), way).as_slice() {
                self.postings.add(*key, slot);
            }
        }
        self.counts.change(&ways[0], 1);
        if several {
            ways.remove(0);
            self.further.insert(slot, ways);
        }
    }

    fn grow(&mut self) {
        let mut places = vec![0u32; self.places.len() * 2];
        let mask = places.len() - 1;
        for slot in self.places.iter().filter(|s| **s != 0) {
            let mut at = mix(self.ids[*slot as usize - 1].as_i64() as u64) as usize & mask;
            while places[at] != 0 {
                at = (at + 1) & mask;
            }
            places[at] = *slot;
        }
        self.places = places;
    }

    /// Takes a record out; whether it was held.
    pub fn remove(&mut self, record: RecordId) -> bool {
        let Ok(place) = self.place(record) else { return false };
        let slot = self.places[place] - 1;
        self.vacate(place);
        let first = self.slots[slot as usize];
        self.counts.change(&first, -1);
        let further = self.further.remove(&slot).unwrap_or_default();
        for way in std::iter::once(&first).chain(&further) {
            for key in keys(Words::from(&self.words), way).as_slice() {
                self.postings.remove(*key, slot);
            }
        }
        self.vacant.push(slot);
        self.held -= 1;
        true
    }

    /// Frees a place and moves up what had to pass over it.
    fn vacate(&mut self, place: usize) {
        let mask = self.places.len() - 1;
        let (mut hole, mut at) = (place, place);
        loop {
            at = (at + 1) & mask;
            let slot = self.places[at];
            if slot == 0 {
                break;
            }
            let home = mix(self.ids[slot as usize - 1].as_i64() as u64) as usize & mask;
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.places[hole] = slot;
                hole = at;
            }
        }
        self.places[hole] = 0;
    }

    /// Records that might be the person of the claim, best first, at most `most`; those of hopeless odds are left
    /// out. The claim's own record is among them when it is held.
    #[must_use]
    pub fn candidates(&self, claim: &Claim, most: usize) -> Vec<Found> {
        let mut question = Question::new(&self.words);
        let mut ways = pack_claim(&mut question, claim);
        let words = question.words();
        for way in &mut ways {
            self.habits.apply_to(words, way);
        }
        let mut lists = Vec::with_capacity(32);
        for way in &ways {
            for key in keys(words, way).as_slice() {
                let under = self.postings.under(*key);
                if !under.as_slice().is_empty() {
                    lists.push(under);
                }
            }
        }
        lists.sort_by_key(|list| list.as_slice().len());
        let mut slots: Vec<u32> = Vec::with_capacity(64);
        for list in &lists {
            slots.extend_from_slice(list.as_slice());
            if slots.len() > MOST_COMPARED {
                slots.sort_unstable();
                slots.dedup();
                if slots.len() > MOST_COMPARED {
                    break;
                }
            }
        }
        slots.sort_unstable();
        slots.dedup();
        let mut found: Vec<Found> = Vec::with_capacity(slots.len().min(32));
        let rarities: Vec<_> =
            ways.iter().map(|way| self.counts.rarity_of_a_stranger(&self.model, way)).collect();
        for slot in slots {
            let mut best: Option<Found> = None;
            let first = &self.slots[slot as usize];
            let further =
                if first.is(FURTHER) { self.further.get(&slot).map_or(&[][..], Vec::as_slice) } else { &[] };
            for other in std::iter::once(first).chain(further) {
                for (way, rarity) in ways.iter().zip(&rarities) {
                    let levels = compare(words, way, other);
                    let bits = self.model.score(&levels, rarity).bits;
                    if best.as_ref().is_none_or(|b| bits > b.bits) {
                        let bar = bar(&levels, way, other);
                        best = Some(Found { record: self.ids[slot as usize], bits, bar, levels });
                    }
                }
            }
            found.extend(best.filter(|b| b.bits >= priors().look_bits));
        }
        found.sort_by(|a, b| b.bits.total_cmp(&a.bits).then(a.record.cmp(&b.record)));
        found.truncate(most);
        found
    }

    /// How many other people share the whole name and the birth date of a claim by chance, by how common they are here;
    /// `None` where the claim does not state them, where one of them is a stand-in, and before anything was learned.
    #[must_use]
    pub fn namesakes(&self, claim: &Claim) -> Option<Namesakes> {
        let mut question = Question::new(&self.words);
        let mut ways = pack_claim(&mut question, claim);
        let words = question.words();
        if !self.has_learned || claim.names.len() != 1 {
            return None;
        }
        let way = ways.first_mut()?;
        let stated = *way;
        self.habits.apply_to(words, way);
        if way.is(UNIDENTIFIED) || way.is(UNNAMED_NEWBORN) || way.is(BLANK) || way.born % 100 == 0 {
            return None;
        }
        let share = |field| self.counts.share(field, way);
        let all = share(Field::Given)? * share(Field::Family)? * share(Field::Birth)?;
        Some(Namesakes {
            others: all * PEOPLE * AGE_MATES,
            crowded_telephone: stated.telephone != way.telephone || claim.telephones.len() > 1,
            crowded_street: stated.street != way.street || stated.number != way.number,
        })
    }

    /// Learn stand-ins and weights from the records held. Takes about as long as filling the index; `None` when there
    /// are too few records to learn from. Hand the answer to [`Self::adopt`].
    #[must_use]
    pub fn learn(&self) -> Option<Learned> {
        if self.held < FEWEST_TO_LEARN {
            return None;
        }
        let records: Vec<Packed> = self
            .ids
            .iter()
            .enumerate()
            .filter(|(slot, id)| self.place(**id).is_ok_and(|p| self.places[p] as usize == slot + 1))
            .map(|(slot, _)| self.slots[slot])
            .collect();
        let habits = Habits::of_records(&self.words, &records);
        let mut records = records;
        for record in &mut records {
            habits.apply(&self.words, record);
        }
        let counts = Counts::of(&records);
        let groups = Groups::of_records(&self.words, &records);
        let figures = estimate(&self.words, &records, &groups, &counts);
        Some(Learned { habits, figures })
    }

    /// Use what was learned from now on; records held keep the stand-ins they came with until they come again.
    pub fn adopt(&mut self, learned: Learned) {
        self.has_learned = true;
        self.model = learned.figures.model();
        self.habits = learned.habits;
    }
}

/// Records below which nothing is learned and the standing weights stay.
pub const FEWEST_TO_LEARN: usize = 1_000;

/// What an index learned from its records.
#[derive(Debug, Clone)]
pub struct Learned {
    /// Which values are stand-ins.
    pub habits: Habits,
    /// How likely each level is.
    pub figures: Figures,
}
