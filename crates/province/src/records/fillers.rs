//! What desks write when they know nothing: fillers, placeholders of newborns, aliases of the unidentified.

use super::rates::Fillers;
use crate::calendar::Date;
use crate::rng::Rng;

/// The fillers of one set of records.
#[derive(Debug, Clone)]
pub(super) struct Words {
    boys: Vec<String>,
    girls: Vec<String>,
    /// Marks added for the first and second of twins.
    order: [String; 2],
    alias_family: Vec<String>,
    alias_given: Vec<String>,
    births: Vec<String>,
    phones: Vec<String>,
    cards: Vec<String>,
    addresses: Vec<String>,
}

impl Words {
    pub(super) fn new(seed: u64, fillers: Fillers) -> Self {
        match fillers {
            Fillers::Usual => Self::usual(),
            Fillers::Drawn => Self::drawn(&mut Rng::keyed(seed, &[21])),
        }
    }

    fn usual() -> Self {
        let all = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Self {
            boys: all(&["BABY BOY", "BB", "BABYBOY", "NEWBORN M"]),
            girls: all(&["BABY GIRL", "BG", "BABYGIRL", "NEWBORN F"]),
            order: [" A".to_owned(), " B".to_owned()],
            alias_family: all(&["DOE", "TRAUMA", "UNKNOWN", "UNIDENTIFIED"]),
            alias_given: all(&[
                "JOHN", "JANE", "ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "MALE", "FEMALE", "UNKNOWN",
            ]),
            births: all(&[
                "1900-01-01",
                "1900-01-01",
                "1900-01-01",
                "1901-01-01",
                "1850-01-01",
                "2000-01-01",
            ]),
            phones: all(&["0000000000", "9999999999", "9020000000"]),
            cards: all(&["0000000000", "9999999999", "1111111111"]),
            addresses: all(&["NFA", "NO FIXED ADDRESS", "UNKNOWN", "GENERAL DELIVERY"]),
        }
    }

    fn drawn(rng: &mut Rng) -> Self {
        let babies = rng.between(1, 3) as usize;
        let boys: Vec<String> = (0..babies).map(|_| phrase(rng)).collect();
        // Half of the sets do not tell boys from girls.
        let girls = if rng.chance(500) { boys.clone() } else { (0..babies).map(|_| phrase(rng)).collect() };
        let marks = [["1", "2"], ["-A", "-B"], ["#1", "#2"], [" ONE", " TWO"], ["/1", "/2"]];
        let [first, second] = *rng.pick(&marks);
        let families = rng.between(1, 4) as usize;
        let givens = rng.between(1, 12) as usize;
        let births = rng.between(1, 4) as usize;
        let phones = rng.between(1, 3) as usize;
        let cards = rng.between(1, 3) as usize;
        let addresses = rng.between(1, 4) as usize;
        Self {
            boys,
            girls,
            order: [first.to_owned(), second.to_owned()],
            alias_family: (0..families).map(|_| invented(rng)).collect(),
            alias_given: (0..givens).map(|_| invented(rng)).collect(),
            births: (0..births).map(|_| birth(rng)).collect(),
            phones: (0..phones).map(|_| digits(rng, 10)).collect(),
            cards: (0..cards).map(|_| digits(rng, 10)).collect(),
            addresses: (0..addresses).map(|_| phrase(rng)).collect(),
        }
    }

    /// The placeholder of a newborn; `order` is 1 or 2 for twins, 0 otherwise.
    pub(super) fn newborn(&self, rng: &mut Rng, boy: bool, order: u8) -> String {
        let word = rng.pick(if boy { &self.boys } else { &self.girls });
        match order {
            0 => word.clone(),
            order => format!("{word}{}", self.order[usize::from(order > 1)]),
        }
    }

    /// Family and given name of an unidentified patient.
    pub(super) fn alias(&self, rng: &mut Rng) -> (String, String) {
        (rng.pick(&self.alias_family).clone(), rng.pick(&self.alias_given).clone())
    }

    pub(super) fn birth(&self, rng: &mut Rng) -> String {
        rng.pick(&self.births).clone()
    }

    pub(super) fn phone(&self, rng: &mut Rng) -> String {
        rng.pick(&self.phones).clone()
    }

    pub(super) fn card(&self, rng: &mut Rng) -> String {
        rng.pick(&self.cards).clone()
    }

    pub(super) fn address(&self, rng: &mut Rng) -> String {
        rng.pick(&self.addresses).clone()
    }
}

/// A word nobody is called, three to eight letters.
fn invented(rng: &mut Rng) -> String {
    const HARD: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
    const SOFT: &[u8] = b"AEIOUY";
    let count = rng.between(3, 8) as usize;
    let start = rng.below(2);
    (0..count)
        .map(|at| {
            let hard = (at + start).is_multiple_of(2) || rng.chance(150);
            char::from(*rng.pick(if hard { HARD } else { SOFT }))
        })
        .collect()
}

fn phrase(rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => format!("{} {}", invented(rng), invented(rng)),
        1 => format!("{}{}", invented(rng), rng.below(100)),
        _ => invented(rng),
    }
}

/// A filler date: an odd one of long ago, of the future, or a plain day that a system starts from.
fn birth(rng: &mut Rng) -> String {
    let year = *rng.pick(&[1800, 1880, 1899, 1903, 1910, 1911, 1950, 1970, 1980, 1999, 2001, 2099]);
    let (month, day) = *rng.pick(&[(1, 1), (1, 1), (12, 31), (11, 11), (7, 1), (6, 15), (9, 9), (2, 2)]);
    Date { year, month, day }.iso()
}

/// A filler number: one digit again and again, a run, or a number like any other.
fn digits(rng: &mut Rng, count: usize) -> String {
    match rng.below(4) {
        0 => rng.below(10).to_string().repeat(count),
        1 => "1234567890".chars().cycle().skip(rng.below(10)).take(count).collect(),
        2 => format!("902{}", rng.below(10).to_string().repeat(count - 3)),
        _ => (0..count).map(|_| char::from(b'0' + rng.below(10) as u8)).collect(),
    }
}
