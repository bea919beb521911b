//! How long the first page of the message browser takes over a journal of any size.
//!
//! `cargo run --release -p store --example browser -- [MESSAGES] [FOLDER]` fills a journal through the store's own
//! writer with short messages from eight feeds (one in a hundred held, one in a thousand of a rare type), then times
//! each kind of first page twenty times, with the page cache of the operating system warm and the reader's own cold.
//! With FOLDER the journal stays there and a second run only times. A measurement, not a test.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use fhir::Instant;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant as Clock;
use store::*;

const NOW: Instant = Instant(1_795_356_300_000_000);
/// Messages under way at once.
const IN_FLIGHT: u64 = 4_096;
/// Of the newest so many are settled, and of the rest one in a hundred: pages are what is measured, and they begin there.
const SETTLED: u64 = 200_000;
/// Settles under way at once.
const SETTLES_IN_FLIGHT: u64 = 256;
const FEEDS: u64 = 8;
const TIMES: usize = 20;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let messages: u64 = words.first().and_then(|word| word.parse().ok()).unwrap_or(100_000);
    let kept = words.get(1).map(PathBuf::from);
    let folder = kept
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("opor-browser-{}", std::process::id())));
    std::fs::create_dir_all(&folder).unwrap();
    let start = Clock::now();
    let store =
        Store::open(&folder, Settings::new(Arc::new(move || start.elapsed().as_micros() as u64))).unwrap();
    if store.view().unwrap().message_page(&MessageQuery::default(), 1, None).unwrap().rows.is_empty() {
        fill(&store, messages);
        println!("{messages} messages in {:.0} s", start.elapsed().as_secs_f64());
    }
    time(&store, messages);
    store.stop();
    if kept.is_none() {
        let _ = std::fs::remove_dir_all(&folder);
    }
}

fn links(store: &Store) -> Vec<LinkId> {
    (0..FEEDS)
        .map(|n| {
            let link = Link {
                id: LinkId(0),
                name: format!("FEED-{n}"),
                default_authority: "QEII".into(),
                time_zone: "America/Halifax".into(),
                custodian: "NSHA".into(),
                owner: "interface-desk".into(),
            };
            store.link(&format!("FEED-{n}"), || link).unwrap().id
        })
        .collect()
}

/// A second apart each; the first is the oldest.
fn fill(store: &Store, messages: u64) {
    let links = links(store);
    let (done, wait) = mpsc::channel::<(u64, MessageId)>();
    let settled = Arc::new(AtomicU64::new(0));
    let mut sent = 0;
    let mut answered = 0;
    let mut settles = 0_u64;
    while answered < messages {
        while sent < messages && sent - answered < IN_FLIGHT {
            let n = sent;
            let kind = if n % 1_000 == 999 { "MFN^M02" } else { "ORU^R01" };
            let append = Append {
                link: links[(n % FEEDS) as usize],
                control_id: format!("C{n}"),
                message_type: kind.into(),
                lanes: vec![n as i64],
                raw: format!("MSH|^~\\&|LAB|QEII|||20261122||{kind}|C{n}|P|2.5.1\rPID|||{n}\r").into_bytes(),
                received: NOW.plus_seconds(n as i64),
                answer: b"MSA|AA".to_vec(),
                custodian: "NSHA".into(),
            };
            let done = done.clone();
            store.append(append, move |kept| {
                if let Ok(Appended::New { id, .. } | Appended::Repeat { id, .. }) = kept {
                    let _ = done.send((n, id));
                }
            });
            sent += 1;
        }
        let (n, id) = wait.recv().unwrap();
        answered += 1;
        let held = n % 100 == 7;
        if !held && n + SETTLED < messages {
            continue;
        }
        let note = if held { "{\"en\":\"Held. Look.\",\"fr\":\"Retenu. Voyez.\"}" } else { "" };
        let settlement = Settlement {
            message: id,
            state: if held { MessageState::Held } else { MessageState::Filed },
            note: note.into(),
            records: Vec::new(),
            at: NOW,
        };
        let changes = Changes { settlement: Some(settlement), ..Changes::default() };
        let count = Arc::clone(&settled);
        settles += 1;
        store.settle(changes, move |end| {
            assert_eq!(end, Settled::Done);
            count.fetch_add(1, Ordering::Relaxed);
        });
        while settles - settled.load(Ordering::Relaxed) > SETTLES_IN_FLIGHT {
            std::thread::yield_now();
        }
    }
    while settled.load(Ordering::Relaxed) < settles {
        std::thread::yield_now();
    }
}

fn time(store: &Store, messages: u64) {
    let links = links(store);
    let any = MessageQuery::default();
    let middle = NOW.plus_seconds((messages / 2) as i64);
    let named = format!("C{}", messages / 3);
    let queries = [
        ("newest", any.clone()),
        ("of one feed", MessageQuery { link: Some(links[3]), ..any.clone() }),
        ("held", MessageQuery { state: Some(MessageState::Held), ..any.clone() }),
        ("filed", MessageQuery { state: Some(MessageState::Filed), ..any.clone() }),
        ("waiting", MessageQuery { state: Some(MessageState::Pending), ..any.clone() }),
        ("rare type", MessageQuery { message_type: Some("MFN^M02".into()), ..any.clone() }),
        ("no such type", MessageQuery { message_type: Some("ZZZ^Z99".into()), ..any.clone() }),
        ("until the middle", MessageQuery { until: Some(middle), ..any.clone() }),
        (
            "an hour of one feed",
            MessageQuery {
                link: Some(links[3]),
                since: Some(middle),
                until: Some(middle.plus_minutes(60)),
                ..any.clone()
            },
        ),
        ("control id", MessageQuery { control_id: Some(named), ..any }),
    ];
    for (name, query) in queries {
        let mut times = Vec::new();
        let mut rows = 0;
        for _ in 0..TIMES {
            let begun = Clock::now();
            let page = store.view().unwrap().message_page(&query, 100, None).unwrap();
            times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            rows = page.rows.len();
        }
        times.sort_by(f64::total_cmp);
        println!(
            "{name:20} {rows:4} rows  p50 {:8.2} ms  worst {:8.2} ms",
            times[TIMES / 2],
            times[TIMES - 1]
        );
    }
}
