//! ORU R01 of microbiology: growth, organism, susceptibilities as a child order.

use super::draft::{Draft, esc};
use super::laboratory::{self, Request};
use super::patient::Patient;
use super::{Kind, Sender, Story};
use crate::calendar::HOUR_US;

struct Culture {
    local: &'static str,
    loinc: &'static str,
    name: &'static str,
    specimen: &'static str,
    organisms: &'static [&'static Organism],
    none: &'static str,
}

struct Organism {
    code: &'static str,
    name: &'static str,
    /// LOINC, name, minimum inhibitory concentration, interpretation (table 0078).
    drugs: &'static [(&'static str, &'static str, &'static str, &'static str)],
}

static E_COLI: Organism = Organism {
    code: "112283007",
    name: "Escherichia coli",
    drugs: &[
        ("18864-9", "Ampicillin", ">=32", "R"),
        ("18906-8", "Ciprofloxacin", "<=0.25", "S"),
        ("18955-5", "Nitrofurantoin", "<=16", "S"),
        ("18998-5", "Trimethoprim + sulfamethoxazole", ">=320", "R"),
        ("18895-3", "Ceftriaxone", "<=1", "S"),
    ],
};
static KLEBSIELLA: Organism = Organism {
    code: "56415008",
    name: "Klebsiella pneumoniae",
    drugs: &[
        ("18864-9", "Ampicillin", ">=32", "R"),
        ("18906-8", "Ciprofloxacin", "1", "I"),
        ("18928-2", "Gentamicin", "<=1", "S"),
        ("18895-3", "Ceftriaxone", "<=1", "S"),
    ],
};
static MRSA: Organism = Organism {
    code: "115329001",
    name: "Methicillin resistant Staphylococcus aureus",
    drugs: &[
        ("18961-3", "Oxacillin", ">=4", "R"),
        ("18908-4", "Clindamycin", "0.25", "S"),
        ("19000-9", "Vancomycin", "1", "S"),
    ],
};

static CULTURES: [Culture; 3] = [
    Culture {
        local: "UC",
        loinc: "630-4",
        name: "Urine culture",
        specimen: "UR^Urine^HL70487",
        organisms: &[&E_COLI, &KLEBSIELLA],
        none: "No growth after 24 hours",
    },
    Culture {
        local: "BC",
        loinc: "600-7",
        name: "Blood culture",
        specimen: "BLD^Whole blood^HL70487",
        organisms: &[&E_COLI, &MRSA],
        none: "No growth after 5 days",
    },
    Culture {
        local: "WC",
        loinc: "6463-4",
        name: "Wound culture",
        specimen: "WND^Wound^HL70487",
        organisms: &[&MRSA],
        none: "Normal skin flora only",
    },
];

/// Preliminary with the Gram stain, final with organism and susceptibilities; now and then a correction.
pub(super) fn culture(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let in_hospital = story.rng.chance(350);
    let patient = if in_hospital {
        let mut patient = Patient::at(person, person.home_hospital());
        patient.account = story.number("V");
        patient
    } else {
        Patient::community(person)
    };
    let collected = story.begins_us - 20 * HOUR_US;
    let ward = in_hospital.then(|| (patient.hospital(), collected, 0));
    let mut request = laboratory::request(story, person, ward);
    request.collected_us = collected;
    let culture = story.rng.pick(&CULTURES);
    let organism = *story.rng.pick(culture.organisms);
    let grows = story.rng.chance(600);
    let corrected = grows && story.rng.chance(80);
    if grows || story.rng.chance(500) {
        let begins = collected + 20 * HOUR_US;
        report(story, begins, culture, &request, &patient, "P", &Growth::Seen(grows));
    }
    let growth = if grows { Growth::Organism(organism, 0) } else { Growth::Nothing };
    report(story, collected + 47 * HOUR_US, culture, &request, &patient, "F", &growth);
    if corrected {
        let growth = Growth::Organism(organism, 1);
        report(story, collected + 70 * HOUR_US, culture, &request, &patient, "C", &growth);
    }
}

enum Growth {
    /// What can be said on the first day.
    Seen(bool),
    Nothing,
    /// The organism; the number of drugs whose interpretation was first written wrong.
    Organism(&'static Organism, usize),
}

fn report(
    story: &mut Story<'_>,
    at_us: i64,
    culture: &Culture,
    request: &Request,
    patient: &Patient<'_>,
    status: &str,
    growth: &Growth,
) {
    let world = story.world;
    story.tell(at_us, Sender::Lab, Kind::Microbiology, "ORU^R01^ORU_R01", |draft, _| {
        draft.result_header(world, patient, request);
        let service = format!(
            "{}^{}^LN^{}^{}^99LAB",
            culture.loinc,
            esc(culture.name),
            culture.local,
            esc(culture.name)
        );
        draft.order(1, request, (culture.local, &service), ("MB", status), &[]);
        match growth {
            Growth::Seen(grows) => {
                let stain =
                    if *grows { "Organisms seen, identification to follow" } else { "No organisms seen" };
                draft.text(1, "664-3^Gram stain^LN", "1", stain, status);
            }
            Growth::Nothing => draft.text(1, &service, "1", culture.none, status),
            Growth::Organism(organism, _) => {
                let coded = format!("{}^{}^SCT", organism.code, esc(organism.name));
                draft.seg(
                    "OBX",
                    &[
                        (1, "1"),
                        (2, "CWE"),
                        (3, "6463-4^Bacteria identified^LN"),
                        (4, "1"),
                        (5, &coded),
                        (8, "A"),
                        (11, status),
                    ],
                );
                draft.text(2, "564-5^Colony count^LN", "1", ">100 x 10*6 CFU/L", status);
            }
        }
        draft.specimen(request, culture.specimen);
        if let Growth::Organism(organism, wrong) = growth {
            let parent_result = format!("6463-4&Bacteria identified&LN^1^{}", esc(organism.name));
            let filler = format!("{}-{}", request.filler, culture.local);
            let parent = format!("{}^{filler}", request.placer);
            let service = "50545-3^Bacterial susceptibility panel by MIC^LN^SUSC^Susceptibility^99LAB";
            draft.order(
                2,
                request,
                ("SUSC", service),
                ("MB", status),
                &[(26, &parent_result), (29, &parent)],
            );
            for (index, (loinc, name, mic, interpretation)) in organism.drugs.iter().enumerate() {
                let interpretation = if index < *wrong { "I" } else { interpretation };
                draft.susceptibility(index + 1, (loinc, name), (mic, interpretation), status);
            }
        }
    });
}

impl Draft {
    /// One OBX of plain text.
    pub(super) fn text(&mut self, set: usize, code: &str, sub_id: &str, text: &str, status: &str) {
        let text = self.words(text);
        let set = set.to_string();
        self.seg("OBX", &[(1, &set), (2, "ST"), (3, code), (4, sub_id), (5, &text), (11, status)]);
    }

    /// SPM after the observations of its order.
    pub(super) fn specimen(&mut self, request: &Request, specimen: &str) {
        let collected = self.time(request.collected_us);
        let assigned = format!("^{}", request.filler);
        self.seg("SPM", &[(1, "1"), (2, &assigned), (4, specimen), (17, &collected)]);
    }

    fn susceptibility(&mut self, set: usize, drug: (&str, &str), result: (&str, &str), status: &str) {
        let code = format!("{}^{}^LN", drug.0, esc(drug.1));
        let split = result.0.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
        let (comparator, number) = result.0.split_at(split);
        let value = format!("{comparator}^{number}");
        self.seg(
            "OBX",
            &[
                (1, &set.to_string()),
                (2, "SN"),
                (3, &code),
                (4, "1"),
                (5, &value),
                (6, "ug/mL^ug/mL^UCUM"),
                (8, result.1),
                (11, status),
            ],
        );
    }
}
