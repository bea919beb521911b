//! The weights estimated from the data, without any answers: expectation and maximisation over pairs of every kind.

use super::book::Counts;
use super::compare::compare;
use super::levels::{ALL, FIELDS, Levels, MOST_LEVELS, names};
use super::lexicon::{Lexicon, Words, mix};
use super::model::{Figures, HOUSEHOLD, KINDS, MATCH, Model, RANDOM, Rarity, TWIN, priors};
use super::pairs::Groups;
use super::record::Packed;

/// Pairs of records under one key that the estimation reads, about.
const PAIRS: usize = 400_000;
/// Pairs at random.
const RANDOM_PAIRS: usize = 400_000;
/// Rounds.
const ROUNDS: usize = 12;
/// Odds below which a pair taken at random is of two people, log2.
const STRANGERS_BITS: f32 = -3.0;
/// Times a level must be seen at random before its share is believed as counted.
const SEEN: f64 = 10.0;

struct Sampled {
    levels: Levels,
    rarity: Rarity,
}

/// Estimate the figures from the records and their groups.
#[must_use]
pub fn estimate(words: &Lexicon, list: &[Packed], groups: &Groups, counts: &Counts) -> Figures {
    let words = Words::from(words);
    let records = list.len();
    let mut figures = Figures::standing(records as f64);
    if records < 2 {
        return figures;
    }
    let (sample, share) = sample(words, list, groups, counts, &figures.model());
    let random = at_random(words, list, &figures.model());
    count_random(&mut figures, &random);
    for _ in 0..ROUNDS {
        let model = figures.model();
        maximise(&mut figures, &model, &sample, share);
    }
    figures
}

/// Pairs under a key from a part of the records, and which part.
fn sample(
    words: Words<'_>,
    list: &[Packed],
    groups: &Groups,
    counts: &Counts,
    model: &Model,
) -> (Vec<Sampled>, f64) {
    let records = list.len();
    let mut seen = vec![0u32; records];
    let mut found = Vec::new();
    // A first look at a few records tells how many pairs there are.
    let few = (records / 50).clamp(1, 2_000);
    let step = (records / few).max(1);
    let mut total = 0usize;
    for n in (0..records).step_by(step) {
        groups.partners(n as u32, &mut seen, &mut found);
        total += found.len();
    }
    let expected = total as f64 * step as f64;
    let share = (PAIRS as f64 / expected.max(1.0)).min(1.0);
    let limit = (share * u64::MAX as f64) as u64;
    seen.fill(0);
    let mut sample = Vec::new();
    for n in 0..records {
        if mix(n as u64 ^ 0x5EED) > limit {
            continue;
        }
        groups.partners(n as u32, &mut seen, &mut found);
        let a = &list[n];
        let rarity = counts.rarity(model, a);
        for other in &found {
            let levels = compare(words, a, &list[*other as usize]);
            sample.push(Sampled { levels, rarity });
        }
    }
    (sample, share)
}

/// Levels of pairs taken at random, how many of each.
fn at_random(words: Words<'_>, list: &[Packed], model: &Model) -> [[f64; MOST_LEVELS]; FIELDS] {
    let records = list.len() as u64;
    let mut counts = [[0f64; MOST_LEVELS]; FIELDS];
    let pairs = (records * (records - 1) / 2).min(RANDOM_PAIRS as u64);
    for n in 0..pairs {
        let (a, b) = (mix(n * 2 + 1) % records, mix(n * 2 + 2) % records);
        if a == b {
            continue;
        }
        let levels = compare(words, &list[a as usize], &list[b as usize]);
        // Records of one person met by chance would spoil the count of a small set.
        if model.score(&levels, &Rarity::default()).bits > STRANGERS_BITS {
            continue;
        }
        for (row, level) in counts.iter_mut().zip(levels.0) {
            row[usize::from(level)] += 1.0;
        }
    }
    counts
}

fn count_random(figures: &mut Figures, random: &[[f64; MOST_LEVELS]; FIELDS]) {
    for field in ALL {
        let f = field as usize;
        let levels = names(field).len();
        let stated: f64 = random[f][1..=levels].iter().sum();
        if stated < SEEN * 10.0 {
            continue;
        }
        let believed = figures.u[f];
        for level in 1..=levels {
            let seen = random[f][level];
            figures.u[f][level] =
                if seen >= SEEN { seen / stated } else { believed[level].min(SEEN / stated) };
        }
        let sum: f64 = figures.u[f][1..=levels].iter().sum();
        for chance in &mut figures.u[f][1..=levels] {
            *chance /= sum;
        }
    }
}

fn maximise(figures: &mut Figures, model: &Model, sample: &[Sampled], share: f64) {
    let p = priors();
    let mut one = [[0f64; MOST_LEVELS]; FIELDS];
    let mut home = [[0f64; MOST_LEVELS]; FIELDS];
    let mut pairs = [0f64; KINDS];
    for pair in sample {
        let chances = model.posteriors(&pair.levels, &pair.rarity);
        for (sum, chance) in pairs.iter_mut().zip(chances) {
            *sum += f64::from(chance);
        }
        let (same, near) = (f64::from(chances[MATCH]), f64::from(chances[HOUSEHOLD] + chances[TWIN]));
        if same > 1e-3 {
            for (row, level) in one.iter_mut().zip(pair.levels.0) {
                row[usize::from(level)] += same;
            }
        }
        if near > 1e-3 {
            for (row, level) in home.iter_mut().zip(pair.levels.0) {
                row[usize::from(level)] += near;
            }
        }
    }
    for field in ALL {
        let f = field as usize;
        let levels = names(field).len();
        let drawn = |seen: &[f64; MOST_LEVELS], to: &[f64; MOST_LEVELS]| {
            let stated: f64 = seen[1..=levels].iter().sum();
            let mut out = [0.0; MOST_LEVELS];
            for level in 1..=levels {
                out[level] = (seen[level] + p.belief * to[level]) / (stated + p.belief);
            }
            out
        };
        figures.m[f] = drawn(&one[f], &p.m[f]);
        if p.is_home[f] {
            figures.home[f] = drawn(&home[f], &p.home[f]);
        }
    }
    for (kind, seen) in pairs.into_iter().enumerate().filter(|(kind, _)| *kind != RANDOM) {
        let believed = p.belief * p.per_record[kind] / figures.records.max(p.belief);
        figures.pairs[kind] = (seen / share.max(1e-9) + believed).max(1e-3);
    }
}
