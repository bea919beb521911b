//! An event of care as its messages, one after another; and which events an hour has.

use super::draft::Draft;
use super::{FeedMessage, Kind, Sender, control_id};
use super::{admissions, births, care, imaging, laboratory, microbiology, oddities, pathology};
use crate::World;
use crate::calendar::{DAY_US, HOUR_US, SECOND_US, atlantic_offset_hours};
use crate::people::{Condition, Person};
use crate::rng::Rng;

/// One event of care being told.
pub(crate) struct Story<'w> {
    pub(crate) world: &'w World,
    /// Draws that decide the course of the event.
    pub(crate) rng: Rng,
    /// When it begins, microseconds UTC.
    pub(crate) begins_us: i64,
    hour: i64,
    index: u32,
    step: u32,
    from_us: i64,
    out: &'w mut Vec<FeedMessage>,
}

impl Story<'_> {
    /// Tells one message at `at_us`. `write` is not called when the message lies before the stream's beginning, and
    /// has draws of its own, so that what comes after does not depend on it.
    pub(crate) fn tell(
        &mut self,
        at_us: i64,
        sender: Sender,
        kind: Kind,
        structure: &str,
        write: impl FnOnce(&mut Draft, &mut Rng),
    ) {
        let step = self.step;
        self.step += 1;
        let key = [2, self.hour as u64, u64::from(self.index), u64::from(step)];
        let mut rng = Rng::keyed(self.world.seed, &key);
        let at_us = at_us.div_euclid(SECOND_US) * SECOND_US + rng.between(0, SECOND_US - 1);
        if at_us < self.from_us {
            return;
        }
        let control_id = control_id(sender, self.hour, self.index, step);
        let mut draft = Draft::new(sender, at_us, &control_id, structure);
        write(&mut draft, &mut rng);
        self.out.push(FeedMessage { sender, at_us, control_id, kind, bytes: draft.finish() });
    }

    /// Tells another message under the control id of the last one, as senders do whose counter was set back.
    pub(crate) fn again(
        &mut self,
        at_us: i64,
        sender: Sender,
        kind: Kind,
        structure: &str,
        write: impl FnOnce(&mut Draft, &mut Rng),
    ) {
        self.step = self.step.saturating_sub(1);
        self.tell(at_us, sender, kind, structure, write);
    }

    /// An order or accession number that belongs to this event, such as `HRH-26-001234`.
    pub(crate) fn number(&mut self, prefix: &str) -> String {
        let year = crate::calendar::local_date(self.begins_us).year % 100;
        let hour = (self.hour + super::HOUR_OFFSET) % 100_000;
        format!("{prefix}-{year:02}-{hour:05}{:03}", self.index % 1000)
    }

    /// Somebody who needs care: the old and the ill more often than others, newborns never.
    pub(crate) fn somebody(&mut self) -> usize {
        let people = &self.world.people;
        let mut chosen = self.rng.below(people.len());
        for _ in 0..3 {
            let other = self.rng.below(people.len());
            if need(&people[other]) > need(&people[chosen]) {
                chosen = other;
            }
        }
        while people[chosen].born_us.is_some() && people.iter().any(|person| person.born_us.is_none()) {
            chosen = (chosen + 1) % people.len();
        }
        chosen
    }
}

fn need(person: &Person) -> i32 {
    let ill = if person.condition == Condition::None { 0 } else { 30 };
    let born = if person.born_us.is_some() { -100 } else { 0 };
    (2026 - person.birth.year) / 2 + ill + born
}

/// The messages of the events that begin in hour `hour` after the start (before it when negative).
pub(super) fn hour(world: &World, hour: i64, from_us: i64, out: &mut Vec<FeedMessage>) {
    let begins_us = world.start_us + hour * HOUR_US;
    let mut rng = Rng::keyed(world.seed, &[3, hour as u64]);
    let count = events(world, hour, begins_us, &mut rng);
    for index in 0..count {
        let key = [4, hour as u64, u64::from(index)];
        let mut rng = Rng::keyed(world.seed, &key);
        let begins_us = begins_us + rng.between(0, HOUR_US / SECOND_US - 1) * SECOND_US;
        let mut story = Story { world, rng, begins_us, hour, index, step: 0, from_us, out };
        choose(&mut story);
    }
    let mut index = count;
    for person in &world.people {
        let Some(born_us) = person.born_us else { continue };
        if (born_us - world.start_us).div_euclid(HOUR_US) == hour {
            let rng = Rng::keyed(world.seed, &[5, person.number as u64]);
            let mut story = Story { world, rng, begins_us: born_us, hour, index, step: 0, from_us, out };
            births::birth(&mut story, person);
            index += 1;
        }
    }
}

/// How many events begin in an hour: history breathes with the working day, the live feed is even.
fn events(world: &World, hour: i64, begins_us: i64, rng: &mut Rng) -> u32 {
    if hour >= 0 {
        return world.live_per_hour.min(9_000);
    }
    let local_hour = (begins_us - atlantic_offset_hours(begins_us) * HOUR_US).rem_euclid(DAY_US) / HOUR_US;
    let weight = match local_hour {
        7..=17 => 16,
        18..=22 => 7,
        _ => 3,
    };
    let hundredths = world.history_per_day * 100 * weight / 232;
    hundredths / 100 + u32::from(rng.below(100) < (hundredths % 100) as usize)
}

fn choose(story: &mut Story<'_>) {
    match story.rng.below(1000) {
        0..430 => laboratory::community(story),
        430..520 => admissions::stay(story),
        520..610 => admissions::emergency(story),
        610..690 => admissions::registration(story),
        690..760 => microbiology::culture(story),
        760..880 => imaging::outpatient(story),
        880..915 => pathology::biopsy(story),
        915..925 => admissions::merge(story),
        925..965 => care::planned(story),
        965..990 => oddities::odd(story),
        _ => oddities::repeat_with_other_content(story),
    }
}
