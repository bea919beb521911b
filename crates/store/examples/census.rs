//! What counting the books costs: N settled messages with a delivery each, counted from every row, counted once, and
//! then in short.
//!
//! `cargo run --release -p store --example census -- 1000000 DIR`
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, reason = "a measurement")]

use fhir::Instant;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant as Watch;
use store::{Changes, DATABASE_FILE, Settings, Settled, Store, WatchChange};

const NOW: Instant = Instant(1_795_356_300_000_000);
/// Messages of which one obligation is still open: what a fortnight leaves unsigned.
const OPEN_ONE_IN: i64 = 500;

fn fill(dir: &std::path::Path, messages: i64) {
    let conn = rusqlite::Connection::open(dir.join(DATABASE_FILE)).unwrap();
    conn.execute_batch("PRAGMA synchronous = OFF; INSERT INTO custodian (id, name) VALUES (1, 'HRH') ON CONFLICT DO NOTHING;").unwrap();
    conn.execute(
        "INSERT INTO link (id, name, default_authority, time_zone, custodian, owner) VALUES (1, 'LAB', 'HRH', 'America/Halifax', 1, 'desk:interface')",
        [],
    )
    .unwrap();
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
    for sql in [
        format!(
            "{numbers} INSERT INTO journal (id, arrival, received, custodian, control_id, message_type, lanes, answer, checksum) SELECT (1 << 40) + i, i, i, 1, i, 'ORU^R01', x'', x'', x'' FROM n"
        ),
        format!("{numbers} INSERT INTO journal_bytes (arrival, raw) SELECT i, zeroblob(200) FROM n"),
        format!(
            "{numbers} INSERT INTO journal_done (id, state, settled, message_type, records, note) SELECT (1 << 40) + i, 1, i, 'ORU^R01', x'', '' FROM n"
        ),
    ] {
        conn.execute(&sql, [messages]).unwrap();
    }
    conn.execute(
        &format!(
            "{numbers} INSERT INTO obligation (id, revision, kind, is_open, owner, human, due, then_owner, outcome, ended, opened, record, \
             version, message, gravity, custodian, recipient, recipient_id, subject, accession, words) \
             SELECT i << 28, 1, 'delivery', i % ?2 = 0, CASE WHEN i % ?2 = 0 THEN 'desk:delivery' ELSE '' END, i % ?2 = 0, \
             CASE WHEN i % ?2 = 0 THEN i ELSE 0 END, '', CASE WHEN i % ?2 = 0 THEN '' ELSE 'acknowledged' END, i, i, i, 1, \
             (1 << 40) + i, 0, 1, 'Recipient ' || (i % 200), 'r-' || (i % 200), 'Potassium', i, \
             '{{\"en\":\"Ordering provider (OBR-16).\",\"fr\":\"Prescripteur (OBR-16).\"}}' FROM n"
        ),
        [messages, OPEN_ONE_IN],
    )
    .unwrap();
    conn.execute("INSERT INTO obligation_open (due, id, owner) SELECT due, id, owner FROM obligation WHERE is_open = 1", []).unwrap();
}

fn main() {
    let mut words = std::env::args().skip(1);
    let messages: i64 = words.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let dir = PathBuf::from(words.next().unwrap_or_else(|| "census-trial".to_owned()));
    std::fs::create_dir_all(&dir).unwrap();
    let start = Watch::now();
    let settings =
        || Settings::new(Arc::new(move || u64::try_from(start.elapsed().as_micros()).unwrap_or(0)));
    Store::open(&dir, settings()).unwrap().stop();
    fill(&dir, messages);
    let store = Store::open(&dir, settings()).unwrap();
    let timed = |what: &str, count: &dyn Fn() -> store::Census| {
        let begun = Watch::now();
        let census = count();
        println!("{what:<44}{:>10.1} ms, balanced {}", begun.elapsed().as_secs_f64() * 1e3, census.balanced);
        census
    };
    let whole = timed("every row", &|| store.view().unwrap().census_of_every_row().unwrap());
    let begun = Watch::now();
    let (mut steps, mut longest) = (0_u32, 0.0_f64);
    for to in (2_048..messages - 4_096).step_by(2_048) {
        let step = Watch::now();
        let watch = vec![WatchChange::SettleBooks(to)];
        assert_eq!(store.settle_blocking(Changes { watch, ..Changes::default() }), Settled::Done);
        longest = longest.max(step.elapsed().as_secs_f64() * 1e3);
        steps += 1;
    }
    println!(
        "{:<44}{:>10.1} ms in {steps} commits, longest {longest:.1} ms",
        "counted once",
        begun.elapsed().as_secs_f64() * 1e3
    );
    let short = timed("in short", &|| store.view().unwrap().census(NOW).unwrap());
    assert_eq!(store::Census { settled_below: 0, ..short }, whole);
    store.stop();
}
