//! H21: generated report texts with escapes, formatting commands and character sets. `texts [REPORTS]`, 1,000,000
//! without a number; exit 1 when a token was lost, added or changed.

#![allow(clippy::expect_used, reason = "an example that cannot read its argument says so")]

mod reports;

fn main() {
    let count: u64 = std::env::args().nth(1).map_or(1_000_000, |n| n.parse().expect("a number of reports"));
    let (mut tokens, mut wrong) = (0, 0);
    for number in 0..count {
        match reports::check(number) {
            Ok(arrived) => tokens += arrived,
            Err(said) => {
                wrong += 1;
                if wrong <= 10 {
                    println!("{said}");
                }
            }
        }
    }
    println!("{count} reports, {tokens} tokens, {wrong} reports not as sent");
    if wrong > 0 {
        std::process::exit(1);
    }
}
