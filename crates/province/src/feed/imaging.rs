//! ORU R01 of imaging: reports in words, preliminary, final, and corrected when the side was wrong.

use super::draft::Draft;
use super::laboratory::{Reason, Request};
use super::patient::Patient;
use super::{Kind, Sender, Story};
use crate::calendar::{HOUR_US, MINUTE_US};
use crate::places::{self, HOSPITALS, PRACTITIONERS, Role};

struct Study {
    local: &'static str,
    /// LOINC, or empty when only the local code exists.
    loinc: &'static str,
    name: &'static str,
    /// The lines of the report; `{side}` is left or right.
    report: &'static [&'static str],
    french: bool,
}

static CHEST: Study = Study {
    local: "CXR2",
    loinc: "36643-5",
    name: "Chest X-ray, 2 views",
    report: &[
        "INDICATION: Cough and fever.",
        "COMPARISON: None.",
        "FINDINGS: Airspace opacity in the {side} lower lobe. No effusion. Heart size is normal.",
        "IMPRESSION: {Side} lower lobe pneumonia. Follow-up film in 6 weeks to show it has cleared.",
    ],
    french: false,
};
static CHEST_FLUID: Study = Study {
    local: "CXR1",
    loinc: "36554-4",
    name: "Chest X-ray, 1 view",
    report: &[
        "INDICATION: Shortness of breath.",
        "FINDINGS: Enlarged heart. Upper lobe blood diversion. Small {side} pleural effusion.",
        "IMPRESSION: Heart failure with a small {side} effusion.",
    ],
    french: false,
};
static HIP: Study = Study {
    local: "XHIP",
    loinc: "",
    name: "Hip X-ray",
    report: &[
        "INDICATION: Fall at home, cannot bear weight.",
        "FINDINGS: Displaced fracture of the {side} femoral neck. The other hip is intact.",
        "IMPRESSION: {Side} femoral neck fracture.",
    ],
    french: false,
};
static KNEE: Study = Study {
    local: "XKNEE",
    loinc: "",
    name: "Knee X-ray, standing",
    report: &[
        "INDICATION: {Side} knee pain for a year.",
        "FINDINGS: Medial joint space narrowing of the {side} knee with osteophytes. No fracture.",
        "IMPRESSION: Moderate osteoarthritis of the {side} knee.",
    ],
    french: false,
};
static ABDOMEN: Study = Study {
    local: "USABD",
    loinc: "24558-9",
    name: "Ultrasound of the abdomen",
    report: &[
        "INDICATION: Flank pain, {side} side.",
        "FINDINGS: {Side} kidney: 7 mm stone at the lower pole, no hydronephrosis. Liver & gallbladder: normal.",
        "IMPRESSION: Non-obstructing {side} kidney stone.",
    ],
    french: false,
};
static HEAD: Study = Study {
    local: "CTHEAD",
    loinc: "24725-4",
    name: "CT of the head",
    report: &[
        "INDICATION: Headache after a fall, on warfarin.",
        "FINDINGS: Thin {side} convexity subdural collection, 4 mm. No midline shift.",
        "IMPRESSION: Small acute {side} subdural hematoma. Phoned to the ordering provider.",
    ],
    french: false,
};
static BREAST: Study = Study {
    local: "USSEIN",
    loinc: "",
    name: "Échographie du sein",
    report: &[
        "INDICATION : Masse palpable, sein {côté}.",
        "CONSTATATIONS : Kyste simple de 9 mm à 2 heures, sein {côté}. Aucune lésion solide.",
        "CONCLUSION : Kyste bénin du sein {côté}. BI-RADS 2. Aucun suivi nécessaire.",
    ],
    french: true,
};

static OUTPATIENT: [&Study; 5] = [&CHEST, &KNEE, &ABDOMEN, &HEAD, &BREAST];

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    fn fill(self, line: &str) -> String {
        let (low, high, french) = match self {
            Self::Left => ("left", "Left", "gauche"),
            Self::Right => ("right", "Right", "droit"),
        };
        line.replace("{side}", low).replace("{Side}", high).replace("{côté}", french)
    }
}

/// An image asked for by a family doctor or specialist.
pub(super) fn outpatient(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let patient = Patient { home: false, ..Patient::at(person, person.home_hospital()) };
    let study = *story.rng.pick(&OUTPATIENT);
    let orderer = match person.doctor {
        Some(doctor) => &PRACTITIONERS[doctor],
        None => places::somebody(Role::Specialist, None, &mut story.rng),
    };
    let copies = if story.rng.chance(250) {
        vec![places::somebody(Role::Specialist, None, &mut story.rng)]
    } else {
        Vec::new()
    };
    let taken_us = story.begins_us - story.rng.between(2, 20) * HOUR_US;
    let first_us = story.begins_us;
    sequence(story, &patient, (taken_us, first_us), study, orderer, copies);
}

/// An image of a ward patient, copied to the family doctor.
pub(super) fn inpatient(story: &mut Story<'_>, patient: &Patient<'_>, at_us: i64, reason: Reason) {
    let study = match reason {
        Reason::Hip => &HIP,
        Reason::HeartFailure => &CHEST_FLUID,
        _ => &CHEST,
    };
    let orderer = places::somebody(Role::Hospitalist, Some(patient.hospital()), &mut story.rng);
    let copies = patient.person.doctor.map(|doctor| &PRACTITIONERS[doctor]).into_iter().collect();
    let patient = Patient { home: false, ..patient.clone() };
    sequence(story, &patient, (at_us, at_us + 40 * MINUTE_US), study, orderer, copies);
}

/// The reports of one image; `times` are when it was taken and when it was first read.
fn sequence(
    story: &mut Story<'_>,
    patient: &Patient<'_>,
    times: (i64, i64),
    study: &Study,
    orderer: &'static places::Practitioner,
    copies: Vec<&'static places::Practitioner>,
) {
    let placer = story.number(HOSPITALS[patient.hospital()]);
    let request = Request { placer, filler: story.number("IMG"), orderer, copies, collected_us: times.0 };
    let side = if story.rng.chance(500) { Side::Left } else { Side::Right };
    let corrected = story.rng.chance(60);
    let first = if corrected { side.other() } else { side };
    let mut read = times.1;
    if story.rng.chance(200) {
        report(story, read, patient, study, &request, first, "P");
        read += story.rng.between(1, 6) * HOUR_US;
    }
    report(story, read, patient, study, &request, first, "F");
    if corrected {
        report(story, read + 19 * HOUR_US, patient, study, &request, side, "C");
    }
}

fn report(
    story: &mut Story<'_>,
    at_us: i64,
    patient: &Patient<'_>,
    study: &Study,
    request: &Request,
    side: Side,
    status: &str,
) {
    let world = story.world;
    let reader = places::somebody(Role::Radiologist, None, &mut story.rng);
    let one_field = story.rng.chance(500);
    story.tell(at_us, Sender::Rad, Kind::Imaging, "ORU^R01^ORU_R01", |draft, _| {
        draft.result_header(world, patient, request);
        let name = draft.words(study.name);
        let service = if study.loinc.is_empty() {
            format!("{}^{name}^99RAD", study.local)
        } else {
            format!("{}^{name}^99RAD^{}^{name}^LN", study.local, study.loinc)
        };
        let reader = draft.cnn(reader);
        draft.order(1, request, (study.local, &service), ("RAD", status), &[(32, &reader)]);
        let mut lines: Vec<String> = study.report.iter().map(|line| side.fill(line)).collect();
        if status == "C" {
            let correction = if study.french {
                "CORRIGÉ : le premier compte rendu nommait l'autre côté. Le bon côté figure ci-dessous."
            } else {
                "CORRECTED: the first report named the other side. The side below is right."
            };
            lines.insert(0, correction.to_owned());
        }
        draft.narrative(&service, &lines, status, one_field);
    });
}

impl Draft {
    /// A report as one FT with `\.br\`, or as one TX a line.
    pub(super) fn narrative(&mut self, code: &str, lines: &[String], status: &str, one_field: bool) {
        if one_field {
            let text = self.words(&lines.join("\n"));
            self.seg("OBX", &[(1, "1"), (2, "FT"), (3, code), (5, &text), (11, status)]);
            return;
        }
        for (index, line) in lines.iter().enumerate() {
            let set = (index + 1).to_string();
            let text = self.words(line);
            self.seg("OBX", &[(1, &set), (2, "TX"), (3, code), (5, &text), (11, status)]);
        }
    }
}
