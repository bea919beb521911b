//! The trials of `tests/peers` at any size: `cargo run -p gateway --release --example peers -- MESSAGES SEEDS`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a trial that cannot do what it says fails"
)]

#[path = "../tests/peers/simulated.rs"]
#[expect(dead_code, reason = "some behaviours are for the tests of known losses")]
mod simulated;
#[path = "../tests/peers/trial.rs"]
#[expect(dead_code, reason = "what desks do is for the tests of known losses")]
mod trial;
#[path = "../tests/peers/world.rs"]
#[expect(dead_code, reason = "its folder is looked at by the bench")]
mod world;

fn main() -> std::process::ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [messages, seeds] = numbers[..] else {
        eprintln!("peers MESSAGES SEEDS");
        return std::process::ExitCode::from(2);
    };
    let mut broken = 0;
    for seed in 1..=seeds {
        let alone = trial::run(messages as usize, seed, false);
        let among = trial::run(messages as usize, seed, true);
        broken += alone.broken.len() + among.broken.len();
        println!(
            "seed {seed}: {} offers, {} stored, {} refused; healthy done after {:?} (alone {:?}), all after {:?}; broken: {:?}",
            among.offers, among.stored, among.refused, among.healthy, alone.healthy, among.all, among.broken
        );
    }
    std::process::ExitCode::from(u8::from(broken > 0))
}
