//! H02: pairs of two people who look alike through the pure decision. `adversaries [PAIRS]`, 10,000,000 without a
//! number; exit 1 when one was linked. How common names, birth dates, telephones and streets are is counted over the
//! first people of the pairs, as the index in memory counts what is on file.

#![allow(clippy::expect_used, reason = "an example that cannot read its argument says so")]

mod pairs;

use clinical::identity::{Candidate, Decision, decide_among};
use fhir::{PersonId, RecordId};

/// Pairs whose people are counted.
const COUNTED_PAIRS: u64 = 100_000;

fn main() {
    let count: u64 = std::env::args().nth(1).map_or(10_000_000, |n| n.parse().expect("a number of pairs"));
    let index = pairs::on_file(COUNTED_PAIRS);
    let mut tallies = [[0u64; 5]; pairs::KINDS.len()];
    let mut linked = 0;
    for number in 0..count {
        let (kind, one, other) = pairs::pair(number);
        let record = RecordId::of("pair", &number.to_string());
        let on_file = Candidate { record, person: PersonId::born_with(record), claim: one };
        let common = index.namesakes(&other);
        let place = match decide_among(&other, None, &[on_file], common) {
            Decision::Same { .. } => {
                linked += 1;
                println!("linked: pair {number}, {}", pairs::KINDS[kind]);
                0
            }
            Decision::New { .. } => 1,
            Decision::Perhaps { .. } => 2,
            Decision::Look { .. } => 3,
            Decision::Known { .. } => 4,
        };
        tallies[kind][place] += 1;
    }
    println!("{:60} {:>9} {:>9} {:>9} {:>9}", "kind", "linked", "new", "perhaps", "look");
    for (kind, [same, new, perhaps, look, _]) in pairs::KINDS.iter().zip(tallies) {
        println!("{kind:60} {same:>9} {new:>9} {perhaps:>9} {look:>9}");
    }
    println!("{count} pairs, {linked} linked by mistake");
    if linked > 0 {
        std::process::exit(1);
    }
}
