//! Power cuts (HAZARDS.md D2, H58): whatever a cut leaves, what was acknowledged is there, once and whole.
#![allow(clippy::unwrap_used, reason = "tests")]

use faultdisk::campaign::{crash_states, crash_states_where};
use faultdisk::disk::Event;

/// Different states that each test tries.
const STATES: usize = 5_000;
/// States asked of one run; some of them are alike and count once.
const OF_ONE_RUN: usize = 5_000;

fn tried(first_seed: u64) {
    let mut states = 0;
    for seed in first_seed.. {
        let report = crash_states(seed, OF_ONE_RUN).unwrap();
        assert!(report.failures.is_empty(), "{:#?}", &report.failures[..report.failures.len().min(9)]);
        states += report.states;
        println!("seed {seed}: {} states at {} moments", report.states, report.moments);
        if states >= STATES {
            break;
        }
    }
}

// Beside each other: each is a quarter of the 20,000 states of a submission.
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_1() {
    tried(0);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_2() {
    tried(1000);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_3() {
    tried(2000);
}
#[test]
fn d02_h58_power_cuts_lose_nothing_acknowledged_4() {
    tried(3000);
}

/// The campaign itself is tried: a disk that says it has synced the log and has not loses what was acknowledged.
#[test]
fn d02_a_disk_that_lies_about_its_syncs_is_found_out() {
    let keeps = |event: &Event| !matches!(event, Event::Synced { file } if file.ends_with("-wal"));
    let report = crash_states_where(7, 100, &keeps).unwrap();
    let lost = report.failures.iter().filter(|words| words.contains("was promised and is not there")).count();
    assert!(lost > 9, "{lost} of {} states", report.states);
}
