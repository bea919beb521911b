//! A load of fifty senders with two hundred messages in flight, struck at a moment that a seed names: killed, or paused.
//! Judged by the senders' and the clinic's own ledgers; the census must only agree.

use crate::messages::{Person, Result, mark};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;
use testkit::harness::{Harness, Sender, Setup};
use testkit::ledger::{SenderLedger, judge};
use testkit::mllp::{Behaviour, verdict};
use testkit::patience::until;

/// Connections, each with patients of its own.
const SENDERS: usize = 50;
/// Messages each connection has in flight when it is struck: 200 in all.
const AHEAD: usize = 4;
/// Patients of one connection.
const PATIENTS: usize = 2;
/// How often it is looked whether the writer is held.
const LOOK: Duration = Duration::from_millis(5);
/// Named points of the writer, and at which passing at most it is held there: a round passes them about so often.
const POINTS: [(&str, usize); 6] = [
    ("append", 150),
    ("settle", 40),
    ("before-keeping", 6),
    ("after-keeping", 6),
    ("before-filing", 3),
    ("after-filing", 3),
];

/// When a round is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// After so many answers.
    Answers(usize),
    /// While the writer is at a named point for the n-th time.
    Held(&'static str, usize),
}

impl Moment {
    /// The moment of a seed: every second one is at a named point.
    pub(crate) fn of(seed: u64) -> Self {
        let number = scattered(seed);
        if seed.is_multiple_of(2) {
            return Self::Answers(number % (SENDERS * AHEAD));
        }
        let (point, most) = POINTS[number % POINTS.len()];
        Self::Held(point, 1 + number / POINTS.len() % most)
    }
}

/// A number that follows from a seed and from which the next seed's cannot be told (SplitMix64's last steps).
pub(crate) fn scattered(seed: u64) -> usize {
    let mut number = seed.wrapping_add(20_261_122).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (number >> 33) as usize
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

/// A record under load.
pub(crate) struct Struck {
    /// The product and its clinic.
    pub(crate) harness: Harness,
    orderer: String,
    loads: Vec<Load>,
    ledger: SenderLedger,
    /// Rounds that were struck while the writer was held.
    held: usize,
}

impl Struck {
    /// Starts the product; nothing is sent yet.
    pub(crate) fn new(setup: Setup) -> Self {
        let setup = setup.setting("fail_points = true");
        let harness = setup.clinic("alder", |_, _| Behaviour::Accept).answer_seconds(5).start();
        let orderer = harness.provider("alder");
        let loads = (0..SENDERS).map(Load::new).collect();
        Self { harness, orderer, loads, ledger: SenderLedger::default(), held: 0 }
    }

    /// One round: all senders at once fill up what is in flight, and at the moment somebody strikes.
    pub(crate) fn round(&mut self, moment: Moment, strike: impl FnOnce(&mut Harness)) {
        self.loads.iter_mut().for_each(|load| load.fill(&self.orderer));
        self.send(Some(moment), strike);
    }

    fn send(&mut self, moment: Option<Moment>, strike: impl FnOnce(&mut Harness)) {
        let harness = &mut self.harness;
        let lines: Vec<Sender> = self.loads.iter().map(|_| harness.sender()).collect();
        if let Some(Moment::Held(point, times)) = moment {
            harness.hold_at(point, times);
        }
        let answers = AtomicUsize::new(0);
        let (gate, changed) = (Mutex::new(()), Condvar::new());
        let ledger = &self.ledger;
        std::thread::scope(|scope| {
            let mut running = Vec::with_capacity(self.loads.len());
            for (load, line) in self.loads.iter_mut().zip(lines) {
                let (answers, gate, changed) = (&answers, &gate, &changed);
                running.push(scope.spawn(move || {
                    load.run(line, ledger, &|| {
                        answers.fetch_add(1, Ordering::Relaxed);
                        drop(gate.lock().unwrap_or_else(PoisonError::into_inner));
                        changed.notify_all();
                    });
                }));
            }
            let Some(moment) = moment else { return };
            let mut guard = gate.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                let has_come = match moment {
                    Moment::Answers(wanted) => answers.load(Ordering::Relaxed) >= wanted,
                    Moment::Held(..) => harness.is_held(),
                };
                // A round that is over, or came to grief, passes the point no more often.
                if has_come || running.iter().all(|one| one.is_finished()) {
                    break;
                }
                guard = changed.wait_timeout(guard, LOOK).unwrap_or_else(PoisonError::into_inner).0;
            }
            drop(guard);
            self.held += usize::from(harness.is_held());
            strike(harness);
        });
        self.harness.let_go();
    }

    /// Everybody finishes; then everything is there, once, by every book there is.
    pub(crate) fn judged(mut self) -> Harness {
        self.send(None, |_| ());
        let Self { harness, loads, ledger, held, .. } = self;
        assert!(ledger.unanswered().is_empty(), "no answer even without a fault: {:?}", ledger.unanswered());
        let sent = ledger.sent();
        assert!(sent.iter().all(|row| row.is_accepted()));
        let offers: u32 = sent.iter().map(|row| row.offers).sum();
        let books = harness.drained();
        let arrivals = harness.clinic("alder").arrivals(mark);
        let verdict = judge(&sent, &arrivals, |_| true);
        println!(
            "{} messages in {offers} offers, {} repeats at the clinic, {held} rounds struck at a named point",
            sent.len(),
            verdict.repeats
        );
        println!("{books:?}");
        assert!(verdict.is_clean(), "{verdict:#?}");

        // Stored once each: the journal by the census, the charts by FHIR.
        assert_eq!((books.accepted, books.filed), (sent.len() as u64, sent.len() as u64), "{books:?}");
        assert_eq!((books.due, books.acknowledged), (sent.len() as u64, sent.len() as u64), "{books:?}");
        for load in &loads {
            for (n, person) in load.people.iter().enumerate() {
                let of = |k: usize| format!("{}-{k:05}", load.facility);
                let due = (0..load.made).filter(|k| k % PATIENTS == n).map(of).collect();
                assert_chart(&harness, person, &due);
            }
        }
        harness
    }
}

/// A kill for each seed; afterwards everything is there, once.
pub(crate) fn killed_again_and_again(setup: Setup, seeds: Range<u64>) -> Harness {
    println!("kills of the seeds {} to {}, 200 messages in flight at each", seeds.start, seeds.end);
    let mut struck = Struck::new(setup);
    for seed in seeds {
        struck.round(Moment::of(seed), Harness::kill);
        struck.harness.restart();
    }
    struck.judged()
}

/// A pause of the whole process for each seed, of a length that the seed draws from `seconds`; afterwards everything is
/// there, once.
pub(crate) fn paused_again_and_again(setup: Setup, seeds: Range<u64>, seconds: &[u64]) -> Harness {
    let mut struck = Struck::new(setup);
    for seed in seeds {
        let moment = Moment::of(seed);
        let pause = seconds[scattered(!seed) % seconds.len()];
        println!("seed {seed}: paused for {pause} s at {moment:?}");
        struck.round(moment, |harness| {
            harness.signal("STOP");
            // Nothing is waited for: this is the pause itself.
            let _ = until(Duration::from_secs(pause), || false);
            harness.signal("CONT");
            harness.let_go();
        });
    }
    struck.judged()
}

/// A person's chart has these orders, each once with its one observation, and no others.
pub(crate) fn assert_chart(harness: &Harness, person: &Person, due: &HashSet<String>) {
    let patients = harness.search(&format!("Patient?identifier={}&family={}", person.mrn, person.family));
    assert_eq!(patients.len(), 1, "{} {}", person.mrn, person.family);
    let id = patients[0]["id"].as_str().unwrap_or_default();
    let reports = harness.search(&format!("DiagnosticReport?patient={id}&_count=100"));
    let filed: Vec<String> = reports.iter().map(|report| order_of(report, &person.authority)).collect();
    assert_eq!(filed.len(), due.len(), "{filed:?}");
    assert_eq!(&filed.into_iter().collect::<HashSet<_>>(), due);
    let observations = harness.search(&format!("Observation?patient={id}&_count=100"));
    assert_eq!(observations.len(), due.len());
}

/// The filler order number among a report's identifiers.
fn order_of(report: &serde_json::Value, facility: &str) -> String {
    let identifiers = report["identifier"].as_array().cloned().unwrap_or_default();
    let mut values = identifiers.iter().filter_map(|identifier| identifier["value"].as_str());
    let start = format!("{facility}-");
    values.find(|value| value.starts_with(&start)).unwrap_or_default().to_owned()
}
