//! The campaign of crash states (HAZARDS.md D2): `--from N --to M` runs the seeds from N up to but without M. A failure says
//! its seed and moment and leaves the files of its state; the same seed alone runs it again.
#![allow(clippy::disallowed_methods, reason = "a campaign says how long it took")]

use faultdisk::campaign::{crash_states, range};
use std::process::ExitCode;
use std::time::Instant;

/// States asked of one run; some of them are alike and count once.
const OF_ONE_RUN: usize = 5_000;

fn main() -> std::io::Result<ExitCode> {
    let (from, to) = range(std::env::args().skip(1))?;
    let begun = Instant::now();
    let (mut states, mut failures) = (0, 0);
    for seed in from..to {
        let report = crash_states(seed, OF_ONE_RUN)?;
        states += report.states;
        failures += report.failures.len();
        for failure in &report.failures {
            println!("{failure}");
            println!(
                "again: cargo run --release -p faultdisk --example crash_states -- --from {seed} --to {}",
                seed + 1
            );
        }
    }
    println!(
        "campaign crash-states from={from} to={to} ran={states} failures={failures} seconds={} commit={}",
        begun.elapsed().as_secs(),
        faultdisk::campaign::commit()
    );
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
