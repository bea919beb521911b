//! What a province's result feeds say in a normal year, for judging a breaker: wards in the morning, intensive care
//! with a dozen results an hour on one patient, twins side by side in one nursery, point-of-care devices that speak of
//! the same three people all night, culture series, a queue that empties after a line was down, everything sent twice.
//! And one defect: a sender whose PID stays the same from one message on.
//!
//! An endless stream in time order, a pure function of its settings. Facts first, HL7 v2 text on demand.

mod fact;
mod tests_done;
mod units;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

pub use fact::{Fact, LINKS, Order, Patient};
pub use tests_done::Test;

use crate::calendar::{HOUR_US, MINUTE_US, SECOND_US};
use crate::rng::Rng;
use units::{Stay, UNITS};

/// Facts of each link that are kept to be sent again.
const KEPT: usize = 240;

/// What decides a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Same seed, same stream.
    pub seed: u64,
    /// People who may come to a laboratory.
    pub persons: u64,
    /// Time of the first message, microseconds UTC.
    pub from_us: i64,
    /// What one sender does wrong, if anything.
    pub defect: Option<Defect>,
}

/// A sender whose patient is remembered: from its message `from` on (counted from 0 on that link), every PID is the
/// one of message `from`; order, ward, specimen and test go on changing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defect {
    /// Position in [`LINKS`].
    pub link: usize,
    /// The first message with the constant PID; it is the last that is right.
    pub from: u64,
}

#[derive(Debug)]
enum Next {
    /// Somebody comes to a blood collection or an imaging room.
    Outpatient,
    /// A round through a care home or a dialysis shift: many people, one orderer.
    Round,
    /// The bed of a unit.
    Bed(usize, usize),
    /// A line was down, or a queue is sent once more.
    Again(usize),
    /// A message that is ready.
    Ready(Box<Fact>),
}

#[derive(Debug)]
struct Due {
    at_us: i64,
    turn: u64,
    next: Next,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at_us, self.turn) == (other.at_us, other.turn)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_us, self.turn).cmp(&(other.at_us, other.turn))
    }
}

/// The stream.
#[derive(Debug)]
pub struct Traffic {
    settings: Settings,
    rng: Rng,
    due: BinaryHeap<Reverse<Due>>,
    turn: u64,
    beds: Vec<Vec<Option<Stay>>>,
    /// Serial of visits, orders and newborns.
    serial: u64,
    sequences: [u64; LINKS.len()],
    stuck: Option<Arc<Patient>>,
    kept: Vec<VecDeque<Fact>>,
}

impl Traffic {
    /// The stream of some settings.
    pub fn new(settings: Settings) -> Self {
        let mut traffic = Self {
            settings,
            rng: Rng::keyed(settings.seed, &[71]),
            due: BinaryHeap::new(),
            turn: 0,
            beds: UNITS.iter().map(|unit| vec![None; unit.beds]).collect(),
            serial: 0,
            sequences: [0; LINKS.len()],
            stuck: None,
            kept: vec![VecDeque::with_capacity(KEPT); LINKS.len()],
        };
        for (unit, beds) in UNITS.iter().enumerate() {
            for bed in 0..beds.beds {
                let at_us = settings.from_us + traffic.rng.between(0, 12 * 60) * MINUTE_US;
                traffic.push(at_us, Next::Bed(unit, bed));
            }
        }
        traffic.push(settings.from_us, Next::Outpatient);
        traffic.push(settings.from_us + HOUR_US, Next::Round);
        for link in 0..LINKS.len() {
            let first = settings.from_us + traffic.rng.between(10, 96) * HOUR_US;
            traffic.push(first, Next::Again(link));
        }
        traffic
    }

    fn push(&mut self, at_us: i64, next: Next) {
        self.turn += 1;
        self.due.push(Reverse(Due { at_us, turn: self.turn, next }));
    }

    fn say(&mut self, fact: Fact) {
        self.push(fact.at_us, Next::Ready(Box::new(fact)));
    }

    fn number(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The queue of a link is sent once more, at once: the same messages with the same numbers.
    fn again(&mut self, link: usize, at_us: i64) {
        let repeated: Vec<Fact> = self.kept[link].iter().cloned().collect();
        for (index, fact) in repeated.into_iter().enumerate() {
            let at_us = at_us + index as i64 * 20_000;
            self.say(Fact { at_us, again: true, ..fact });
        }
        let next = at_us + self.rng.between(60, 400) * HOUR_US;
        self.push(next, Next::Again(link));
    }

    /// Numbers a message on its link, keeps it, and lets the defect have its way.
    fn finish(&mut self, mut fact: Fact) -> Fact {
        fact.sequence = self.sequences[fact.link];
        self.sequences[fact.link] += 1;
        if !fact.again {
            let kept = &mut self.kept[fact.link];
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(fact.clone());
        }
        if let Some(defect) = self.settings.defect
            && defect.link == fact.link
            && fact.sequence >= defect.from
        {
            let stuck = self.stuck.get_or_insert_with(|| Arc::clone(&fact.meant));
            fact.patient = Arc::clone(stuck);
        }
        fact
    }
}

impl Iterator for Traffic {
    type Item = Fact;

    fn next(&mut self) -> Option<Fact> {
        loop {
            let Reverse(due) = self.due.pop()?;
            match due.next {
                Next::Ready(fact) => return Some(self.finish(*fact)),
                Next::Outpatient => self.outpatient(due.at_us),
                Next::Round => self.round(due.at_us),
                Next::Bed(unit, bed) => self.bed(unit, bed, due.at_us),
                Next::Again(link) => self.again(link, due.at_us),
            }
        }
    }
}

/// Seconds as microseconds.
const fn seconds(count: i64) -> i64 {
    count * SECOND_US
}
