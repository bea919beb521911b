//! ADT of the two hospitals: registration, emergency visits, stays, cancellations, merges.

use super::draft::Draft;
use super::laboratory::{self, Reason};
use super::patient::Patient;
use super::{FeedMessage, Kind, Sender, Story, care, documents, imaging};
use crate::World;
use crate::calendar::{DAY_US, HOUR_US, MINUTE_US};
use crate::people::Person;
use crate::places::{self, HOSPITALS, PRACTITIONERS, Practitioner, Role};
use crate::rng::Rng;

/// Where somebody is and who looks after them.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// PV1-2, HL7 table 0004.
    pub(crate) class: &'static str,
    /// PV1-3.
    pub(crate) location: String,
    /// PV1-6.
    pub(crate) before: String,
    pub(crate) attending: &'static Practitioner,
    pub(crate) referring: Option<&'static Practitioner>,
    pub(crate) consulting: Option<&'static Practitioner>,
    /// PV1-19.
    pub(crate) number: String,
    pub(crate) admitted_us: i64,
    pub(crate) discharged_us: Option<i64>,
    /// PV2-3, why they came, in words.
    pub(crate) reason: &'static str,
}

static WARDS: [&[&str]; 2] = [&["6N", "5S", "4W", "ICU"], &["2E", "3E", "SCU"]];

static REASONS: [&str; 5] =
    ["Chest pain", "Abdominal pain", "Fall at home", "Shortness of breath", "Follow-up"];

/// Why people are admitted, the usual reasons more often than the alarming ones.
static STAYS: [Reason; 10] = [
    Reason::Bleed,
    Reason::Potassium,
    Reason::Pneumonia,
    Reason::Pneumonia,
    Reason::Pneumonia,
    Reason::HeartFailure,
    Reason::HeartFailure,
    Reason::HeartFailure,
    Reason::Hip,
    Reason::Hip,
];

/// Everybody's registration at their hospitals in the hour before `from_us`.
pub(super) fn roster(world: &World, from_us: i64, out: &mut Vec<FeedMessage>) {
    let total = world.people.len().max(1) as i64;
    for person in &world.people {
        if person.born_us.is_some_and(|born| born >= from_us - HOUR_US) {
            continue;
        }
        for hospital in 0..HOSPITALS.len() {
            if person.charts[hospital].is_none() {
                continue;
            }
            let sender = Sender::of_hospital(hospital);
            let at_us = from_us - HOUR_US + person.number as i64 * HOUR_US / total + hospital as i64;
            let control_id = format!("{}REG{:07}", sender.facility(), person.number);
            let mut draft = Draft::new(sender, at_us, &control_id, "ADT^A28^ADT_A05");
            draft.event();
            draft.pid(world, &Patient::at(person, hospital));
            draft.family_doctor(person);
            draft.next_of_kin(world, person);
            draft.seg("PV1", &[(1, "1"), (2, "N")]);
            draft.allergies(world, person);
            out.push(FeedMessage { sender, at_us, control_id, kind: Kind::Admission, bytes: draft.finish() });
            if hospital == 0 {
                care::background(world, person, at_us + MINUTE_US, out);
            }
        }
    }
}

/// A desk corrects or confirms what it has (A08, A31, without a visit), or registers somebody for a clinic day that
/// ends the same day (A04, A03).
pub(super) fn registration(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let hospital = person.home_hospital();
    let structure =
        *story.rng.pick(&["ADT^A31^ADT_A05", "ADT^A31^ADT_A05", "ADT^A08^ADT_A01", "ADT^A04^ADT_A01"]);
    let at_us = story.begins_us;
    let mut patient = Patient::at(person, hospital);
    if structure.contains("A04") {
        let mut visit = visit(story, person, hospital, "O");
        visit.location = format!("CLINIC^^^{}", HOSPITALS[hospital]);
        patient.account.clone_from(&visit.number);
        adt(story, at_us, hospital, structure, &patient, &visit);
        let leaves = at_us + story.rng.between(40, 150) * MINUTE_US;
        visit.discharged_us = Some(leaves);
        adt(story, leaves, hospital, "ADT^A03^ADT_A03", &patient, &visit);
        return;
    }
    story.tell(at_us, Sender::of_hospital(hospital), Kind::Admission, structure, |draft, _| {
        draft.event();
        draft.pid(world, &patient);
        draft.family_doctor(person);
        draft.next_of_kin(world, person);
        draft.seg("PV1", &[(1, "1"), (2, "N")]);
    });
}

/// A few hours in the emergency department: A04, sometimes A08, A03.
pub(super) fn emergency(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let hospital = person.home_hospital();
    let mut visit = visit(story, person, hospital, "E");
    visit.location = format!("ED^{}^^{}", story.rng.between(1, 24), HOSPITALS[hospital]);
    let mut patient = Patient::at(person, hospital);
    patient.account.clone_from(&visit.number);
    let at_us = story.begins_us;
    adt(story, at_us, hospital, "ADT^A04^ADT_A01", &patient, &visit);
    if story.rng.chance(300) {
        adt(story, at_us + 50 * MINUTE_US, hospital, "ADT^A08^ADT_A01", &patient, &visit);
    }
    let leaves = at_us + story.rng.between(2, 9) * HOUR_US;
    visit.discharged_us = Some(leaves);
    adt(story, leaves, hospital, "ADT^A03^ADT_A03", &patient, &visit);
}

/// A stay on a ward with its blood tests, perhaps an image, and the discharge summary.
pub(super) fn stay(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let hospital = person.home_hospital();
    let ward = *story.rng.pick(WARDS[hospital]);
    let bed = story.rng.between(1, 16);
    let reason = *story.rng.pick(&STAYS);
    let mut visit = visit(story, person, hospital, "I");
    visit.reason = documents::reason_words(reason);
    visit.location = format!("{ward}^{ward}-{bed:02}^^{}", HOSPITALS[hospital]);
    let mut patient = Patient::at(person, hospital);
    patient.account.clone_from(&visit.number);
    let admitted = story.begins_us;
    adt(story, admitted, hospital, "ADT^A01^ADT_A01", &patient, &visit);
    if story.rng.chance(40) {
        adt(story, admitted + 25 * MINUTE_US, hospital, "ADT^A11^ADT_A09", &patient, &visit);
        return;
    }
    let days = story.rng.between(2, 9);
    for day in 0..days.min(5) {
        let morning = admitted + day * DAY_US + if day == 0 { 20 * MINUTE_US } else { 0 };
        laboratory::ward(story, &patient, morning, reason, day);
    }
    if matches!(reason, Reason::Pneumonia | Reason::Hip | Reason::HeartFailure) {
        imaging::inpatient(story, &patient, admitted + 90 * MINUTE_US, reason);
    }
    if story.rng.chance(450) {
        let next = *story.rng.pick(WARDS[hospital]);
        visit.before = std::mem::replace(
            &mut visit.location,
            format!("{next}^{next}-{bed:02}^^{}", HOSPITALS[hospital]),
        );
        adt(story, admitted + 26 * HOUR_US, hospital, "ADT^A02^ADT_A02", &patient, &visit);
        if story.rng.chance(80) {
            let cancelled = visit.before.clone();
            visit.before = std::mem::replace(&mut visit.location, cancelled);
            adt(story, admitted + 27 * HOUR_US, hospital, "ADT^A12^ADT_A12", &patient, &visit);
        }
        visit.before.clear();
    }
    let leaves = admitted + days * DAY_US + 3 * HOUR_US;
    visit.discharged_us = Some(leaves);
    adt(story, leaves, hospital, "ADT^A03^ADT_A03", &patient, &visit);
    if story.rng.chance(50) {
        visit.discharged_us = None;
        adt(story, leaves + 40 * MINUTE_US, hospital, "ADT^A13^ADT_A01", &patient, &visit);
        visit.discharged_us = Some(leaves + 20 * HOUR_US);
        adt(story, leaves + 20 * HOUR_US, hospital, "ADT^A03^ADT_A03", &patient, &visit);
    }
    care::discharge(story, &patient, &visit, leaves, reason);
    documents::discharge_summary(story, &patient, &visit, leaves + 22 * HOUR_US, reason, days);
}

/// A second chart made in a hurry is joined with the right one: A04 on a new number, then A40.
pub(super) fn merge(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let hospital = person.home_hospital();
    let code = HOSPITALS[hospital];
    let visit = visit(story, person, hospital, "E");
    let mut hurried = Patient::at(person, hospital);
    let number = format!("9{:07}", story.rng.below(10_000_000));
    hurried.mrn = Some((number.clone(), code));
    hurried.card = None;
    hurried.account.clone_from(&visit.number);
    let at_us = story.begins_us;
    adt(story, at_us, hospital, "ADT^A04^ADT_A01", &hurried, &visit);
    let right = Patient::at(person, hospital);
    let sender = Sender::of_hospital(hospital);
    story.tell(at_us + 5 * HOUR_US, sender, Kind::Admission, "ADT^A40^ADT_A39", |draft, _| {
        draft.event();
        draft.pid(world, &right);
        let name = format!("{}^{}", draft.words(&hurried.family), draft.words(&hurried.given));
        draft.seg("MRG", &[(1, &format!("{number}^^^{code}^MR")), (7, &name)]);
    });
}

/// One ADT about a visit.
pub(super) fn adt(
    story: &mut Story<'_>,
    at_us: i64,
    hospital: usize,
    structure: &str,
    patient: &Patient<'_>,
    visit: &Visit,
) {
    let world = story.world;
    story.tell(at_us, Sender::of_hospital(hospital), Kind::Admission, structure, |draft, _| {
        draft.event();
        draft.pid(world, patient);
        draft.family_doctor(patient.person);
        draft.visit(visit);
    });
}

/// A new visit at a hospital, with its number and doctors.
pub(super) fn visit(story: &mut Story<'_>, person: &Person, hospital: usize, class: &'static str) -> Visit {
    let attending = places::somebody(Role::Hospitalist, Some(hospital), &mut story.rng);
    let consulting = if story.rng.chance(250) {
        Some(places::somebody(Role::Specialist, None, &mut story.rng))
    } else {
        None
    };
    Visit {
        class,
        location: format!("REG^^^{}", HOSPITALS[hospital]),
        before: String::new(),
        attending,
        referring: person.doctor.map(|doctor| &PRACTITIONERS[doctor]),
        consulting,
        number: story.number("V"),
        admitted_us: story.begins_us,
        discharged_us: None,
        reason: REASONS[story.rng.below(REASONS.len())],
    }
}

impl Draft {
    /// EVN.
    pub(super) fn event(&mut self) {
        let at = self.time(self.at_us);
        let trigger = self.trigger().to_owned();
        self.seg("EVN", &[(1, &trigger), (2, &at)]);
    }

    /// PV1 and PV2.
    pub(super) fn visit(&mut self, visit: &Visit) {
        let attending = self.xcn(visit.attending);
        let referring = visit.referring.map(|who| self.xcn(who)).unwrap_or_default();
        let consulting = visit.consulting.map(|who| self.xcn(who)).unwrap_or_default();
        let admitted = self.time(visit.admitted_us);
        let discharged = visit.discharged_us.map(|at| self.time(at)).unwrap_or_default();
        let disposition = if visit.discharged_us.is_some() { "01" } else { "" };
        self.seg(
            "PV1",
            &[
                (1, "1"),
                (2, visit.class),
                (3, &visit.location),
                (6, &visit.before),
                (7, &attending),
                (8, &referring),
                (9, &consulting),
                (10, "MED"),
                (19, &visit.number),
                (36, disposition),
                (44, &admitted),
                (45, &discharged),
            ],
        );
        let reason = format!("^{}", self.words(visit.reason));
        self.seg("PV2", &[(3, &reason)]);
    }

    /// NK1 with the mother, for children.
    pub(super) fn next_of_kin(&mut self, world: &World, person: &Person) {
        let Some(mother) = person.mother.map(|mother| &world.people[mother]) else { return };
        if self.age(person) < 19 {
            let name = format!("{}^{}", self.words(&mother.family), self.words(&mother.given));
            self.seg("NK1", &[(1, "1"), (2, &name), (3, "MTH^Mother^HL70063")]);
        }
    }
}

/// Draws that a story made of other stories needs.
pub(super) fn hours(rng: &mut Rng, low: i64, high: i64) -> i64 {
    rng.between(low, high) * HOUR_US
}
