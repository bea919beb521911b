//! A year of a province's clinics in virtual time: leave, moves, retirements, wrong addresses, silent systems, stopped
//! feeds. The clocks, ladders, routes and rules of silence are the product's own; nothing is stored.
//!
//! `cargo run --release -p testkit --example year -- SEED PROVIDERS DAYS` (1867 200 365)

mod chance;
mod ledger;
mod run;
mod world;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<i64>());
    let mut next = |usual: i64| numbers.next().and_then(Result::ok).unwrap_or(usual);
    let (seed, providers, days) = (next(1867), next(200), next(365));
    let report = run::year(seed.unsigned_abs(), usize::try_from(providers).unwrap_or(200), days);
    print!("{}", run::table(&report));
}
