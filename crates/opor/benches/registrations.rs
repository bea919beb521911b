//! Registrations against a record that is full: `cargo bench -p opor --bench registrations`.
//!
//! A benchmark, never a test. `OPOR_BENCH_RECORDS` source records of synthetic people (1,000,000 unless set) are
//! remembered first; then the next registrations of the same people come as ADT A04, one at a time and all at once. In
//! one process, so that the moment of the durable decision is seen and not asked for. At the end some more come while
//! nothing of the log is brought into the database, so that its pages can be counted: that figure does not depend on what
//! else the machine does. `OPOR_BENCH_KEEP` names a folder for the database and its log as they are then.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use actions::Record;
use actions::identity::Warming;
use actions::intake::{Answer, Clock, Door, Interpreter};
use clinical::directory::Directory;
use clinical::identity::blocking_keys;
use clinical::intake::{self, Sender};
use fhir::{PersonId, RecordId};
use province::records::Settings as People;
use province::records::registrations::{Event, Registration, Registrations};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use store::{Changes, RecordRow, Settled, Store};

/// Source records remembered before anything is measured.
const RECORDS: usize = 1_000_000;
/// Source records for each person, about; the generator is asked for so many people.
const RECORDS_PER_PERSON: usize = 2;
/// Records remembered in one change.
const CHUNK_RECORDS: usize = 2_000;
/// Registrations one at a time, and how many a second.
const SINGLE: usize = 1_000;
const SINGLE_PER_SECOND: u32 = 50;
/// Registrations as fast as they are taken, and how many of them wait for their acknowledgement at once: fewer than the
/// queue takes, so that none is told to try again.
const BURST: usize = 20_000;
const UNDER_WAY: usize = 2_048;
/// Registrations whose pages are counted, fewer than the queue takes at once.
const COUNTED: usize = 2_000;
/// Bytes of the log's head, and of each page in it with the head of the page (SQLite, "WAL file format").
const LOG_HEAD: u64 = 32;
const LOG_PAGE: u64 = 24 + 4_096;
/// Arrival of the messages (2026-11-22 14:00 UTC).
const AT_US: i64 = 1_795_356_000_000_000;

/// The binary's own (docs/decisions/0022-allocator.md).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let wanted = std::env::var("OPOR_BENCH_RECORDS").ok().and_then(|n| n.parse().ok()).unwrap_or(RECORDS);
    let root = std::env::var("OPOR_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), PathBuf::from);
    let folder = root.join(format!("opor-registrations-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let began = Instant::now();
    let settings = store::Settings::new(Arc::new(move || began.elapsed().as_micros() as u64));
    let store = Store::open(&folder, settings).expect("a store");
    let directory = Directory::from_toml(&province::Province::new(1, 10, 0).directory(["127.0.0.1:9"; 3]));
    let record = Record::new(store.clone(), directory.expect("a directory"), Vec::new());
    let clock: Clock = Arc::new(move || fhir::Instant(AT_US + began.elapsed().as_micros() as i64));

    let mut people =
        Registrations::new(People::new(1, wanted / RECORDS_PER_PERSON + 10_000), Event::Visit, AT_US);
    fill(&store, &mut people, wanted);
    println!("filled       {wanted} source records in {:.0} s", began.elapsed().as_secs_f64());

    let interpreter = Interpreter::start(record.clone(), Arc::clone(&clock), 2).expect("threads");
    let cold = arrive(&record, &interpreter, &clock, people.by_ref().take(SINGLE), SINGLE_PER_SECOND);
    report("tables alone", cold);

    let (warm_began, cpu) = (Instant::now(), cpu_ms());
    let warming = Warming::start(&record).expect("a thread");
    while record.index_size().is_none() {
        std::thread::sleep(Duration::from_millis(50));
    }
    println!(
        "warm         {} records in {:.1} s wall, {:.1} s CPU; {} MB resident",
        record.index_size().unwrap_or(0),
        warm_began.elapsed().as_secs_f64(),
        (cpu_ms() - cpu) / 1000.0,
        resident_mb()
    );
    let warm = arrive(&record, &interpreter, &clock, people.by_ref().take(SINGLE), SINGLE_PER_SECOND);
    report("index warm", warm);

    let burst: Vec<Registration> = people.by_ref().take(BURST).collect();
    all_at_once(&record, &interpreter, &clock, burst);
    let census = store.view().expect("a view").census(clock()).expect("a census").messages;
    println!(
        "             {} filed, {} held for a person, of {}",
        census.filed, census.held, census.accepted
    );
    interpreter.stop();
    warming.stop();
    store.stop();
    count_pages(&folder, &clock, people.by_ref().take(COUNTED).collect());
    drop(std::fs::remove_dir_all(folder));
}

/// All at once: how many are decided in a second, and what it costs.
fn all_at_once(record: &Record, interpreter: &Interpreter, clock: &Clock, burst: Vec<Registration>) {
    let (from, cpu, threads) = (Instant::now(), cpu_ms(), threads_ms());
    let (sent, answered) = mpsc::channel();
    let kept = |answer: &Answer| {
        answer.bytes.as_ref().is_some_and(|bytes| contains(bytes, b"MSA|CA") || contains(bytes, b"MSA|AA"))
    };
    let mut answers = 0.0;
    let mut hear = |answer: Answer| answers += f64::from(u8::from(kept(&answer)));
    for (n, one) in burst.into_iter().enumerate() {
        if n >= UNDER_WAY {
            hear(answered.recv().expect("an answer"));
        }
        let sent = sent.clone();
        record.accept(&Door::BySender, one.bytes, clock(), move |answer| drop(sent.send(answer)));
    }
    drop(sent);
    answered.iter().for_each(&mut hear);
    while !interpreter.is_idle() {
        std::thread::sleep(Duration::from_millis(5));
    }
    println!(
        "burst        {answers} registrations decided at {:.0}/s, {:.2} ms CPU each",
        answers / from.elapsed().as_secs_f64(),
        (cpu_ms() - cpu) / answers
    );
    for (name, ms) in threads_ms() {
        let before = threads.get(&name).copied().unwrap_or(0.0);
        if ms - before > 0.01 * answers {
            println!("             {name:<16} {:.3} ms CPU each", (ms - before) / answers);
        }
    }
}

/// Some more against the same record, with the whole log kept.
fn count_pages(folder: &Path, clock: &Clock, burst: Vec<Registration>) {
    let began = Instant::now();
    let mut settings = store::Settings::new(Arc::new(move || began.elapsed().as_micros() as u64));
    settings.checkpoint_pages = u32::MAX;
    let store = Store::open(folder, settings).expect("a store");
    let directory = Directory::from_toml(&province::Province::new(1, 10, 0).directory(["127.0.0.1:9"; 3]));
    let record = Record::new(store.clone(), directory.expect("a directory"), Vec::new());
    let interpreter = Interpreter::start(record.clone(), Arc::clone(clock), 2).expect("threads");
    let counted = burst.len() as f64;
    all_at_once(&record, &interpreter, clock, burst);
    let log = std::fs::metadata(folder.join("record.db-wal")).map_or(0, |about| about.len());
    println!("log          {:.1} pages each", (log.saturating_sub(LOG_HEAD) / LOG_PAGE) as f64 / counted);
    if let Some(kept) = std::env::var_os("OPOR_BENCH_KEEP").map(PathBuf::from) {
        for name in ["record.db", "record.db-wal"] {
            drop(std::fs::copy(folder.join(name), kept.join(name)));
        }
    }
    interpreter.stop();
    store.stop();
}

/// Remembers records as filing would have left them, linked as the generator knows they belong.
fn fill(store: &Store, people: &mut Registrations, wanted: usize) {
    let mut first: HashMap<usize, RecordId> = HashMap::new();
    let mut rows = Vec::with_capacity(CHUNK_RECORDS);
    for one in people.by_ref().take(wanted) {
        let Some((key, claim)) = read(&one) else { continue };
        let Some(own) = claim.own.clone() else { continue };
        let person = *first.entry(one.truth.person).or_insert(key);
        rows.push(RecordRow {
            record: key,
            authority: own.authority.clone(),
            value: own.value,
            person: PersonId::born_with(person),
            epoch: 1,
            claim: serde_json::to_string(&claim).expect("JSON"),
            claim_as_of: fhir::Instant(AT_US - 1),
            keys: blocking_keys(&claim).iter().map(|key| key.as_i64()).collect(),
            custodian: own.authority,
        });
        if rows.len() == CHUNK_RECORDS {
            keep(store, std::mem::take(&mut rows));
        }
    }
    keep(store, rows);
}

fn keep(store: &Store, records: Vec<RecordRow>) {
    assert_eq!(store.settle_blocking(Changes { records, ..Changes::default() }), Settled::Done);
}

/// The record and claim of a registration, as intake reads them.
fn read(one: &Registration) -> Option<(RecordId, clinical::identity::Claim)> {
    let message = hl7v2::Message::parse(one.bytes.clone()).ok()?;
    let facility = message.header().sending_facility().into_owned();
    let sender = Sender {
        link: String::new(),
        default_authority: facility.clone(),
        time_zone: "America/Halifax".into(),
        custodian: facility,
        message_reference: String::new(),
        received: fhir::Instant(AT_US),
    };
    let chart = intake::interpret(&message, &sender).charts.into_iter().next()?;
    Some((chart.record, chart.claim))
}

/// One at a time: how long from handing it in until its decision is durable.
fn arrive(
    record: &Record,
    interpreter: &Interpreter,
    clock: &Clock,
    messages: impl Iterator<Item = Registration>,
    per_second: u32,
) -> Vec<Duration> {
    let gap = Duration::from_secs(1) / per_second;
    let mut took = Vec::new();
    for one in messages {
        let from = Instant::now();
        let (sent, answered) = mpsc::channel();
        record.accept(&Door::BySender, one.bytes, clock(), move |answer| drop(sent.send(answer)));
        answered.recv().expect("an answer");
        while !interpreter.is_idle() {
            std::thread::sleep(Duration::from_micros(100));
        }
        took.push(from.elapsed());
        std::thread::sleep(gap.saturating_sub(from.elapsed()));
    }
    took
}

fn report(name: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at =
        |per_mille: usize| took[(took.len() * per_mille / 1000).min(took.len() - 1)].as_secs_f64() * 1000.0;
    println!("{name:<12} p50 {:.3} ms, p99 {:.3} ms, p99.9 {:.3} ms", at(500), at(990), at(999));
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    fields[11..13].iter().filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() * 10.0
}

/// Processor time of each name of threads.
fn threads_ms() -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let read = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        // Nanoseconds on a processor come first (proc(5), "schedstat").
        let nanoseconds: f64 =
            read("schedstat").split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        *found.entry(read("comm").trim().to_owned()).or_insert(0.0) += nanoseconds / 1e6;
    }
    found
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
