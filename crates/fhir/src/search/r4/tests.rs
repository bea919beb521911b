use super::*;
use crate::id::Kind;
use crate::json::{self, Json, Object};
use crate::time::Instant;

const NOW: Instant = Instant(1_795_356_300_000_000);

fn object(text: &str) -> Object {
    match json::parse(text.as_bytes()) {
        Ok(Json::Object(object)) => object,
        other => panic!("{text}: {other:?}"),
    }
}

fn request(kind: Kind, text: &str) -> Result<Request, RequestError> {
    Request::read(kind, &decode_pairs(text)?, Unknown::Refuse, NOW)
}

fn answers(kind: Kind, resource: &Object, text: &str) -> bool {
    let request = request(kind, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    request.clauses.iter().all(|clause| match clause {
        Clause::Own(condition) => condition.matches(resource),
        other => panic!("{text}: {other:?}"),
    })
}

const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"o1","status":"final",
 "meta":{"tag":[{"system":"urn:t","code":"night"}],"profile":["http://example.org/p/vital|1.0"]},
 "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}],"text":"Vital signs"}],
 "code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure panel"}],"text":"Blood Pressure"},
 "subject":{"reference":"Patient/p1","identifier":{"system":"urn:mrn","value":"77"}},
 "performer":[{"reference":"http://elsewhere.example/fhir/Practitioner/9"}],
 "effectivePeriod":{"start":"2026-03-01","end":"2026-03-02"},
 "valueQuantity":{"value":5.40,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"},
 "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"code":"mm[Hg]","system":"http://unitsofmeasure.org"}},
  {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":80,"code":"mm[Hg]","system":"http://unitsofmeasure.org"}}]}"#;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","active":true,"deceasedBoolean":false,
 "identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}],"text":"Medical record"},"system":"urn:mrn","value":"77"}],
 "name":[{"family":"Thériault-LeBlanc","given":["Marie","Ève"]}],"birthDate":"1980-02",
 "telecom":[{"system":"phone","value":"902-555-0101"},{"system":"email","value":"m@example.org"}],
 "address":[{"city":"Cape Dauphin","postalCode":"B1P 6J1"}],
 "generalPractitioner":[{"reference":"Practitioner/9"},{"reference":"Organization/5"}]}"#;

#[test]
fn every_type_of_parameter_and_modifier_finds_what_it_should() {
    let (observation, patient) = (object(OBSERVATION), object(PATIENT));
    for (query, wanted) in [
        ("code=85354-9", true),
        ("code=http://loinc.org|85354-9", true),
        ("code=|85354-9", false),
        ("code=http://loinc.org|", true),
        ("code=1,85354-9", true),
        ("code:not=85354-9", false),
        ("code:not=1", true),
        ("code:text=blood", true),
        ("code:text=pressure", true),
        ("code:text=sugar", false),
        ("data-absent-reason:missing=true", true),
        ("code:missing=true", false),
        ("status=final&category=vital-signs", true),
        ("subject=Patient/p1", true),
        ("subject=p1", true),
        ("subject:Patient=p1", true),
        ("subject:Group=p1", false),
        ("patient=p1", true),
        ("patient=p2", false),
        ("subject:identifier=urn:mrn|77", true),
        ("subject:identifier=78", false),
        ("performer=http://elsewhere.example/fhir/Practitioner/9", true),
        ("date=2026-03-01", false),
        ("date=2026-03", true),
        ("date=ge2026-03-01", true),
        ("date=gt2026-03-02", false),
        ("date=lt2026-03-01", false),
        ("date=sa2026-02-28&date=eb2026-03-03", true),
        ("date=ap2026-03-01", true),
        ("value-quantity=5.4", true),
        ("value-quantity=5.40|http://unitsofmeasure.org|mmol/L", true),
        ("value-quantity=5.4||mmol/L", true),
        ("value-quantity=5.4||mg", false),
        ("value-quantity=5.44", false),
        ("value-quantity=5", true),
        ("value-quantity=gt5.4", false),
        ("value-quantity=ge5.4&value-quantity=lt5.5", true),
        ("value-quantity=ap5", true),
        ("value-quantity=ne5.4", false),
        ("component-code-value-quantity=http://loinc.org|8480-6$gt100", true),
        ("component-code-value-quantity=http://loinc.org|8462-4$gt100", false),
        ("combo-code-value-quantity=85354-9$5.4", true),
        ("code-value-quantity=85354-9$lt5", false),
        ("combo-code=8462-4", true),
        ("_tag=urn:t|night", true),
        ("_tag=day", false),
        ("_profile=http://example.org/p/vital|1.0", true),
        ("_profile:below=http://example.org/p", true),
        ("_profile:above=http://example.org/p/vital/deep", false),
    ] {
        assert_eq!(answers(Kind::Observation, &observation, query), wanted, "Observation?{query}");
    }
    for (query, wanted) in [
        ("name=leblanc", true),
        ("name=THERIAULT", true),
        ("name:exact=Marie", true),
        ("name:exact=marie", false),
        ("family:contains=LEBL", true),
        ("given=eve", true),
        ("address=cape", true),
        ("address-city=dauphin&address-postalcode=b1p", true),
        ("birthdate=1980-02", true),
        ("birthdate=1980", true),
        ("birthdate=1980-02-01", false),
        ("active=true&deceased=false", true),
        ("phone=902-555-0101", true),
        ("email=902-555-0101", false),
        ("telecom=email|m@example.org", true),
        ("identifier=urn:mrn|77", true),
        ("identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|77", true),
        ("identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|SS|77", false),
        ("identifier:text=medical", true),
        ("general-practitioner=Organization/5", true),
        ("general-practitioner:Practitioner=5", false),
        ("death-date:missing=true", true),
    ] {
        assert_eq!(answers(Kind::Patient, &patient, query), wanted, "Patient?{query}");
    }
}

#[test]
fn every_parameter_of_the_registry_has_a_place() {
    let kinds = Kind::ALL.iter().filter(|kind| of_kind(**kind).count() > 5).count();
    assert!(kinds > 120, "{kinds} types have parameters of their own");
    let all: usize = Kind::ALL.iter().map(|kind| of_kind(*kind).count()).sum();
    assert!(all > 1_800, "{all}");
    assert_eq!(compartment(Kind::Observation), ["subject", "performer"]);
    assert!(in_compartment(Kind::Patient) && !in_compartment(Kind::Organization));
}

#[test]
fn chains_includes_and_orders_are_read() {
    let read = request(
        Kind::Observation,
        "subject:Patient.organization.name=x&patient.name=y&_has:Provenance:target:agent=Practitioner/1&_sort=-date,code&_include=Observation:subject&_revinclude:iterate=Provenance:target&_count=0&_elements=code,Observation.status",
    )
    .expect("a request");
    assert!(matches!(
        &read.clauses[..],
        [Clause::Chain(..), Clause::Chain(..), Clause::Has(Kind::Provenance, ..)]
    ));
    assert_eq!((read.sort.len(), read.includes.len(), read.revincludes[0].iterate), (2, 1, true));
    assert_eq!((read.summary, read.elements), (Summary::Count, vec!["code".to_owned(), "status".to_owned()]));
    let of = |text| {
        request(Kind::Observation, text).expect("a request").clauses[0].patients().map(|ids| ids.join(","))
    };
    assert_eq!(of("patient=1,Patient/2"), Some("1,2".to_owned()));
    assert_eq!(
        (of("subject=Patient/1"), of("subject=Group/1"), of("code=1")),
        (Some("1".to_owned()), None, None)
    );
}

#[test]
fn what_is_not_understood_says_what_to_write() {
    for (text, words) in [
        ("colour=red", "has no search parameter \"colour\"; use one of: _id"),
        ("code:exact=1", "does not take the modifier \":exact\"; use :not"),
        ("date=yesterday", "write a date such as 2026-11-22"),
        ("value-quantity=much", "write a number"),
        ("subject:Banana=1", "does not take the modifier"),
        ("code-value-quantity=1", "one value for each part, joined by $"),
        ("_sort=colour", "has no search parameter \"colour\""),
        ("_total=some", "none, estimate or accurate"),
        ("focus.name=x", "the type it leads to"),
        ("patient.patient.patient.patient.patient.patient=1", "has no search parameter"),
        ("_include=Observation", "Type:parameter"),
        ("a=%ff", "UTF-8"),
    ] {
        let error = request(Kind::Observation, text).expect_err(text).to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    let pairs = decode_pairs("colour=red&code=1").expect("pairs");
    let lenient = Request::read(Kind::Observation, &pairs, Unknown::LeaveOut, NOW).expect("lenient");
    assert_eq!((lenient.left_out.len(), lenient.applied.len(), lenient.clauses.len()), (1, 1, 1));
}

#[test]
fn order_is_that_of_the_values() {
    let place = |text: &str, rule: &str| {
        let (key, direction) = request(Kind::Observation, &format!("_sort={rule}")).expect("a rule").sort[0];
        let mut out = Vec::new();
        key.write(direction, &object(text), "x", NOW, &mut out);
        out
    };
    let at = |day: &str| format!(r#"{{"effectiveDateTime":"{day}"}}"#);
    assert!(place(&at("2026-03-01"), "date") < place(&at("2026-03-02"), "date"));
    assert!(place(&at("2026-03-01"), "-date") > place(&at("2026-03-02"), "-date"));
    assert!(place("{}", "date") > place(&at("2026-03-02"), "date"), "what has no date comes last");
    assert!(place("{}", "-date") > place(&at("1926-03-02"), "-date"));
    let code = |code: &str| format!(r#"{{"code":{{"coding":[{{"code":"{code}"}}]}}}}"#);
    assert!(place(&code("a"), "code") < place(&code("ab"), "code"));
    assert!(place(&code("a"), "-code") > place(&code("ab"), "-code"));
}

#[test]
fn strange_queries_never_break() {
    use proptest::prelude::*;
    proptest!(|(name in "[a-z_:.]{0,30}", value in "\\PC{0,30}")| {
        let pairs = vec![(name, value)];
        if let Ok(read) = Request::read(Kind::Observation, &pairs, Unknown::LeaveOut, NOW) {
            let observation = object(OBSERVATION);
            for clause in &read.clauses {
                if let Clause::Own(condition) = clause {
                    let _ = condition.matches(&observation);
                }
            }
        }
    });
}

#[test]
fn notes_tell_what_the_resource_tells() {
    use crate::search::{IndexValue, System};
    let (observation, patient) = (object(OBSERVATION), object(PATIENT));
    let mut told = 0;
    for (kind, resource, query) in [
        (Kind::Observation, &observation, "subject=Patient/p1"),
        (Kind::Observation, &observation, "subject=p2"),
        (Kind::Observation, &observation, "combo-code=http://loinc.org|8462-4"),
        (Kind::Observation, &observation, "combo-code=|8462-4"),
        (Kind::Observation, &observation, "combo-code:not=8462-4"),
        (Kind::Observation, &observation, "performer:missing=false"),
        (Kind::Observation, &observation, "device:missing=false"),
        (Kind::Observation, &observation, "_tag=urn:t|night"),
        (Kind::Observation, &observation, "_profile=http://example.org/p/vital|1.0"),
        (Kind::Patient, &patient, "address=dauphin"),
        (Kind::Patient, &patient, "address-city=halifax"),
        (Kind::Patient, &patient, "death-date=gt2020"),
        (Kind::Patient, &patient, "general-practitioner:Organization=5"),
        (Kind::Patient, &patient, "phone=902-555-0101"),
    ] {
        let rows = noted(kind, resource, Extent::All);
        assert!(rows.iter().any(|row| row.parameter == COMPLETE), "{query}");
        let read = request(kind, query).expect(query);
        let Clause::Own(condition) = &read.clauses[0] else { panic!("{query}") };
        assert!(condition.is_told_by_notes(kind), "{query}");
        let own: Vec<_> = rows.iter().filter(|row| row.parameter == condition.param.number).collect();
        let one = own.iter().any(|row| match &row.value {
            IndexValue::Token { system, code } => condition.seeks_word(code, |wanted| match wanted {
                System::Any => true,
                System::Absent => system.is_none(),
                System::Is(uri) => system.as_ref() == Some(uri),
            }),
            IndexValue::Text { normalised } => condition.seeks_word(normalised, |_| false),
            IndexValue::Date { lo, hi } => condition.seeks_date(*lo, *hi),
            IndexValue::Reference(_) => false,
        });
        assert_eq!(condition.answer(!own.is_empty(), one), condition.matches(resource), "{query}");
        told += 1;
    }
    assert_eq!(told, 14);
}

/// Columns on disk hold these numbers.
#[test]
fn lines_of_the_table_stay_where_they_are() {
    let at = |kind, code| of(kind, code).map(|param| param.number.0);
    let lines = include_str!("parameters.tsv").lines().count();
    assert_eq!(
        (lines, at(Kind::Patient, "_id"), at(Kind::Observation, "value-quantity")),
        (673, Some(1_000), Some(1_660))
    );
}

#[test]
fn value_sets_and_the_order_of_codes() {
    let role = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
    let relative = format!(
        r#"{{"resourceType":"RelatedPerson","gender":"female","relationship":[{{"coding":[{{"system":"{role}","code":"MTH"}}]}}]}}"#
    );
    let Ok(Json::Object(relative)) = crate::json::parse(relative.as_bytes()) else { panic!("JSON") };
    let is = |code: &str, modifier: &str, value: &str| {
        let param = of(Kind::RelatedPerson, code).expect(code);
        Condition::read(param, Some(modifier), value, Instant(0))
            .map(|condition| condition.matches(&relative))
    };
    for (code, modifier, value, expected) in [
        ("gender", "in", "http://hl7.org/fhir/ValueSet/administrative-gender".to_owned(), true),
        ("gender", "not-in", "http://hl7.org/fhir/ValueSet/administrative-gender".to_owned(), false),
        ("gender", "in", "http://hl7.org/fhir/ValueSet/publication-status".to_owned(), false),
        ("gender", "not-in", "http://hl7.org/fhir/ValueSet/publication-status".to_owned(), true),
        ("relationship", "below", format!("{role}|PRN"), true),
        ("relationship", "below", format!("{role}|CHILD"), false),
        ("relationship", "above", format!("{role}|STPFTH"), false),
        ("relationship", "above", format!("{role}|NMTH"), true),
    ] {
        assert_eq!(is(code, modifier, &value), Ok(expected), "{code}:{modifier}={value}");
    }
    for (modifier, value) in
        [("in", "http://example.org/none"), ("below", "PRN"), ("below", "http://loinc.org|8480-6")]
    {
        assert!(is("relationship", modifier, value).is_err(), "{modifier}={value}");
    }
}
