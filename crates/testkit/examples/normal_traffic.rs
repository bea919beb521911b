//! The synthetic province's result feeds of ordinary days through the whole product: how many messages the breaker
//! holds though nothing is wrong (HAZARDS H01: at most one in 100,000).
//!
//! `cargo run --release -p testkit --example normal_traffic -- 100000 [SEED]`
#![expect(clippy::panic, reason = "a run that does not come to its end has no figures")]

use province::traffic::{Fact, LINKS, Traffic};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{MessageQuery, MessageState, Settings, Store};
use testkit::harness::{Setup, opor};

/// When the traffic begins (2026-09-30), microseconds UTC: 100,000 messages are nine days, and all of them lie behind the
/// clock of the product. Newborns of days to come are held, as they should.
const FROM_US: i64 = 1_790_769_600_000_000;
/// People who may come to a laboratory.
const PERSONS: u64 = 1_000_000;
/// Messages that are made and sent together.
const CHUNK: usize = 5_000;
/// Held messages read at a time.
const HELD_PAGE: usize = 500;
/// How long everything may take to be filed once it was sent.
const DRAIN: Duration = Duration::from_secs(3_600);

#[expect(clippy::disallowed_methods, reason = "how long it took is the figure; nothing is decided by it")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let messages: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(11);
    let settings = province::traffic::Settings { seed, persons: PERSONS, from_us: FROM_US, defect: None };
    let mut harness = Setup::new("normal-traffic").drain_limit(DRAIN).start();
    let started = Instant::now();
    // One connection for each feed, as a province has them.
    let mut lines: Vec<_> = LINKS.iter().map(|_| harness.sender()).collect();
    let mut traffic = Traffic::new(settings).take(messages);
    loop {
        let facts: Vec<Fact> = traffic.by_ref().take(CHUNK).collect();
        if facts.is_empty() {
            break;
        }
        std::thread::scope(|scope| {
            for (link, line) in lines.iter_mut().enumerate() {
                let of_link: Vec<Vec<u8>> =
                    facts.iter().filter(|fact| fact.link == link).map(|fact| fact.message().1).collect();
                scope.spawn(move || line.accepted(&of_link));
            }
        });
    }
    let sent = started.elapsed();
    let books = harness.drained();
    println!(
        "{messages} messages of {} feeds, sent in {:.0} s, filed after {:.0} s: {books:?}",
        LINKS.len(),
        sent.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
    let census = harness.census();
    if let Some(obligations) = census["obligations"].as_array() {
        for row in obligations {
            println!("  open: {row}");
        }
    }
    harness.stop();
    let data = harness.data();
    let stops = opor(&["breaker", "--data", &data]);
    if stops.code != 0 {
        panic!("{}", stops.err);
    }
    print!("{}", stops.out);
    // What is held by something else, and why. Nothing is written through this, so no clock is ever asked.
    let settings = Settings::new(Arc::new(|| 0));
    let store = Store::open_read(Path::new(&data), settings).unwrap_or_else(|problem| panic!("{problem}"));
    for (reason, whose) in held(&store).unwrap_or_else(|problem| panic!("{problem}")) {
        let messages: usize = whose.values().sum();
        println!("  held: {messages} messages of {} people: {reason}", whose.len());
        for (person, count) in whose {
            println!("        {count:5} {person}");
        }
    }
}

/// Held messages by reason, and of whom: name, birth date and sex as the message says them.
fn held(store: &Store) -> Result<BTreeMap<String, BTreeMap<String, usize>>, store::ReadProblem> {
    let (view, mut found, mut before) = (store.view()?, BTreeMap::new(), None);
    let query = MessageQuery { state: Some(MessageState::Held), ..MessageQuery::default() };
    loop {
        let rows = view.message_page(&query, HELD_PAGE, before)?.rows;
        let Some(last) = rows.last() else { return Ok(found) };
        before = Some(last.id);
        for head in &rows {
            let raw = view.message(head.id)?.map(|row| row.raw).unwrap_or_default();
            let text = String::from_utf8_lossy(&raw).into_owned();
            let patient = text.split('\r').find(|line| line.starts_with("PID|")).unwrap_or_default();
            let fields: Vec<&str> = patient.split('|').collect();
            let person = [3, 5, 7, 8].map(|at| fields.get(at).copied().unwrap_or_default()).join(" ");
            let of_reason: &mut BTreeMap<String, usize> = found.entry(head.note.clone()).or_default();
            *of_reason.entry(person).or_default() += 1;
        }
    }
}
