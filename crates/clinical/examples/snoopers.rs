//! Planted snoopers among ordinary staff, and who is flagged:
//! `cargo run -p clinical --example snoopers -- [USERS] [DAYS] [SEED]`
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "an example that measures")]

#[path = "../tests/snoopers/mod.rs"]
mod simulated;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>().unwrap());
    let users = u32::try_from(numbers.next().unwrap_or(1_000)).unwrap();
    let days = i64::try_from(numbers.next().unwrap_or(728)).unwrap();
    let mut outcome = simulated::run(users, days, numbers.next().unwrap_or(1));
    println!("{:<12} {:>8} {:>8} {:>8}", "kind", "planted", "flagged", "missed");
    for kind in simulated::KINDS {
        let (of, found) = outcome.kinds.get(&kind).copied().unwrap_or_default();
        println!("{:<12} {of:>8} {found:>8} {:>8}", format!("{kind:?}"), of - found);
    }
    println!("{:<12} {:>8} {:>8}", "Ordinary", outcome.ordinary, outcome.false_flags);
    for (sign, times) in &outcome.false_by {
        println!("    {:<24} {times:>4}", sign.words().en);
    }
    outcome.drip_weeks.sort_unstable();
    let median = outcome.drip_weeks.get(outcome.drip_weeks.len() / 2);
    println!("found {:.1} %", outcome.found() * 100.0);
    println!("false flags per 1,000 users per week {:.2}", outcome.false_rate());
    println!("weeks until a drip is flagged: median {median:?}, longest {:?}", outcome.drip_weeks.last());
}
