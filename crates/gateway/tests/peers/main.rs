//! Receivers and senders that misbehave in the ways of HAZARDS 2.4 D7 and D8, at the transport seam, in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a trial that cannot do what it says fails"
)]

mod batches;
mod loss_bugs;
mod poison;
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

/// HAZARDS 2.3 no. 4: the others' 99th percentile unchanged within 10 %, though the receiver has one connection and never
/// says anything about the one.
#[test]
fn h12_a_message_that_a_receiver_is_silent_about_costs_the_others_nothing() {
    const MESSAGES: usize = 6_000;
    let without = poison::run(MESSAGES, 1, poison::Poison::None);
    let with = poison::run(MESSAGES, 1, poison::Poison::Silent);
    let p99 = |times| poison::at(times, 0.99);
    println!(
        "p99 {} ms without it, {} ms with it; most {} ms",
        p99(&without),
        p99(&with),
        poison::at(&with, 1.0)
    );
    assert!(p99(&with) <= p99(&without) * 1.1, "{} ms, {} ms without it", p99(&with), p99(&without));
    assert!(
        poison::at(&with, 1.0) < 1_500.0,
        "nobody waited much longer than the least that one is waited for"
    );
}
