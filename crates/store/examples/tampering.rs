//! Random tampering with the activity log, and how much of it the offline check finds:
//! `cargo run --release -p store --example tampering -- [TIMES] [ROWS] [SEED]`
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "an example that measures")]

#[path = "../tests/tampering/mod.rs"]
mod tampering;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>().unwrap());
    let times = numbers.next().unwrap_or(100_000) as usize;
    let rows = numbers.next().unwrap_or(200) as usize;
    let seed = numbers.next().unwrap_or(1);
    let found = tampering::run(times, rows, seed);
    for (way, found, of) in &found {
        println!("{found:>7} of {of:>7}  {way}");
    }
    let sum: usize = found.iter().map(|(_, found, _)| found).sum();
    println!("{sum:>7} of {times:>7}  found");
}
