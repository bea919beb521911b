//! H21: no word of a report is lost, added or changed. The same reports as `examples/texts`, which reads a million.

#![allow(clippy::panic, reason = "a test")]

#[path = "../examples/texts/reports.rs"]
mod reports;

#[test]
fn h21_generated_report_texts_arrive_token_by_token_and_go_out_so() {
    let (mut tokens, mut ways, mut declined) = (0, 0, 0);
    for number in 0..300 {
        match reports::check(number) {
            Ok(arrived) => {
                tokens += arrived.tokens;
                ways += arrived.ways;
                declined += arrived.declined;
            }
            Err(said) => panic!("{said}"),
        }
    }
    assert!(tokens > 3_000 && ways > 2 * 300, "{tokens} tokens, {ways} ways");
    assert!(declined > 0, "a product that takes no such characters says so");
}
