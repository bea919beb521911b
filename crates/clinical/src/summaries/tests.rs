use super::*;
use crate::rendering::Language;
use fhir::{Json, Kind};

fn object(json: &str) -> Object {
    match fhir::json::parse(json.as_bytes()) {
        Ok(Json::Object(object)) => object,
        other => panic!("{other:?}: {json}"),
    }
}

fn record() -> RecordId {
    RecordId::of("HRH", "00718264")
}

fn entry(kind: Kind, business: &str, json: &str) -> Entry {
    let key = ResourceKey::of(record(), kind, &[business]);
    let json = json.replace("PATIENT", &ResourceKey::patient(record()).reference());
    Entry { key, object: object(&format!(r#"{{"resourceType":"{kind}","id":"{}",{json}}}"#, key.id())) }
}

fn content(part: Part, lines: Vec<Vec<Cell>>, entries: Vec<Entry>) -> Content {
    Content { part, lines, entries, more: 0, kept: Kept::Nothing }
}

/// Lines of a section: `name` and a number, the other cells said by their number.
fn lines(part: Part, name: &str, count: usize) -> Vec<Vec<Cell>> {
    let columns = SECTIONS.iter().find(|section| section.part == part).map_or(0, |s| s.columns.len());
    (0..count)
        .map(|n| {
            let mut line = vec![Cell::strong(&format!("{name} {n}"))];
            line.extend((1..columns).map(|column| Cell::text(&format!("{column}"))));
            line
        })
        .collect()
}

fn summary(contents: Vec<Content>) -> Summary {
    Summary {
        subject: Subject {
            records: vec![record(), RecordId::of("VGH", "8812")],
            patient: object(r#"{"resourceType":"Patient","id":"x","name":[{"family":"Drumlin"}]}"#),
            name: "Drumlin, Maren Isolde".into(),
            who: Words::new("born 1961-03-09, 65 years, female", "née le 1961-03-09, 65 ans, femme"),
            numbers: vec!["0144 679 875 (NS)".into(), "00718264 (HRH)".into()],
        },
        contents,
        made: Instant(1_795_370_700_000_000),
        made_by: Words::new("for Cairnwood, Aoife", "pour Cairnwood, Aoife"),
        under_glass: false,
    }
}

fn empty() -> Vec<Content> {
    SECTIONS.iter().map(|section| content(section.part, vec![], vec![])).collect()
}

fn full() -> Vec<Content> {
    let latex = entry(
        Kind::AllergyIntolerance,
        "1",
        r#""text":{"div":"<div onload=\"x()\">Latex</div>"},"meta":{"source":"s"},"code":{"text":"Latex <b>&"},
           "patient":{"reference":"PATIENT"},"encounter":{"reference":"Encounter/elsewhere"},
           "recorder":{"reference":"Practitioner/elsewhere","display":"Roy, L"}"#,
    );
    let metformin = entry(
        Kind::MedicationRequest,
        "1",
        r##""status":"active","intent":"order","subject":{"reference":"PATIENT"},"medicationReference":{"reference":"#m"},
           "contained":[{"resourceType":"Medication","id":"m","code":{"text":"Metformin"}}],
           "extension":[{"url":"u","valueReference":{"reference":"Task/elsewhere"}}]"##,
    );
    let hip = entry(
        Kind::Procedure,
        "1",
        r#""status":"completed","code":{"text":"Hip"},"subject":{"reference":"PATIENT"}"#,
    );
    let mut contents = empty();
    for (part, name, entry) in [
        (Part::Allergies, "Latex <b>&", latex),
        (Part::Medications, "Metformin", metformin),
        (Part::Procedures, "Hip", hip),
    ] {
        if let Some(content) = contents.iter_mut().find(|content| content.part == part) {
            content.lines = lines(part, name, 1);
            content.entries = vec![entry];
        }
    }
    contents
}

#[test]
fn pp10_a_document_has_the_minimum_in_both_languages_full_or_empty() {
    for contents in [empty(), full()] {
        for language in [Language::English, Language::French] {
            let bytes = document(&summary(contents.clone()), language);
            let bundle = object(std::str::from_utf8(&bytes).expect("text"));
            assert_eq!(minimum::lacks(&bundle), Vec::<String>::new());
            assert_eq!(bytes, document(&summary(contents.clone()), language), "the same bytes again");
        }
    }
}

#[test]
fn pp10_a_document_that_lacks_something_is_found_out() {
    let bytes = document(&summary(full()), Language::English);
    let text = String::from_utf8(bytes).expect("text");
    for (from, to) in [
        (r#""type":"document""#, r#""type":"collection""#),
        (r#""timestamp""#, r#""timestump""#),
        ("48765-2", "48765-3"),
        (r#""performedDateTime""#, r#""performedOnce""#),
        (r#""_performedDateTime""#, r#""performedOnce""#),
        (r#""emptyReason""#, r#""emptyWhy""#),
        (r#""status":"active","intent""#, r#""intent""#),
        (r#""code":{"text":"Latex"#, r#""text":{"text":"Latex"#),
        (r#""reference":"urn:uuid:"#, r#""reference":"urn:oid:"#),
    ] {
        let changed = text.replacen(from, to, 1);
        if changed != text {
            assert!(!minimum::lacks(&object(&changed)).is_empty(), "{from} was not missed");
        }
    }
}

#[test]
fn pp10_references_resolve_inside_and_nobody_elses_html_comes_along() {
    let text = String::from_utf8(document(&summary(full()), Language::English)).expect("text");
    assert!(!text.contains("elsewhere") && !text.contains("onload") && !text.contains("valueReference"));
    assert!(text.contains(r#""display":"Roy, L""#) && text.contains(r##""reference":"#m""##));
    assert!(text.contains("Latex &lt;b&gt;&amp;"), "the narrative is escaped");
    let bundle = object(&text);
    assert_eq!(bundle.texts("entry.resource._performedDateTime.extension.valueCode"), ["unknown"]);
}

#[test]
fn h84_no_information_is_coded_and_said_and_is_not_none() {
    let text = String::from_utf8(document(&summary(empty()), Language::English)).expect("text");
    for code in ["no-allergy-info", "no-medication-info", "no-problem-info"] {
        assert!(text.contains(code), "{code}");
    }
    assert!(!text.contains("no-known") && text.contains("does not mean that there is nothing"));
    for kept in [Kept::Withheld, Kept::OutOfReach] {
        let mut withheld = empty();
        for content in &mut withheld {
            content.kept = kept;
        }
        let text = String::from_utf8(document(&summary(withheld), Language::French)).expect("text");
        // What is kept back is never told as what nobody knows.
        assert!(!text.contains("no-allergy-info") && !text.contains("no-medication-info"), "{kept:?}");
        let bundle = object(&text);
        let reasons = bundle.texts("entry.resource.section.emptyReason.coding.code");
        assert_eq!(reasons, ["withheld"; SECTIONS.len()], "{kept:?}");
        assert_eq!(minimum::lacks(&bundle), Vec::<String>::new());
    }
}

#[test]
fn h87_a_summary_with_a_restricted_label_or_under_broken_glass_is_restricted() {
    let marked = |summary: &Summary| {
        let text = String::from_utf8(document(summary, Language::English)).expect("text");
        let bundle = object(&text);
        assert_eq!(minimum::lacks(&bundle), Vec::<String>::new());
        bundle.texts("entry.resource.confidentiality").concat()
    };
    assert_eq!(marked(&summary(full())), "N");
    assert_eq!(marked(&Summary { under_glass: true, ..summary(full()) }), "R");
    for (code, expected) in [("R", "R"), ("V", "R"), ("PSY", "R"), ("N", "N")] {
        let label = format!(
            r#""meta":{{"source":"s","security":[{{"code":"{code}"}}]}},"code":{{"text":"X"}},"patient":{{"reference":"PATIENT"}}"#
        );
        let mut contents = full();
        contents[0].entries = vec![entry(Kind::AllergyIntolerance, "2", &label)];
        let labelled = summary(contents);
        assert_eq!(marked(&labelled), expected, "{code}");
        let text = String::from_utf8(document(&labelled, Language::English)).expect("text");
        assert!(text.contains(&format!(r#""security":[{{"code":"{code}"}}]"#)), "the label stays: {code}");
    }
}

#[test]
fn h87_what_was_left_out_before_the_pages_is_counted_too() {
    let mut contents = empty();
    for content in contents.iter_mut().filter(|content| content.part == Part::Results) {
        content.lines = lines(Part::Results, "Results", 60);
        content.more = 80;
    }
    let printed = paper::read::texts(&pages(&summary(contents.clone()), Language::English).bytes).concat();
    assert!(printed.contains("/ 140)") && printed.contains("more are in the record"), "{printed}");
    let text = String::from_utf8(document(&summary(contents), Language::English)).expect("text");
    assert!(text.contains("80 more are in the record"));
}

#[test]
fn h89_h87_two_pages_with_two_identifiers_on_each_and_what_is_cut_is_said() {
    let mut contents = empty();
    for content in &mut contents {
        let count = match content.part {
            Part::Results => 120,
            Part::Immunizations => 60,
            Part::Allergies => 9,
            Part::Medications => 14,
            _ => 12,
        };
        content.lines = lines(content.part, &format!("{:?}", content.part), count);
    }
    for (language, page, more) in
        [(Language::English, "Page 1 of 2", "more are in"), (Language::French, "Page 1 de 2", "de plus au")]
    {
        let printed = pages(&summary(contents.clone()), language);
        let texts = paper::read::texts(&printed.bytes);
        assert_eq!((printed.pages, texts.len()), (2, 2));
        for text in &texts {
            assert!(text.contains("Drumlin, Maren Isolde") && text.contains("1961-03-09"), "{text}");
            assert!(text.contains("0144 679 875 (NS)") && text.contains("00718264 (HRH)"), "{text}");
        }
        let all = texts.concat();
        assert!(all.contains(page) && all.contains(more), "{all}");
        for n in 0..9 {
            assert!(all.contains(&format!("Allergies {n}")));
        }
        assert!(
            all.contains("Medications 13") && all.contains("Problems 11") && !all.contains("Results 119")
        );
    }
    // What must never be cut takes a third page rather than go.
    for content in contents.iter_mut().filter(|content| content.part == Part::Medications) {
        content.lines = lines(Part::Medications, "Medications", 150);
    }
    let printed = pages(&summary(contents), Language::English);
    assert!(printed.pages > 2 && paper::read::texts(&printed.bytes).concat().contains("Medications 149"));
}

#[test]
fn h88_a_program_that_reads_the_pages_aloud_is_told_their_language_and_title() {
    let english = pages(&summary(full()), Language::English).bytes;
    let french = pages(&summary(full()), Language::French).bytes;
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    assert!(has(&english, b"/Lang (en-CA)") && has(&french, b"/Lang (fr-CA)"));
    assert!(has(&english, b"/Title <FEFF0050") && !has(&english, b"Drumlin\\000"));
}
