//! The weights: how likely each level is among records of one person, and among records of two people of each kind.
//!
//! The odds that two records are one person are set against *all* the ways two people can look alike, not only
//! against strangers: households share names, telephones and addresses, twins a birth date as well, a parent and a
//! child may share the whole name, a newborn may carry the mother's card. So a shared home stops being proof.

use super::levels::{ALL, FIELDS, Field, Levels, MOST_LEVELS, SAME, birth, field_name, given, names};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The kinds of pairs.
pub const KINDS: usize = 6;
/// Records of one person.
pub const MATCH: usize = 0;
/// Two people taken at random.
pub const RANDOM: usize = 1;
/// Two people of one household.
pub const HOUSEHOLD: usize = 2;
/// Twins.
pub const TWIN: usize = 3;
/// A parent and a child of one name.
pub const NAMESAKE: usize = 4;
/// A newborn under the mother's card.
pub const MOTHERS_CARD: usize = 5;

/// Places in a vector of kinds: a round number that the processor adds in one go.
const WIDTH: usize = 8;
/// Records that the standing weights suppose, before an index says how many there are.
const STANDING_RECORDS: f64 = 1_000_000.0;

/// `weights.toml`.
#[derive(Debug, Clone, Deserialize)]
struct File {
    auto_bits: f32,
    sure_bits: f32,
    review_bits: f32,
    look_bits: f32,
    belief: f64,
    frequency_belief: f64,
    per_record: PerRecord,
    #[serde(flatten)]
    fields: BTreeMap<String, toml::Table>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct PerRecord {
    #[serde(rename = "match")]
    one_person: f64,
    household: f64,
    twin: f64,
    namesake_parent: f64,
    mothers_card: f64,
}

/// Probabilities of the levels of one feature, from level 1; place 0 is unused.
pub type Chances = [f64; MOST_LEVELS];

/// The figures the estimation starts from and is drawn to.
#[derive(Debug, Clone)]
pub struct Priors {
    /// Records of one person.
    pub m: [Chances; FIELDS],
    /// Two people at random.
    pub u: [Chances; FIELDS],
    /// Two people of one household.
    pub home: [Chances; FIELDS],
    /// Whether the household figures of a feature are its own.
    pub is_home: [bool; FIELDS],
    /// Whether the level "same" counts by the frequency of the value.
    pub by_frequency: [bool; FIELDS],
    /// Pairs of each kind for each record; nothing at [`RANDOM`].
    pub per_record: [f64; KINDS],
    /// Pairs the figures count for.
    pub belief: f64,
    /// Records the stand-in frequency counts for.
    pub frequency_belief: f64,
    /// Odds from which records are linked without a person, log2.
    pub auto_bits: f32,
    /// Odds from which records are linked though little is stated of them, log2.
    pub sure_bits: f32,
    /// Odds from which a pair is shown to a person, log2.
    pub review_bits: f32,
    /// Odds from which a candidate is worth naming, log2.
    pub look_bits: f32,
}

static PRIORS: LazyLock<Priors> =
    LazyLock::new(|| read(include_str!("weights.toml")).unwrap_or_else(|_| Priors::nothing()));

/// The figures of `weights.toml`.
#[must_use]
pub fn priors() -> &'static Priors {
    &PRIORS
}

impl Priors {
    fn nothing() -> Self {
        Self {
            m: [[0.5; MOST_LEVELS]; FIELDS],
            u: [[0.5; MOST_LEVELS]; FIELDS],
            home: [[0.5; MOST_LEVELS]; FIELDS],
            is_home: [false; FIELDS],
            by_frequency: [false; FIELDS],
            per_record: [1.0; KINDS],
            belief: 1.0,
            frequency_belief: 1.0,
            auto_bits: f32::INFINITY,
            sure_bits: f32::INFINITY,
            review_bits: f32::INFINITY,
            look_bits: f32::INFINITY,
        }
    }
}

fn read(text: &str) -> Result<Priors, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    let mut priors = Priors::nothing();
    let p = file.per_record;
    priors.per_record = [p.one_person, 0.0, p.household, p.twin, p.namesake_parent, p.mothers_card];
    priors.belief = file.belief;
    priors.frequency_belief = file.frequency_belief;
    (priors.auto_bits, priors.sure_bits) = (file.auto_bits, file.sure_bits);
    (priors.review_bits, priors.look_bits) = (file.review_bits, file.look_bits);
    for field in ALL {
        let name = field_name(field);
        let table = file.fields.get(name).ok_or_else(|| format!("[{name}] is missing"))?;
        let f = field as usize;
        priors.by_frequency[f] = table.get("frequency").and_then(toml::Value::as_bool).unwrap_or(false);
        for (place, level) in names(field).iter().enumerate() {
            let row = table.get(*level).and_then(toml::Value::as_table);
            let number = |key: &str| row.and_then(|r| r.get(key)).and_then(toml::Value::as_float);
            let need = |key: &str| number(key).ok_or_else(|| format!("[{name}] {level}: {key} is missing"));
            priors.m[f][place + 1] = need("m")?;
            priors.u[f][place + 1] = need("u")?;
            priors.home[f][place + 1] = number("home").unwrap_or(priors.u[f][place + 1]);
            priors.is_home[f] |= number("home").is_some();
        }
    }
    Ok(priors)
}

/// Weights ready for scoring.
#[derive(Debug, Clone)]
pub struct Model {
    /// log2 of the chance of each level, for each kind.
    table: Box<[[[f32; WIDTH]; MOST_LEVELS]; FIELDS]>,
    /// Sums of the rows of several features, for every combination of their levels ([`JOINED`]).
    joined: [Vec<[f32; WIDTH]>; JOINED.len()],
    /// log2 of the expected number of pairs of each kind.
    counts: [f32; WIDTH],
    /// How far down the frequency of a value may take the level "same", so that it never counts less than the next.
    most: [[f32; 2]; FIELDS],
    /// log2 of u of the level "same".
    same: [f32; FIELDS],
    /// Records the expected numbers are for.
    pub records: f64,
}

/// Features whose rows of the table are added beforehand.
const JOINED: [&[Field]; 5] = [
    &[Field::Given, Field::Family],
    &[Field::Birth, Field::Card],
    &[Field::Middle, Field::Telephone, Field::Address],
    &[Field::Postal, Field::City, Field::Email],
    &[Field::Sex, Field::Suffix, Field::Order, Field::Mother],
];

/// Levels of a feature, "not stated" included.
const fn width(field: Field) -> usize {
    names(field).len() + 1
}

/// Place of a combination of levels among all of some features.
#[inline(always)]
fn place_of(levels: &Levels, fields: &[Field]) -> usize {
    fields.iter().fold(0, |place, field| place * width(*field) + usize::from(levels.of(*field)))
}

/// The rows of some features added, for every combination of their levels.
fn joined(table: &[[[f32; WIDTH]; MOST_LEVELS]; FIELDS], fields: &[Field]) -> Vec<[f32; WIDTH]> {
    let combinations = fields.iter().map(|field| width(*field)).product();
    (0..combinations)
        .map(|mut place| {
            let mut sums = [0f32; WIDTH];
            for field in fields.iter().rev() {
                let row = &table[*field as usize][place % width(*field)];
                sums.iter_mut().zip(row).for_each(|(sum, bits)| *sum += bits);
                place /= width(*field);
            }
            sums
        })
        .collect()
}

/// What decides a score, with the share of every feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// log2 of the odds that the two records are one person.
    pub bits: f32,
}

/// For one record: how much rarer or commoner its values are than the mean, in bits; nothing where not by frequency.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rarity(pub [f32; FIELDS]);

/// The figures of a model, before they are put in a table.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Records of one person.
    pub m: [Chances; FIELDS],
    /// Two people at random.
    pub u: [Chances; FIELDS],
    /// Two people of one household.
    pub home: [Chances; FIELDS],
    /// Expected pairs of each kind.
    pub pairs: [f64; KINDS],
    /// Records.
    pub records: f64,
}

impl Figures {
    /// The figures of `weights.toml` for so many records.
    #[must_use]
    pub fn standing(records: f64) -> Self {
        let p = priors();
        let mut pairs = p.per_record.map(|n| n * records);
        pairs[RANDOM] = records * (records - 1.0) / 2.0;
        Self { m: p.m, u: p.u, home: p.home, pairs, records }
    }

    /// The chance of a level in pairs of a kind.
    #[must_use]
    pub fn chance(&self, kind: usize, field: Field, level: usize) -> f64 {
        let f = field as usize;
        let home = |f: usize| if priors().is_home[f] { self.home[f][level] } else { self.u[f][level] };
        match (kind, field) {
            (MATCH, _) => self.m[f][level],
            (RANDOM, _) => self.u[f][level],
            (TWIN, Field::Birth) => twin_birth(level),
            (TWIN, Field::Card) => shared_card(self.u[f][level], level, 0.003),
            (TWIN, Field::Order) => {
                if level == 1 {
                    0.02
                } else {
                    0.98
                }
            }
            (TWIN, Field::Mother) => self.m[f][level],
            (NAMESAKE, Field::Birth) => parent_birth(level),
            (NAMESAKE, Field::Given) => self.m[f][level],
            (NAMESAKE, Field::Suffix) => {
                if level == 1 {
                    0.02
                } else {
                    0.98
                }
            }
            (NAMESAKE, Field::Sex) => {
                if level == 1 {
                    0.95
                } else {
                    0.05
                }
            }
            (NAMESAKE, Field::Card) => shared_card(self.u[f][level], level, 0.003),
            (MOTHERS_CARD, Field::Birth) => parent_birth(level),
            (MOTHERS_CARD, Field::Card) => shared_card(self.u[f][level], level, 0.95),
            (HOUSEHOLD, Field::Card) => shared_card(self.u[f][level], level, 0.001),
            _ => home(f),
        }
    }

    /// The table for scoring. More agreement is made never to count for less, against every kind of pair.
    #[must_use]
    pub fn model(&self) -> Model {
        let mut table = Box::new([[[0f32; WIDTH]; MOST_LEVELS]; FIELDS]);
        let mut most = [[0f32; 2]; FIELDS];
        let mut same = [0f32; FIELDS];
        for field in ALL {
            let f = field as usize;
            let levels = names(field).len();
            for kind in 1..KINDS {
                let plain =
                    |level: usize| self.m[f][level].max(1e-9) / self.chance(kind, field, level).max(1e-12);
                let (best, worst) = (plain(1).max(1.0), plain(levels).min(1.0));
                for level in 1..=levels {
                    let m = self.m[f][level].max(1e-9);
                    let ratio = match level {
                        1 => best,
                        last if last == levels => worst,
                        between => plain(between).clamp(worst, best),
                    };
                    table[f][level][MATCH] = m.log2() as f32;
                    table[f][level][kind] = (m / ratio).log2() as f32;
                }
            }
            let ratio = |level: usize, kind: usize| table[f][level][MATCH] - table[f][level][kind];
            for (slot, kind) in [RANDOM, HOUSEHOLD].into_iter().enumerate() {
                let next = (2..=levels).map(|level| ratio(level, kind)).fold(0.0, f32::max);
                most[f][slot] = (ratio(1, kind) - next).max(0.0);
            }
            same[f] = table[f][1][RANDOM];
        }
        let mut counts = [f32::NEG_INFINITY; WIDTH];
        for (place, pairs) in counts.iter_mut().zip(self.pairs) {
            *place = pairs.max(1e-6).log2() as f32;
        }
        let joined = JOINED.map(|fields| joined(&table, fields));
        Model { table, joined, counts, most, same, records: self.records }
    }
}

/// Twins are born on one day, or around midnight, and written with slips.
fn twin_birth(level: usize) -> f64 {
    match level as u8 {
        SAME => 0.95,
        birth::FAR | birth::NEAR | birth::SLIP_OF_YEARS => 0.002,
        _ => 0.01,
    }
}

fn parent_birth(level: usize) -> f64 {
    match level as u8 {
        birth::FAR => 0.95,
        birth::NEAR => 0.03,
        birth::SLIP | birth::TWO_PARTS | birth::SLIP_OF_YEARS => 0.005,
        _ => 0.0001,
    }
}

fn shared_card(u: f64, level: usize, shared: f64) -> f64 {
    if level == 1 { shared } else { u * (1.0 - shared) }
}

impl Model {
    /// The standing weights: those of `weights.toml` for a province of records.
    #[must_use]
    pub fn standing() -> Self {
        Figures::standing(STANDING_RECORDS).model()
    }

    /// How much rarer or commoner a value is than the mean of its feature, in bits of u; `share` is the share of
    /// other records that carry it.
    #[must_use]
    pub fn rarity(&self, field: Field, share: f64) -> f32 {
        share.max(1e-9).log2() as f32 - self.same[field as usize]
    }

    /// The odds of two records, of which the first has these rarities.
    #[must_use]
    pub fn score(&self, levels: &Levels, rarity: &Rarity) -> Score {
        let sums = self.sums(levels, rarity);
        Score { bits: odds(&sums, likeliest_other(&sums)) }
    }

    /// The same, if they are not below so many bits: most pairs are, and often a single kind of two people tells, one to
    /// which it says nothing how rare a value is.
    #[must_use]
    pub fn score_from(&self, levels: &Levels, least: f32, rarity: impl FnOnce() -> Rarity) -> Option<f32> {
        let mut sums = self.plain_sums(levels);
        let mut told = sums[NAMESAKE];
        if levels.of(Field::Given) != SAME {
            told = told.max(sums[TWIN]).max(sums[MOTHERS_CARD]);
            if levels.of(Field::Birth) != SAME {
                told = told.max(sums[HOUSEHOLD]);
            }
        }
        if sums[MATCH] - told < least {
            return None;
        }
        self.count_rarity(&mut sums, levels, &rarity());
        let top = likeliest_other(&sums);
        if sums[MATCH] - top < least {
            return None;
        }
        Some(odds(&sums, top)).filter(|bits| *bits >= least)
    }

    fn sums(&self, levels: &Levels, rarity: &Rarity) -> [f32; WIDTH] {
        let mut sums = self.plain_sums(levels);
        self.count_rarity(&mut sums, levels, rarity);
        sums
    }

    /// Sums of the levels, whatever the values are.
    #[inline]
    fn plain_sums(&self, levels: &Levels) -> [f32; WIDTH] {
        let mut sums = self.counts;
        let [names, facts, home, town, rest] = &self.joined;
        for row in [
            &names[place_of(levels, JOINED[0])],
            &facts[place_of(levels, JOINED[1])],
            &home[place_of(levels, JOINED[2])],
            &town[place_of(levels, JOINED[3])],
            &rest[place_of(levels, JOINED[4])],
        ] {
            sums.iter_mut().zip(row).for_each(|(sum, bits)| *sum += bits);
        }
        sums
    }

    /// A rare value that agrees speaks more against those who carry it by chance, a common one less.
    #[inline]
    fn count_rarity(&self, sums: &mut [f32; WIDTH], levels: &Levels, rarity: &Rarity) {
        let mut rare = [0f32; 2];
        for (f, level) in levels.0.iter().enumerate() {
            let bits = rarity.0[f].min(self.most[f][0]);
            rare[f % 2] += if *level == SAME { bits } else { 0.0 };
        }
        sums[RANDOM] += rare[0] + rare[1];
        let at_home = |field: Field| {
            let f = field as usize;
            if levels.0[f] == SAME { rarity.0[f].min(self.most[f][1]) } else { 0.0 }
        };
        let given = at_home(Field::Given);
        sums[HOUSEHOLD] += given + at_home(Field::Birth);
        sums[TWIN] += given;
        sums[MOTHERS_CARD] += given;
    }

    /// The share of one feature in the odds against strangers, for people to read.
    #[must_use]
    pub fn share(&self, field: Field, level: u8, rarity: f32) -> f32 {
        let f = field as usize;
        let row = &self.table[f][usize::from(level)];
        let adjust = if level == SAME { rarity.min(self.most[f][0]) } else { 0.0 };
        row[MATCH] - row[RANDOM] - adjust
    }

    /// Chances of every kind for a pattern of levels, not scaled by the numbers of pairs: for the estimation.
    #[must_use]
    pub fn posteriors(&self, levels: &Levels, rarity: &Rarity) -> [f32; KINDS] {
        let mut out = [0f32; KINDS];
        let sums = self.sums(levels, rarity);
        let top = sums[..KINDS].iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut all = 0.0;
        for (place, sum) in out.iter_mut().zip(sums) {
            *place = (sum - top).exp2();
            all += *place;
        }
        out.map(|chance| chance / all)
    }
}

/// The likeliest way in which they are two people.
fn likeliest_other(sums: &[f32; WIDTH]) -> f32 {
    sums[1..KINDS].iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// What is so many bits below the likeliest way is lost in the figures of a sum.
const LOST_BITS: f32 = -28.0;

/// One person against all ways of two people, log2.
fn odds(sums: &[f32; WIDTH], top: f32) -> f32 {
    let all: f32 = sums[1..KINDS].iter().map(|s| s - top).filter(|s| *s > LOST_BITS).map(f32::exp2).sum();
    sums[MATCH] - top - all.log2()
}

/// Whether a level of the given name says that it is the same name, in one form or another.
#[must_use]
pub fn given_close(level: u8) -> bool {
    (SAME..=given::INITIAL).contains(&level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_readable_and_add_up() {
        let read = read(include_str!("weights.toml")).expect("weights.toml");
        for field in ALL {
            for (what, table) in [("m", &read.m), ("u", &read.u), ("home", &read.home)] {
                let sum: f64 = table[field as usize][1..=names(field).len()].iter().sum();
                assert!((sum - 1.0).abs() < 0.02, "{field:?} {what}: {sum}");
            }
        }
        assert!(read.auto_bits > read.review_bits);
    }

    #[test]
    fn more_agreement_never_counts_for_less() {
        let model = Model::standing();
        for field in ALL {
            let f = field as usize;
            for kind in 1..KINDS {
                let ratio = |level: usize| model.table[f][level][MATCH] - model.table[f][level][kind];
                let levels = names(field).len();
                for level in 2..levels {
                    assert!(ratio(level) <= ratio(1) + 1e-4, "{field:?} {level} {kind}");
                    assert!(ratio(level) >= ratio(levels) - 1e-4, "{field:?} {level} {kind}");
                }
                assert!(ratio(1) >= -1e-4 && ratio(names(field).len()) <= 1e-4, "{field:?}");
            }
        }
    }
}
