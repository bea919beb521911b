//! How much the writer takes: acknowledgements alone, then filing of messages with 12 resources each beside them.
//!
//! `cargo bench -p store --bench writer -- [SECONDS] [OFFERED PER SECOND]` prints one line per trial; a benchmark, not
//! a test. CPU is that of the whole process, load generator included. With `second` among the words each trial runs by
//! turns without and with a second place for the log, three times, on the same disk.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use fhir::search::{IndexRow, IndexValue, ParameterId};
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Clock};
use store::backup::Key;
use store::second::{SHIPPED_EVERY, SecondPlace, WAITING_BYTES};
use store::*;

/// Settles that each interpreter has in flight (research/writer-trial.md: the valve for acknowledgement time).
const IN_FLIGHT: u64 = 24;
const NOW: Instant = Instant(1_795_356_300_000_000);

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let seconds = numbers.first().copied().unwrap_or(3);
    let offered = numbers.get(1).copied().unwrap_or(1_000);
    if std::env::args().any(|word| word == "second") {
        for round in 0..3 {
            for is_shipped in [round % 2 == 1, round % 2 == 0] {
                println!("{}", if is_shipped { "with a second place" } else { "without" });
                acks(seconds, 64, is_shipped);
                filing(seconds, offered, is_shipped);
                filing(seconds, 100_000, is_shipped);
            }
        }
        return;
    }
    acks(seconds, 8, false);
    acks(seconds, 64, false);
    filing(seconds, offered, false);
    filing(seconds, 100_000, false);
}

/// A second place beside the record, which begins with a copy of it.
fn second(folder: PathBuf) -> SecondPlace {
    std::fs::create_dir_all(&folder).unwrap();
    let salts = AtomicU64::new(1);
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    SecondPlace {
        folder,
        key: Key::of(&[7; 40]).unwrap(),
        clock: Arc::new(move || Instant(now() as i64)),
        random: Arc::new(move || [salts.fetch_add(1, Ordering::Relaxed) as u8; 32]),
        files: Arc::new(|| Ok(Vec::new())),
        every: SHIPPED_EVERY,
        waiting_bytes: WAITING_BYTES,
        keep_days: 1,
        base_hours: 24,
        hinder: None,
    }
}

fn open(name: &str, is_shipped: bool) -> (Store, PathBuf) {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    let start = Clock::now();
    let clock: Monotonic = Arc::new(move || start.elapsed().as_micros() as u64);
    let shipped = is_shipped.then(|| second(dir.join("second")));
    let settings = Settings { second: shipped, ..Settings::new(clock) };
    (Store::open(&dir, settings).unwrap(), dir)
}

fn link(store: &Store) -> LinkId {
    let link = Link {
        id: LinkId(0),
        name: String::new(),
        default_authority: "QEII".into(),
        time_zone: "America/Halifax".into(),
        custodian: "NSHA".into(),
        owner: "desk:feeds".into(),
    };
    store.link("BENCH", || link).unwrap().id
}

fn message(link: LinkId, n: u64) -> Append {
    let mut raw = format!("MSH|^~\\&|LAB|QEII|||20261122||ORU^R01|{n}|P|2.5.1\rPID|||{n}\r").into_bytes();
    raw.resize(2_000, b'x');
    Append {
        link,
        control_id: n.to_string(),
        message_type: "ORU^R01".into(),
        lanes: vec![n as i64],
        raw,
        received: NOW,
        answer: format!("MSH|^~\\&|||||20261122||ACK|{n}|P|2.5.1\rMSA|AA|{n}\r").into_bytes(),
        custodian: "NSHA".into(),
    }
}

/// Senders that each wait for their acknowledgement.
fn acks(seconds: u64, senders: u64, is_shipped: bool) {
    let (store, dir) = open("acks", is_shipped);
    let lab = link(&store);
    let stop = Arc::new(AtomicBool::new(false));
    let cpu = cpu_ms();
    let start = Clock::now();
    let threads: Vec<_> = (0..senders)
        .map(|sender| {
            let (store, stop) = (store.clone(), stop.clone());
            std::thread::spawn(move || {
                let mut times = Vec::new();
                let mut n = sender * 1_000_000_000;
                while !stop.load(Ordering::Relaxed) {
                    let sent = Clock::now();
                    store.append_blocking(message(lab, n)).unwrap();
                    times.push(sent.elapsed().as_micros() as u64);
                    n += 1;
                }
                times
            })
        })
        .collect();
    std::thread::sleep(Duration::from_secs(seconds));
    stop.store(true, Ordering::Relaxed);
    let times: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    let (count, elapsed) = (times.len() as f64, start.elapsed().as_secs_f64());
    println!(
        "acks, {senders} senders: {:.0}/s, {}, {:.0} us CPU each",
        count / elapsed,
        percentiles(times),
        (cpu_ms() - cpu) as f64 * 1_000.0 / count
    );
    store.stop();
    let _ = std::fs::remove_dir_all(dir);
}

/// Messages offered at a rate, each filed as soon as it is acknowledged: a report, ten observations and a specimen,
/// two deliveries, three obligations with a step each, one audit row.
fn filing(seconds: u64, per_second: u64, is_shipped: bool) {
    let (store, dir) = open("filing", is_shipped);
    let lab = link(&store);
    let filed = Arc::new(AtomicU64::new(0));
    let stale = Arc::new(AtomicU64::new(0));
    let (acked, wait) = std::sync::mpsc::sync_channel::<(MessageId, u64)>(1_000_000);
    let wait = Arc::new(Mutex::new(wait));
    let cpu = cpu_ms();
    let start = Clock::now();
    let interpreters: Vec<_> = (0..2)
        .map(|_| {
            let (store, filed, stale, wait) = (store.clone(), filed.clone(), stale.clone(), wait.clone());
            std::thread::spawn(move || {
                let (ended, ends) = std::sync::mpsc::channel();
                let mut in_flight = 0;
                loop {
                    let next = wait.lock().unwrap().recv();
                    let Ok((id, n)) = next else { break };
                    let raw = store.view().unwrap().message(id).unwrap().unwrap();
                    let (ended, filed, stale) = (ended.clone(), filed.clone(), stale.clone());
                    store.settle(result(raw.id, n), move |settled| {
                        let count = if settled == Settled::Done { filed } else { stale };
                        count.fetch_add(1, Ordering::Relaxed);
                        let _ = ended.send(());
                    });
                    in_flight += 1;
                    if in_flight >= IN_FLIGHT {
                        ends.recv().unwrap();
                        in_flight -= 1;
                    }
                }
                for _ in 0..in_flight {
                    ends.recv().unwrap();
                }
            })
        })
        .collect();
    let times = Arc::new(Mutex::new(Vec::new()));
    let senders: Vec<_> = (0..16)
        .map(|sender| {
            let (store, acked, times) = (store.clone(), acked.clone(), times.clone());
            std::thread::spawn(move || {
                let mut own = Vec::new();
                let pause = 16_000_000 / per_second;
                let mut n = sender;
                loop {
                    // Counted from when the message was due, so that waiting shows.
                    let due = Duration::from_micros(n / 16 * pause + sender * pause / 16);
                    if due.as_secs() >= seconds || start.elapsed().as_secs() >= seconds {
                        break;
                    }
                    if let Some(early) = due.checked_sub(start.elapsed()) {
                        std::thread::sleep(early);
                    }
                    let Ok(Appended::New { id, .. }) = store.append_blocking(message(lab, n)) else { break };
                    own.push(start.elapsed().saturating_sub(due).as_micros() as u64);
                    acked.send((id, n)).unwrap();
                    n += 16;
                }
                times.lock().unwrap().extend(own);
            })
        })
        .collect();
    drop(acked);
    senders.into_iter().for_each(|thread| thread.join().unwrap());
    let filed_while_sending = filed.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
    interpreters.into_iter().for_each(|thread| thread.join().unwrap());
    let times = std::mem::take(&mut *times.lock().unwrap());
    let count = filed.load(Ordering::Relaxed) as f64;
    println!(
        "filing, {per_second}/s offered: {:.0} acks/s, {}; {filed_while_sending:.0} filed/s while sending, {:.0}/s to the end, {:.2} ms CPU each, {} not filed",
        times.len() as f64 / seconds as f64,
        percentiles(times),
        count / start.elapsed().as_secs_f64(),
        (cpu_ms() - cpu) as f64 / count,
        stale.load(Ordering::Relaxed)
    );
    store.stop();
    let size = std::fs::metadata(dir.join(DATABASE_FILE)).map_or(0, |about| about.len());
    println!("  {:.1} kB of database per message", size as f64 / 1_000.0 / count.max(1.0));
    let _ = std::fs::remove_dir_all(dir);
}

fn result(message: MessageId, n: u64) -> Changes {
    let patient = (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) % 50_000;
    let record = RecordId::of("QEII", &patient.to_string());
    let filler = n.to_string();
    let token = |param, system: Option<&str>, code: String| IndexRow {
        parameter: ParameterId(param),
        value: IndexValue::Token { system: system.map(str::to_owned), code },
    };
    let date = |param| IndexRow {
        parameter: ParameterId(param),
        value: IndexValue::Date { lo: Instant(NOW.0 + n as i64), hi: Instant(NOW.0 + n as i64 + 60_000_000) },
    };
    let version = |kind, part: &str, index| VersionRow {
        key: ResourceKey::of(record, kind, &[&filler, part]),
        version: 1,
        current: true,
        body: format!("{{\"resourceType\":\"{kind}\",\"id\":\"{filler}\"{}", "x".repeat(950)).into_bytes(),
        finality: Some(3),
        as_of: NOW,
        message: Some(message),
        at: NOW,
        index,
        custodian: "NSHA".into(),
    };
    let mut resources = vec![
        version(
            Kind::DiagnosticReport,
            "",
            vec![
                token(33, Some("http://loinc.org"), "24323-8".into()),
                token(34, Some("http://hl7.org/v2-0074"), "LAB".into()),
                date(35),
                token(36, None, "final".into()),
                token(37, Some("urn:filler"), filler.clone()),
            ],
        ),
        version(Kind::Specimen, "", Vec::new()),
    ];
    for line in 0..10 {
        resources.push(version(
            Kind::Observation,
            &line.to_string(),
            vec![
                token(43, Some("http://loinc.org"), format!("{}-{line}", 700 + line)),
                token(44, Some("http://hl7.org/observation-category"), "laboratory".into()),
                date(45),
                token(46, None, "final".into()),
            ],
        ));
    }
    let report = resources[0].key;
    let obligation = |number: u64, kind: &str| ObligationRow {
        id: ObligationId::of(&report.to_string(), &[&number.to_string()]),
        kind: kind.into(),
        resource: Some(report),
        version: 1,
        message: Some(message),
        record: Some(record),
        recipient: "Dr. Chen, Spryfield".into(),
        recipient_id: format!("prac-{}", n % 400),
        subject: "Electrolytes".into(),
        accession: filler.clone(),
        words: "{\"en\":\"ordered by\",\"fr\":\"prescrit par\"}".into(),
        gravity: 0,
        state: ObligationState::Open {
            owner: "machine:delivery".into(),
            human: false,
            due: NOW.plus_seconds(n as i64),
            then: "desk:delivery".into(),
        },
        opened: NOW,
        revision: 1,
        custodian: "NSHA".into(),
    };
    let obligations = [obligation(0, "delivery"), obligation(1, "delivery"), obligation(2, "attention")]
        .into_iter()
        .flat_map(|row| {
            let event = ObligationEvent {
                obligation: row.id,
                at: NOW,
                actor: "opor routing".into(),
                step: "opened".into(),
                words: "{}".into(),
            };
            [ObligationChange::Open(row), ObligationChange::Event(event)]
        })
        .collect();
    let outbox = (0..2)
        .map(|copy| {
            OutboxChange::Queue(OutboxRow {
                kind: OutboxKind::Report,
                id: OutboxId(0),
                destination: format!("clinic-{}", (n + copy) % 40),
                record,
                message,
                report,
                version: 1,
                obligation: ObligationId::of(&report.to_string(), &[&copy.to_string()]),
                control_id: format!("D{n}-{copy}"),
                state: OutboxState::Waiting,
                attempts: 0,
                next: NOW,
                offered_digest: Vec::new(),
                last: String::new(),
            })
        })
        .collect();
    Changes {
        requires: vec![Requirement::MessageIs(message, MessageState::Pending)],
        settlement: Some(Settlement {
            message,
            state: MessageState::Filed,
            note: String::new(),
            records: vec![record],
            at: NOW,
        }),
        resources,
        obligations,
        outbox,
        audit: vec![AuditRow {
            at: NOW,
            actor: "opor intake".into(),
            role: "system".into(),
            verb: "file".into(),
            purpose: "TREAT".into(),
            person: Some(PersonId::born_with(record)),
            object: report.to_string(),
        }],
        ..Changes::default()
    }
}

fn percentiles(mut times: Vec<u64>) -> String {
    times.sort_unstable();
    let at =
        |part: f64| times.get((times.len() as f64 * part) as usize).copied().unwrap_or(0) as f64 / 1_000.0;
    format!("p50 {:.2} ms, p99 {:.1} ms, p99.9 {:.1} ms", at(0.5), at(0.99), at(0.999))
}

/// CPU time of this process in milliseconds (Linux: clock ticks of 10 ms).
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        |field: usize| after.split_whitespace().nth(field).and_then(|t| t.parse::<u64>().ok()).unwrap_or(0);
    (ticks(11) + ticks(12)) * 10
}
