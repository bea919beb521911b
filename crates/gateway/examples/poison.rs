//! One message that a receiver cannot digest, among others: how long the others take with it and without it (HAZARDS 2.3
//! no. 4: the others' 99th percentile unchanged within 10 %).
//!
//! `cargo run -p gateway --release --example poison -- [MESSAGES]`: 500 without an argument. In virtual time, a message
//! every 50 ms, each of another patient; the receiver takes 2 ms. It refuses the poisoned one, or says nothing about it
//! however often it comes; or that one stops our own renderer. Measured from queued to stored at the receiver.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a trial that cannot do what it says fails"
)]

#[path = "../tests/peers/world.rs"]
#[expect(dead_code, reason = "its folder and states are looked at by others")]
mod world;

#[path = "../tests/peers/poison.rs"]
mod poison;

use poison::{EVERY, Poison, at};

fn main() {
    let messages = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(500);
    println!("{messages} messages, one every {EVERY:?}, each of another patient");
    for connections in [1, 2, 4] {
        for poison in [Poison::None, Poison::Refused, Poison::Unreadable, Poison::Silent] {
            let times = poison::run(messages, connections, poison);
            println!(
                "{connections} connections, {:10}  p50 {:7.1} ms  p99 {:7.1} ms  p99.9 {:7.1} ms  most {:7.1} ms",
                format!("{poison:?}"),
                at(&times, 0.5),
                at(&times, 0.99),
                at(&times, 0.999),
                at(&times, 1.0)
            );
        }
    }
}
