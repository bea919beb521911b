//! Made-up traffic of a laboratory feed, as the breaker sees it: who is spoken of, and what else a message says.
//! Ordinary days with everything that looks like a stuck sender and is none: intensive care, newborn series, tissue
//! cultures, several visits of one person in one day, analysers that empty their memory patient by patient.

use super::{Facts, Impossible, Order};
use std::collections::{HashMap, VecDeque};

/// How much a sender says beside the PID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Richness {
    /// Visit, ward, attending, orderer, time of collection.
    Hospital,
    /// Orderer and time of collection.
    Laboratory,
    /// Time of collection; one name orders everything.
    Sparse,
}

/// A person's part in the traffic for a while.
#[derive(Debug, Clone)]
struct Course {
    person: i64,
    visit: u64,
    ward: u64,
    attending: u64,
    orderers: Vec<u64>,
    /// Tests that it draws from.
    tests: Vec<u64>,
    /// Messages to come.
    left: u32,
    /// Minutes from one message's draw to the next; 0 = drawn at once.
    every: i64,
    drawn: i64,
    many: bool,
    impossible: Option<Impossible>,
    /// Chance in a thousand that the next message of the feed is this person's too.
    sticky: u64,
    /// Panels of this draw that were sent.
    done: Vec<u64>,
}

/// A stream of one feed's messages.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    rng: u64,
    richness: Richness,
    now: i64,
    message: i64,
    next_person: i64,
    order: u64,
    wards: Vec<Course>,
    open: VecDeque<Course>,
    current: Option<Course>,
}

/// Messages of a backlog.
pub(crate) const BACKLOG: usize = 300;

/// Traffic that waited and is worked off person by person, as lanes are after a restart: each person's messages come one
/// after another, in their order, and all of them now.
pub(crate) fn by_person(mut traffic: impl Iterator<Item = Facts>) -> impl Iterator<Item = Facts> {
    let mut waiting: VecDeque<Facts> = VecDeque::new();
    std::iter::from_fn(move || {
        if waiting.is_empty() {
            let mut taken: Vec<Facts> = traffic.by_ref().take(BACKLOG).collect();
            let now = taken.last().map_or(0, |last| last.at);
            let mut first: HashMap<i64, usize> = HashMap::new();
            for (n, facts) in taken.iter().enumerate() {
                first.entry(facts.person).or_insert(n);
            }
            taken.sort_by_key(|facts| first.get(&facts.person).copied());
            waiting.extend(taken.into_iter().map(|facts| Facts { at: now, ..facts }));
        }
        waiting.pop_front()
    })
}

/// Beds whose patients are always there.
const STAYS: usize = 120;

impl Traffic {
    /// Traffic of one feed; the same seed makes the same.
    pub(crate) fn new(seed: u64, richness: Richness) -> Self {
        let mut traffic = Self {
            rng: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            richness,
            now: 29_000_000,
            message: 0,
            next_person: 1,
            order: 0,
            wards: Vec::new(),
            open: VecDeque::new(),
            current: None,
        };
        for bed in 0..STAYS {
            let stay = traffic.stay(bed);
            traffic.wards.push(stay);
        }
        traffic
    }

    fn dice(&mut self) -> u64 {
        self.rng = self.rng.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.rng;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.dice() % n
    }

    fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    fn somebody(&mut self) -> i64 {
        // Most are new to the window, some come again.
        if self.chance(6) && self.next_person > 50 {
            return self.next_person - i64::try_from(self.below(50)).unwrap_or(1) - 1;
        }
        self.next_person += 1;
        self.next_person
    }

    fn doctors(&mut self, from: u64, of: u64, count: u64) -> Vec<u64> {
        (0..count).map(|_| from + self.below(of)).collect()
    }

    fn course(&mut self, person: i64) -> Course {
        let visit = 1_000_000 + self.dice() % 1_000_000_000;
        let orderers = self.doctors(1, 400, 1);
        Course {
            person,
            visit,
            ward: 100 + self.below(30),
            attending: orderers[0],
            orderers,
            tests: (0..6).map(|n| 10 + n * 3).collect(),
            left: 1,
            every: 0,
            drawn: self.now - 60 - i64::try_from(self.below(240)).unwrap_or(0),
            many: false,
            impossible: None,
            sticky: 400,
            done: Vec::new(),
        }
    }

    /// A patient in a bed: the first thirty in intensive care, the next twenty newborns.
    fn stay(&mut self, bed: usize) -> Course {
        self.next_person += 1;
        let person = self.next_person;
        let mut course = self.course(person);
        course.ward = 10_000 + bed as u64;
        let team = 500 + (bed as u64 / 12) * 10;
        course.attending = team;
        let doctors = 2 + self.below(3);
        course.orderers = self.doctors(team, 6, doctors);
        course.left = 40 + u32::try_from(self.below(400)).unwrap_or(0);
        match bed {
            0..30 => {
                course.every = 20 + i64::try_from(self.below(100)).unwrap_or(0);
                course.tests = vec![1, 2, 3, 4];
                course.sticky = 750;
            }
            30..50 => {
                course.every = 60;
                course.tests = vec![5, 6];
                course.sticky = 500;
            }
            _ => {
                course.every = 300;
                course.sticky = 300;
            }
        }
        course
    }

    /// What walks in: requisitions, emergencies, cultures, a day full of visits.
    fn arrival(&mut self) -> Course {
        let person = self.somebody();
        let mut course = self.course(person);
        match self.below(100) {
            // A requisition with several panels, drawn at once.
            0..62 => course.left = 1 + u32::try_from(self.below(5)).unwrap_or(0),
            // Emergency: one visit, two who order, draws an hour apart.
            62..80 => {
                course.ward = 5_000 + self.below(40);
                course.orderers = self.doctors(420, 25, 2);
                course.attending = course.orderers[0];
                course.left = 2 + u32::try_from(self.below(8)).unwrap_or(0);
                course.every = 15 + i64::try_from(self.below(60)).unwrap_or(0);
            }
            // Tissue of a joint: the same culture from up to eight places at one moment.
            80..86 => {
                course.tests = vec![70];
                course.many = true;
                course.left = 2 + u32::try_from(self.below(7)).unwrap_or(0);
                course.sticky = 950;
            }
            // A glucose tolerance or another series of one test.
            86..92 => {
                course.tests = vec![81];
                course.every = 30;
                course.left = 3 + u32::try_from(self.below(4)).unwrap_or(0);
            }
            // Three specialists in one morning, one draw.
            92..95 => {
                course.orderers = self.doctors(1, 400, 3);
                course.left = 3 + u32::try_from(self.below(4)).unwrap_or(0);
            }
            // An analyser that was cut off sends what it kept of one patient.
            95..98 => {
                course.left = 15 + u32::try_from(self.below(30)).unwrap_or(0);
                course.every = 45;
                course.sticky = 995;
            }
            // Sex or birth date typed wrongly, or a trans patient: her tests, his letter.
            _ => {
                course.impossible = Some(if self.chance(500) { Impossible::Sex } else { Impossible::Age });
                course.left = 1 + u32::try_from(self.below(3)).unwrap_or(0);
            }
        }
        // A clinic, then emergency, then admission: another visit, ward, attending and orderer within hours.
        if self.chance(30) {
            course.left += 2;
            let mut later = self.course(person);
            later.left = 3;
            later.ward = 5_000 + self.below(40);
            self.open.push_back(later);
        }
        course
    }

    /// The next panel of one draw, none twice; the common ones come first in most of them.
    fn panel(&mut self, course: &mut Course) -> u64 {
        let mut nth = 0;
        while nth < 11 && self.chance(450) {
            nth += 1;
        }
        let test = (0..12).map(|n| 10 + (nth + n) % 12).find(|test| !course.done.contains(test));
        let test = test.unwrap_or(10 + 12 + course.done.len() as u64);
        course.done.push(test);
        test
    }

    fn say(&mut self, course: &mut Course) -> Facts {
        course.left = course.left.saturating_sub(1);
        course.drawn += course.every;
        if course.every == 0 && self.chance(100) {
            course.drawn += 20;
        }
        self.message += 1;
        self.order += 1;
        let orderer = course.orderers[self.below(course.orderers.len() as u64) as usize];
        let test = course.tests[self.below(course.tests.len() as u64) as usize];
        // A panel that is drawn at once has each test once.
        let test = if course.every == 0 && !course.many { self.panel(course) } else { test };
        let rich = self.richness == Richness::Hospital;
        let stated = |value: u64, says: bool| if says { value } else { 0 };
        let (says_visit, says_orderer) = (rich && !self.chance(60), !self.chance(40));
        // Transfers, and a registrar's typing.
        if self.chance(6) {
            course.ward += 1;
        }
        let elsewhere = self.chance(1) && self.chance(20);
        let number = if elsewhere { self.order.saturating_sub(9).max(1) } else { self.order };
        Facts {
            message: self.message,
            person: course.person,
            at: self.now,
            visit: stated(course.visit, says_visit),
            ward: stated(course.ward, rich),
            attending: stated(course.attending, rich),
            orderer: match self.richness {
                Richness::Sparse => 1,
                _ => stated(orderer, says_orderer),
            },
            orders: vec![Order { number, test, drawn: course.drawn, specimen: 0, many: course.many }],
            impossible: course.impossible,
        }
    }
}

impl Iterator for Traffic {
    type Item = Facts;

    fn next(&mut self) -> Option<Facts> {
        if self.chance(300) {
            self.now += 1;
        }
        let goes_on = match &self.current {
            Some(course) => {
                let sticky = course.sticky;
                course.left > 0 && self.chance(sticky)
            }
            None => false,
        };
        let mut course = match self.current.take() {
            Some(course) if goes_on => course,
            former => {
                if let Some(course) = former.filter(|course| course.left > 0) {
                    self.open.push_back(course);
                }
                match self.below(10) {
                    0..4 => {
                        let bed = self.below(STAYS as u64) as usize;
                        if self.wards[bed].left == 0 {
                            self.wards[bed] = self.stay(bed);
                        }
                        // A round: some messages of this bed now, the rest another time.
                        let mut round = self.wards[bed].clone();
                        let many = 1 + u32::try_from(self.below(if bed < 30 { 12 } else { 4 })).unwrap_or(0);
                        round.left = many.min(round.left);
                        round.drawn = self.now - 50 - round.every * i64::from(round.left);
                        self.wards[bed].left -= round.left;
                        round
                    }
                    4..7 if !self.open.is_empty() => self.open.pop_front()?,
                    _ => self.arrival(),
                }
            }
        };
        let facts = self.say(&mut course);
        self.current = Some(course);
        Some(facts)
    }
}
