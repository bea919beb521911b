//! Receivers and senders that misbehave in the ways of HAZARDS 2.4 D7 and D8, at the transport seam, in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a trial that cannot do what it says fails"
)]

mod loss_bugs;
mod senders;
mod simulated;
mod trial;
#[expect(dead_code, reason = "its folder is looked at by the bench")]
mod world;

/// Messages to each system; `cargo run -p gateway --release --example peers -- 10000 3` runs more.
const MESSAGES: usize = 500;

#[test]
fn d07_fourteen_ways_to_misbehave_lose_double_and_reorder_nothing_and_slow_nobody_else() {
    let alone = trial::run(MESSAGES, 1, false);
    let among = trial::run(MESSAGES, 1, true);
    println!("alone {alone:?}\namong {among:?}");
    assert!(alone.broken.is_empty() && among.broken.is_empty(), "{:#?}", among.broken);
    assert!(among.refused > 0 && among.offers > among.stored, "they did misbehave");
    assert!(
        among.healthy.as_secs_f64() * 0.9 <= alone.healthy.as_secs_f64(),
        "healthy systems kept their pace"
    );
}
