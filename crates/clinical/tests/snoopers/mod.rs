//! A synthetic staff whose days are ordinary, and some among them who look without need, planted and known.

use clinical::detection::*;
use std::collections::BTreeMap;

/// How somebody snoops; the last is not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Own,
    Surname,
    Address,
    CoWorker,
    Watched,
    NoRelation,
    OffShift,
    Volume,
    MadeUp,
    Dismissed,
    Drip,
    Ordinary,
}

pub(crate) const KINDS: [Kind; 11] = [
    Kind::Own,
    Kind::Surname,
    Kind::Address,
    Kind::CoWorker,
    Kind::Watched,
    Kind::NoRelation,
    Kind::OffShift,
    Kind::Volume,
    Kind::MadeUp,
    Kind::Dismissed,
    Kind::Drip,
];

/// Splitmix64: the seed alone decides.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }
    fn is(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }
    fn below(&mut self, n: u32) -> u32 {
        ((self.unit() * f64::from(n)) as u32).min(n - 1)
    }
    /// About normal: the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

struct Person {
    kind: Kind,
    /// People a day, and how much that varies.
    busy: f64,
    /// Share of looks without a relation, by mistake or by telephone.
    slips: f64,
    /// Weight of their name, and how often somebody bears it by chance.
    surname: i64,
    namesakes: f64,
    /// Day of the planted looks.
    on: i64,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Kind by kind: planted, flagged within a day of the looks that show it.
    pub(crate) kinds: BTreeMap<Kind, (u32, u32)>,
    /// Flags about ordinary people.
    pub(crate) false_flags: u32,
    /// By their heaviest reason.
    pub(crate) false_by: BTreeMap<Sign, u32>,
    pub(crate) ordinary: u32,
    pub(crate) weeks: f64,
    /// Weeks from the first look of a drip to its flag.
    pub(crate) drip_weeks: Vec<i64>,
}

impl Outcome {
    pub(crate) fn found(&self) -> f64 {
        let (of, found) = self.kinds.values().fold((0, 0), |sum, (of, found)| (sum.0 + of, sum.1 + found));
        f64::from(found) / f64::from(of)
    }
    /// False flags per 1,000 ordinary users per week.
    pub(crate) fn false_rate(&self) -> f64 {
        f64::from(self.false_flags) / f64::from(self.ordinary) * 1_000.0 / self.weeks
    }
}

/// How common the names of a province are: the few first are borne by many.
fn name(dice: &mut Dice) -> (i64, f64) {
    let rank = (dice.unit().powi(3) * 4_000.0).floor() + 1.0;
    let share = (0.02 / rank.powf(0.7)).max(0.000_05);
    // As a staff list of some thousands weighs it.
    let weight = (0.3 / (share + 0.000_4)).ln().clamp(0.0, 6.6) * 10.0;
    (weight as i64, share)
}

/// So many users over so many days, about a tenth of them planted.
pub(crate) fn run(users: u32, days: i64, seed: u64) -> Outcome {
    let mut dice = Dice(seed);
    let mut outcome = Outcome { weeks: days as f64 / 7.0, ..Outcome::default() };
    let people: Vec<Person> = (0..users)
        .map(|n| {
            let kind = if n % 10 == 0 { KINDS[(n / 10) as usize % KINDS.len()] } else { Kind::Ordinary };
            let (surname, namesakes) = name(&mut dice);
            Person {
                kind,
                busy: 20.0 * (0.45 * dice.normal()).exp(),
                slips: 0.003 * (0.4 * dice.normal()).exp(),
                surname,
                namesakes,
                on: days / 2 + i64::from(dice.below(u32::try_from(days / 2 - 1).unwrap())),
            }
        })
        .collect();
    let mut histories = vec![History::default(); people.len()];
    let mut flagged: Vec<Option<i64>> = vec![None; people.len()];
    let mut first: Vec<Option<i64>> = vec![None; people.len()];
    let mut peers = Peers::default();
    for day in 0..days {
        if day % 7 == 0 {
            peers = Peers::of(histories.iter());
        }
        for (n, person) in people.iter().enumerate() {
            let works = day % 7 < 5 && dice.is(0.9);
            let mut today = Day { day, ..Day::default() };
            if works {
                let people = (person.busy * (0.25 * dice.normal()).exp()).round().max(1.0);
                today.people = people as u32;
                today.looks = ordinary(&mut dice, person, people as u32, day);
            }
            planted(&mut dice, person, day, &mut today);
            if today.people == 0 {
                continue;
            }
            if person.kind == Kind::Drip && day >= days / 20 && first[n].is_none() {
                first[n] = Some(day);
            }
            // A case that is open is one case; an officer decides an ordinary one within a day.
            let is_snooper = person.kind != Kind::Ordinary;
            if is_snooper && flagged[n].is_some() {
                continue;
            }
            if let Some(flag) = judge(&mut histories[n], &today, &peers) {
                let shows = person.kind == Kind::Drip || day >= person.on;
                if is_snooper && shows {
                    flagged[n] = Some(day);
                } else {
                    outcome.false_flags += 1;
                    *outcome.false_by.entry(flag.reasons[0].sign).or_default() += 1;
                    histories[n].decided();
                }
            }
        }
    }
    for (n, person) in people.iter().enumerate() {
        if person.kind == Kind::Ordinary {
            outcome.ordinary += 1;
            continue;
        }
        let in_time = match person.kind {
            Kind::Drip => flagged[n].is_some(),
            _ => flagged[n] == Some(person.on),
        };
        if person.kind == Kind::Drip
            && let (Some(from), Some(to)) = (first[n], flagged[n])
        {
            outcome.drip_weeks.push((to - from) / 7);
        }
        let count = outcome.kinds.entry(person.kind).or_default();
        count.0 += 1;
        count.1 += u32::from(in_time);
    }
    outcome
}

fn weighed(signs: &[Sign]) -> Vec<(Sign, i64)> {
    signs.iter().map(|sign| (*sign, sign.weight())).collect()
}

/// Slips of an ordinary day: the wrong chart, a call about somebody not on file; now and then chance makes a sign of it.
fn ordinary(dice: &mut Dice, person: &Person, people: u32, day: i64) -> Vec<Look> {
    let slips = (0..people).filter(|_| dice.is(person.slips)).count();
    let mut looks = Vec::new();
    for _ in 0..slips {
        let subject = i64::from(dice.below(1_000_000));
        let mut signs = Vec::new();
        for (sign, chance) in [
            (Sign::OffShift, 0.05),
            (Sign::NoReason, 0.05),
            (Sign::Watched, 0.000_2),
            (Sign::Address, 0.000_1),
            (Sign::CoWorker, 0.000_1),
        ] {
            if dice.is(chance) {
                signs.push((sign, sign.weight()));
            }
        }
        if dice.is(person.namesakes) {
            signs.push((Sign::Surname, person.surname));
        }
        looks.push(Look { subject, untied: true, signs });
        // The follow-up of a call, some of them the next day.
        if dice.is(0.15) {
            looks.push(Look { subject: -day / 3, untied: true, signs: Vec::new() });
        }
    }
    looks
}

fn planted(dice: &mut Dice, person: &Person, day: i64, today: &mut Day) {
    let mut look = |dice: &mut Dice, signs: Vec<(Sign, i64)>| {
        today.people += 1;
        today.looks.push(Look { subject: i64::from(2_000_000 + dice.below(1_000_000)), untied: true, signs });
    };
    if person.kind == Kind::Drip {
        // One a week, for as long as it lasts, on any day of it.
        if (day + person.on) % 7 == 3 {
            look(dice, Vec::new());
        }
        return;
    }
    if day != person.on {
        return;
    }
    let some = |dice: &mut Dice, least: u32| least + dice.below(3);
    match person.kind {
        Kind::Own => look(dice, weighed(&[Sign::Own])),
        Kind::Surname => {
            for _ in 0..some(dice, 2) {
                look(dice, vec![(Sign::Surname, person.surname)]);
            }
        }
        Kind::Address => look(dice, weighed(&[Sign::Address])),
        Kind::CoWorker => look(dice, weighed(&[Sign::CoWorker])),
        Kind::Watched => look(dice, weighed(&[Sign::Watched])),
        Kind::NoRelation => {
            for _ in 0..some(dice, 6) {
                look(dice, Vec::new());
            }
        }
        Kind::OffShift => {
            for _ in 0..some(dice, 3) {
                look(dice, weighed(&[Sign::OffShift]));
            }
        }
        Kind::Volume => today.people += (person.busy * 3.5) as u32 + 40,
        Kind::MadeUp => {
            for _ in 0..some(dice, 2) {
                look(dice, weighed(&[Sign::MadeUp]));
            }
        }
        Kind::Dismissed => look(dice, weighed(&[Sign::Ended])),
        Kind::Drip | Kind::Ordinary => {}
    }
}
