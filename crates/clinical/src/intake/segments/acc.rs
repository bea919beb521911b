//! ACC and PDA to Observations and a Condition. HL7's maps have no row for them; nothing they say is dropped.

use crate::intake::datatypes::{cwe, ei, pl, xad, xcn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::reading::{comp, field, one, prose, reps};
use crate::intake::tables::systems;
use fhir::{Kind, Object, build, system};
use hl7v2::Segment;

/// LOINC code, our word and display of what is observed.
struct Topic {
    loinc: &'static str,
    word: &'static str,
    display: &'static str,
}

const INJURY: Topic =
    Topic { loinc: "11374-6", word: "injury-incident", display: "Injury incident description Narrative" };
const CERTIFICATE: Topic =
    Topic { loinc: "64297-5", word: "death-certificate", display: "Death certificate" };
const AUTOPSY: Topic = Topic { loinc: "85699-7", word: "autopsy", display: "Autopsy was performed" };
const CORONER: Topic =
    Topic { loinc: "74497-9", word: "coroner", display: "Medical examiner or coroner was contacted" };

/// Indicators of ACC: field, code of ours, display.
const INDICATORS: [(usize, &str, &str); 3] =
    [(5, "job-related", "Job related"), (6, "death", "Death"), (10, "police-notified", "Police notified")];

fn begin(folder: &mut Folder<'_>, topic: &Topic) -> Draft {
    let mut draft = folder.draft(Kind::Observation, &[topic.word]);
    draft.put("status", "final");
    let own = build::coding(systems::OWN_OBSERVATIONS, topic.word, ());
    let code = build::concept([build::coding(system::LOINC, topic.loinc, topic.display), own], topic.display);
    draft.put("code", code);
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    draft
}

fn indicator(code: &str) -> Object {
    let display = match code {
        "Y" => "Yes",
        "N" => "No",
        _ => "",
    };
    if code.is_empty() { Object::new() } else { build::code(system::v2_table("0136"), code, display) }
}

/// Proposes what ACC says about an accident.
pub(crate) fn accident(folder: &mut Folder<'_>, acc: Segment<'_>) {
    let scope = folder.scope;
    let mut draft = begin(folder, &INJURY);
    draft.add("identifier", one(acc, 13).map(|rep| ei::identifier(rep, "")));
    draft.put("effectiveDateTime", scope.date_time(&field(acc, 1)));
    for rep in reps(acc.field(7)) {
        let person = xcn::contained(scope, &mut draft, rep);
        draft.add("performer", person);
    }
    let description = super::value::prose_of(acc.field(8));
    if description.is_empty() {
        draft.put("valueCodeableConcept", one(acc, 2).map(|rep| cwe::concept(rep, "HL70050")));
    } else {
        draft.put("valueString", description);
        draft.put("method", one(acc, 2).map(|rep| cwe::concept(rep, "HL70050")));
    }
    for (n, code, display) in INDICATORS {
        let value = indicator(&field(acc, n));
        if !value.is_empty() {
            let code = build::code(systems::OWN_OBSERVATIONS, code, display);
            draft.add("component", Object::new().set("code", code).set("valueCodeableConcept", value));
        }
    }
    let place = build::untitled(Kind::Location)
        .set("name", prose(acc.field(3).comp(1)))
        .set("address", one(acc, 11).map(|rep| xad::address(scope, rep)));
    let place = draft.contain(place);
    let url = "http://hl7.org/fhir/StructureDefinition/event-location";
    draft.add("extension", build::extension(url, "valueReference", place));
    folder.file(draft);
}

/// Proposes what PDA says about a death.
pub(crate) fn death(folder: &mut Folder<'_>, pda: Segment<'_>) {
    let scope = folder.scope;
    if let Some(rep) = one(pda, 1) {
        let mut draft = folder.draft(Kind::Condition, &["cause of death", &comp(rep, 1)]);
        draft.put("code", cwe::concept(rep, ""));
        draft.put("subject", folder.subject());
        draft.put("encounter", folder.visit());
        draft.add("category", Object::new().set("text", "Cause of death"));
        folder.file(draft);
    }
    for (topic, said, at, by) in [(&CERTIFICATE, 3, 4, 5), (&AUTOPSY, 6, 7, 8), (&CORONER, 9, 0, 0)] {
        let value = indicator(&field(pda, said));
        if value.is_empty() {
            continue;
        }
        let mut draft = begin(folder, topic);
        if at != 0
            && let Some(rep) = one(pda, at)
        {
            let (start, end) = (scope.date_time(&comp(rep, 1)), scope.date_time(&comp(rep, 2)));
            if end.is_empty() {
                draft.put("effectiveDateTime", start);
            } else {
                draft.put("effectivePeriod", build::period(start, end));
            }
        }
        for rep in reps(pda.field(if by == 0 { usize::MAX } else { by })) {
            let person = xcn::contained(scope, &mut draft, rep);
            draft.add("performer", person);
        }
        draft.put("valueCodeableConcept", value);
        if topic.word == CERTIFICATE.word
            && let Some(rep) = one(pda, 2)
        {
            let place = pl::location(&mut draft, rep);
            let url = "http://hl7.org/fhir/StructureDefinition/event-location";
            draft.add("extension", build::extension(url, "valueReference", place));
        }
        folder.file(draft);
    }
}
