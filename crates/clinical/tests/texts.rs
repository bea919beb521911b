//! H21: no word of a report is lost, added or changed. The same reports as `examples/texts`, which reads a million.

#![allow(clippy::panic, reason = "a test")]

#[path = "../examples/texts/reports.rs"]
mod reports;

#[test]
fn h21_five_thousand_report_texts_arrive_token_by_token() {
    let mut tokens = 0;
    for number in 0..5_000 {
        match reports::check(number) {
            Ok(arrived) => tokens += arrived,
            Err(said) => panic!("{said}"),
        }
    }
    assert!(tokens > 50_000, "{tokens} tokens");
}
