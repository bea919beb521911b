//! Two systems of record never share a person because their digits are the same.

use crate::messages::{Person, Result};
use testkit::harness::{Harness, Setup};

fn patients(harness: &Harness, query: &str) -> Vec<String> {
    harness.search(query).iter().map(|patient| patient["name"][0]["family"].to_string()).collect()
}

#[test]
fn s072_h11_equal_card_digits_of_two_provinces_are_two_people() {
    let harness = Setup::new("provinces").start();
    let mut scotian = Person::new("HRH", 11);
    scotian.cards = "~1000000019^^^NS^JHN".to_owned();
    let mut brunswicker = Person::new("VGH", 222);
    brunswicker.cards = "~1000000019^^^NB^JHN".to_owned();
    let mut line = harness.sender();
    for (person, facility, order) in [(&scotian, "HRH", "S1"), (&brunswicker, "VGH", "B1")] {
        line.accepted(&[Result::new(facility, person, order, String::new()).bytes()]);
    }
    let books = harness.interpreted();
    assert_eq!((books.filed, books.held), (2, 0), "{books:?}");
    let found = harness.search("Patient?identifier=1000000019");
    assert_eq!(found.len(), 2, "{found:?}");
    for (patient, person) in [(&scotian, &scotian), (&brunswicker, &brunswicker)] {
        let own = harness.search(&format!("Patient?family={}", patient.family));
        assert_eq!(own.len(), 1);
        let id = own[0]["id"].as_str().unwrap();
        assert_eq!(own[0]["name"][0]["given"][0], person.given.as_str());
        assert_eq!(harness.search(&format!("DiagnosticReport?patient={id}")).len(), 1, "one result each");
    }
}

#[test]
fn s072_h02_the_same_record_number_at_two_hospitals_is_two_records() {
    let harness = Setup::new("hospitals").start();
    let here = Person { mrn: "0071824".to_owned(), ..Person::new("HRH", 31) };
    let there = Person { mrn: "0071824".to_owned(), ..Person::new("VGH", 444) };
    let mut line = harness.sender();
    for n in 0..3 {
        line.accepted(&[
            Result::new("HRH", &here, format!("H{n}"), String::new()).bytes(),
            Result::new("VGH", &there, format!("V{n}"), String::new()).bytes(),
        ]);
    }
    let books = harness.interpreted();
    assert_eq!((books.filed, books.held), (6, 0), "{books:?}");
    assert_eq!(patients(&harness, "Patient?identifier=0071824").len(), 2);
    for person in [&here, &there] {
        let own = harness.search(&format!("Patient?identifier=0071824&family={}", person.family));
        assert_eq!(own.len(), 1);
        let id = own[0]["id"].as_str().unwrap();
        let reports = harness.search(&format!("DiagnosticReport?patient={id}"));
        assert_eq!(reports.len(), 3);
    }
}
