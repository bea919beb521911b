//! Bits that flip on the disk (HAZARDS.md D5, H71a): what has a checksum is as it was written, or the store says so.
#![allow(clippy::unwrap_used, reason = "tests")]

use faultdisk::random::Random;
use faultdisk::rot::{Rot, Rotting};

/// Flips of one test; `cargo run --release -p faultdisk --example bit_rot` has thousands.
const FLIPS: usize = 300;

fn all_told(rot: &Rot) {
    println!("{rot:#?}");
    assert_eq!(rot.flips, FLIPS);
    assert_eq!(rot.uncovered().count(), 0, "{rot:#?}");
}

#[test]
fn d05_h71a_a_bit_that_flips_in_the_database_changes_no_bytes_that_are_shown() {
    let rot = Rotting::new(5).unwrap().database(FLIPS, &mut Random::new(1)).unwrap();
    all_told(&rot);
    assert!(rot.told > FLIPS / 10, "{rot:#?}");
}

#[test]
fn d05_h71a_a_bit_that_flips_in_what_is_owed_or_sent_is_told() {
    let rot = Rotting::new(5).unwrap().owed(FLIPS, &mut Random::new(4)).unwrap();
    all_told(&rot);
    assert!(rot.told > FLIPS / 4, "{rot:#?}");
}

#[test]
fn d05_h58_a_bit_that_flips_in_the_log_loses_nothing_in_silence() {
    let rot = Rotting::new(5).unwrap().log(FLIPS, &mut Random::new(2)).unwrap();
    all_told(&rot);
    assert!(rot.silent.is_empty() && rot.told > FLIPS * 8 / 10, "{rot:#?}");
}

#[test]
fn d05_a_bit_that_flips_in_a_backup_is_told() {
    let rot = Rotting::new(5).unwrap().backup(FLIPS, &mut Random::new(3)).unwrap();
    assert_eq!(rot.told, FLIPS, "{rot:#?}");
}
