use super::*;
use crate::chart::Contents;
use crate::results::Flag;
use fhir::{Kind, RecordId};
use store::StoredVersion;

fn filed(kind: Kind, number: usize, finality: Finality, json: &str) -> Filed {
    let Ok(fhir::Json::Object(object)) = fhir::json::parse(json.as_bytes()) else { panic!("{json}") };
    let record = RecordId::of("HRH", "1");
    Filed {
        stored: StoredVersion {
            key: ResourceKey::of(record, kind, &[&number.to_string()]),
            version: 1,
            current: true,
            latest: 1,
            body: json.as_bytes().to_vec(),
            finality: Some(finality.code()),
            as_of: Instant(number as i64),
            message: None,
            at: Instant(7_000_000),
        },
        object,
    }
}

fn result(number: usize, code: &str, day: &str, value: &str, more: &str) -> Filed {
    let json = format!(
        r#"{{"resourceType":"Observation","category":[{{"coding":[{{"code":"laboratory"}}]}}],"code":{code},"effectiveDateTime":"{day}",{value}{more}}}"#
    );
    filed(Kind::Observation, number, Finality::Final, &json)
}

const POTASSIUM: &str = r#"{"coding":[{"system":"urn:opor:coding:L","code":"K"},{"system":"http://loinc.org","code":"2823-3"}],"text":"Potassium"}"#;
const LOCAL_ZINC: &str = r#"{"coding":[{"system":"urn:opor:coding:L","code":"ZN"}],"text":"Zinc"}"#;

fn quantity(value: &str, unit: &str) -> String {
    format!(r#""valueQuantity":{{"value":{value},"unit":"{unit}"}}"#)
}

fn collected(observations: Vec<Filed>, reports: Vec<Filed>) -> Collected {
    collect(&Contents::of(reports, Vec::new(), observations, Vec::new()), &[])
}

#[test]
fn points_of_one_test_stand_together_newest_first() {
    let mmol = |value: &str| quantity(value, "mmol/L");
    let all = collected(
        vec![
            result(
                1,
                POTASSIUM,
                "2026-11-20",
                &mmol("4.10"),
                r#","referenceRange":[{"low":{"value":3.5},"high":{"value":5.1},"text":"3.5-5.1"}]"#,
            ),
            result(
                2,
                POTASSIUM,
                "2026-11-22",
                &mmol("6.1"),
                r#","interpretation":[{"coding":[{"code":"HH"}]}],"note":[{"text":"Called"},{"text":"13:31"}]"#,
            ),
            result(3, LOCAL_ZINC, "2026-11-21", &quantity("11", "µmol/L"), ""),
            result(4, LOCAL_ZINC, "2026-11-19", &quantity("12", "umol/L"), ""),
        ],
        Vec::new(),
    );
    let names: Vec<(&str, &str, usize)> = all
        .series
        .iter()
        .map(|p| (p.series.code.as_str(), p.series.unit.as_str(), p.series.points.len()))
        .collect();
    assert_eq!(names, [("2823-3", "mmol/L", 2), ("ZN", "µmol/L", 2)]);
    let newest = &all.series[0].series.points[0];
    assert_eq!((newest.value.as_str(), newest.number, newest.flag), ("6.1", Some(6.1), Flag::CriticalHigh));
    assert_eq!(newest.note, "Called\n13:31");
    let older = &all.series[0].series.points[1];
    assert_eq!(
        (older.value.as_str(), older.low, older.high, older.expected.as_str()),
        ("4.10", Some(3.5), Some(5.1), "3.5-5.1")
    );
    assert!(all.series.iter().flat_map(|p| &p.series.points).all(|point| point.other_unit.is_none()));
    let days: Vec<String> = columns(&all.series).iter().map(|at| at.to_string()[..10].to_owned()).collect();
    assert_eq!(days, ["2026-11-22", "2026-11-21", "2026-11-20", "2026-11-19"]);
}

#[test]
fn h22_another_unit_is_a_row_of_its_own() {
    let all = collected(
        vec![
            result(1, POTASSIUM, "2026-11-22", &quantity("4.1", "mmol/L"), ""),
            result(2, POTASSIUM, "2026-11-21", &quantity("16", "mg/dL"), ""),
            result(3, POTASSIUM, "2026-11-20", r#""valueQuantity":{"value":4.0}"#, ""),
            result(4, POTASSIUM, "2026-11-19", r#""valueString":"hemolyzed""#, ""),
            result(5, POTASSIUM, "2026-11-18", &quantity("15", "mg/dL"), ""),
        ],
        Vec::new(),
    );
    let rows: Vec<(&str, Vec<&str>)> = all
        .series
        .iter()
        .map(|p| (p.series.unit.as_str(), p.series.points.iter().map(|point| point.value.as_str()).collect()))
        .collect();
    assert_eq!(rows, [("mmol/L", vec!["4.1", "4.0", "hemolyzed"]), ("mg/dL", vec!["16", "15"])]);
    let marks: Vec<Option<&str>> =
        all.series[0].series.points.iter().map(|p| p.other_unit.as_deref()).collect();
    assert_eq!(marks, [None, Some(""), None], "a number without a unit is not on the line");
}

/// Creatinine as a mass and as an amount of substance: two LOINC codes, one analyte.
#[test]
fn h22_a_declared_conversion_makes_one_row_and_shows_both_values() {
    let code = |loinc: &str| {
        format!(r#"{{"coding":[{{"system":"http://loinc.org","code":"{loinc}"}}],"text":"Creatinine"}}"#)
    };
    let (mass, substance) = (code("2160-0"), code("14682-9"));
    let declared = clinical::codes::Conversion {
        loinc: ["2160-0".into(), "14682-9".into()],
        units: ["mg/dL".into(), "umol/L".into()],
        factor: 88.40,
        grams_per_mole: Some(113.12),
    };
    let row = |newest: &str, conversions: &[clinical::codes::Conversion]| {
        let (first, second) = if newest == "umol/L" { ("22", "20") } else { ("20", "22") };
        let results = vec![
            result(1, &substance, &format!("2026-11-{first}"), &quantity("80", "µmol/L"), ""),
            result(
                2,
                &mass,
                &format!("2026-11-{second}"),
                &quantity("1.0", "mg/dL"),
                r#","referenceRange":[{"low":{"value":0.6},"high":{"value":1.2}}]"#,
            ),
            result(
                3,
                &mass,
                "2026-11-01",
                r#""valueQuantity":{"value":2.5,"comparator":"<","unit":"mg/dL"}"#,
                "",
            ),
        ];
        let all = collect(&Contents::of(Vec::new(), Vec::new(), results, Vec::new()), conversions);
        all.series.into_iter().map(|placed| placed.series).collect::<Vec<_>>()
    };
    assert_eq!(row("umol/L", &[]).len(), 2, "nobody declared anything");
    let one = row("umol/L", std::slice::from_ref(&declared));
    assert_eq!((one.len(), one[0].unit.as_str(), one[0].points.len()), (1, "µmol/L", 3));
    let point = &one[0].points[1];
    assert_eq!(
        (point.value.as_str(), point.other_unit.as_deref(), point.converted.as_deref()),
        ("1.0", Some("mg/dL"), Some("88"))
    );
    assert!(point.number.is_some_and(|n| (n - 88.4).abs() < 1e-9));
    assert!(point.high.is_some_and(|n| (n - 106.08).abs() < 1e-9), "its limits stand on the same scale");
    let words = &one[0].points[2];
    assert_eq!((words.converted.as_deref(), words.other_unit.as_deref()), (None, Some("mg/dL")));
    let back = row("mg/dL", &[declared]);
    assert_eq!((back.len(), back[0].unit.as_str()), (1, "mg/dL"));
    assert_eq!(back[0].points[1].converted.as_deref(), Some("0.90"));
}

#[test]
fn h17_withdrawn_results_are_counted_and_not_shown() {
    let gone = result(1, POTASSIUM, "2026-11-22", &quantity("2.0", "mmol/L"), "");
    let gone =
        Filed { stored: StoredVersion { finality: Some(Finality::Withdrawn.code()), ..gone.stored }, ..gone };
    let all =
        collected(vec![gone, result(2, POTASSIUM, "2026-11-20", &quantity("4.1", "mmol/L"), "")], Vec::new());
    assert_eq!((all.withdrawn, all.series.len(), all.series[0].series.points.len()), (1, 1, 1));
}

#[test]
fn the_report_and_its_section_are_known() {
    let potassium = result(1, POTASSIUM, "2026-11-22", &quantity("4.1", "mmol/L"), "");
    let json = format!(
        r#"{{"resourceType":"DiagnosticReport","category":[{{"coding":[{{"code":"CH"}}]}}],"result":[{{"reference":"{}"}}]}}"#,
        potassium.key()
    );
    let report = filed(Kind::DiagnosticReport, 9, Finality::Final, &json);
    let key = report.key();
    let all = collected(vec![potassium], vec![report]);
    assert_eq!(all.series[0].section, "CH");
    assert_eq!(all.series[0].series.points[0].report, Some(key));
}

#[test]
fn what_is_no_laboratory_result_is_left_out() {
    let vital = r#"{"category":[{"coding":[{"code":"vital-signs"}]}],"code":{"text":"Weight"},"valueQuantity":{"value":71.4,"unit":"kg"}}"#;
    let prose = r#"{"code":{"text":"Findings"},"valueString":"The heart is enlarged."}"#;
    let measured = r#"{"code":{"text":"Hemoglobin"},"valueQuantity":{"value":101,"unit":"g/L"}}"#;
    let all = collected(
        [vital, prose, measured]
            .iter()
            .enumerate()
            .map(|(n, json)| filed(Kind::Observation, n, Finality::Final, json))
            .collect(),
        Vec::new(),
    );
    assert_eq!(all.series.len(), 1);
    assert_eq!(
        (all.series[0].series.code.as_str(), all.series[0].series.points[0].at),
        ("Hemoglobin", Instant(7_000_000))
    );
}

#[test]
fn values_without_a_number_are_shown_in_words() {
    for (value, expected) in [
        (r#""valueQuantity":{"value":0.5,"comparator":"<","unit":"mg/L"}"#, Some("< 0.5")),
        (r#""valueCodeableConcept":{"text":"Positive"}"#, Some("Positive")),
        (r#""dataAbsentReason":{"coding":[{"display":"Error"}]}"#, Some("Error")),
        (
            r#""component":[{"code":{},"valueString":"E. coli"},{"code":{},"valueQuantity":{"value":2,"unit":"mm"}}]"#,
            Some("E. coli; 2 mm"),
        ),
        (r#""status":"final""#, None),
    ] {
        let filed = result(1, POTASSIUM, "2026-11-22", value, "");
        let series = single(&filed, filed.key());
        assert_eq!(series.as_ref().map(|s| s.points[0].value.as_str()), expected, "{value}");
        assert!(series.is_none_or(|s| s.points[0].number.is_none()));
    }
}

#[test]
fn the_gravest_flag_wins() {
    for (codes, expected) in [
        ("", Flag::None),
        ("N", Flag::Normal),
        ("H", Flag::High),
        ("L LL", Flag::CriticalLow),
        ("A HH", Flag::CriticalHigh),
        ("AA", Flag::CriticalAbnormal),
        ("POS", Flag::Abnormal),
        ("S", Flag::Normal),
        ("R", Flag::Abnormal),
        ("CRIT", Flag::CriticalAbnormal),
        ("panic", Flag::CriticalAbnormal),
        ("N PANIC", Flag::CriticalAbnormal),
        ("PH", Flag::CriticalHigh),
        ("I", Flag::None),
        ("XYZ", Flag::Abnormal),
    ] {
        let coded: Vec<String> =
            codes.split_whitespace().map(|code| format!(r#"{{"coding":[{{"code":"{code}"}}]}}"#)).collect();
        let more = format!(r#","interpretation":[{}]"#, coded.join(","));
        let filed = result(1, POTASSIUM, "2026-11-22", &quantity("1", "mmol/L"), &more);
        assert_eq!(flag_of(&filed.object), expected, "{codes}");
    }
}

#[test]
fn h25_a_value_without_a_flag_is_as_expected_only_within_the_range_that_is_stated_for_it() {
    let range = |more: &str| format!(r#","referenceRange":[{{{more}}}]"#);
    let limits = r#""low":{"value":3.5,"unit":"mmol/L"},"high":{"value":5.0,"unit":"mmol/L"}"#;
    let pounds = r#""low":{"value":3.5,"unit":"mg/dL"}"#;
    let two = format!(r#","referenceRange":[{{{limits}}},{{{limits}}}]"#);
    let child = format!(r#"{limits},"age":{{"high":{{"value":12}}}}"#);
    for (value, more, expected) in [
        ("4.1", range(limits), Flag::Normal),
        ("3.5", range(limits), Flag::Normal),
        ("3.4", range(limits), Flag::Below),
        ("6.1", range(limits), Flag::Above),
        ("4.1", range(r#""text":"3.5 to 5.0""#), Flag::None),
        ("4.1", range(pounds), Flag::None),
        ("6.1", range(&child), Flag::None),
        ("6.1", two, Flag::None),
        ("6.1", range(&format!(r#"{limits},"type":{{"coding":[{{"code":"normal"}}]}}"#)), Flag::Above),
        ("6.1", range(&format!(r#"{limits},"type":{{"coding":[{{"code":"treatment"}}]}}"#)), Flag::None),
        ("4.1", String::new(), Flag::None),
        (
            "6.1",
            format!(r#"{},"interpretation":[{{"coding":[{{"code":"N"}}]}}]"#, range(limits)),
            Flag::Normal,
        ),
    ] {
        let filed = result(1, POTASSIUM, "2026-11-22", &quantity(value, "mmol/L"), &more);
        assert_eq!(flag_of(&filed.object), expected, "{value} {more}");
    }
    for (sign, value, expected) in [
        ("<", "3.5", Flag::Below),
        ("<", "4.0", Flag::None),
        (">", "5.0", Flag::Above),
        (">=", "5.0", Flag::None),
        ("<=", "3.4", Flag::Below),
    ] {
        let quantity =
            format!(r#""valueQuantity":{{"value":{value},"comparator":"{sign}","unit":"mmol/L"}}"#);
        let filed = result(1, POTASSIUM, "2026-11-22", &quantity, &range(limits));
        assert_eq!(flag_of(&filed.object), expected, "{sign} {value}");
    }
    let words = result(1, POTASSIUM, "2026-11-22", r#""valueString":"Organisms seen""#, "");
    assert_eq!(flag_of(&words.object), Flag::None, "words without a flag say nothing");
}

#[test]
fn prose_is_long_or_has_lines() {
    let long = "x".repeat(LONGEST_VALUE + 1);
    for (text, expected) in [("Positive", false), (r"one\ntwo", true), (long.as_str(), true)] {
        let filed = result(1, POTASSIUM, "2026-11-22", &format!(r#""valueString":"{text}""#), "");
        assert_eq!(is_prose(&filed.object), expected);
    }
}

fn sent_by(link: i64, filed: Filed) -> Filed {
    let message = Some(store::MessageId(link * store::MESSAGES_PER_LINK + 1));
    Filed { stored: StoredVersion { message, ..filed.stored }, ..filed }
}

#[test]
fn a_senders_own_code_joins_the_loinc_series_that_the_same_sender_gives_it() {
    const BARE: &str = r#"{"coding":[{"system":"urn:opor:coding:L","code":"K"}],"text":"Potassium"}"#;
    const OTHER: &str = r#"{"coding":[{"system":"urn:opor:coding:L","code":"K"},{"system":"http://loinc.org","code":"6298-4"}],"text":"K"}"#;
    let on = |link: i64, number: usize, code: &str| {
        sent_by(link, result(number, code, "2026-11-20", &quantity("4.1", "mmol/L"), ""))
    };
    let series = |observations: Vec<Filed>| -> Vec<(String, usize)> {
        let all = collected(observations, Vec::new());
        let mut series: Vec<(String, usize)> =
            all.series.iter().map(|p| (p.series.code.clone(), p.series.points.len())).collect();
        series.sort();
        series
    };
    let two = |a: (&str, usize), b: (&str, usize)| vec![(a.0.to_owned(), a.1), (b.0.to_owned(), b.1)];
    assert_eq!(series(vec![on(1, 1, POTASSIUM), on(1, 2, BARE)]), [("2823-3".to_owned(), 2)]);
    assert_eq!(series(vec![on(1, 1, BARE), on(1, 2, POTASSIUM)]), [("2823-3".to_owned(), 2)]);
    // Another sender's K, though it has the same name.
    assert_eq!(series(vec![on(1, 1, POTASSIUM), on(2, 2, BARE)]), two(("2823-3", 1), ("K", 1)));
    // A sender that gives one code two meanings is not guessed at.
    assert_eq!(
        series(vec![on(1, 1, POTASSIUM), on(1, 2, OTHER), on(1, 3, BARE)]),
        [("2823-3".to_owned(), 1), ("6298-4".to_owned(), 1), ("K".to_owned(), 1)]
    );
}
