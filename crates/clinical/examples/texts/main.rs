//! H21: generated report texts with escapes, formatting commands and character sets: as received, as filed, and as sent on
//! in every dialect and as FHIR. `texts [REPORTS]`, 1,000,000 without a number; exit 1 when a token was lost, added or
//! changed on any of these ways.

#![allow(clippy::expect_used, reason = "an example that cannot read its argument says so")]

mod reports;

fn main() {
    let number =
        |nth: usize| std::env::args().nth(nth).map(|n| n.parse::<u64>().expect("a number of reports"));
    let (count, from) = (number(1).unwrap_or(1_000_000), number(2).unwrap_or(0));
    let (mut all, mut wrong) = (reports::Arrived::default(), 0);
    for number in from..from + count {
        match reports::check(number) {
            Ok(arrived) => {
                all.tokens += arrived.tokens;
                all.ways += arrived.ways;
                all.declined += arrived.declined;
            }
            Err(said) => {
                wrong += 1;
                if wrong <= 10 {
                    println!("{said}");
                }
            }
        }
    }
    let reports::Arrived { tokens, ways, declined } = all;
    println!(
        "{count} reports, {tokens} tokens, whole by {ways} ways out, declined with a reason by {declined}; {wrong} reports not as sent"
    );
    if wrong > 0 {
        std::process::exit(1);
    }
}
