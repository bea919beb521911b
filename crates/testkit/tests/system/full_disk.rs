//! D4: the database's file system is full. Nothing is acknowledged that is not kept, reading goes on, and it recovers
//! by itself when there is space again.

use crate::messages::{Person, Result, mark};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use testkit::harness::{Books, Setup, opor, wait_for};
use testkit::ledger::{SenderLedger, judge};
use testkit::mllp::{Behaviour, field_text, verdict};
use testkit::patience::until;

/// Size of the file system.
const SIZE_MIB: usize = 36;
/// Space taken away at first and given back later: twice what the record may use, because what is in its log is
/// written a second time into the database before the log is used again.
const BALLAST_BYTES: usize = 24 << 20;
/// What is left where little is: a twelfth of the file system.
const NEARLY_FULL_BYTES: usize = 3 << 20;
/// Text in each message, so that the space is gone soon.
const NOTE_BYTES: usize = 100_000;
/// How long the product may take to notice that there is space again.
const RECOVERY_LIMIT: Duration = Duration::from_secs(30);
/// Repeats the clinic may get because the outcome of an offer could not be kept: a few seconds at one a second.
const MOST_REPEATS: usize = 40;
/// More messages than fit.
const MOST: usize = 400;

/// A small file system of its own; unmounted when dropped.
struct Small(PathBuf);

impl Small {
    /// `None`, said aloud, when this process may not mount.
    fn new() -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("opor-small-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let size = format!("size={SIZE_MIB}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&folder).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        println!(
            "skipped: mounting a small file system needs root; the store's own tests fill a disk without it"
        );
        None
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // A failed unmount leaves an empty file system behind, no more.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn free_space(folder: &Path) -> String {
    let said = Command::new("df").arg("-k").arg(folder).output();
    said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// Bytes that may still be written, as the system says.
fn free_bytes(folder: &Path) -> usize {
    let said = free_space(folder);
    let free = said.lines().nth(1).and_then(|line| line.split_whitespace().nth(3));
    free.and_then(|text| text.parse::<usize>().ok()).unwrap_or_else(|| panic!("{said}")) << 10
}

#[test]
fn h60_senders_are_refused_before_the_disk_is_full_and_the_wall_says_so() {
    let Some(small) = Small::new() else { return };
    let data = small.0.join("data");
    let harness = Setup::new("nearly-full").data(data).clinic("alder", |_, _| Behaviour::Accept).start();
    let orderer = harness.provider("alder");
    let message = |n: usize| {
        Result::new("HRH", &Person::new("HRH", n % 20), format!("N{n:04}"), orderer.clone()).bytes()
    };
    let mut line = harness.sender();
    line.accepted(&[message(0)]);
    let first_answer = line.send(&message(1)).unwrap();
    std::fs::write(small.ballast(), vec![b'x'; free_bytes(&small.0) - NEARLY_FULL_BYTES]).unwrap();
    // The disk is looked at each second; the incident is written then, with its owner.
    let wall = until(RECOVERY_LIMIT, || harness.page("sorrel", "/books").contains("Disk nearly full"));
    assert!(wall, "{}", harness.page("sorrel", "/books"));
    let taken = 2;
    let answer = line.send(&message(taken)).unwrap();
    assert_eq!(verdict(&answer).0, "AE", "taken though little is left: {}", free_space(&small.0));
    let reason = field_text(&answer, "ERR", 8);
    assert!(reason.contains("nearly full") && reason.contains("send it again"), "{reason}");
    assert_eq!(line.send(&message(1)).unwrap(), first_answer, "what was taken stays taken");
    // What was taken is filed and delivered all the same: the room was kept for that.
    wait_for(harness.clinic("alder"), taken);
    assert!(free_bytes(&small.0) > 0, "{}", free_space(&small.0));

    std::fs::remove_file(small.ballast()).unwrap();
    let again = until(RECOVERY_LIMIT, || verdict(&line.send(&message(taken)).unwrap()).0 == "AA");
    assert!(again, "not taken though there is space: {}", free_space(&small.0));
    let ended = until(RECOVERY_LIMIT, || {
        let census = harness.census();
        let open = |row: &serde_json::Value| row[0] == "incident";
        !census["obligations"].as_array().is_some_and(|rows| rows.iter().any(open))
    });
    assert!(ended, "the incident lasts: {}", harness.census());
    let books = harness.drained();
    assert_eq!(books.accepted, taken as u64 + 1, "{books:?}");
    // The books are closed before the file system goes.
    drop(harness);
    drop(small);
}

#[test]
fn d04_h60_a_full_disk_is_never_acknowledged_and_recovers_by_itself() {
    let Some(small) = Small::new() else { return };
    std::fs::write(small.ballast(), vec![b'x'; BALLAST_BYTES]).unwrap();
    let data = small.0.join("data");
    let mut harness = Setup::new("full").data(data).clinic("alder", |_, _| Behaviour::Accept).start();
    let orderer = harness.provider("alder");
    let ledger = SenderLedger::default();
    let messages: Vec<Vec<u8>> = (0..MOST)
        .map(|n| {
            let person = Person::new("HRH", n % 20);
            let mut bytes = Result::new("HRH", &person, format!("D{n:04}"), orderer.clone()).bytes();
            bytes.extend(format!("NTE|1||{}\r", "lorem ".repeat(NOTE_BYTES / 6)).bytes());
            ledger.offer(&mark(&bytes), &person.mrn);
            bytes
        })
        .collect();

    let mut line = harness.sender();
    let mut refused_at = None;
    for (n, message) in messages.iter().enumerate() {
        let answer = line.send(message).unwrap();
        match verdict(&answer).0.as_str() {
            "AA" => assert_eq!(ledger.answer(&mark(message), "AA"), None),
            "AE" => {
                let reason = field_text(&answer, "ERR", 8);
                assert!(!reason.is_empty(), "{}", String::from_utf8_lossy(&answer));
                println!("full after {n} messages: {reason}");
                refused_at = Some(n);
                break;
            }
            other => panic!("{other}: {}", String::from_utf8_lossy(&answer)),
        }
    }
    let refused_at = refused_at.unwrap_or_else(|| panic!("it never filled: {}", free_space(&small.0)));
    assert!(harness.is_alive());
    // Reading goes on.
    let said = opor(&["census", "--data", &harness.data(), "--json"]);
    let books = Books::of(&serde_json::from_str(&said.out).unwrap());
    assert_eq!((said.code, books.accepted), (0, refused_at as u64), "{} {books:?}", said.err);

    std::fs::remove_file(small.ballast()).unwrap();
    // The sender keeps what was refused and sends it again, and goes on.
    for message in &messages[refused_at..refused_at + 20] {
        let taken = until(RECOVERY_LIMIT, || verdict(&line.send(message).unwrap()).0 == "AA");
        assert!(taken, "not taken though there is space: {}", free_space(&small.0));
        assert_eq!(ledger.answer(&mark(message), "AA"), None);
    }
    let total = refused_at + 20;
    wait_for(harness.clinic("alder"), total);
    let books = harness.drained();
    assert_eq!((books.accepted, books.filed, books.acknowledged), (total as u64, total as u64, total as u64));
    let verdict = judge(&ledger.sent(), &harness.clinic("alder").arrivals(mark), |_| true);
    assert!(verdict.is_clean(), "{verdict:#?}");
    assert!(verdict.repeats <= MOST_REPEATS, "{} repeats: a flood", verdict.repeats);
    // The books are closed before the file system goes.
    drop(harness);
    drop(small);
}
