//! Charts for load: a person of the load messages with laboratory results, as FHIR resources that refer to each other by
//! their addresses. The same arguments give the same bytes.

use crate::calendar::{DAY_US, atlantic_offset_hours, read_time};
use crate::load::{Known, TESTS};
use crate::rng::Rng;
use std::fmt::Write as _;

/// Results in one report.
const RESULTS_IN_REPORT: usize = TESTS.len();
/// Days over which the results of a person are spread: six years.
const SPREAD_DAYS: i64 = 6 * 365;

/// A dateTime in Atlantic time.
fn fhir_time(at_us: i64) -> String {
    format!("{}:00-0{}:00", read_time(at_us).replacen(' ', "T", 1), atlantic_offset_hours(at_us))
}

/// Resources of one person: the address of each, and JSON.
pub type Chart = Vec<(String, Vec<u8>)>;

/// Person number `person` with so many results, the latest before `at_us` (microseconds UTC).
pub fn chart(seed: u64, person: usize, results: usize, at_us: i64) -> Chart {
    let known = Known::of(person);
    let mut rng = Rng::keyed(seed, &[10, person as u64]);
    let patient = format!("Patient/load-{person}");
    let mut chart = vec![(patient.clone(), known.patient(person).into_bytes())];
    let reports = results.div_ceil(RESULTS_IN_REPORT);
    for report in 0..reports {
        let at_us = at_us - rng.between(1, SPREAD_DAYS) * DAY_US;
        let at = fhir_time(at_us);
        let mut refs = String::new();
        let count = RESULTS_IN_REPORT.min(results - report * RESULTS_IN_REPORT);
        for (n, (code, name, unit, low, high)) in TESTS.iter().take(count).enumerate() {
            let span = high - low;
            let value = rng.between(low - span / 6, high + span / 6);
            let flag = match value {
                v if v < *low => "L",
                v if v > *high => "H",
                _ => "N",
            };
            let address = format!("Observation/load-{person}-{report}-{n}");
            let _ = write!(refs, "{}{{\"reference\":\"{address}\"}}", if n == 0 { "" } else { "," });
            let body = format!(
                concat!(
                    r#"{{"resourceType":"Observation","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}}]}}],"#,
                    r#""code":{{"coding":[{{"system":"http://loinc.org","code":"{code}","display":"{name}"}}]}},"subject":{{"reference":"{patient}"}},"effectiveDateTime":"{at}","#,
                    r#""valueQuantity":{{"value":{whole}.{tenth},"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}},"#,
                    r#""interpretation":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"{flag}"}}]}}],"#,
                    r#""referenceRange":[{{"low":{{"value":{low}.{low_tenth},"unit":"{unit}"}},"high":{{"value":{high}.{high_tenth},"unit":"{unit}"}}}}]}}"#
                ),
                code = code,
                name = name,
                patient = patient,
                at = at,
                whole = value / 10,
                tenth = value % 10,
                unit = unit,
                flag = flag,
                low = low / 10,
                low_tenth = low % 10,
                high = high / 10,
                high_tenth = high % 10,
            );
            chart.push((address, body.into_bytes()));
        }
        let body = format!(
            concat!(
                r#"{{"resourceType":"DiagnosticReport","identifier":[{{"system":"urn:opor:load:report","value":"{person}-{report}"}}],"status":"final","#,
                r#""category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}}]}}],"#,
                r#""code":{{"coding":[{{"system":"http://loinc.org","code":"58410-2","display":"CBC panel - Blood by Automated count"}}]}},"#,
                r#""subject":{{"reference":"{patient}"}},"effectiveDateTime":"{at}","issued":"{at}","result":[{refs}]}}"#
            ),
            person = person,
            report = report,
            patient = patient,
            at = at,
            refs = refs,
        );
        chart.push((format!("DiagnosticReport/load-{person}-{report}"), body.into_bytes()));
    }
    chart
}

/// Visits, documents, medicines, allergies, problems and vaccinations of a deep history, for each year or in all.
const VISITS_A_YEAR: usize = 4;
const DOCUMENTS_A_YEAR: usize = 3;
const VACCINATIONS_A_YEAR: usize = 1;
/// Years that a deep history goes back.
const YEARS: usize = 10;

/// What has a code: system, code, name.
type Coded = (&'static str, &'static str, &'static str);

const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
const SNOMED: &str = "http://snomed.info/sct";
const CVX: &str = "http://hl7.org/fhir/sid/cvx";

const MEDICINES: [Coded; 8] = [
    (RXNORM, "197361", "Amlodipine 5 MG Oral Tablet"),
    (RXNORM, "314076", "Lisinopril 10 MG Oral Tablet"),
    (RXNORM, "860975", "Metformin 500 MG Oral Tablet"),
    (RXNORM, "617312", "Atorvastatin 20 MG Oral Tablet"),
    (RXNORM, "198211", "Simvastatin 40 MG Oral Tablet"),
    (RXNORM, "310965", "Ibuprofen 200 MG Oral Tablet"),
    (RXNORM, "308136", "Amoxicillin 500 MG Oral Capsule"),
    (RXNORM, "966247", "Levothyroxine 0.05 MG Oral Tablet"),
];
const ALLERGIES: [Coded; 3] = [
    (SNOMED, "91936005", "Allergy to penicillin"),
    (SNOMED, "300916003", "Latex allergy"),
    (SNOMED, "91935009", "Allergy to peanut"),
];
const PROBLEMS: [Coded; 5] = [
    (SNOMED, "38341003", "Hypertensive disorder"),
    (SNOMED, "44054006", "Type 2 diabetes mellitus"),
    (SNOMED, "13644009", "Hypercholesterolemia"),
    (SNOMED, "40930008", "Hypothyroidism"),
    (SNOMED, "195967001", "Asthma"),
];
const VACCINES: [Coded; 2] = [(CVX, "140", "Influenza vaccine"), (CVX, "213", "COVID-19 vaccine")];

/// Person number `person` with a history of ten years: `results` results and, beside them, visits, documents, medicines,
/// allergies, problems and vaccinations. Every resource bears its id, as lines of NDJSON do.
pub fn decade(seed: u64, person: usize, results: usize, at_us: i64) -> Chart {
    let mut rng = Rng::keyed(seed, &[11, person as u64]);
    let patient = format!("Patient/load-{person}");
    let mut chart: Chart = self::chart(seed, person, results, at_us)
        .into_iter()
        .map(|(address, body)| {
            let with_id = identified(&address, body);
            (address, with_id)
        })
        .collect();
    let year_us = 365 * DAY_US;
    let mut add = |kind: &str, n: usize, body: String| {
        let id = format!("load-{person}-{n}");
        let text = format!("{{\"resourceType\":\"{kind}\",\"id\":\"{id}\",{body}}}");
        chart.push((format!("{kind}/{id}"), text.into_bytes()));
    };
    let coded = |(system, code, name): Coded| {
        format!(
            "{{\"coding\":[{{\"system\":\"{system}\",\"code\":\"{code}\",\"display\":\"{name}\"}}],\"text\":\"{name}\"}}"
        )
    };
    let ago = |rng: &mut Rng, year: usize| {
        fhir_time(at_us - i64::try_from(year).unwrap_or(0) * year_us - rng.between(1, 364) * DAY_US)
    };
    for n in 0..YEARS * VISITS_A_YEAR {
        let at = ago(&mut rng, n / VISITS_A_YEAR);
        let class = if n % 5 == 0 { "IMP" } else { "AMB" };
        add(
            "Encounter",
            n,
            format!(
                "\"status\":\"finished\",\"class\":{{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"{class}\"}},\"subject\":{{\"reference\":\"{patient}\"}},\"period\":{{\"start\":\"{at}\",\"end\":\"{at}\"}}"
            ),
        );
    }
    for n in 0..YEARS * DOCUMENTS_A_YEAR {
        let at = ago(&mut rng, n / DOCUMENTS_A_YEAR);
        // "Seen today. Continues as before." in base64.
        add(
            "DocumentReference",
            n,
            format!(
                "\"status\":\"current\",\"docStatus\":\"final\",\"type\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"34133-9\",\"display\":\"Summary of episode note\"}}]}},\"subject\":{{\"reference\":\"{patient}\"}},\"date\":\"{at}\",\"content\":[{{\"attachment\":{{\"contentType\":\"text/plain\",\"title\":\"Note\",\"data\":\"U2VlbiB0b2RheS4gQ29udGludWVzIGFzIGJlZm9yZS4=\"}}}}]"
            ),
        );
    }
    for (n, medicine) in MEDICINES.into_iter().enumerate() {
        let at = ago(&mut rng, n % YEARS);
        let status = if n % 3 == 2 { "stopped" } else { "active" };
        add(
            "MedicationRequest",
            n,
            format!(
                "\"status\":\"{status}\",\"intent\":\"order\",\"medicationCodeableConcept\":{},\"subject\":{{\"reference\":\"{patient}\"}},\"authoredOn\":\"{at}\",\"dosageInstruction\":[{{\"text\":\"One each morning\"}}]",
                coded(medicine)
            ),
        );
    }
    for (n, allergy) in ALLERGIES.into_iter().enumerate() {
        add(
            "AllergyIntolerance",
            n,
            format!(
                "\"clinicalStatus\":{{\"coding\":[{{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}}]}},\"code\":{},\"patient\":{{\"reference\":\"{patient}\"}}",
                coded(allergy)
            ),
        );
    }
    for (n, problem) in PROBLEMS.into_iter().enumerate() {
        let at = ago(&mut rng, n);
        add(
            "Condition",
            n,
            format!(
                "\"clinicalStatus\":{{\"coding\":[{{\"system\":\"http://terminology.hl7.org/CodeSystem/condition-clinical\",\"code\":\"active\"}}]}},\"code\":{},\"subject\":{{\"reference\":\"{patient}\"}},\"onsetDateTime\":\"{at}\"",
                coded(problem)
            ),
        );
    }
    for n in 0..YEARS * VACCINATIONS_A_YEAR {
        let at = ago(&mut rng, n);
        add(
            "Immunization",
            n,
            format!(
                "\"status\":\"completed\",\"vaccineCode\":{},\"patient\":{{\"reference\":\"{patient}\"}},\"occurrenceDateTime\":\"{at}\"",
                coded(VACCINES[n % VACCINES.len()])
            ),
        );
    }
    chart
}

/// A resource with the id of its address, where it has none.
fn identified(address: &str, body: Vec<u8>) -> Vec<u8> {
    let Some((kind, id)) = address.split_once('/') else { return body };
    let text = String::from_utf8_lossy(&body);
    let head = format!("{{\"resourceType\":\"{kind}\",");
    match text.strip_prefix(&head) {
        Some(rest) if !rest.starts_with("\"id\"") => format!("{head}\"id\":\"{id}\",{rest}").into_bytes(),
        _ => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_history_goes_back_ten_years_and_every_resource_has_its_id() {
        let made = decade(7, 12, 40, 1_795_357_800_000_000);
        assert_eq!(made, decade(7, 12, 40, 1_795_357_800_000_000));
        let mut kinds: Vec<&str> = made.iter().filter_map(|(at, _)| at.split('/').next()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), 9, "{kinds:?}");
        let mut addresses: Vec<&String> = made.iter().map(|(address, _)| address).collect();
        addresses.sort();
        addresses.dedup();
        assert_eq!(addresses.len(), made.len());
        let mut oldest = String::from("9999");
        for (address, body) in &made {
            let text = std::str::from_utf8(body).unwrap();
            let id = address.split('/').nth(1).unwrap();
            assert!(text.contains(&format!("\"id\":\"{id}\"")), "{text}");
            if let Some(at) = text.split("\"start\":\"").nth(1) {
                oldest = oldest.min(at[..4].to_owned());
            }
        }
        assert!(oldest.as_str() < "2018", "{oldest}");
    }

    #[test]
    fn a_chart_has_as_many_results_as_asked_and_repeats() {
        for (results, reports) in [(0, 0), (1, 1), (10, 1), (23, 3)] {
            let made = chart(7, 12, results, 1_795_357_800_000_000);
            assert_eq!(made, chart(7, 12, results, 1_795_357_800_000_000));
            let of = |kind: &str| made.iter().filter(|(address, _)| address.starts_with(kind)).count();
            assert_eq!((of("Patient/"), of("Observation/"), of("DiagnosticReport/")), (1, results, reports));
        }
        let somebody_else = chart(7, 13, 1, 1_795_357_800_000_000);
        assert_ne!(somebody_else[0], chart(7, 12, 1, 1_795_357_800_000_000)[0]);
    }
}
