//! A birth: the newborn's placeholder at the mother's hospital, bilirubin, and later the name and the card.

use super::admissions::{self, adt, hours};
use super::laboratory;
use super::panels::{BILIRUBIN, NEWBORN_BILIRUBIN};
use super::patient::Patient;
use super::{Kind, Sender, Story};
use crate::calendar::{DAY_US, HOUR_US};
use crate::people::Person;
use crate::places::HOSPITALS;

/// A01 with the mother's number in PID-21, bilirubin by record number only, A03; for half of them A31 with the name
/// and the card some days later.
pub(super) fn birth(story: &mut Story<'_>, person: &Person) {
    let world = story.world;
    let hospital = person.home_hospital();
    let mut visit = admissions::visit(story, person, hospital, "I");
    visit.reason = "Newborn";
    visit.location = format!("MAT^N{:02}^^{}", story.rng.between(1, 12), HOSPITALS[hospital]);
    let mut patient = Patient::at(person, hospital);
    patient.account.clone_from(&visit.number);
    let born = story.begins_us;
    adt(story, born + HOUR_US / 2, hospital, "ADT^A01^ADT_A01", &patient, &visit);
    let value = story.rng.between(60, 240) as f64;
    laboratory::single(story, &patient, born + 30 * HOUR_US, &NEWBORN_BILIRUBIN, &[(&BILIRUBIN, value)]);
    let leaves = born + hours(&mut story.rng, 36, 60);
    visit.discharged_us = Some(leaves);
    adt(story, leaves, hospital, "ADT^A03^ADT_A03", &patient, &visit);
    if person.number.is_multiple_of(2) {
        let mut named = Patient::at(person, hospital);
        named.given.clone_from(&person.given);
        named.card.clone_from(&person.coming_card);
        let sender = Sender::of_hospital(hospital);
        story.tell(born + 9 * DAY_US, sender, Kind::Admission, "ADT^A31^ADT_A05", |draft, _| {
            draft.event();
            draft.pid(world, &named);
            draft.family_doctor(person);
            draft.next_of_kin(world, person);
            draft.seg("PV1", &[(1, "1"), (2, "N")]);
        });
    }
}
