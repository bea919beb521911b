//! The status lattice end to end: whatever the order of arrival, the chart and the clinics end in the same state.

use crate::messages::{Person, Result, mark};
use serde_json::Value;
use testkit::harness::{Harness, Setup, wait_for};
use testkit::mllp::{Behaviour, field_text};

/// Status, value and time of the three versions of one result.
const VERSIONS: [(char, &str, &str); 3] =
    [('P', "3.9", "20261120101500"), ('F', "4.4", "20261120111500"), ('C', "4.9", "20261120121500")];
/// Every order of arrival.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

fn version(person: &Person, order: &str, which: usize, orderer: &str) -> Vec<u8> {
    let (status, value, at) = VERSIONS[which];
    Result {
        control_id: format!("{order}-{status}"),
        status,
        value: value.to_owned(),
        at,
        ..Result::new("HRH", person, order, orderer.to_owned())
    }
    .bytes()
}

/// The current report and observation of a person: status, value, and how many there are.
fn chart(harness: &Harness, person: &Person) -> (String, String, String) {
    let patients = harness.search(&format!("Patient?identifier={}", person.mrn));
    assert_eq!(patients.len(), 1);
    let id = patients[0]["id"].as_str().unwrap();
    let one = |query: String| {
        let found = harness.search(&query);
        assert_eq!(found.len(), 1, "{query}: {found:?}");
        found[0].clone()
    };
    let report = one(format!("DiagnosticReport?patient={id}"));
    let observation = one(format!("Observation?patient={id}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&report["status"]), text(&observation["status"]), observation["valueQuantity"]["value"].to_string())
}

#[test]
fn s014_h16_the_chart_ends_the_same_in_all_orders_of_arrival() {
    let harness = Setup::new("lattice").clinic("alder", |_, _| Behaviour::Accept).start();
    let orderer = harness.provider("alder");
    let mut line = harness.sender();
    for (n, order) in ORDERS.iter().enumerate() {
        let person = Person::new("HRH", n + 1);
        for which in order {
            line.accepted(&[version(&person, &format!("O{n}"), *which, &orderer)]);
            let _ = harness.interpreted();
            let (report, ..) = chart(&harness, &person);
            let highest = order.iter().take_while(|seen| *seen != which).chain([which]).max().unwrap();
            let expected = ["preliminary", "final", "corrected"][*highest];
            assert_eq!(report, expected, "after {which} of {order:?}");
        }
        let end = chart(&harness, &person);
        assert_eq!(
            end,
            ("corrected".to_owned(), "corrected".to_owned(), "4.9".to_owned()),
            "order {order:?}"
        );
    }
    let _ = harness.drained();
    // The clinic never gets an older version after a newer one, and always the corrected one.
    let received = harness.clinic("alder").received();
    for n in 0..ORDERS.len() {
        let order = format!("O{n}");
        let came: Vec<String> = received
            .iter()
            .filter(|bytes| mark(bytes) == order)
            .map(|bytes| field_text(bytes, "OBR", 25))
            .collect();
        let rank = |status: &String| ["P", "F", "C"].iter().position(|known| known == status);
        assert!(came.is_sorted_by_key(rank), "{order}: {came:?}");
        assert_eq!(came.last().map(String::as_str), Some("C"), "{order}: {came:?}");
        assert_eq!(came.iter().filter(|status| *status == "C").count(), 1, "{order}: {came:?}");
    }
}

#[test]
fn s015_h17_a_correction_goes_to_everyone_who_had_the_original() {
    let accept = |_: usize, _: &[u8]| Behaviour::Accept;
    let harness = Setup::new("corrected")
        .clinic("alder", accept)
        .clinic("birch", accept)
        .clinic("cedar", accept)
        .start();
    let person = Person::new("HRH", 7);
    let (alder, birch, cedar) =
        (harness.provider("alder"), harness.provider("birch"), harness.provider("cedar"));
    let original = Result { copies: birch, ..Result::new("HRH", &person, "K1", alder.clone()) };
    let mut line = harness.sender();
    line.accepted(&[original.bytes()]);
    wait_for(harness.clinic("alder"), 1);
    wait_for(harness.clinic("birch"), 1);
    // The correction names the orderer and somebody new, and not the one who had a copy.
    let (status, value, at) = VERSIONS[2];
    let corrected = Result {
        control_id: "K1-C".to_owned(),
        status,
        value: value.to_owned(),
        at,
        copies: cedar,
        ..original
    };
    line.accepted(&[corrected.bytes()]);
    let books = harness.drained();
    assert_eq!((books.due, books.acknowledged), (5, 5), "{books:?}");
    for (clinic, statuses) in [("alder", vec!["F", "C"]), ("birch", vec!["F", "C"]), ("cedar", vec!["C"])] {
        let came: Vec<String> =
            harness.clinic(clinic).received().iter().map(|bytes| field_text(bytes, "OBR", 25)).collect();
        assert_eq!(came, statuses, "{clinic}");
    }
}
