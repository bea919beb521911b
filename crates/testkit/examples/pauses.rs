//! D11 at any size: a pause of the real binary under load for each seed, one second to two minutes; after every four of
//! them a writer that is paused, replaced and wakes (PostgreSQL).
//!
//! `./x campaign pauses FROM TO`, or `cargo run -p testkit --example pauses -- --from FROM --to TO`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a trial that cannot do what it says fails"
)]

#[path = "../tests/system/load.rs"]
#[expect(dead_code, reason = "kills are another part")]
mod load;
#[path = "../tests/system/messages.rs"]
#[expect(dead_code, reason = "the system tests read marks in more ways")]
mod messages;
#[path = "../tests/system/replaced.rs"]
mod replaced;

use replaced::At;
use std::process::ExitCode;
use std::time::Instant;
use testkit::campaign::Part;
use testkit::harness::Setup;
use testkit::postgresql::Postgresql;

/// Pauses of one data folder.
const TOGETHER: u64 = 4;
/// How long they are, in seconds: short ones more often.
const SECONDS: [u64; 10] = [1, 1, 1, 2, 2, 5, 5, 20, 40, 120];

fn main() -> Result<ExitCode, String> {
    let part = Part::asked("pauses", 0..1_000, std::env::args().skip(1))?;
    let database = Postgresql::start()?;
    Ok(part.run(TOGETHER, Instant::now(), |seeds| {
        drop(load::paused_again_and_again(Setup::new("pauses"), seeds.clone(), &SECONDS));
        if let Some(database) = &database {
            let at =
                if (seeds.start / TOGETHER).is_multiple_of(2) { At::BeforeCommit } else { At::AfterCommit };
            replaced::replaced(database, at, seeds.start);
        }
    }))
}
