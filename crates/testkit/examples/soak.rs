//! D15: the real binary at ten times a province's peak, for as many minutes as asked, with a sample each minute.
//!
//! `./x campaign soak FROM TO` runs TO minus FROM minutes. `OPOR_SOAK_PER_SECOND` is the rate (200). The rule by which it is
//! flat stands at [`flat`]; beside it every message is acknowledged, the census balances at every sample, and in the end
//! both ledgers agree as in every other trial.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a trial that cannot do what it says fails; time and rate are what it is about"
)]

#[path = "../tests/system/messages.rs"]
#[expect(dead_code, reason = "the system tests read marks in more ways")]
mod messages;

use messages::{Person, Result as Report, mark};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use testkit::campaign::Part;
use testkit::harness::{Harness, Setup};
use testkit::ledger::{SenderLedger, judge};
use testkit::mllp::{Behaviour, verdict};

/// Messages a second, all senders together: ten times what a province sends at its peak (HAZARDS 2.4).
const PER_SECOND: u64 = 200;
/// Connections, each with its share of the rate and patients of its own.
const SENDERS: u64 = 8;
/// Patients of each sender.
const PATIENTS: usize = 500;
/// A sample is taken each minute, and in a short run more often, so that there are so many.
const LEAST_SAMPLES: u64 = 12;
/// Memory, and the median and 99th percentile of the acknowledgement, may be so many times what they were when the run
/// was a quarter old.
const MEMORY_TIMES: f64 = 1.10;
const LATENCY_TIMES: f64 = 1.5;

/// What a minute looked like.
#[derive(Debug, Clone, Copy)]
struct Sample {
    resident_kib: u64,
    answers: usize,
    p50_us: u64,
    p99_us: u64,
    worst_us: u64,
    /// Messages that were accepted and are not yet interpreted.
    pending: u64,
    /// Deliveries that wait.
    outbox: u64,
    balanced: bool,
    /// Answers that the senders had and the record does not count.
    missing: u64,
}

/// The value that stands so many thousandths up the sorted list.
fn percentile(sorted: &[u64], thousandths: usize) -> u64 {
    sorted.get((sorted.len() * thousandths / 1000).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

fn median(values: impl Iterator<Item = u64>) -> f64 {
    let mut sorted: Vec<u64> = values.collect();
    sorted.sort_unstable();
    percentile(&sorted, 500) as f64
}

/// Flat is a run whose last quarter looks like its second one: the medians of resident memory and of each percentile of
/// the acknowledgement are no more than [`MEMORY_TIMES`] and [`LATENCY_TIMES`] as high. The first quarter is left out:
/// caches fill. What waits to be filed or delivered may be more by what comes in two seconds. What of it is broken, in
/// words.
fn flat(samples: &[Sample], per_second: u64) -> std::result::Result<(), String> {
    let quarter = samples.len() / 4;
    let (early, late) = (&samples[quarter..2 * quarter], &samples[samples.len() - quarter..]);
    type Figure = (&'static str, fn(&Sample) -> u64, f64, u64);
    let figures: [Figure; 4] = [
        ("resident memory (KiB)", |one| one.resident_kib, MEMORY_TIMES, 0),
        ("median (us)", |one| one.p50_us, LATENCY_TIMES, 0),
        ("99th percentile (us)", |one| one.p99_us, LATENCY_TIMES, 0),
        ("waiting (messages and deliveries)", |one| one.pending + one.outbox, 1.0, 2 * per_second),
    ];
    let mut broken = Vec::new();
    for (name, figure, times, more) in figures {
        let (before, after) = (median(early.iter().map(figure)), median(late.iter().map(figure)));
        println!("{name}: {before} in the second quarter, {after} in the last");
        if after > before * times + more as f64 {
            broken.push(format!("{name} rose from {before} to {after}"));
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("; ")) }
}

/// One sender: a message at each of its turns, whether or not the one before took long; a late start counts as waiting.
fn send(
    harness: &Harness,
    number: u64,
    every: Duration,
    began: Instant,
    stop: &AtomicBool,
    ledger: &SenderLedger,
    taken: &Mutex<Vec<u64>>,
) {
    let (facility, orderer) = (format!("K{number:02}"), harness.provider("alder"));
    let people: Vec<Person> =
        (0..PATIENTS).map(|n| Person::new(&facility, number as usize * PATIENTS + n)).collect();
    let mut line = harness.sender();
    for turn in 0_u32.. {
        let due = began + every * turn + every * number as u32 / SENDERS as u32;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let person = &people[turn as usize % PATIENTS];
        let text = format!("{facility}-{turn:07}");
        let bytes = Report::new(&facility, person, text.clone(), orderer.clone()).bytes();
        ledger.offer(&text, &format!("{facility}/{}", person.mrn));
        let answer = line.send(&bytes).unwrap_or_else(|error| panic!("{text}: {error}"));
        let (code, _) = verdict(&answer);
        assert_eq!(code, "AA", "{text}");
        ledger.answer(&text, &code);
        taken.lock().unwrap().push(u64::try_from(due.elapsed().as_micros()).unwrap());
    }
}

/// Tells the senders to stop, also when a sample breaks down: a scope waits for its threads.
struct Stops<'s>(&'s AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn sample(harness: &Harness, taken: &Mutex<Vec<u64>>, answered: &mut u64) -> Sample {
    // What was answered before the census is asked must be in it.
    let mut times = std::mem::take(&mut *taken.lock().unwrap());
    *answered += times.len() as u64;
    let books = harness.books();
    times.sort_unstable();
    Sample {
        resident_kib: harness.server().resident_bytes().unwrap_or(0) >> 10,
        answers: times.len(),
        p50_us: percentile(&times, 500),
        p99_us: percentile(&times, 990),
        worst_us: times.last().copied().unwrap_or(0),
        pending: books.pending,
        outbox: books.to_deliver,
        balanced: books.balanced,
        missing: answered.saturating_sub(books.accepted),
    }
}

fn soak(minutes: u64, per_second: u64) {
    let harness = Setup::new("soak").clinic("alder", |_, _| Behaviour::Accept).quiet().start();
    let every = Duration::from_secs(SENDERS) / u32::try_from(per_second).unwrap();
    let (stop, ledger, taken) = (AtomicBool::new(false), SenderLedger::default(), Mutex::new(Vec::new()));
    let (mut samples, mut answered) = (Vec::new(), 0);
    println!("{minutes} minutes of {per_second} messages a second over {SENDERS} connections");
    let seconds = (minutes * 60 / LEAST_SAMPLES).min(60);
    println!(
        "| after s | answers | p50 ms | p99 ms | worst ms | resident MiB | not yet filed | outbox | balanced | missing |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    std::thread::scope(|scope| {
        let (began, harness, stop, ledger, taken) = (Instant::now(), &harness, &stop, &ledger, &taken);
        let _stops = Stops(stop);
        for number in 0..SENDERS {
            scope.spawn(move || send(harness, number, every, began, stop, ledger, taken));
        }
        for second in (1..=minutes * 60 / seconds).map(|n| n * seconds) {
            let due = began + Duration::from_secs(second);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let one = sample(harness, taken, &mut answered);
            let ms = |micros: u64| micros as f64 / 1000.0;
            println!(
                "| {second} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {} | {} | {} |",
                one.answers,
                ms(one.p50_us),
                ms(one.p99_us),
                ms(one.worst_us),
                one.resident_kib as f64 / 1024.0,
                one.pending,
                one.outbox,
                if one.balanced { "yes" } else { "no" },
                one.missing
            );
            samples.push(one);
        }
    });
    let (sent, books) = (ledger.sent(), harness.drained());
    let verdict = judge(&sent, &harness.clinic("alder").arrivals(mark), |_| true);
    assert!(verdict.is_clean(), "{verdict:#?}");
    assert_eq!((books.accepted, books.acknowledged), (sent.len() as u64, sent.len() as u64), "{books:?}");
    assert!(samples.iter().all(|one| one.balanced && one.missing == 0), "the books did not balance");
    match flat(&samples, per_second) {
        Ok(()) => println!("flat"),
        Err(why) => panic!("not flat: {why}"),
    }
}

fn main() -> std::result::Result<ExitCode, String> {
    let part = Part::asked("soak", 0..120, std::env::args().skip(1))?;
    let rate = std::env::var("OPOR_SOAK_PER_SECOND").ok().and_then(|text| text.parse().ok());
    Ok(part.run(u64::MAX, Instant::now(), |minutes| {
        soak(minutes.end - minutes.start, rate.unwrap_or(PER_SECOND))
    }))
}
