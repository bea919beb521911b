//! Scopes are read, written, narrowed and enforced.

use super::*;
use fhir::Json;

fn object(json: &str) -> Object {
    match fhir::json::parse(json.as_bytes()) {
        Ok(Json::Object(object)) => object,
        other => panic!("no object: {other:?}"),
    }
}

const LAB: &str = r#"{"resourceType":"Observation","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}]}"#;
const VITAL: &str = r#"{"resourceType":"Observation","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]}"#;

#[test]
fn scopes_of_both_versions_are_read_and_written_as_version_two() {
    for (text, said) in [
        ("patient/Observation.rs", "patient/Observation.rs"),
        ("patient/Observation.read", "patient/Observation.rs"),
        ("user/*.write", "user/*.cud"),
        ("system/Patient.*", "system/Patient.cruds"),
        ("patient/Observation.rs?category=laboratory", "patient/Observation.rs?category=laboratory"),
        ("launch/patient openid fhirUser", "openid fhirUser launch/patient"),
        ("patient/Patient.r patient/Patient.r", "patient/Patient.r"),
        // What is not known is left out.
        ("patient/Observation.sr patient/Nothing.r everybody/Patient.r patient/Observation.", ""),
        ("patient/*.rs?category=laboratory", ""),
        ("patient/Observation.rs?nothing=1", ""),
        ("patient/Observation.rs?patient.name=x", ""),
        ("patient/Observation.rs?_has:Provenance:target:agent=x", ""),
        ("patient/Observation.rs?_include=Observation:subject", ""),
        ("patient/Observation.rs?_id=1", ""),
    ] {
        assert_eq!(Scopes::read(text).to_string(), said, "{text}");
        assert_eq!(Scopes::read(said).to_string(), said, "{said}");
    }
    assert_eq!(Scopes::unknown("openid x/y patient/Patient.r"), ["x/y"]);
}

#[test]
fn no_more_is_let_than_both_let() {
    for (asked, most, both) in [
        (
            "patient/*.cruds",
            "patient/Observation.rs patient/Patient.r",
            "patient/Observation.rs patient/Patient.r",
        ),
        ("patient/Observation.rs", "patient/*.rs", "patient/Observation.rs"),
        ("patient/Observation.rs", "user/Observation.rs", ""),
        (
            "patient/Observation.rs",
            "patient/Observation.rs?category=laboratory",
            "patient/Observation.rs?category=laboratory",
        ),
        (
            "patient/Observation.rs?category=vital-signs",
            "patient/Observation.rs?category=laboratory",
            "patient/Observation.rs?category=vital-signs&category=laboratory",
        ),
        ("openid offline_access", "openid", "openid"),
    ] {
        let (asked, most) = (Scopes::read(asked), Scopes::read(most));
        let got = asked.within(&most);
        assert_eq!(got.to_string(), both);
        assert!(got.are_within(&most) && got.are_within(&asked), "{got}");
    }
    let wide = Scopes::read("patient/Observation.rs?category=laboratory");
    assert!(!Scopes::read("patient/Observation.rs").are_within(&wide), "without its condition it is wider");
    assert!(!Scopes::read("patient/*.rs").are_within(&Scopes::read("patient/Observation.rs")));
    assert!(!Scopes::read("openid").are_within(&wide));
    let kept = Scopes::read("patient/*.cruds system/*.r").only(&[Level::Patient], Interactions::READING);
    assert_eq!(kept.to_string(), "patient/*.rs");
}

#[test]
fn a_rule_lets_through_what_its_patient_type_interaction_and_search_say() {
    let (lab, vital) = (object(LAB), object(VITAL));
    let lets = |scopes: &str, place, interaction, kind, resource: Option<&Object>| {
        Scopes::read(scopes).at(place, interaction).lets(kind, resource)
    };
    let only = "patient/Observation.rs?category=laboratory";
    let (read, own, kind) = (Interaction::Read, Place::Own, Kind::Observation);
    assert_eq!(lets(only, own, read, kind, Some(&lab)), Some(true));
    assert_eq!(lets(only, own, read, kind, Some(&vital)), Some(false));
    assert_eq!(lets(only, own, read, kind, None), None);
    assert_eq!(lets(only, Place::Others, read, kind, Some(&lab)), Some(false));
    assert_eq!(lets(only, Place::Nobodys, read, kind, Some(&lab)), Some(false));
    assert_eq!(lets(only, own, Interaction::Create, kind, Some(&lab)), Some(false));
    assert_eq!(lets(only, own, read, Kind::Condition, None), Some(false));
    let all = "patient/*.rs";
    assert_eq!(lets(all, own, read, Kind::Condition, None), Some(true));
    assert_eq!(
        lets(all, Place::Nobodys, read, Kind::Organization, None),
        Some(true),
        "belongs to no patient"
    );
    for kind in [Kind::Condition, Kind::Binary, Kind::Bundle, Kind::Subscription, Kind::Basic] {
        assert_eq!(lets(all, Place::Nobodys, read, kind, None), Some(false), "{kind}");
    }
    assert_eq!(lets("user/*.rs", Place::Others, read, Kind::Condition, None), Some(true));
    let either = "patient/Observation.rs?category=laboratory user/Observation.r?category=vital-signs";
    assert_eq!(lets(either, Place::Others, read, kind, Some(&vital)), Some(true));
    assert_eq!(lets(either, Place::Others, read, kind, Some(&lab)), Some(false));
    assert_eq!(lets(either, Place::Others, Interaction::Search, kind, Some(&vital)), Some(false));
}

#[test]
fn rules_are_said_in_plain_words() {
    let said = |text: &str| {
        let words = rule_words(&Scopes::read(text).rules[0]);
        (words.en, words.fr)
    };
    assert_eq!(
        said("patient/Observation.rs?category=laboratory"),
        (
            "See: laboratory results, of this patient".to_owned(),
            "Voir\u{a0}: résultats de laboratoire, de cette personne".to_owned()
        )
    );
    assert_eq!(
        said("patient/Observation.rs?category=vital-signs,laboratory").0,
        "See: laboratory results and measurements (only category=vital-signs,laboratory), of this patient"
    );
    assert_eq!(
        said("patient/Observation.rs?category=laboratory&category=survey").0,
        "See: laboratory results (only category=survey), of this patient"
    );
    assert_eq!(
        said("user/MedicationRequest.cr").0,
        "See, write: medications, of everybody whose chart you may open"
    );
    assert_eq!(said("system/*.rs").0, "See: everything in the record, of everybody");
    assert_eq!(
        said("patient/Observation.rs?code=718-7").0,
        "See: laboratory results and measurements (only code=718-7), of this patient"
    );
}
