//! H21: no word of a report is lost, added or changed. The same reports as `examples/texts`, which reads a million.

#![allow(clippy::panic, reason = "a test")]

#[path = "../examples/texts/reports.rs"]
mod reports;

#[test]
fn h21_generated_report_texts_arrive_token_by_token_and_go_out_so() {
    let (mut tokens, mut ways) = (0, 0);
    for number in 0..1_000 {
        match reports::check(number) {
            Ok(arrived) => {
                tokens += arrived.tokens;
                ways += arrived.ways;
            }
            Err(said) => panic!("{said}"),
        }
    }
    assert!(tokens > 10_000 && ways > 2 * 1_000, "{tokens} tokens, {ways} ways");
}
