//! The synthetic province's result feeds of ordinary days through the whole product: how many messages the breaker
//! holds though nothing is wrong (HAZARDS H01: at most one in 100,000).
//!
//! `cargo run --release -p testkit --example normal_traffic -- 100000 [SEED]`
#![expect(clippy::panic, reason = "a run that does not come to its end has no figures")]

use province::traffic::{Fact, LINKS, Traffic};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{MessageQuery, MessageState, Settings, Store};
use testkit::harness::{Setup, opor};

/// When the traffic begins, microseconds UTC.
const FROM_US: i64 = 1_795_089_600_000_000;
/// People who may come to a laboratory.
const PERSONS: u64 = 1_000_000;
/// Messages that are made and sent together.
const CHUNK: usize = 5_000;
/// Lines shown of what is held by something else than the breaker, with its reason.
const HELD_SHOWN: usize = 12;
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
    let query = MessageQuery { state: Some(MessageState::Held), ..MessageQuery::default() };
    let page = store.view().and_then(|view| view.message_page(&query, HELD_SHOWN, None));
    for head in page.unwrap_or_else(|problem| panic!("{problem}")).rows {
        println!("  held: {:?} {} {}: {}", head.id, head.control_id, head.message_type, head.note);
    }
}
