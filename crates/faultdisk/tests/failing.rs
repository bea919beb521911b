//! A disk that fails (HAZARDS.md D3) and one that is full (D4): what was not synced is not acknowledged, what was is there
//! after the next start, and the store goes on by itself unless a sync has failed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use faultdisk::campaign;
use faultdisk::disk::{FaultDisk, Kind, Operation};
use faultdisk::folder::{Files, Folder};
use faultdisk::judge::{self, Promised, Wrong};
use faultdisk::script::{Length, Script, settings};
use store::{Store, TryAgain};

/// The run whose every read and write fails once.
const RUN: Length = Length { first: 7, second: 3 };
const SEED: u64 = 17;

/// A record that holds nothing yet, so that no trial makes the tables again.
fn empty() -> Files {
    let folder = Folder::new().unwrap();
    Store::open(folder.path(), settings(None)).unwrap().stop();
    folder.files().unwrap()
}

/// After the next start on a sound disk.
fn judged(folder: &Folder, script: &Script) -> Result<(), Wrong> {
    let said: Vec<bool> = script.ledger.steps.iter().map(|step| step.said).collect();
    judge::holds(folder.path(), Promised { script, said: &said, in_order: false })
}

/// Lets every call of a sort fail once in this way; how many there were.
fn each_fails(operation: Operation, kind: Kind, length: Length) -> u64 {
    let (disk, folder, empty) = (FaultDisk::new().unwrap(), Folder::new().unwrap(), empty());
    for nth in 1.. {
        let what = format!("{operation:?} {nth} {kind:?}");
        folder.put(&empty).unwrap();
        disk.begin(false);
        disk.fail(operation, nth, kind);
        let mut script = Script::new(SEED);
        script.run(&disk, folder.path(), length);
        let has_failed = disk.has_failed();
        let ledger = &script.ledger;
        assert!(!ledger.unopened, "{what}: {:?}", ledger.refused);
        if operation == Operation::Sync && has_failed {
            assert!(
                ledger.closed || ledger.refused.iter().any(|words| words.contains("cannot be opened")),
                "{what}: it goes on after a failed sync: {:?}",
                ledger.refused
            );
        } else {
            assert!(!ledger.closed, "{what}: it stopped: {:?}", ledger.refused);
            assert!(ledger.refused.len() <= 6, "{what}: more than one group: {:?}", ledger.refused);
            assert!(ledger.steps.last().unwrap().said, "{what}: it did not go on: {:?}", ledger.refused);
        }
        judged(&folder, &script).unwrap_or_else(|wrong| panic!("{what}: {wrong:?}"));
        if !has_failed {
            assert!(ledger.refused.is_empty(), "{what}: {:?}", ledger.refused);
            println!("{operation:?} {kind:?}: {} calls failed in turn", nth - 1);
            return nth - 1;
        }
    }
    0
}

// Long enough that the checkpoint thread works, whose syncs go past SQLite.
#[test]
fn d03_h58_every_sync_that_fails_stops_the_store() {
    assert!(each_fails(Operation::Sync, Kind::Broken, campaign::RUN) > 50);
}

#[test]
fn d03_every_write_that_fails_is_told() {
    assert!(each_fails(Operation::Write, Kind::Broken, RUN) > 100);
}

#[test]
fn d03_every_write_that_is_short_is_told() {
    assert!(each_fails(Operation::Write, Kind::Short, RUN) > 100);
}

#[test]
fn d03_every_write_without_room_is_told() {
    assert!(each_fails(Operation::Write, Kind::Full, RUN) > 100);
}

// A read that is short before the end of a file does not come to SQLite: its own VFS reads on until there is an error.
#[test]
fn d03_every_read_that_fails_is_told() {
    assert!(each_fails(Operation::Read, Kind::Broken, RUN) > 10);
}

/// Bytes between two limits.
const STEP_BYTES: u64 = 4_096;

#[test]
fn d04_h60_a_disk_that_fills_at_every_four_kibibytes_refuses_and_goes_on() {
    let (disk, folder, empty) = (FaultDisk::new().unwrap(), Folder::new().unwrap(), empty());
    let least: u64 = empty.values().map(|bytes| bytes.len() as u64).sum();
    let mut tried = 0;
    for room in (least..).step_by(STEP_BYTES as usize) {
        folder.put(&empty).unwrap();
        disk.begin(false);
        let mut script = Script::new(SEED);
        let store = script.opened(&disk, folder.path()).unwrap();
        disk.room(Some(room));
        for _ in 0..RUN.first {
            script.group(&store, &disk);
        }
        let was_full = !script.ledger.refused.is_empty();
        let full = TryAgain::DiskFull.to_string();
        for words in &script.ledger.refused {
            assert!(words.contains(&full) || words.contains("DiskFull"), "{room}: {words}");
        }
        let said: Vec<bool> = script.ledger.steps.iter().map(|step| step.said).collect();
        let promised = Promised { script: &script, said: &said, in_order: false };
        judge::looks_right(&store, promised).unwrap_or_else(|wrong| panic!("{room}, still full: {wrong:?}"));
        disk.room(None);
        assert_eq!(store.closed(), None, "{room}");
        script.messages(&store, &disk);
        script.change(&store, &disk);
        for step in &script.ledger.steps[said.len()..] {
            assert!(step.said, "{room}: with room again: {:?}", script.ledger.refused);
        }
        store.stop();
        judged(&folder, &script).unwrap_or_else(|wrong| panic!("{room}: {wrong:?}"));
        if !was_full {
            break;
        }
        tried += 1;
    }
    println!("{tried} limits");
    assert!(tried > 30, "{tried}");
}
