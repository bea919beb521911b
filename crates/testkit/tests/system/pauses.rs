//! D11: the whole process is paused under load and wakes, and wakes when another one writes.

use crate::load::paused_again_and_again;
use crate::replaced::{At, replaced};
use testkit::harness::Setup;
use testkit::postgresql::Postgresql;

/// Pauses of one run; `./x campaign pauses` runs more and longer ones.
const PAUSES: u64 = 4;

#[test]
fn d11_a_process_that_is_paused_under_load_wakes_and_loses_nothing() {
    drop(paused_again_and_again(Setup::new("pauses"), 0..PAUSES, &[1]));
}

#[test]
fn d11_h59_a_writer_that_was_replaced_while_it_was_paused_keeps_nothing_when_it_wakes() {
    let Some(database) = Postgresql::start().unwrap() else { return };
    replaced(&database, At::BeforeCommit, 0);
}

#[test]
fn d11_h15_what_a_paused_writer_had_committed_is_there_once_whoever_says_so() {
    let Some(database) = Postgresql::start().unwrap() else { return };
    replaced(&database, At::AfterCommit, 0);
}
