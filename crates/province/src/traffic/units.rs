//! Who lies where, and when blood is taken there.

use std::sync::Arc;

use super::fact::{Fact, Order, Patient};
use super::tests_done::{self as done, Test};
use super::{Next, Traffic, seconds};
use crate::calendar::{DAY_US, HOUR_US, MINUTE_US, SECOND_US, atlantic_offset_hours, local_date};
use crate::people::Sex;

const TIDELAB: usize = 0;
const HRHLAB: usize = 1;
const VGHLAB: usize = 2;
const KIDSLAB: usize = 3;
const POCHUB: usize = 4;
const MICROLAB: usize = 5;
const RADHUB: usize = 6;
/// Beds of one room in a nursery and on a ward.
const BEDS_A_ROOM: usize = 4;

/// What kind of care a unit gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    Ward,
    Intensive,
    Nursery,
}

/// A unit of a hospital.
#[derive(Debug)]
pub(super) struct Unit {
    code: &'static str,
    link: usize,
    care: Care,
    pub(super) beds: usize,
}

const fn unit(code: &'static str, link: usize, care: Care, beds: usize) -> Unit {
    Unit { code, link, care, beds }
}

pub(super) static UNITS: [Unit; 16] = [
    unit("HRH-ICU", HRHLAB, Care::Intensive, 24),
    unit("HRH-CVICU", HRHLAB, Care::Intensive, 10),
    unit("HRH-6N", HRHLAB, Care::Ward, 32),
    unit("HRH-5S", HRHLAB, Care::Ward, 32),
    unit("HRH-4W", HRHLAB, Care::Ward, 28),
    unit("HRH-7E", HRHLAB, Care::Ward, 28),
    unit("HRH-ED", HRHLAB, Care::Ward, 24),
    unit("VGH-SCU", VGHLAB, Care::Intensive, 4),
    unit("VGH-2E", VGHLAB, Care::Ward, 24),
    unit("VGH-3E", VGHLAB, Care::Ward, 20),
    unit("IVY-NICU", KIDSLAB, Care::Nursery, 36),
    unit("IVY-PICU", KIDSLAB, Care::Intensive, 8),
    unit("IVY-6", KIDSLAB, Care::Ward, 20),
    unit("HRH-BCC", HRHLAB, Care::Nursery, 12),
    unit("VGH-NUR", VGHLAB, Care::Nursery, 4),
    unit("HRH-8", HRHLAB, Care::Ward, 30),
];

/// Somebody in a bed.
#[derive(Debug, Clone)]
pub(super) struct Stay {
    patient: Arc<Patient>,
    visit: u64,
    attending: u32,
    until_us: i64,
    /// Until when blood is taken every few minutes.
    crisis_until_us: i64,
    /// Glucose at the bedside every hour.
    insulin: bool,
    /// The twin who lies in the next bed.
    twin: Option<Arc<Patient>>,
    draws: u32,
}

impl Traffic {
    fn person(&mut self, at_us: i64) -> Arc<Patient> {
        let number = self.rng.bits() % self.settings.persons.max(1);
        Arc::new(Patient::of(number, local_date(at_us)))
    }

    fn order(&mut self, test: &'static Test, drawn_us: i64, specimen: u64) -> Order {
        Order { placer: self.number(), filler: self.number(), test, drawn_us, specimen, status: 'F' }
    }

    /// One report about somebody without a visit.
    fn community(&mut self, link: usize, at_us: i64, who: &Arc<Patient>, orderer: u32, orders: Vec<Order>) {
        self.say(Fact {
            link,
            sequence: 0,
            at_us,
            patient: Arc::clone(who),
            meant: Arc::clone(who),
            visit: 0,
            ward: String::new(),
            attending: 0,
            orderer,
            orders,
            again: false,
        });
    }

    /// Somebody comes from a family doctor: a specimen or three, one message a panel or all in one; a culture now and
    /// then, an image now and then.
    pub(super) fn outpatient(&mut self, at_us: i64) {
        let who = self.person(at_us);
        let age = who.birth.years_until(local_date(at_us));
        let orderer = 20_000 + self.rng.below(900) as u32;
        let drawn = at_us - self.rng.between(90, 500) * MINUTE_US;
        match self.rng.below(100) {
            0..2 => self.cultures(at_us, &who, orderer, None),
            2..9 => self.images(at_us, &who, orderer, None),
            _ => {
                let specimen = self.number();
                let count = 1 + self.rng.below(4);
                let sex = who.sex;
                let mut orders = Vec::with_capacity(count);
                for _ in 0..count {
                    let test = done::community(&mut self.rng, sex, age);
                    if orders.iter().all(|order: &Order| order.test != test) {
                        let order = self.order(test, drawn, specimen);
                        orders.push(order);
                    }
                }
                if self.rng.chance(400) {
                    self.community(TIDELAB, at_us, &who, orderer, orders);
                } else {
                    for (index, order) in orders.into_iter().enumerate() {
                        let wait = index as i64 * self.rng.between(1, 25 * 60);
                        self.community(TIDELAB, at_us + seconds(wait), &who, orderer, vec![order]);
                    }
                }
            }
        }
        // Hundreds an hour in the morning, few at night.
        let hour = (at_us - atlantic_offset_hours(at_us) * HOUR_US).rem_euclid(DAY_US) / HOUR_US;
        let mean_ms = match hour {
            7..12 => 8_000,
            12..18 => 12_000,
            18..22 => 45_000,
            _ => 150_000,
        };
        let wait = self.rng.between(0, 2 * mean_ms) * 1_000;
        self.push(at_us + wait, Next::Outpatient);
    }

    /// A care home or a dialysis shift: one orderer, many people, minutes apart; dialysis draws before and after.
    pub(super) fn round(&mut self, at_us: i64) {
        let dialysis = self.rng.chance(400);
        let orderer = 21_000 + self.rng.below(60) as u32;
        let people = self.rng.between(10, 34);
        for index in 0..people {
            let who = self.person(at_us);
            let drawn = at_us + index * 3 * MINUTE_US;
            let times: &[i64] = if dialysis { &[0, 4 * 60] } else { &[0] };
            for later in times {
                let drawn = drawn + later * MINUTE_US;
                let specimen = self.number();
                let orders = vec![
                    self.order(&done::RENAL, drawn, specimen),
                    self.order(&done::COUNT, drawn, specimen),
                ];
                let ready = drawn + self.rng.between(30, 70) * MINUTE_US;
                self.community(if dialysis { HRHLAB } else { TIDELAB }, ready, &who, orderer, orders);
            }
        }
        let next = at_us + self.rng.between(8, 30) * HOUR_US;
        self.push(next, Next::Round);
    }

    /// One to four cultures taken at one time, each with its series: preliminary, again, final.
    fn cultures(&mut self, at_us: i64, who: &Arc<Patient>, orderer: u32, stay: Option<(&Stay, &str)>) {
        let test = *self.rng.pick(&[&done::BLOOD_CULTURE, &done::URINE_CULTURE, &done::WOUND_CULTURE]);
        let sets = if *test == done::URINE_CULTURE { 1 } else { self.rng.between(1, 4) };
        let drawn = at_us - self.rng.between(10, 40) * MINUTE_US;
        for set in 0..sets {
            let specimen = self.number();
            let order = self.order(test, drawn, specimen);
            let days = self.rng.between(2, 5);
            for day in 1..=days {
                let status = if day == days { 'F' } else { 'P' };
                let order = Order { status, ..order.clone() };
                let ready = at_us + day * 20 * HOUR_US + set * self.rng.between(5, 300) * SECOND_US;
                self.report(MICROLAB, ready, who, orderer, stay, vec![order]);
            }
        }
    }

    /// One image, or the many of somebody who fell from a height.
    fn images(&mut self, at_us: i64, who: &Arc<Patient>, orderer: u32, stay: Option<(&Stay, &str)>) {
        let all = [&done::CHEST, &done::HEAD, &done::SPINE, &done::ABDOMEN, &done::HIP];
        let count = if stay.is_some() && self.rng.chance(150) { all.len() } else { 1 };
        let start = self.rng.below(all.len());
        for index in 0..count {
            let test = all[(start + index) % all.len()];
            let specimen = self.number();
            let drawn = at_us + index as i64 * 4 * MINUTE_US;
            let order = self.order(test, drawn, specimen);
            let ready = drawn + self.rng.between(20, 90) * MINUTE_US;
            self.report(RADHUB, ready, who, orderer, stay, vec![order]);
        }
    }

    fn report(
        &mut self,
        link: usize,
        at_us: i64,
        who: &Arc<Patient>,
        orderer: u32,
        stay: Option<(&Stay, &str)>,
        orders: Vec<Order>,
    ) {
        let (visit, attending, ward) =
            stay.map_or((0, 0, ""), |(stay, ward)| (stay.visit, stay.attending, ward));
        self.say(Fact {
            link,
            sequence: 0,
            at_us,
            patient: Arc::clone(who),
            meant: Arc::clone(who),
            visit,
            ward: ward.to_owned(),
            attending,
            orderer,
            orders,
            again: false,
        });
    }

    /// What happens at a bed now, and when to look again.
    pub(super) fn bed(&mut self, unit: usize, bed: usize, at_us: i64) {
        let place = &UNITS[unit];
        let stay = self.beds[unit][bed].take().filter(|stay| stay.until_us > at_us);
        let mut stay = match stay {
            Some(stay) => stay,
            None => self.admit(unit, bed, at_us),
        };
        let ward = format!("{}^{}^{:02}", place.code, bed / BEDS_A_ROOM + 1, bed + 1);
        let next = match place.care {
            Care::Ward => self.ward(&stay, &ward, place.link, at_us),
            Care::Intensive => self.intensive(&mut stay, &ward, place.link, at_us),
            Care::Nursery => self.nursery(&stay, &ward, place.link, at_us),
        };
        stay.draws += 1;
        if self.rng.chance(12) {
            // Another doctor takes over.
            stay.attending = 30_000 + self.rng.below(400) as u32;
        }
        self.beds[unit][bed] = Some(stay);
        self.push(next, Next::Bed(unit, bed));
    }

    fn admit(&mut self, unit: usize, bed: usize, at_us: i64) -> Stay {
        let place = &UNITS[unit];
        let attending = 30_000 + self.rng.below(400) as u32;
        let visit = self.number();
        let hours = match place.care {
            Care::Ward => self.rng.between(8, 200),
            Care::Intensive => self.rng.between(20, 240),
            Care::Nursery => self.rng.between(30, 700),
        };
        let mut twin = None;
        let patient = if place.care == Care::Nursery {
            let beside = bed.checked_sub(1).and_then(|before| self.beds[unit][before].as_mut());
            match beside.and_then(|stay| stay.twin.take()) {
                Some(second) => second,
                None => {
                    let mother = self.person(at_us);
                    let birth = local_date(at_us);
                    let sex = if self.rng.chance(500) { Sex::Male } else { Sex::Female };
                    let twins = self.rng.chance(300);
                    let number = self.settings.persons + 2 * self.number();
                    if twins {
                        twin = Some(Arc::new(Patient::newborn(number + 1, &mother, birth, sex, 2)));
                    }
                    Arc::new(Patient::newborn(number, &mother, birth, sex, u8::from(twins)))
                }
            }
        } else {
            self.person(at_us)
        };
        if twin.is_some() && bed + 1 < place.beds {
            // The next bed is made free for the second twin, who is looked at within the hour.
            self.beds[unit][bed + 1] = None;
        }
        Stay {
            patient,
            visit,
            attending,
            until_us: at_us + hours * HOUR_US,
            crisis_until_us: 0,
            insulin: place.care == Care::Intensive && self.rng.chance(350),
            twin,
            draws: 0,
        }
    }

    /// One draw: the panels of `tests` from one specimen, in one message or one each.
    fn draw(&mut self, stay: &Stay, ward: &str, link: usize, at_us: i64, tests: &[&'static Test]) {
        let specimen = self.number();
        let orderer = if self.rng.chance(700) { stay.attending } else { 30_000 + self.rng.below(400) as u32 };
        let who = Arc::clone(&stay.patient);
        let ready = at_us + self.rng.between(8, 50) * MINUTE_US;
        let orders: Vec<Order> = tests.iter().map(|test| self.order(test, at_us, specimen)).collect();
        if self.rng.chance(300) {
            self.report(link, ready, &who, orderer, Some((stay, ward)), orders);
            return;
        }
        for (index, order) in orders.into_iter().enumerate() {
            let wait = index as i64 * self.rng.between(0, 400);
            let corrected = self.rng.chance(8);
            let correction = Order { status: 'C', ..order.clone() };
            self.report(link, ready + seconds(wait), &who, orderer, Some((stay, ward)), vec![order]);
            if corrected {
                self.report(link, ready + 2 * HOUR_US, &who, orderer, Some((stay, ward)), vec![correction]);
            }
        }
    }

    /// Blood in the morning, again later for some; cultures and images on the first day.
    fn ward(&mut self, stay: &Stay, ward: &str, link: usize, at_us: i64) -> i64 {
        self.draw(stay, ward, link, at_us, &[&done::COUNT, &done::RENAL]);
        let who = Arc::clone(&stay.patient);
        if stay.draws == 0 && self.rng.chance(350) {
            self.cultures(at_us, &who, stay.attending, Some((stay, ward)));
        }
        if stay.draws < 2 && self.rng.chance(350) {
            self.images(at_us, &who, stay.attending, Some((stay, ward)));
        }
        if stay.draws == 0 && self.rng.chance(200) {
            for again in 1..3 {
                self.draw(stay, ward, link, at_us + again * 3 * HOUR_US, &[&done::TROPONIN]);
            }
        }
        if self.rng.chance(200) {
            return at_us + self.rng.between(3, 9) * HOUR_US;
        }
        let offset = atlantic_offset_hours(at_us) * HOUR_US;
        let midnight = (at_us - offset).div_euclid(DAY_US) * DAY_US + offset;
        midnight + DAY_US + self.rng.between(5 * 60, 8 * 60) * MINUTE_US
    }

    /// Gas and glucose at the bedside, panels every few hours, and now and then two hours in which everything is
    /// taken every ten minutes.
    fn intensive(&mut self, stay: &mut Stay, ward: &str, link: usize, at_us: i64) -> i64 {
        if stay.crisis_until_us > at_us {
            self.draw(stay, ward, POCHUB, at_us, &[&done::GAS]);
            self.draw(
                stay,
                ward,
                link,
                at_us,
                &[&done::COUNT, &done::COAGULATION, &done::LACTATE, &done::RENAL],
            );
            return at_us + self.rng.between(8, 22) * MINUTE_US;
        }
        self.draw(stay, ward, POCHUB, at_us, &[&done::GAS]);
        if stay.draws.is_multiple_of(4) {
            let all: [&'static Test; 5] =
                [&done::COUNT, &done::RENAL, &done::LIVER, &done::COAGULATION, &done::MAGNESIUM];
            self.draw(stay, ward, link, at_us, &all);
        }
        if stay.insulin {
            for hour in 0..3 {
                self.draw(stay, ward, POCHUB, at_us + hour * 55 * MINUTE_US, &[&done::GLUCOSE]);
            }
        }
        let who = Arc::clone(&stay.patient);
        if self.rng.chance(40) {
            self.cultures(at_us, &who, stay.attending, Some((stay, ward)));
        }
        if self.rng.chance(60) {
            self.images(at_us, &who, stay.attending, Some((stay, ward)));
        }
        if self.rng.chance(15) {
            stay.crisis_until_us = at_us + self.rng.between(60, 180) * MINUTE_US;
            return at_us + 15 * MINUTE_US;
        }
        at_us + self.rng.between(2 * 60, 5 * 60) * MINUTE_US
    }

    /// Glucose every hour after birth, then gas, bilirubin and counts; the screen on the second day.
    fn nursery(&mut self, stay: &Stay, ward: &str, link: usize, at_us: i64) -> i64 {
        if stay.draws < 8 {
            self.draw(stay, ward, POCHUB, at_us, &[&done::GLUCOSE]);
            // Rounds go from bed to bed, so that twins are seen within minutes of each other.
            let hour = at_us / HOUR_US * HOUR_US + HOUR_US;
            return hour + self.rng.between(0, 9) * MINUTE_US;
        }
        match stay.draws {
            8 => self.draw(stay, ward, link, at_us, &[&done::SCREEN]),
            draws if draws % 3 == 0 => self.draw(stay, ward, link, at_us, &[&done::BILIRUBIN, &done::COUNT]),
            draws if draws % 3 == 1 => self.draw(stay, ward, POCHUB, at_us, &[&done::GAS]),
            _ => self.draw(stay, ward, link, at_us, &[&done::BILIRUBIN]),
        }
        at_us / HOUR_US * HOUR_US + self.rng.between(4, 9) * HOUR_US + self.rng.between(0, 9) * MINUTE_US
    }
}
