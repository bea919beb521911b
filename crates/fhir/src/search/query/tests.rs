use super::*;
use crate::search::rows;
use crate::{build, system};
use proptest::prelude::*;

const PATIENT: &str = "patient=0123456789ab";

fn observation(effective: &str) -> crate::json::Object {
    build::untitled(Kind::Observation)
        .set("status", "final")
        .set("code", build::code(system::LOINC, "718-7", "Hemoglobin"))
        .push("category", build::code(system::OBSERVATION_CATEGORY, "laboratory", ()))
        .set("effectiveDateTime", effective)
}

fn finds(kind: Kind, query: &str, resource: &crate::json::Object) -> bool {
    let parsed = Query::parse(kind, query).unwrap_or_else(|e| panic!("{query}: {e}"));
    let rows = rows(kind, resource);
    parsed.filters.iter().all(|filter| filter.matches(&rows) && filter.confirms(resource))
}

#[test]
fn observations_by_token_and_date() {
    let observation = observation("2026-11-22T14:05:00-04:00");
    for (query, found) in [
        ("code=718-7", true),
        ("code=http://loinc.org|718-7", true),
        ("code=http%3A%2F%2Floinc.org%7C718-7", true),
        ("code=http://loinc.org|", true),
        ("code=|718-7", false),
        ("code=other|718-7", false),
        ("code=1-1,718-7", true),
        ("code=718-7&category=vital-signs", false),
        ("category=vital-signs,laboratory", true),
        ("category=laboratory", true),
        ("date=2026-11-22", true),
        ("date=eq2026-11", true),
        ("date=2026-11-21", false),
        ("date=ne2026-11-21", true),
        ("date=ge2026-11-22", true),
        ("date=gt2026-11-22", false),
        ("date=gt2026-11-21", true),
        ("date=lt2026-11-22", false),
        ("date=le2026-11-22", true),
        ("date=ge2026-11-20&date=lt2026-11-23", true),
        ("date=sa2026-11-21", true),
        ("date=sa2026-11-22", false),
        ("date=eb2026-11-23", true),
        ("date=2026-11-22T14:05:00-04:00", true),
        ("date=2026-11-22T18:05Z", true),
        ("date=2026-11-22T18:05:00+00:00", true),
    ] {
        assert_eq!(finds(Kind::Observation, &format!("{PATIENT}&{query}"), &observation), found, "{query}");
    }
}

#[test]
fn patients_by_name_and_identifier() {
    let patient = build::untitled(Kind::Patient)
        .push("identifier", build::identifier(system::NS_HEALTH_CARD, "1234,5|6", "JHN", ()))
        .push("name", build::human_name("official", "Thériault-LeBlanc", ["Marie", "Ève"]))
        .set("birthDate", "1980-02-29");
    for (query, found) in [
        ("family=theriault", true),
        ("family=TH%C3%89RIAULT", true),
        ("family=Leblanc", true),
        ("family=blanc", false),
        ("name=eve", true),
        ("name=lebl", true),
        ("given=marie&family=leb", true),
        ("given:exact=Marie", true),
        ("given:exact=marie", false),
        ("given:exact=Mar", false),
        ("identifier=1234\\,5\\|6", true),
        ("identifier=1234\\,5", false),
        ("birthdate=1980-02-29", true),
        ("birthdate=1980", true),
        ("birthdate=1980-02-28", false),
    ] {
        assert_eq!(finds(Kind::Patient, query, &patient), found, "{query}");
    }
}

#[test]
fn controls_are_read() {
    let query = Query::parse(
        Kind::Observation,
        "subject:Patient=Patient/0123456789ab&_sort=-date&_count=9999&_cursor=a.B-1&_format=json",
    )
    .expect("a query");
    assert_eq!(query.patient, "0123456789ab".parse().ok());
    assert_eq!(
        (query.sort, query.count, query.cursor.as_deref()),
        (Sort::DateDescending, MAX_COUNT, Some("a.B-1"))
    );
    let query = Query::parse(Kind::Patient, "_id=0123456789ab,example").expect("a query");
    assert_eq!(query.ids.map(|ids| ids.len()), Some(1), "an id of somebody else finds nothing");
}

#[test]
fn errors_name_the_parameter_and_what_it_takes() {
    for (kind, query, words) in [
        (
            Kind::Observation,
            "patient=0123456789ab&colour=red",
            "no search parameter \"colour\"; use one of: _id, patient,",
        ),
        (
            Kind::Observation,
            "patient=0123456789ab&code:not=1",
            "\"code\" does not take the modifier \":not\"",
        ),
        (Kind::Observation, "patient:Group=0123456789ab", ":Patient, or none"),
        (Kind::Observation, "patient=smith", "\"patient\" has the value \"smith\""),
        (Kind::Observation, "patient=0123456789ab&patient=1123456789ab", "\"patient\" stands twice"),
        (Kind::Observation, "code=718-7", "needs one of: _id, patient, subject"),
        (Kind::Patient, "gender=female", "identifier, family, given, name, birthdate"),
        (Kind::Patient, "", "across all patients"),
        (Kind::Practitioner, "name=roy", "no search parameter \"name\""),
        (Kind::Practitioner, "", "needs one of: _id"),
        (Kind::Patient, "name:contains=x", ":exact, or none"),
        (Kind::Patient, "name=%2D", "at least one letter"),
        (Kind::Patient, "name=%FF", "not UTF-8"),
        (Kind::Patient, "birthdate=ap1980", "after eq, ne, lt"),
        (Kind::Patient, "birthdate=", "a date such as"),
        (Kind::Patient, "identifier=", "system|code"),
        (Kind::Patient, "identifier=a|b|c", "system|code"),
        (Kind::Patient, "name=a&_count=0", "1 to 500"),
        (Kind::Patient, "name=a&_count=1&_count=2", "\"_count\" stands twice"),
        (Kind::Patient, "name=a&_sort=name", "\"_sort\" has the value \"name\"; write _id"),
        (Kind::Patient, "name=a&_format=xml", "write json"),
        (Kind::Patient, "name=a&_cursor=%3B+DROP", "next link"),
    ] {
        let error = Query::parse(kind, query).expect_err(query).to_string();
        assert!(error.contains(words), "{query}: {error}");
    }
}

proptest! {
    #[test]
    fn no_query_panics(query in "(patient|date|code|family|_id|_count|_cursor|x)?[:=&,|\\\\%+a-f0-9é]{0,30}") {
        for kind in [Kind::Patient, Kind::Observation, Kind::Provenance] {
            let _ = Query::parse(kind, &query);
        }
    }
}
