//! What it takes to hold a long day total against the books: time, and memory beside the store's own.
//!
//! `cargo run --release -p actions --example totals -- [MESSAGES] [FOLDER]` fills a journal with messages of one sender on
//! one day and holds three statements against it: one that agrees but for a lost message, a number alone, and one of which
//! nothing is here. With FOLDER the journal stays there and a second run only measures. A measurement, not a test.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use actions::Record;
use actions::totals::{DayTotal, End, Statement};
use clinical::directory::Directory;
use fhir::Instant;
use std::fmt::Write as _;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Instant as Clock;
use store::{Append, Link, LinkId, MessageQuery, Settings, Store};

const DAY: &str = "2026-11-22";
/// Messages under way at once.
const IN_FLIGHT: u64 = 4_096;
/// The one that was lost.
const LOST: u64 = 1;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let messages: u64 = words.first().and_then(|word| word.parse().ok()).unwrap_or(20_000);
    let kept = words.get(1).map(PathBuf::from);
    let folder = kept
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("opor-totals-{}", std::process::id())));
    fs::create_dir_all(&folder).unwrap();
    let start = Clock::now();
    let settings = Settings::new(Arc::new(move || start.elapsed().as_micros() as u64));
    let store = Store::open(&folder, settings).unwrap();
    if store.view().unwrap().message_page(&MessageQuery::default(), 1, None).unwrap().rows.is_empty() {
        fill(&store, messages);
        println!("{messages} messages in {:.0} s", start.elapsed().as_secs_f64());
    }
    let record = Record::new(store.clone(), Directory::default(), Vec::new());
    let (from, _) = clinical::totals::bounds(DAY).unwrap();
    for (name, prefix, listed) in
        [("one lost", "LIS-", messages), ("number alone", "", messages), ("nothing here", "ELSE-", messages)]
    {
        let file = folder.join("stated.csv");
        write(&file, prefix, listed);
        let total =
            DayTotal { end: End::Sender("LIS".into()), day: DAY.into(), statement: Some(opened(&file)) };
        let before = memory("VmRSS");
        // The peak counts from here.
        let _ = fs::write("/proc/self/clear_refs", "5");
        let begun = Clock::now();
        let differ = record.hold_totals(&[total], from.plus_minutes(36 * 60)).unwrap();
        println!(
            "{name:14} differs {}  {:7.2} s  {:6.1} MB more at the peak  (file {:.1} MB)",
            !differ.is_empty(),
            begun.elapsed().as_secs_f64(),
            memory("VmHWM").saturating_sub(before) as f64 / 1024.0,
            fs::metadata(&file).unwrap().len() as f64 / f64::from(1 << 20),
        );
    }
    store.stop();
    if kept.is_none() {
        let _ = fs::remove_dir_all(&folder);
    }
}

fn opened(file: &Path) -> Statement {
    let file = file.to_owned();
    Arc::new(move || Ok(Box::new(BufReader::new(fs::File::open(&file)?))))
}

fn id(prefix: &str, n: u64) -> String {
    format!("{prefix}{n:012}")
}

/// A statement of so many; without a prefix the number alone, less the one that was lost.
fn write(file: &Path, prefix: &str, messages: u64) {
    let mut text = format!("count,{}\n", if prefix.is_empty() { messages - 1 } else { messages });
    if !prefix.is_empty() {
        (0..messages).for_each(|n| writeln!(text, "{}", id(prefix, n)).unwrap());
    }
    fs::write(file, text).unwrap();
}

/// Of the day's middle, all but the one that was lost.
fn fill(store: &Store, messages: u64) {
    let link = Link {
        id: LinkId(0),
        name: "LIS".into(),
        default_authority: "QEII".into(),
        time_zone: "America/Halifax".into(),
        custodian: "NSHA".into(),
        owner: "interface-desk".into(),
    };
    let link = store.link("LIS", || link).unwrap().id;
    let (from, _) = clinical::totals::bounds(DAY).unwrap();
    let (done, wait) = mpsc::channel();
    let (mut sent, mut answered) = (0, 0);
    while answered < messages {
        while sent < messages && sent - answered < IN_FLIGHT {
            let n = sent;
            sent += 1;
            if n == LOST {
                answered += 1;
                continue;
            }
            let control_id = id("LIS-", n);
            let append = Append {
                link,
                message_type: "ORU^R01".into(),
                lanes: vec![n as i64],
                raw: format!("MSH|^~\\&|LIS|QEII|||20261122||ORU^R01|{control_id}|P|2.5.1\r").into_bytes(),
                control_id,
                received: Instant(from.plus_minutes(60).0 + n as i64 * 22 * 3_600_000_000 / messages as i64),
                answer: b"MSA|AA".to_vec(),
                custodian: "NSHA".into(),
            };
            let done = done.clone();
            store.append(append, move |kept| {
                assert!(kept.is_ok());
                let _ = done.send(());
            });
        }
        if answered < messages {
            wait.recv().unwrap();
            answered += 1;
        }
    }
}

/// A figure of this process in kB; 0 where the system does not say it.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}
