//! The table of dates in testdata/times.tsv: a new line is a new test.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hl7v2::time::{Hl7Time, TimeOfDay};

const ATLANTIC_STANDARD_MINUTES: i32 = -240;

#[test]
fn table_of_dates() {
    for line in include_str!("../testdata/times.tsv").lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        if let Some(text) = columns[0].strip_prefix('!') {
            let error = Hl7Time::parse(text).expect_err(line).to_string();
            assert!(error.contains(columns[1]), "{line}: {error}");
            continue;
        }
        let time = Hl7Time::parse(columns[0]).expect(line);
        assert_eq!(time.to_fhir_date(), columns[1], "{line}");
        assert_eq!(time.to_fhir_datetime(Some(ATLANTIC_STANDARD_MINUTES)), columns[2], "{line}");
        assert_eq!(time.to_fhir_datetime(None), columns[3], "{line}");
        let instant = time.to_fhir_instant(Some(ATLANTIC_STANDARD_MINUTES));
        assert_eq!(instant.is_some(), columns[2].contains('T'), "{line}");
    }
}

#[test]
fn times_of_day() {
    let good =
        [("12", "12:00:00"), ("1259", "12:59:00"), ("125930", "12:59:30"), ("125930.25", "12:59:30.25")];
    for (text, fhir) in good {
        assert_eq!(TimeOfDay::parse(text).unwrap().0.to_fhir_time(), fhir);
    }
    assert_eq!(TimeOfDay::parse("125930-0330").unwrap().1, Some(-210));
    for bad in ["", "1", "24", "1260", "125961", "noon", "12:59"] {
        assert!(TimeOfDay::parse(bad).is_err(), "{bad}");
    }
}
