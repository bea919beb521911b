//! ORU R01 of pathology: the diagnosis in words, and the signed report as a PDF.

use super::draft::esc;
use super::laboratory;
use super::patient::Patient;
use super::{Kind, Sender, Story, pdf};
use crate::calendar::{DAY_US, read_time};
use crate::places::{self, Role};

struct Case {
    tissue: &'static str,
    diagnosis: &'static [&'static str],
}

static CASES: [Case; 3] = [
    Case {
        tissue: "Skin, left forearm",
        diagnosis: &[
            "GROSS: Ellipse of skin 14 x 6 x 4 mm.",
            "DIAGNOSIS: Basal cell carcinoma, nodular, completely excised.",
            "MARGINS: Clear, nearest 2 mm.",
        ],
    },
    Case {
        tissue: "Colon, sigmoid polyp",
        diagnosis: &[
            "GROSS: One polyp, 9 mm.",
            "DIAGNOSIS: Tubular adenoma, low grade dysplasia.",
            "COMMENT: Completely removed in this section.",
        ],
    },
    Case {
        tissue: "Breast, right, core biopsy",
        diagnosis: &[
            "GROSS: Four cores, up to 16 mm.",
            "DIAGNOSIS: Invasive carcinoma of no special type, grade 2.",
            "COMMENT: Receptor studies follow in an addendum. Phoned to the ordering provider.",
        ],
    },
];

/// A biopsy: final after some days; the PDF stands beside the words in two of three.
pub(super) fn biopsy(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let patient = Patient::at(person, person.home_hospital());
    let patient = Patient { home: false, ..patient };
    let mut request = laboratory::request(story, person, None);
    request.collected_us = story.begins_us - story.rng.between(3, 8) * DAY_US;
    let case = story.rng.pick(&CASES);
    let with_pdf = story.rng.chance(660);
    let signer = places::somebody(Role::Pathologist, None, &mut story.rng);
    let at_us = story.begins_us;
    story.tell(at_us, Sender::Lab, Kind::Pathology, "ORU^R01^ORU_R01", |draft, _| {
        draft.result_header(world, &patient, &request);
        let service = "11529-5^Surgical pathology study^LN^SP^Surgical pathology^99LAB";
        let reader = draft.cnn(signer);
        draft.order(1, &request, ("SP", service), ("SP", "F"), &[(32, &reader)]);
        let mut lines = vec![format!("SPECIMEN: {}", case.tissue)];
        lines.extend(case.diagnosis.iter().map(|line| (*line).to_owned()));
        draft.narrative("22637-3^Pathology report final diagnosis^LN", &lines, "F", true);
        if with_pdf {
            lines.insert(0, format!("Surgical pathology report {}", request.filler));
            lines.insert(1, format!("{}, {}", patient.family.to_uppercase(), patient.given));
            lines.push(format!("Signed {} {} {}", signer.given, signer.family, read_time(at_us)));
            let value = format!("^application^pdf^Base64^{}", pdf::base64(&pdf::page(&lines)));
            draft.seg(
                "OBX",
                &[(1, "2"), (2, "ED"), (3, "11529-5^Surgical pathology study^LN"), (5, &value), (11, "F")],
            );
        }
        draft.specimen(&request, &format!("TISS^{}^HL70487", esc(case.tissue)));
    });
}
