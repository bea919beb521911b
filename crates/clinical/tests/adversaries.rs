//! H02: two people who look alike are never linked without a person. The same pairs as `examples/adversaries`, which
//! runs ten million of them.

#![allow(clippy::panic, reason = "a test")]

#[path = "../examples/adversaries/pairs.rs"]
mod pairs;

use clinical::identity::{Candidate, Decision, decide, decide_among};
use fhir::{PersonId, RecordId};

#[test]
fn h02_a_hundred_thousand_adversaries_are_not_linked() {
    let index = pairs::on_file(2_000);
    let mut looked = 0;
    for number in 0..100_000 {
        let (kind, one, other) = pairs::pair(number);
        let record = RecordId::of("pair", &number.to_string());
        let on_file = Candidate { record, person: PersonId::born_with(record), claim: one };
        let file = std::slice::from_ref(&on_file);
        let decision = match decide(&other, None, file) {
            // How common the name is can make a link of a question, of nothing else.
            Decision::Perhaps { .. } => decide_among(&other, None, file, index.namesakes(&other)),
            decision => decision,
        };
        match decision {
            Decision::Same { evidence, .. } => {
                panic!("pair {number}, {}: {other:?}\n{:?}\n{evidence:?}", pairs::KINDS[kind], on_file.claim)
            }
            Decision::Perhaps { .. } | Decision::Look { .. } => looked += 1,
            _ => {}
        }
    }
    assert!(looked > 10_000, "doubtful pairs reach a person: {looked}");
}
