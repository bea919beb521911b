//! Messages that give people work: identities that disagree, messages that are incomplete or broken.

use super::draft::{Draft, esc};
use super::laboratory::{self, Request};
use super::panels::{self, POTASSIUM};
use super::patient::Patient;
use super::{Kind, Sender, Story};
use crate::calendar::{Date, HOUR_US};
use crate::places::{PRACTITIONERS, Practitioner, Role};

const ORU: &str = "ORU^R01^ORU_R01";

static STRANGER: Practitioner = Practitioner {
    id: "stranger",
    family: "Farwater",
    given: "Ines",
    licence: "099817",
    billing: "99817",
    role: Role::Specialist,
    place: "",
    also: "",
    listed: false,
};

/// One potassium with something wrong about it.
pub(super) fn odd(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let hospital = person.home_hospital();
    let other = &world.people[story.somebody()];
    let mut request = laboratory::request(story, person, Some((hospital, story.begins_us, 0)));
    let mut patient = Patient { home: false, ..Patient::at(person, hospital) };
    let value = panels::value(world, person, &POTASSIUM, story.begins_us);
    let at_us = story.begins_us + HOUR_US;
    let fault = story.rng.below(10);
    match fault {
        0 => patient.birth = patient.birth.map(|birth| Date { year: birth.year - 7, ..birth }),
        1 => {
            patient.mrn = None;
            patient.card = None;
            patient.birth = None;
        }
        2 => {
            let theirs = Patient::at(other, hospital);
            patient.family = theirs.family;
            patient.given = theirs.given;
            patient.birth = theirs.birth;
        }
        3 => patient.card = other.card.clone(),
        4 => request.orderer = &STRANGER,
        5 => {
            request.orderer = &STRANGER;
            request.copies = vec![&STRANGER];
        }
        _ => {}
    }
    let structure = if fault == 6 { "ORU" } else { ORU };
    story.tell(at_us, Sender::Lab, Kind::Odd, structure, |draft, _| {
        potassium(draft, world, &patient, &request, value, fault);
    });
}

fn potassium(
    draft: &mut Draft,
    world: &crate::World,
    patient: &Patient<'_>,
    request: &Request,
    value: f64,
    fault: usize,
) {
    if fault == 9 {
        draft.declare("UNICODE UTF-7");
    }
    draft.result_header(world, patient, request);
    let service = "2823-3^Potassium^LN^K^Potassium^99LAB";
    draft.order(1, request, ("K", service), ("CH", "F"), &[]);
    let printed = POTASSIUM.print(value);
    let kind = if fault == 7 { "" } else { "NM" };
    let printed = if fault == 8 { esc("see comment ^ hemolysed") } else { printed };
    let range = POTASSIUM.range();
    let flag = POTASSIUM.flag(value);
    draft.seg(
        "OBX",
        &[
            (1, "1"),
            (2, kind),
            (3, service),
            (5, &printed),
            (6, "mmol/L^mmol/L^UCUM"),
            (7, &range),
            (8, flag),
            (11, "F"),
        ],
    );
}

/// The result of somebody, and the same control id again with another value: both must be kept, somebody is told.
pub(super) fn repeat_with_other_content(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let doctor = person.doctor.map(|doctor| &PRACTITIONERS[doctor]);
    let mut request = laboratory::request(story, person, None);
    request.orderer = doctor.unwrap_or(request.orderer);
    let patient = Patient::community(person);
    let value = panels::value(world, person, &POTASSIUM, story.begins_us);
    let at_us = story.begins_us + HOUR_US;
    story.tell(at_us, Sender::Lab, Kind::Odd, ORU, |draft, _| {
        potassium(draft, world, &patient, &request, value, usize::MAX);
    });
    story.again(at_us + HOUR_US / 6, Sender::Lab, Kind::Odd, ORU, |draft, _| {
        potassium(draft, world, &patient, &request, value + 0.4, usize::MAX);
    });
}
