//! Samples of the registration desk: a strong match, a possible one, and what the desk counted.

use super::operations::claim;
use super::{NOW, banner, words};
use crate::screens::registration::Draft;
use actions::patients::{Age, Banner};
use actions::registration::{CreatedView, FiguresView, Form, Found, SearchView, Strength};
use actions::values::{Evidence, Feature, Outcome, Sex};
use fhir::{PersonId, RecordId};

pub(super) fn figures() -> FiguresView {
    FiguresView {
        registrations: 412,
        to_candidates_p50_ms: 74,
        to_candidates_p95_ms: 118,
        to_create_p50_ms: 48_000,
        dismissed: 31,
        records: 18_240,
        reviews: 402,
        reviews_per_1000: 22.04,
    }
}

pub(super) fn draft() -> Draft {
    let form = Form {
        family: "Drumlin".into(),
        given: "Maren".into(),
        birth_date: "1961-03-09".into(),
        sex: Some(Sex::Female),
        jurisdiction: "NS".into(),
        telephone: "902 555 0117".into(),
        ..Form::default()
    };
    Draft { form, searches: 3, shown_ms: 81, ..Draft::new("f".repeat(64), NOW.plus_minutes(-1)) }
}

pub(super) fn found() -> SearchView {
    let evidence = |feature, outcome, weight, en: &str, fr: &str| Evidence {
        feature,
        outcome,
        weight,
        words: words(en, fr),
    };
    let strong = Found {
        banner: banner(),
        record: RecordId::of("HI", "00718264"),
        strength: Strength::Strong,
        reasons: vec![words("name and birth date agree", "nom et date de naissance concordent")],
        evidence: vec![
            evidence(Feature::BirthDate, Outcome::Agrees, 12.8, "Agrees", "Concorde"),
            evidence(Feature::FamilyName, Outcome::Agrees, 9.1, "Agrees", "Concorde"),
            evidence(Feature::GivenName, Outcome::Agrees, 7.3, "Agrees", "Concorde"),
            evidence(Feature::Telephone, Outcome::Agrees, 6.0, "Agrees", "Concorde"),
        ],
        weight: 35.2,
    };
    let other = claim("Marin", "Ingrid", "1961-09-03", "0041720861", "DG", "00135590");
    let possible = Found {
        banner: Banner {
            person: PersonId::born_with(RecordId::of("DG", "00135590")),
            family: other.names[0].family.clone(),
            given: "Marin Ingrid".into(),
            goes_by: String::new(),
            birth_date: other.birth_date.clone(),
            age: Age::Years(65),
            health_cards: vec![("NS".into(), "0041720861".into())],
            record_numbers: vec![("DG".into(), "00135590".into())],
            ..banner()
        },
        record: RecordId::of("DG", "00135590"),
        strength: Strength::Possible,
        reasons: vec![words("family name agrees", "le nom concorde")],
        evidence: vec![
            evidence(Feature::FamilyName, Outcome::Agrees, 9.1, "Agrees", "Concorde"),
            evidence(Feature::GivenName, Outcome::Nearly, 2.1, "One letter differs", "Une lettre diffère"),
            evidence(
                Feature::BirthDate,
                Outcome::Nearly,
                -1.4,
                "Month and day swapped",
                "Mois et jour inversés",
            ),
        ],
        weight: 9.8,
    };
    SearchView { candidates: vec![strong, possible], too_many: false, needed: Vec::new() }
}

pub(super) fn created() -> CreatedView {
    CreatedView {
        person: banner().person,
        record: RecordId::of("REG", "00000042"),
        authority: "REG".into(),
        value: "00000042".into(),
        banner: banner(),
    }
}
