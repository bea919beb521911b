//! Bits that flip on the disk (HAZARDS.md D5, H71a).
#![allow(clippy::unwrap_used, reason = "tests")]

use faultdisk::random::Random;
use faultdisk::rot::Rotting;

const FLIPS: usize = 400;

#[test]
fn d05_a_bit_that_flips_in_the_database() {
    let rot = Rotting::new(5).unwrap().database(FLIPS, &mut Random::new(1)).unwrap();
    println!("{rot:#?}");
    assert!(rot.silent.is_empty());
}

#[test]
fn d05_a_bit_that_flips_in_the_log() {
    let rot = Rotting::new(5).unwrap().log(FLIPS, &mut Random::new(2)).unwrap();
    println!("{rot:#?}");
    assert!(rot.silent.is_empty());
}
