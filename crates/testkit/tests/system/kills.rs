//! D1: SIGKILL under load. Judged by the senders' and the clinic's own ledgers; the census must only agree.

use crate::messages::{Person, Result, mark};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use testkit::harness::{DRAIN_LIMIT, Harness, Sender, Setup};
use testkit::ledger::{SenderLedger, judge};
use testkit::mllp::{Behaviour, verdict};
use testkit::patience::until;
use testkit::postgresql::{Postgresql, make, url};

/// Connections, each with patients of its own.
const SENDERS: usize = 50;
/// Messages each connection has in flight when the kill comes: 200 in all.
const AHEAD: usize = 4;
/// Patients of one connection.
const PATIENTS: usize = 2;
/// Rounds unless `OPOR_KILL_ROUNDS` says otherwise (100 in the full form, HAZARDS D1).
const ROUNDS: usize = 8;
/// Rounds on PostgreSQL.
const ROUNDS_ON_POSTGRESQL: usize = 2;
/// Where the moments of the kills come from.
const SEED: u64 = 20_261_122;

fn rounds() -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "how much to run is the caller's choice, not the product's"
    )]
    let wanted = std::env::var("OPOR_KILL_ROUNDS");
    wanted.ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

/// A sender of the load: what it has sent and is still owed an answer for, in order.
struct Load {
    facility: String,
    people: Vec<Person>,
    made: usize,
    /// Patient, mark and bytes.
    unanswered: Vec<(String, String, Vec<u8>)>,
}

impl Load {
    fn new(number: usize) -> Self {
        let facility = format!("H{number:02}");
        let people = (0..PATIENTS).map(|n| Person::new(&facility, number * PATIENTS + n)).collect();
        Self { facility, people, made: 0, unanswered: Vec::new() }
    }

    /// Fills up what is in flight with new messages.
    fn fill(&mut self, orderer: &str) {
        while self.unanswered.len() < AHEAD {
            let person = &self.people[self.made % PATIENTS];
            let mark = format!("{}-{:05}", self.facility, self.made);
            let result = Result::new(&self.facility, person, mark.clone(), orderer.to_owned());
            let patient = format!("{}/{}", self.facility, person.mrn);
            self.unanswered.push((patient, mark, result.bytes()));
            self.made += 1;
        }
    }

    /// Sends everything unanswered at once and reads answers until the line breaks or all are there.
    fn run(&mut self, mut line: Sender, ledger: &SenderLedger, answered: &impl Fn()) {
        for (patient, mark, bytes) in &self.unanswered {
            ledger.offer(mark, patient);
            if line.offer(bytes).is_err() {
                break;
            }
        }
        while let Some((_, mark, bytes)) = self.unanswered.first() {
            let Ok(answer) = line.answer_to(bytes) else { return };
            let (code, control_id) = verdict(&answer);
            assert_eq!((code.as_str(), &control_id), ("AA", mark));
            assert_eq!(ledger.answer(mark, &code), None);
            self.unanswered.remove(0);
            answered();
        }
    }
}

/// The next number of a seeded sequence (Knuth's MMIX constants), its high bits.
fn draw(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % below
}

/// One round: all senders at once; `kill_after` answers the process is killed, without it everybody finishes.
fn round(harness: &mut Harness, loads: &mut [Load], ledger: &SenderLedger, kill_after: Option<usize>) {
    let lines: Vec<Sender> = loads.iter().map(|_| harness.sender()).collect();
    let (answers, all_done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (gate, changed) = (Mutex::new(()), Condvar::new());
    let count = loads.len();
    std::thread::scope(|scope| {
        for (load, line) in loads.iter_mut().zip(lines) {
            let (answers, all_done, gate, changed) = (&answers, &all_done, &gate, &changed);
            scope.spawn(move || {
                load.run(line, ledger, &|| {
                    answers.fetch_add(1, Ordering::Relaxed);
                    drop(gate.lock().unwrap());
                    changed.notify_all();
                });
                all_done.fetch_add(1, Ordering::Relaxed);
                drop(gate.lock().unwrap());
                changed.notify_all();
            });
        }
        if let Some(kill_after) = kill_after {
            let waiting = |_: &mut ()| {
                answers.load(Ordering::Relaxed) < kill_after && all_done.load(Ordering::Relaxed) < count
            };
            drop(changed.wait_while(gate.lock().unwrap(), waiting).unwrap());
            harness.kill();
        }
    });
}

#[test]
fn d01_h58_sigkill_under_load_loses_nothing_and_stores_nothing_twice() {
    killed_again_and_again(Setup::new("kills"), rounds());
}

/// The same with the record at a PostgreSQL, which is cut off as by a power cut while nobody sends: the process goes on
/// with what the server has when it is back.
#[test]
fn d01_on_postgresql_sigkill_loses_nothing_and_a_crash_of_the_server_is_gone_through() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    make(server.folder(), "record", "template0").unwrap();
    let setup =
        Setup::new("kills-postgresql").setting(&format!("store = {:?}", url(server.folder(), "record")));
    let mut harness = killed_again_and_again(setup, ROUNDS_ON_POSTGRESQL);
    let before = harness.books();
    server.crash().unwrap();
    server.begin().unwrap();
    let orderer = harness.provider("alder");
    // Nobody whom the loads named: a namesake would be a question for a person.
    let person = Person::new("H98", 9_001);
    let message = Result::new("H98", &person, "after".to_owned(), orderer).bytes();
    // Whoever comes first meets the line that is dead and is told to send again; the next one meets a new line.
    let accepted = || {
        let answer = harness.sender().send(&message);
        answer.is_ok_and(|answer| verdict(&answer).0 == "AA")
    };
    assert!(until(DRAIN_LIMIT, accepted), "{}", harness.server().log());
    assert!(harness.is_alive(), "nobody had to start it again");
    let books = harness.drained();
    assert_eq!((books.accepted, books.filed), (before.accepted + 1, before.filed + 1), "{books:?}");
}

/// Rounds of kills under load; afterwards everything is there, once.
fn killed_again_and_again(setup: Setup, rounds: usize) -> Harness {
    println!("seed {SEED}, {rounds} rounds of {} messages in flight", SENDERS * AHEAD);
    let mut harness = setup.clinic("alder", |_, _| Behaviour::Accept).answer_seconds(5).start();
    let orderer = harness.provider("alder");
    let ledger = SenderLedger::default();
    let mut loads: Vec<Load> = (0..SENDERS).map(Load::new).collect();
    let mut state = SEED;
    for _ in 0..rounds {
        loads.iter_mut().for_each(|load| load.fill(&orderer));
        round(&mut harness, &mut loads, &ledger, Some(draw(&mut state, SENDERS * AHEAD)));
        harness.restart();
    }
    round(&mut harness, &mut loads, &ledger, None);
    assert!(ledger.unanswered().is_empty(), "no answer even without a kill: {:?}", ledger.unanswered());

    let sent = ledger.sent();
    assert!(sent.iter().all(|row| row.is_accepted()));
    let offers: u32 = sent.iter().map(|row| row.offers).sum();
    let books = harness.drained();
    let arrivals = harness.clinic("alder").arrivals(mark);
    let verdict = judge(&sent, &arrivals, |_| true);
    println!("{} messages in {offers} offers, {} repeats at the clinic", sent.len(), verdict.repeats);
    println!("{books:?}");
    assert!(verdict.is_clean(), "{verdict:#?}");

    // Stored once each: the journal by the census, the charts by FHIR.
    assert_eq!((books.accepted, books.filed), (sent.len() as u64, sent.len() as u64), "{books:?}");
    assert_eq!((books.due, books.acknowledged), (sent.len() as u64, sent.len() as u64), "{books:?}");
    for load in &loads {
        for (n, person) in load.people.iter().enumerate() {
            let patients =
                harness.search(&format!("Patient?identifier={}&family={}", person.mrn, person.family));
            assert_eq!(patients.len(), 1, "{} {}", person.mrn, person.family);
            let id = patients[0]["id"].as_str().unwrap();
            let due: HashSet<String> = (0..load.made)
                .filter(|k| k % PATIENTS == n)
                .map(|k| format!("{}-{k:05}", load.facility))
                .collect();
            let reports = harness.search(&format!("DiagnosticReport?patient={id}&_count=100"));
            let filed: Vec<String> = reports.iter().map(|report| order_of(report, &load.facility)).collect();
            assert_eq!(filed.len(), due.len(), "{filed:?}");
            assert_eq!(filed.into_iter().collect::<HashSet<_>>(), due);
            let observations = harness.search(&format!("Observation?patient={id}&_count=100"));
            assert_eq!(observations.len(), due.len());
        }
    }
    harness
}

/// The filler order number among a report's identifiers.
fn order_of(report: &serde_json::Value, facility: &str) -> String {
    let identifiers = report["identifier"].as_array().cloned().unwrap_or_default();
    let mut values = identifiers.iter().filter_map(|identifier| identifier["value"].as_str());
    let start = format!("{facility}-");
    values.find(|value| value.starts_with(&start)).unwrap_or_default().to_owned()
}

#[test]
fn d01_h15_kill_between_commit_and_ack_same_answer_on_resend() {
    let mut harness = Setup::new("resend").clinic("alder", |_, _| Behaviour::Accept).start();
    let orderer = harness.provider("alder");
    let person = Person::new("HRH", 1);
    let [heard, unheard] =
        ["M1", "M2"].map(|mark| Result::new("HRH", &person, mark, orderer.clone()).bytes());

    let first = harness.sender().send(&heard).unwrap();
    assert_eq!(verdict(&first).0, "AA");
    assert_eq!(harness.sender().send(&heard).unwrap(), first);

    // Committed, and nobody there to hear the answer.
    harness.sender().offer(&unheard).unwrap();
    assert!(until(DRAIN_LIMIT, || harness.books().accepted == 2));
    harness.kill();
    harness.restart();
    assert_eq!(harness.sender().send(&heard).unwrap(), first, "the first answer, after a kill too");
    let answer = harness.sender().send(&unheard).unwrap();
    assert_eq!(verdict(&answer), ("AA".to_owned(), "M2".to_owned()));
    assert_eq!(harness.sender().send(&unheard).unwrap(), answer);
    let books = harness.drained();
    assert_eq!((books.received, books.accepted, books.due), (2, 2, 2), "{books:?}");
}
