//! What is followed and what is planned: allergies, problems, medicines, vaccinations, orders, appointments, referrals.

use super::admissions::{self, Visit};
use super::draft::{Draft, esc};
use super::laboratory::Reason;
use super::patient::Patient;
use super::{FeedMessage, Kind, Sender, Story};
use crate::World;
use crate::calendar::{DAY_US, HOUR_US, MINUTE_US, local_date};
use crate::people::{Condition, Person};
use crate::places::{self, HOSPITALS, PRACTITIONERS, Role};
use crate::rng::Rng;

/// One person in so many has an allergy on file.
const ALLERGIC_ONE_IN: u64 = 6;

/// A medicine as the hospital's pharmacy names it: local code, name, amount, unit, HL7 table 0335.
struct Medicine {
    code: &'static str,
    name: &'static str,
    amount: &'static str,
    unit: &'static str,
    often: &'static str,
}

const fn medicine(
    code: &'static str,
    name: &'static str,
    amount: &'static str,
    unit: &'static str,
    often: &'static str,
) -> Medicine {
    Medicine { code, name, amount, unit, often }
}

static METFORMIN: Medicine = medicine("METF500", "Metformin 500 mg", "500", "mg", "BID");
static WARFARIN: Medicine = medicine("WARF2", "Warfarin 2 mg", "2", "mg", "QD");
static BISOPROLOL: Medicine = medicine("BISO5", "Bisoprolol 5 mg", "5", "mg", "QD");
static FUROSEMIDE: Medicine = medicine("FURO40", "Furosemide 40 mg", "40", "mg", "BID");
static SPIRONOLACTONE: Medicine = medicine("SPIR25", "Spironolactone 25 mg", "25", "mg", "QD");
static IRON: Medicine = medicine("FERR300", "Ferrous fumarate 300 mg", "300", "mg", "QD");
static RAMIPRIL: Medicine = medicine("RAMI5", "Ramipril 5 mg", "5", "mg", "QD");
static PANTOPRAZOLE: Medicine = medicine("PANT40", "Pantoprazole 40 mg", "40", "mg", "BID");
static AMOXICILLIN: Medicine = medicine("AMOX500", "Amoxicillin 500 mg", "500", "mg", "TID");
static APIXABAN: Medicine = medicine("APIX2", "Apixaban 2.5 mg", "2.5", "mg", "BID");

/// SNOMED CT code, name, and what is taken for it.
fn followed(condition: Condition) -> Option<(&'static str, &'static str, &'static Medicine)> {
    match condition {
        Condition::None => None,
        Condition::Kidney => Some(("709044004", "Chronic kidney disease", &RAMIPRIL)),
        Condition::Diabetes => Some(("44054006", "Type 2 diabetes mellitus", &METFORMIN)),
        Condition::Warfarin => Some(("49436004", "Atrial fibrillation", &WARFARIN)),
        Condition::HeartFailure => Some(("84114007", "Heart failure", &BISOPROLOL)),
        Condition::Anemia => Some(("87522002", "Iron deficiency anemia", &IRON)),
    }
}

static ALLERGIES: [(&str, &str, &str, &str); 5] = [
    ("DA", "Penicillin", "SV", "Anaphylaxis"),
    ("DA", "Sulfonamide", "MO", "Rash"),
    ("FA", "Peanut", "SV", "Anaphylaxis"),
    ("MA", "Latex", "MI", "Rash"),
    ("DA", "Codeine", "MI", "Nausea"),
];

impl Draft {
    /// AL1, for those who have an allergy.
    pub(super) fn allergies(&mut self, world: &World, person: &Person) {
        let mut rng = Rng::keyed(world.seed, &[6, person.number as u64]);
        if rng.below(ALLERGIC_ONE_IN as usize) > 0 {
            return;
        }
        let (sort, substance, severity, reaction) = *rng.pick(&ALLERGIES);
        let substance = format!("^{}", self.words(substance));
        let reaction = self.words(reaction);
        self.seg("AL1", &[(1, "1"), (2, sort), (3, &substance), (4, severity), (5, &reaction)]);
    }

    fn medicine(&mut self, order: &Order<'_>) {
        let medicine = order.medicine;
        let code = format!("{}^{}^99HRHRX", medicine.code, esc(medicine.name));
        let (at, orderer) = (self.time(order.at_us), self.xcn(&PRACTITIONERS[order.orderer]));
        self.seg("ORC", &[(1, order.control), (2, &order.number), (9, &at), (12, &orderer)]);
        let day = at.get(..8).unwrap_or_default().to_owned();
        self.seg("TQ1", &[(1, "1"), (3, medicine.often), (7, &day)]);
        self.seg("RXO", &[(1, &code), (2, medicine.amount), (4, medicine.unit)]);
        self.seg("RXR", &[(1, "PO^Oral^HL70162")]);
    }
}

/// An order of a medicine.
struct Order<'m> {
    medicine: &'m Medicine,
    /// ORC-1: `NW` new, `DC` stopped.
    control: &'static str,
    number: String,
    at_us: i64,
    /// Position in [`PRACTITIONERS`].
    orderer: usize,
}

/// The same medicine of one person is one order, so that stopping it names the one that was begun.
fn order_number(person: &Person, medicine: &Medicine) -> String {
    format!("RX{:06}{}", person.number, medicine.code)
}

/// What Harbour Regional has on file of somebody when the stream begins: the followed illness and what is taken for it.
pub(super) fn background(world: &World, person: &Person, at_us: i64, out: &mut Vec<FeedMessage>) {
    let (Some(_), Some((code, name, medicine))) = (&person.charts[0], followed(person.condition)) else {
        return;
    };
    let sender = Sender::Hrh;
    let patient = Patient::at(person, 0);
    let mut rng = Rng::keyed(world.seed, &[7, person.number as u64]);
    let began = at_us - rng.between(400, 4_000) * DAY_US;
    let control_id = format!("{}PRB{:07}", sender.facility(), person.number);
    let mut draft = Draft::new(sender, at_us, &control_id, "PPR^PC1^PPR_PC1");
    draft.pid(world, &patient);
    let (at, onset) = (draft.time(at_us), local_date(began).hl7());
    let (problem, instance) = (format!("{code}^{name}^SCT"), format!("PRB{:07}^HRHADT", person.number));
    draft.seg(
        "PRB",
        &[
            (1, "AD"),
            (2, &at),
            (3, &problem),
            (4, &instance),
            (13, "confirmed"),
            (14, "active"),
            (16, &onset),
        ],
    );
    out.push(FeedMessage { sender, at_us, control_id, kind: Kind::Planned, bytes: draft.finish() });
    let at_us = at_us + MINUTE_US;
    let control_id = format!("{}RXO{:07}", sender.facility(), person.number);
    let mut draft = Draft::new(sender, at_us, &control_id, "OMP^O09^OMP_O09");
    draft.pid(world, &patient);
    let number = order_number(person, medicine);
    let orderer = person.doctor.unwrap_or_default();
    draft.medicine(&Order { medicine, control: "NW", number, at_us: began, orderer });
    out.push(FeedMessage { sender, at_us, control_id, kind: Kind::Planned, bytes: draft.finish() });
}

/// What changes when somebody leaves a ward: a medicine begun, and for some one stopped.
pub(super) fn discharge(
    story: &mut Story<'_>,
    patient: &Patient<'_>,
    visit: &Visit,
    at_us: i64,
    reason: Reason,
) {
    if patient.hospital() != 0 || patient.mrn.is_none() {
        return;
    }
    let begun = match reason {
        Reason::Bleed => &PANTOPRAZOLE,
        Reason::Potassium => &BISOPROLOL,
        Reason::Pneumonia => &AMOXICILLIN,
        Reason::HeartFailure => &FUROSEMIDE,
        Reason::Hip => &APIXABAN,
    };
    let stopped = match (reason, followed(patient.person.condition)) {
        (Reason::Potassium, _) => Some(&SPIRONOLACTONE),
        (Reason::Bleed, Some((_, _, taken))) if taken.code == WARFARIN.code => Some(taken),
        _ => None,
    };
    let world = story.world;
    for (control, medicine) in [("NW", Some(begun)), ("DC", stopped)] {
        let Some(medicine) = medicine else { continue };
        let orderer =
            PRACTITIONERS.iter().position(|who| who.licence == visit.attending.licence).unwrap_or_default();
        let order =
            Order { medicine, control, number: order_number(patient.person, medicine), at_us, orderer };
        story.tell(at_us, Sender::Hrh, Kind::Planned, "OMP^O09^OMP_O09", |draft, _| {
            draft.pid(world, patient);
            draft.visit(visit);
            draft.medicine(&order);
        });
    }
}

/// Something planned or followed: an order, an appointment, a referral, a vaccination, a medicine handed over.
pub(super) fn planned(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let hospital = person.home_hospital();
    let patient = Patient::at(person, hospital);
    match story.rng.below(10) {
        0..3 => appointment(story, &patient),
        3..5 => order(story, &patient),
        5..7 => referral(story, &patient),
        7..8 => vaccination(story, &patient),
        _ => dispensed(story, &patient),
    }
}

static CLINICS: [&str; 4] = ["Follow-up", "Kidney clinic", "Heart function clinic", "Diabetes teaching"];

/// SIU S12, and for some S15 or S26 later: called off, missed.
fn appointment(story: &mut Story<'_>, patient: &Patient<'_>) {
    let world = story.world;
    let hospital = patient.hospital();
    let visit = admissions::visit(story, patient.person, hospital, "O");
    let (at_us, number) = (story.begins_us, story.number("APT"));
    let sender = Sender::of_hospital(hospital);
    let what = *story.rng.pick(&CLINICS);
    let when_us = at_us + story.rng.between(3, 60) * DAY_US;
    let later = story.rng.chance(120);
    let steps =
        [("SIU^S12^SIU_S12", "Booked", at_us), ("SIU^S15^SIU_S12", "Cancelled", at_us + 20 * HOUR_US)];
    for (structure, status, at_us) in steps.into_iter().take(1 + usize::from(later)) {
        story.tell(at_us, sender, Kind::Planned, structure, |draft, _| {
            let timing = format!("^^30^{}", draft.time(when_us));
            let reason = format!("^{}", draft.words(what));
            draft.seg(
                "SCH",
                &[(1, &number), (7, &reason), (9, "30"), (10, "min"), (11, &timing), (25, status)],
            );
            draft.pid(world, patient);
            draft.visit(&visit);
            draft.seg("RGS", &[(1, "1"), (2, "A")]);
            let service = format!("^{}", draft.words(what));
            let start = draft.time(when_us);
            draft.seg("AIS", &[(1, "1"), (2, "A"), (3, &service), (4, &start)]);
            let location = format!("CLINIC^^^{}", HOSPITALS[hospital]);
            draft.seg("AIL", &[(1, "1"), (2, "A"), (3, &location)]);
        });
    }
}

/// ORM O01: a panel that has been asked for.
fn order(story: &mut Story<'_>, patient: &Patient<'_>) {
    let world = story.world;
    let hospital = patient.hospital();
    let visit = admissions::visit(story, patient.person, hospital, "O");
    let (at_us, number) = (story.begins_us, story.number("ORD"));
    story.tell(at_us, Sender::of_hospital(hospital), Kind::Planned, "ORM^O01^ORM_O01", |draft, _| {
        draft.pid(world, patient);
        draft.visit(&visit);
        let orderer = draft.xcn(visit.attending);
        let at = draft.time(at_us);
        draft.seg("ORC", &[(1, "NW"), (2, &number), (5, "IP"), (9, &at), (12, &orderer)]);
        draft.seg("OBR", &[(1, "1"), (2, &number), (4, "RENAL^Renal function panel^99LAB"), (16, &orderer)]);
    });
}

static SERVICES: [(&str, &str); 4] =
    [("CAR", "Cardiology"), ("NEP", "Nephrology"), ("DIA", "Diabetes clinic"), ("PHY", "Physiotherapy")];

/// REF I12 from the hospital to a specialist, some of them urgent.
fn referral(story: &mut Story<'_>, patient: &Patient<'_>) {
    let world = story.world;
    let hospital = patient.hospital();
    let (at_us, number) = (story.begins_us, story.number("REF"));
    let from = places::somebody(Role::Hospitalist, Some(hospital), &mut story.rng);
    let to = places::somebody(Role::Specialist, None, &mut story.rng);
    let (code, service) = *story.rng.pick(&SERVICES);
    let priority = if story.rng.chance(200) { "S^STAT^HL70280" } else { "R^Routine^HL70280" };
    story.tell(at_us, Sender::of_hospital(hospital), Kind::Planned, "REF^I12^REF_I12", |draft, _| {
        let day = draft.time(at_us).get(..8).unwrap_or_default().to_owned();
        let until = draft.time(at_us + 180 * DAY_US).get(..8).unwrap_or_default().to_owned();
        let kind = format!("{code}^{service}^HL70281");
        let id = format!("{number}^{}", HOSPITALS[hospital]);
        draft.seg(
            "RF1",
            &[
                (1, "P"),
                (2, priority),
                (3, &kind),
                (5, "O^Outpatient^HL70284"),
                (6, &id),
                (7, &day),
                (8, &until),
                (9, &day),
            ],
        );
        for (role, who) in [("RP^Referring provider^HL70286", from), ("RT^Referred to provider^HL70286", to)]
        {
            let name = format!("{}^{}", draft.words(who.family), draft.words(who.given));
            let licence = format!("{}^LN^{}", who.licence, who.authority());
            draft.seg("PRD", &[(1, role), (2, &name), (7, &licence)]);
        }
        draft.pid(world, patient);
    });
}

static VACCINES: [(&str, &str); 3] =
    [("88", "Influenza vaccine"), ("33", "Pneumococcal polysaccharide vaccine"), ("121", "Zoster vaccine")];

/// VXU V04.
fn vaccination(story: &mut Story<'_>, patient: &Patient<'_>) {
    let world = story.world;
    let (at_us, number) = (story.begins_us, story.number("VAX"));
    let (code, name) = *story.rng.pick(&VACCINES);
    let given = !story.rng.chance(60);
    story.tell(
        at_us,
        Sender::of_hospital(patient.hospital()),
        Kind::Planned,
        "VXU^V04^VXU_V04",
        |draft, rng| {
            draft.pid(world, patient);
            draft.seg("ORC", &[(1, "RE"), (3, &number)]);
            let (at, vaccine) = (draft.time(at_us), format!("{code}^{name}^CVX"));
            let lot = if given { format!("LT{:04}", rng.below(10_000)) } else { String::new() };
            let (amount, unit) = if given { ("0.5", "mL") } else { ("999", "") };
            let refused = if given { "" } else { "00^Patient decision^NIP002" };
            draft.seg(
                "RXA",
                &[
                    (1, "0"),
                    (2, "1"),
                    (3, &at),
                    (5, &vaccine),
                    (6, amount),
                    (7, unit),
                    (15, &lot),
                    (18, refused),
                    (20, if given { "CP" } else { "RE" }),
                    (21, "A"),
                ],
            );
        },
    );
}

/// RDS O13: a pharmacy has handed a medicine over.
fn dispensed(story: &mut Story<'_>, patient: &Patient<'_>) {
    let world = story.world;
    let taken = followed(patient.person.condition).map_or(&AMOXICILLIN, |(_, _, taken)| taken);
    let (at_us, filler) = (story.begins_us, story.number("DSP"));
    let number = order_number(patient.person, taken);
    story.tell(
        at_us,
        Sender::of_hospital(patient.hospital()),
        Kind::Planned,
        "RDS^O13^RDS_O13",
        |draft, _| {
            draft.pid(world, patient);
            draft.seg("ORC", &[(1, "RE"), (2, &number), (3, &filler)]);
            let (at, code) = (draft.time(at_us), format!("{}^{}^99HRHRX", taken.code, esc(taken.name)));
            draft.seg(
                "RXD",
                &[(1, "1"), (2, &code), (3, &at), (4, "60"), (5, "TAB"), (6, "TAB^Tablet"), (7, &filler)],
            );
            draft.seg("RXR", &[(1, "PO^Oral^HL70162")]);
        },
    );
}
