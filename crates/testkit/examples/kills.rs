//! D1 at any size: SIGKILL of the real binary under load, a kill for each seed, judged every 50 kills.
//!
//! `./x campaign kills FROM TO`, or `cargo run -p testkit --example kills -- --from FROM --to TO`. A build with debug
//! assertions, for only that can be held at a named point.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a trial that cannot do what it says fails, and says how long it took"
)]

#[path = "../tests/system/load.rs"]
#[expect(dead_code, reason = "pauses are another part")]
mod load;
#[path = "../tests/system/messages.rs"]
#[expect(dead_code, reason = "the system tests read marks in more ways")]
mod messages;

use std::process::ExitCode;
use std::time::Instant;
use testkit::campaign::Part;
use testkit::harness::Setup;

/// Kills of one data folder.
const TOGETHER: u64 = 50;

fn main() -> Result<ExitCode, String> {
    let part = Part::asked("kills", 0..10_000, std::env::args().skip(1))?;
    Ok(part.run(TOGETHER, Instant::now(), |seeds| {
        drop(load::killed_again_and_again(Setup::new("kills"), seeds))
    }))
}
