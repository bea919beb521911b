//! Messages as other senders write them: versions, delimiters, value types, escapes, Z segments, notes at every level,
//! repeated and missing segments. None may vanish, stop the reader, or be taken for another type.

use super::sender;
use crate::intake::{Handling, Interpretation, interpret};
use fhir::{Json, Kind};
use hl7v2::Message;

fn read(text: &str) -> Interpretation {
    interpret(&Message::parse(text.as_bytes()).expect("a readable header"), &sender())
}

/// A result with one of everything around one OBX.
fn result(version: &str, kind: &str, value: &str) -> String {
    format!(
        "MSH|^~\\&|LAB|HRH|OPOR|NS|20260118100000||ORU^R01^ORU_R01|M1|P|{version}\r\
         SFT|Acme|1|Lab\rZMH|a^b&c~d|x\rPID|1||100001^^^HRH^MR||Roy^Lise||19800101|F\rNTE|1||under the patient\rPD1||||\r\
         ZPI|1|local\rPV1|1|O|4A\rNTE|1||under the visit\rORC|RE|P-1|F-1\rZOR|1\rOBR|1|P-1|F-1|K^Potassium^L|||20260118|||||||||||||||20260118||CH|F\r\
         NTE|1||under the order\rOBX|1|{kind}|T^Test^L||{value}|mmol/L|1-2|N|||F\rNTE|1||under the result\rNTE|2||and another\r\
         ZBX|1|more\rSPM|1|S1^S2||BLD^Blood^L\rNTE|1||under the specimen\r"
    )
}

fn observations(said: &Interpretation) -> Vec<&fhir::Object> {
    let resources = said.charts.iter().flat_map(|chart| &chart.resources);
    resources.filter(|one| one.key.kind == Kind::Observation).map(|one| &one.resource).collect()
}

/// The observation of the test, with its value[x] and the text of it.
fn valued(said: &Interpretation) -> (String, String) {
    let test = observations(said)
        .into_iter()
        .find(|one| one.to_string().contains("\"T\""))
        .expect("the result is filed once");
    let value = test
        .iter()
        .find(|(key, _)| key.starts_with("value") || *key == "component" || *key == "dataAbsentReason")
        .map(|(key, value)| (key.to_owned(), value.to_string()));
    value.unwrap_or_default()
}

#[test]
fn every_version_says_the_same() {
    let facts = |version: &str| {
        let said = read(&result(version, "NM", "4.10"));
        assert_eq!(said.handling, Handling::Mapped, "{version}");
        let keys: Vec<String> = said.charts[0].resources.iter().map(|one| one.key.to_string()).collect();
        (keys, valued(&said))
    };
    let newest = facts("2.5.1");
    for version in
        ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.6", "2.7", "2.7.1", "2.8", "2.8.2", "", "9.9"]
    {
        assert_eq!(facts(version), newest, "{version}");
    }
}

#[test]
fn h22_no_value_type_is_taken_for_another_and_none_vanishes() {
    for (kind, value, element, holds) in [
        ("NM", "4.10", "valueQuantity", "4.10"),
        ("NM", "<0.5", "valueQuantity", "0.5"),
        ("NM", "not done", "valueString", "not done"),
        ("NM", "1e-7", "value", "1e-7"),
        ("ST", "4.10", "valueQuantity", "4.10"),
        ("ST", "0x1F", "valueString", "0x1F"),
        ("ST", "NaN", "valueString", "NaN"),
        ("ST", "1,5", "valueString", "1,5"),
        ("ST", "2026", "value", "2026"),
        ("TX", "one\\.br\\two", "valueString", "two"),
        ("FT", "\\.in+4\\deep \\H\\bold\\N\\", "valueString", "bold"),
        ("CE", "A^Alpha^L", "valueCodeableConcept", "Alpha"),
        ("CWE", "A^Alpha^L^B^Beta^SCT", "valueCodeableConcept", "Beta"),
        ("CNE", "A^Alpha^L", "valueCodeableConcept", "Alpha"),
        ("SN", ">^100", "valueQuantity", "100"),
        ("SN", "^1^:^128", "valueRatio", "128"),
        ("SN", "^2^-^5", "value", "5"),
        ("DT", "20260118", "value", "2026-01-18"),
        ("TM", "1015", "valueTime", "10:15"),
        ("TS", "202601181015", "value", "2026-01-18T10:15"),
        ("DTM", "20260118", "value", "2026-01-18"),
        ("CX", "77^^^HRH^MR", "value", "77"),
        ("XPN", "Roy^Lise", "value", "Roy"),
        ("ID", "Y", "value", "Y"),
        ("IS", "Y", "value", "Y"),
        ("SI", "3", "value", "3"),
        ("ZZ", "local^type", "value", "local"),
        ("", "untyped", "value", "untyped"),
        ("nm", "4.10", "value", "4.10"),
    ] {
        let said = read(&result("2.5.1", kind, value));
        assert_eq!(said.handling, Handling::Mapped, "{kind} {value}");
        let (found, text) = valued(&said);
        assert!(found.starts_with(element), "{kind} {value}: {found} {text}");
        assert!(text.contains(holds), "{kind} {value}: {text}");
    }
}

#[test]
fn h21_a_note_at_every_level_is_kept_once() {
    let said = read(&result("2.5.1", "NM", "4.10"));
    let all: String = said.charts[0]
        .resources
        .iter()
        .filter(|one| one.key.kind != Kind::Provenance)
        .map(|one| one.resource.to_string())
        .collect();
    for note in [
        "under the patient",
        "under the visit",
        "under the order",
        "under the result",
        "and another",
        "under the specimen",
    ] {
        assert!(all.contains(note), "{note} vanished");
    }
}

#[test]
fn odd_delimiters_say_the_same_and_names_in_small_letters_are_held() {
    let usual = result("2.5.1", "NM", "4.10");
    let facts = |text: &str| valued(&read(text));
    let swap = |from: &str, to: &str| -> String {
        usual.chars().map(|c| from.find(c).map_or(c, |at| to.as_bytes()[at] as char)).collect()
    };
    assert_eq!(facts(&swap("|^~\\&", "$%*!@")), facts(&usual));
    assert_eq!(facts(&swap("|^", "^|")), facts(&usual));
    let small: String = usual
        .split('\r')
        .map(|line| match line.split_once('|') {
            Some((name, rest)) if name != "MSH" => format!("{}|{rest}\r", name.to_ascii_lowercase()),
            _ => format!("{line}\r"),
        })
        .collect();
    assert!(matches!(read(&small).handling, Handling::Held(_)), "all in small letters");
    let one = usual.replace("\rOBX|", "\robx|");
    assert!(matches!(read(&one).handling, Handling::Held(_)), "a result in small letters must not vanish");
    let local = usual.replace("\rZBX|", "\rzbx|");
    assert_eq!(facts(&local), facts(&usual));
    for ends in ["\n", "\r\n"] {
        assert_eq!(facts(&usual.replace('\r', ends)), facts(&usual), "{ends:?}");
    }
}

#[test]
fn whatever_is_missing_or_doubled_nothing_vanishes_and_nothing_stops() {
    let usual = result("2.5.1", "NM", "4.10");
    let lines: Vec<&str> = usual.split_terminator('\r').collect();
    for (n, name) in lines.iter().enumerate().skip(1).map(|(n, line)| (n, &line[..3])) {
        let without: String = lines
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != n)
            .map(|(_, line)| format!("{line}\r"))
            .collect();
        let said = read(&without);
        match name {
            "PID" => assert!(matches!(said.handling, Handling::Held(_)), "without {name}"),
            "OBX" => assert!(said.charts.iter().any(|chart| !chart.reports.is_empty()), "without {name}"),
            _ => {
                assert_eq!(said.handling, Handling::Mapped, "without {name}");
                assert!(valued(&said).1.contains("4.10"), "without {name}");
            }
        }
        let mut twice: Vec<&str> = lines.clone();
        twice.insert(n, lines[n]);
        let said = read(&format!("{}\r", twice.join("\r")));
        assert!(!said.charts.is_empty(), "{name} twice");
        let count = observations(&said).iter().filter(|one| one.to_string().contains("\"T\"")).count();
        let expected = 1 + usize::from(name == "OBX");
        assert!(name == "PID" || count == expected, "{name} twice: {count} results");
    }
}

#[test]
fn a_local_type_or_trigger_is_kept_and_never_taken_for_another() {
    for kind in
        ["ORU^R99", "ORU^Z01", "ZRU^R01", "ORU", "ADT^Z99", "oru^r01", "R01^ORU", "ORU^R01^ADT_A01", "QQQ^Y"]
    {
        let text = result("2.5.1", "NM", "4.10").replace("ORU^R01^ORU_R01", kind);
        let said = read(&text);
        let known = kind.starts_with("ORU^R01");
        match &said.handling {
            Handling::Mapped => assert!(known, "{kind} was taken for something else"),
            Handling::Kept(words) => {
                assert!(!known && said.charts.is_empty() && !words.en.is_empty(), "{kind}");
            }
            Handling::Held(words) => assert!(!words.en.is_empty(), "{kind}"),
        }
    }
}

#[test]
fn a_consent_that_the_patient_signed_gives_a_name_and_one_of_somebody_else_none() {
    let names = |relation: &str| {
        let text = format!(
            "MSH|^~\\&|A|B|C|D|202601181000||MDM^T02|1|P|2.5.1\rPID|1||1^^^Q||Roy^Lise\rPV1|1|O\rTXA|1|DS|TX|20260118||||||||D1|||||AU\r\
             CON|1|001|||||||||A|200801311600||||||||||||Smith^Robert|{relation}\rOBX|1|TX|X||text||||||F\r"
        );
        let said = read(&text);
        let patient = &said.charts[0].resources[0].resource;
        patient.get("name").map(Json::items).unwrap_or_default().len()
    };
    assert_eq!((names("1"), names("2"), names("")), (2, 1, 1));
}

#[test]
fn x14_a_susceptibility_that_comes_alone_names_its_culture_by_number() {
    let said = read(include_str!("../../../testdata/hl7/oru_r01_susceptibility_alone.hl7"));
    let parents: Vec<String> = said
        .charts
        .iter()
        .flat_map(|chart| &chart.resources)
        .filter_map(|proposal| proposal.resource.get("derivedFrom"))
        .map(ToString::to_string)
        .collect();
    assert_eq!(parents.len(), 2);
    for words in ["\"type\":\"Observation\"", "\"value\":\"F2202\"", "Bacteria identified: Escherichia coli"]
    {
        assert!(parents[0].contains(words), "{words}: {}", parents[0]);
    }
}

#[test]
fn whoever_is_something_to_the_patient_reports_an_allergy_as_a_relative() {
    let recorder = |relation: &str| {
        let text = format!(
            "MSH|^~\\&|A|B|C|D|202601181000||ADT^A60|1|P|2.5.1\rEVN|A60|202601181000\rPID|1||1^^^Q||Roy^Lise\r\
             IAM|1|FA|1^Peanut^L|||A|7||||2018||202601181000|Roy^Jean|{relation}\r"
        );
        let resources = read(&text).charts.remove(0).resources;
        let allergy = resources.into_iter().find(|one| one.key.kind == Kind::AllergyIntolerance);
        allergy.expect("an allergy").resource.get("contained").map(ToString::to_string).unwrap_or_default()
    };
    let spouse = recorder("SPO^Spouse^HL70063");
    assert!(
        spouse.contains("RelatedPerson") && spouse.contains("Spouse") && spouse.contains("Jean"),
        "{spouse}"
    );
    assert!(recorder("SEL").contains("Practitioner") && recorder("").contains("Practitioner"));
}

#[test]
fn several_parts_of_a_document_keep_their_own_names() {
    let titles = |parts: &[&str]| {
        let mut text = "MSH|^~\\&|A|B|C|D|202601181000||MDM^T02|1|P|2.5.1\rPID|1||1^^^Q||Roy^Lise\rPV1|1|O\rTXA|1|DS^Summary|ED|20260118||||||||D1|||||AU\r".to_owned();
        for (n, part) in parts.iter().enumerate() {
            text.push_str(&format!("OBX|{}|ED|X{n}^{part}^L||^IM^PNG^Base64^QUJD||||||F\r", n + 1));
        }
        let resources = read(&text).charts.remove(0).resources;
        let document = resources.into_iter().find(|one| one.key.kind == Kind::DocumentReference);
        document.expect("a document").resource.texts("content.attachment.title").join(", ")
    };
    assert_eq!(titles(&["Label"]), "Summary");
    assert_eq!(titles(&["Label", "Thumbnail"]), "Label, Thumbnail");
}
