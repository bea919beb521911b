//! Power cuts (HAZARDS.md D2, H58): whatever a cut leaves, what was acknowledged is there, once and whole.
#![allow(clippy::unwrap_used, reason = "tests")]

use faultdisk::campaign::{crash_states, crash_states_where};
use faultdisk::disk::Event;

/// Ways in which a power cut is asked for in one run; those that leave the same bytes are tried once.
const OF_ONE_RUN: usize = 5_000;
/// Different states that come of it at least. Eight runs are the 20,000 states of a submission.
const STATES: usize = 2_500;

fn tried(seed: u64) {
    let report = crash_states(seed, OF_ONE_RUN).unwrap();
    println!("seed {seed}: {} states at {} moments", report.states, report.moments);
    assert!(report.failures.is_empty(), "{:#?}", &report.failures[..report.failures.len().min(9)]);
    assert!(report.states >= STATES, "{} states", report.states);
}

// Beside each other, as many as there are cores.
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_0() {
    tried(0);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_1() {
    tried(1);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_2() {
    tried(2);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_3() {
    tried(3);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_4() {
    tried(4);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_5() {
    tried(5);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_6() {
    tried(6);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_7() {
    tried(7);
}

/// The campaign itself is tried: a disk that says it has synced the log and has not loses what was acknowledged.
#[test]
fn d02_a_disk_that_lies_about_its_syncs_is_found_out() {
    let keeps = |event: &Event| !matches!(event, Event::Synced { file } if file.ends_with("-wal"));
    let report = crash_states_where(7, 100, &keeps).unwrap();
    let lost = report.failures.iter().filter(|words| words.contains("was promised and is not there")).count();
    assert!(lost > 9, "{lost} of {} states", report.states);
}
