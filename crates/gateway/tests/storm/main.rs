//! Storms (HAZARDS 2.4 D9): a seed decides what happens to two senders, a server and five clinics.
//!
//! Eight tests, so that they run side by side. `OPOR_STORM_SEEDS` says how many seeds all of them take together;
//! `cargo run -p gateway --example storm -- --from N --to M` takes others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a trial that cannot do what it says fails; how many seeds is said by the environment"
)]

#[path = "../peers/world.rs"]
#[expect(dead_code, reason = "its folder is used, its record is not")]
mod world;

mod simulation;

use simulation::{Outcome, Sea, failed};
use world::Folder;

/// Seeds of all tests together unless `OPOR_STORM_SEEDS` says otherwise.
const SEEDS: u64 = 160;
const TESTS: u64 = 8;

/// Storms of these seeds, one after the other.
fn storms(seeds: impl IntoIterator<Item = u64>) -> Vec<(u64, Outcome)> {
    let folder = Folder::in_memory("storm");
    let sea = Sea::new(folder.path());
    seeds.into_iter().map(|seed| (seed, sea.storm(seed))).collect()
}

/// The share of one test.
fn share(test: u64) {
    let seeds = std::env::var("OPOR_STORM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    let outcomes = storms((test..seeds).step_by(TESTS as usize));
    let broken = outcomes.iter().filter(|(_, outcome)| !outcome.broken.is_empty());
    let broken: Vec<String> = broken.map(|(seed, outcome)| failed(*seed, outcome)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(|(_, outcome)| of(outcome)).sum::<u64>();
    let (lives, accepted) = (sum(|one| one.lives as u64), sum(|one| one.accepted as u64));
    let (offers, stored) = (sum(|one| one.offers as u64), sum(|one| one.stored as u64));
    let latest = outcomes.iter().map(|(_, one)| one.drained).max().unwrap_or_default();
    println!(
        "{} seeds: {lives} lives, {accepted} messages, {offers} offers, {stored} stored, drained {latest} s after calm at latest",
        outcomes.len()
    );
    assert!(lives > outcomes.len() as u64 && offers > stored, "the weather was bad");
}

#[test]
fn d09_d06_storms_lose_double_and_reorder_nothing_and_come_to_an_end_1() {
    share(0);
}

#[test]
fn d09_d06_storms_lose_double_and_reorder_nothing_and_come_to_an_end_2() {
    share(1);
}

#[test]
fn d09_d06_storms_lose_double_and_reorder_nothing_and_come_to_an_end_3() {
    share(2);
}

#[test]
fn d09_d06_storms_lose_double_and_reorder_nothing_and_come_to_an_end_4() {
    share(3);
}

#[test]
fn d09_d06_storms_lose_double_and_reorder_nothing_and_come_to_an_end_5() {
    share(4);
}

#[test]
fn d09_d06_storms_lose_double_and_reorder_nothing_and_come_to_an_end_6() {
    share(5);
}

#[test]
fn d09_d06_storms_lose_double_and_reorder_nothing_and_come_to_an_end_7() {
    share(6);
}

#[test]
fn d09_d06_storms_lose_double_and_reorder_nothing_and_come_to_an_end_8() {
    share(7);
}

/// A failure can be repeated: the seed decides everything, however busy the machine is.
#[test]
fn d09_the_same_seed_has_the_same_course() {
    for ((seed, first), (_, second)) in storms(0..12).into_iter().zip(storms(0..12)) {
        let differs = first.trace.iter().zip(&second.trace).position(|(one, other)| one != other);
        if let Some(at) = differs {
            panic!("seed {seed}, line {at}: {} and {}", first.trace[at], second.trace[at]);
        }
        assert_eq!(first.digest(), second.digest(), "seed {seed}");
    }
}

/// A trial that can fail: what a clinic lost, had twice, or had in another order is found.
#[test]
fn d09_a_ledger_that_was_changed_is_found() {
    let folder = Folder::in_memory("storm");
    let sea = Sea::new(folder.path());
    let said = |tamper| sea.storm_with(1, tamper).broken.join("\n");
    assert_eq!(said(|_| {}), "");
    assert!(said(|ledger| drop(ledger.stored.pop())).contains("not stored"));
    assert!(said(|ledger| ledger.stored.reverse()).contains("was stored after"));
    let unheard = said(|ledger| drop(ledger.offers.insert("R0".to_owned(), (Vec::new(), 1))));
    assert!(unheard.contains("R0 was offered and is in no book"), "{unheard}");
}
