//! H01 and S-110: results of many people on one chart. Three runs over the product's ports: our own defect with the
//! person read again (nothing is misfiled), the same with that guard off, and a sender whose PID stays the same (at most
//! five are). Nothing is lost, one command restores the truth, and everybody who had a misfiled result is told.

use crate::messages::Person;
use province::traffic::{Fact, LINKS, Settings, Traffic};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use testkit::harness::{Books, Harness, Setup, opor};
use testkit::mllp::{Behaviour, field_text};

/// Messages before a sender or the program goes wrong.
const WARM: usize = 60;
/// People who are spoken of; all of them before it goes wrong.
const PERSONS: usize = 50;
/// Wrong messages after it.
const WRONG: usize = 40;
/// Normal messages over the ports; a hundred thousand and ten million are measured (docs/breaker.md).
const NORMAL: usize = 1_500;
/// Most that may be misfiled.
const MOST_MISFILED: usize = 5;
/// When the synthetic province's traffic begins, microseconds UTC: 2026-11-19 12:00.
const FROM_US: i64 = 1_795_089_600_000_000;

/// A result of an inpatient: each person has a visit, a bed, a team and orders of their own.
fn result(harness: &Harness, number: usize, n: usize) -> Vec<u8> {
    result_by(&harness.provider(["alder", "birch", "cairnwood"][number % 3]), number, n)
}

fn result_by(orderer: &str, number: usize, n: usize) -> Vec<u8> {
    let person = Person::new("VGH", number);
    let minute = n % 60;
    let hour = 8 + n / 60;
    let test = [("2823-3", "Potassium"), ("2951-2", "Sodium"), ("718-7", "Hemoglobin")][n % 3];
    let mut text = format!(
        "MSH|^~\\&|LIS|VGH|OPOR|NS|20261120{hour:02}{minute:02}00-0400||ORU^R01^ORU_R01|C{n}|P|2.5.1||||||UNICODE UTF-8\r"
    );
    let _ = write!(text, "{}\r", person.pid());
    let _ = write!(text, "PV1|1|I|W{0}^{number}^1||||{orderer}||||||||||||V{number}\r", number % 7);
    let _ = write!(text, "ORC|RE|P{n}|F{n}||CM|||||||{orderer}\r");
    let _ = write!(
        text,
        "OBR|1|P{n}|F{n}|{0}^{1}^LN|||20261120{hour:02}{minute:02}00-0400|||||||||{orderer}||||||20261120{hour:02}{minute:02}00-0400||CH|F\r",
        test.0, test.1
    );
    let _ = write!(text, "OBX|1|NM|{0}^{1}^LN||4.{n}|mmol/L|||||F\r", test.0, test.1);
    text.into_bytes()
}

/// Everything that is said about many people, in order.
fn traffic(harness: &Harness) -> Vec<Vec<u8>> {
    (0..WARM + WRONG).map(|n| result(harness, n * 7 % PERSONS, n)).collect()
}

/// The same with the PID of one message from that message on.
fn stuck(messages: &[Vec<u8>], from: usize) -> Vec<Vec<u8>> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let pid_of = |text: &str| text.split('\r').find(|line| line.starts_with("PID")).unwrap().to_owned();
    let pid = pid_of(&text(&messages[from]));
    let with = |(n, bytes): (usize, &Vec<u8>)| {
        let text = text(bytes);
        if n < from { text.into_bytes() } else { text.replace(&pid_of(&text), &pid).into_bytes() }
    };
    messages.iter().enumerate().map(with).collect()
}

/// Record number beside order number of each report that stands: what the charts say.
fn charts(harness: &Harness) -> HashMap<String, HashSet<String>> {
    let mut charts: HashMap<String, HashSet<String>> = HashMap::new();
    let mut numbers: HashMap<String, String> = HashMap::new();
    for number in 0..PERSONS {
        let person = Person::new("VGH", number);
        let found = harness.search(&format!("Patient?identifier={}", person.mrn));
        for patient in found {
            numbers.insert(patient["id"].as_str().unwrap().to_owned(), person.mrn.clone());
        }
    }
    for (id, mrn) in &numbers {
        for report in harness.search(&format!("DiagnosticReport?patient={id}")) {
            if report["status"] == "entered-in-error" {
                continue;
            }
            let identifiers = report["identifier"].as_array().cloned().unwrap_or_default();
            let order =
                identifiers.iter().filter_map(|id| id["value"].as_str()).find(|value| value.starts_with('F'));
            charts.entry(mrn.clone()).or_default().insert(order.unwrap().to_owned());
        }
    }
    charts
}

/// What the charts should say.
fn truth(messages: &[Vec<u8>]) -> HashMap<String, HashSet<String>> {
    let mut truth: HashMap<String, HashSet<String>> = HashMap::new();
    for message in messages {
        let mrn = field_text(message, "PID", 3).split('^').next().unwrap().to_owned();
        truth.entry(mrn).or_default().insert(field_text(message, "OBR", 3));
    }
    truth
}

/// Orders that stand on a chart that is not theirs.
fn misfiled(harness: &Harness, messages: &[Vec<u8>]) -> Vec<String> {
    let truth = truth(messages);
    let mut wrong: Vec<String> = charts(harness)
        .into_iter()
        .flat_map(|(mrn, orders)| {
            let right = truth.get(&mrn).cloned().unwrap_or_default();
            orders.into_iter().filter(move |order| !right.contains(order))
        })
        .collect();
    wrong.sort();
    wrong
}

/// A feed that has stopped, for tests that need one: of some twenty messages the last ones are held.
pub(crate) fn stopped_feed(harness: &Harness, clinic: &str) {
    let orderer = harness.provider(clinic);
    let right: Vec<Vec<u8>> = (0..20).map(|n| result_by(&orderer, n, n)).collect();
    harness.sender().accepted(&stuck(&right, 12));
    assert!(harness.interpreted().held > 0, "nothing stopped: {:?}", harness.books());
}

fn three_clinics(name: &'static str) -> Setup {
    let accept = |_: usize, _: &[u8]| Behaviour::Accept;
    Setup::new(name).clinic("alder", accept).clinic("birch", accept).clinic("cairnwood", accept)
}

/// The one stop that is there.
fn the_stop(data: &str) -> String {
    let said = opor(&["breaker", "--data", data]);
    assert!(said.out.contains("1 stops"), "{}{}", said.out, said.err);
    said.out.split_whitespace().next().unwrap().to_owned()
}

/// Orders whose withdrawal each clinic was sent, and those that it was sent as results.
fn sent_to(harness: &Harness, clinic: &str) -> (HashSet<String>, HashSet<String>) {
    let (mut withdrawn, mut results) = (HashSet::new(), HashSet::new());
    for message in harness.clinic(clinic).received() {
        let order = field_text(&message, "OBR", 3);
        if field_text(&message, "OBX", 11) == "W" {
            assert_eq!(field_text(&message, "OBR", 25), "X", "{}", String::from_utf8_lossy(&message));
            withdrawn.insert(order);
        } else {
            results.insert(order);
        }
    }
    (withdrawn, results)
}

fn kept_all(books: Books, messages: usize) {
    assert_eq!(books.accepted, messages as u64, "{books:?}");
    assert!(books.balanced, "{books:?}");
}

#[test]
fn h01_s110_a_remembered_person_is_never_filed_on() {
    let mut harness = three_clinics("remembered").setting("seeded_defects = [\"person-remembered\"]").start();
    let messages = traffic(&harness);
    harness.sender().accepted(&messages);
    let books = harness.interpreted();
    kept_all(books, messages.len());
    assert_eq!(misfiled(&harness, &messages), Vec::<String>::new());
    assert!(books.held > 80, "everybody's but the first person's is held: {books:?}");
    println!("person remembered, guard on: {} filed, {} held, 0 misfiled", books.filed, books.held);
    harness.repair();
    harness.stop();
    let said = opor(&["replay", "--data", &harness.data(), "--cause", "held"]);
    assert_eq!(said.code, 0, "{}", said.err);
    harness.restart();
    let books = harness.drained();
    assert_eq!((books.filed, books.held), (messages.len() as u64, 0), "{books:?}");
    assert_eq!(charts(&harness), truth(&messages));
}

#[test]
fn h01_s110_a_remembered_person_stops_filing_when_nothing_else_would() {
    let setup = three_clinics("unguarded").setting("seeded_defects = [\"person-remembered\", \"guard-off\"]");
    let mut harness = setup.start();
    // The defect is in from the start, so nothing is known of this feed but what goes wrong.
    let messages = traffic(&harness);
    harness.sender().accepted(&messages);
    let books = harness.interpreted();
    kept_all(books, messages.len());
    let wrong = misfiled(&harness, &messages);
    println!("person remembered, guard off: {} misfiled ({wrong:?}), {} held", wrong.len(), books.held);
    assert!(wrong.len() <= MOST_MISFILED, "{wrong:?}");
    let _ = harness.drained();
    harness.repair();
    harness.stop();
    let data = harness.data();
    let stop = the_stop(&data);
    let tried = opor(&["breaker", "--data", &data, "--id", &stop, "--restore", "--dry-run"]);
    assert!(tried.out.contains("nothing was written"), "{}{}", tried.out, tried.err);
    let told = ["--by", "Sorrel, Ana", "--reason", "the program was repaired"];
    let done = opor(&[&["breaker", "--data", &data, "--id", &stop, "--restore"][..], &told].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    harness.restart();
    let books = harness.drained();
    assert_eq!((books.filed, books.held), (messages.len() as u64, 0), "{books:?}");
    assert_eq!(charts(&harness), truth(&messages));
    let withdrawn: HashSet<String> =
        ["alder", "birch", "cairnwood"].into_iter().flat_map(|clinic| sent_to(&harness, clinic).0).collect();
    assert_eq!(withdrawn, wrong.into_iter().collect(), "every receiver of a misfiled result was told");
}

#[test]
fn h01_s110_a_sender_whose_pid_is_constant_is_stopped_and_aimed_right() {
    let mut harness = three_clinics("constant").start();
    let right = traffic(&harness);
    let messages = stuck(&right, WARM);
    harness.sender().accepted(&messages);
    let books = harness.interpreted();
    kept_all(books, messages.len());
    let wrong = misfiled(&harness, &right);
    println!("constant PID: {} misfiled ({wrong:?}), {} held", wrong.len(), books.held);
    assert!(!wrong.is_empty() && wrong.len() <= MOST_MISFILED, "{wrong:?}");
    let _ = harness.drained();
    let page = harness.page("sorrel", "/breaker");
    assert!(page.contains("side by side") && page.contains("Potassium"), "{page}");
    // A doctor reads the chart that everything went to: she must be told too.
    let wrong_chart =
        harness.search(&format!("Patient?identifier={}", Person::new("VGH", WARM * 7 % PERSONS).mrn));
    let chart = wrong_chart[0]["id"].as_str().unwrap().to_owned();
    let _ = harness.page("cairnwood", &format!("/person/{chart}/results"));
    harness.stop();
    let data = harness.data();
    let stop = the_stop(&data);
    // The laboratory's own list says whose each order is.
    let map = harness.folder().join("whose.csv");
    let lines: String = right
        .iter()
        .map(|message| {
            let mrn = field_text(message, "PID", 3).split('^').next().unwrap().to_owned();
            format!("{},VGH,{mrn}\n", field_text(message, "OBR", 3))
        })
        .collect();
    std::fs::write(&map, lines).unwrap();
    let map = map.display().to_string();
    let tried = opor(&["breaker", "--data", &data, "--id", &stop, "--map", &map, "--dry-run"]);
    assert!(tried.out.contains("nothing was written"), "{}{}", tried.out, tried.err);
    let told = ["--by", "Sorrel, Ana", "--reason", "the laboratory sent its list"];
    let done = opor(&[&["breaker", "--data", &data, "--id", &stop, "--map", &map][..], &told].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(
        done.out.contains("1 systems and 1 readers told")
            || done.out.contains("1 systems and 2 readers told"),
        "{}",
        done.out
    );
    assert_eq!(opor(&["breaker", "--data", &data]).out.matches("to be decided").count(), 0);
    harness.restart();
    let books = harness.drained();
    assert_eq!((books.filed, books.held), (messages.len() as u64, 0), "{books:?}");
    assert_eq!(charts(&harness), truth(&right));
    // She only looked, in the portal, at a chart of another clinic's patient: what was taken back is on her home list.
    let home = harness.page("cairnwood", "/");
    assert!(home.contains("Withdrawn · Retiré"), "{home}");
    let mut withdrawn = HashSet::new();
    for clinic in ["alder", "birch", "cairnwood"] {
        let (gone, _) = sent_to(&harness, clinic);
        withdrawn.extend(gone);
        // What was sent after the stop names the right patient.
        for message in harness.clinic(clinic).received() {
            let order = field_text(&message, "OBR", 3);
            let mrn = field_text(&message, "PID", 3);
            let is_right =
                truth(&right).iter().any(|(whose, orders)| mrn.starts_with(whose) && orders.contains(&order));
            assert!(is_right || wrong.contains(&order), "{}", String::from_utf8_lossy(&message));
        }
    }
    assert_eq!(withdrawn, wrong.iter().cloned().collect(), "every receiver of a misfiled result was told");
    // Replay changes nothing, also of what was aimed.
    harness.stop();
    let again = opor(&["replay", "--data", &data, "--link", "LIS@VGH", "--since", "2000-01-01"]);
    assert!(again.out.contains(" replayed, 0 with a change"), "{}{}", again.out, again.err);
    harness.restart();
}

#[test]
fn h01_s110_a_rejected_stop_is_taken_back_and_survives_a_crash() {
    let mut harness = three_clinics("rejected").start();
    let right = traffic(&harness);
    let messages = stuck(&right, WARM);
    harness.sender().accepted(&messages[..WARM + 10]);
    let _ = harness.interpreted();
    harness.kill();
    harness.restart();
    // The stop stands after the crash: nothing more of that person is filed.
    harness.sender().accepted(&messages[WARM + 10..]);
    let _ = harness.drained();
    let wrong = misfiled(&harness, &right);
    assert!(!wrong.is_empty() && wrong.len() <= MOST_MISFILED, "{wrong:?}");
    harness.stop();
    let data = harness.data();
    let stop = the_stop(&data);
    let told = ["--by", "Sorrel, Ana", "--reason", "the sender's interface kept one patient"];
    let done = opor(&[&["breaker", "--data", &data, "--id", &stop, "--reject"][..], &told].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let again = opor(&["replay", "--data", &data, "--cause", "kept"]);
    assert!(again.out.contains(" replayed, 0 with a change"), "{}{}", again.out, again.err);
    harness.restart();
    assert_eq!(misfiled(&harness, &right), Vec::<String>::new());
    // The repaired sender says it again, right this time.
    harness.sender().accepted(&right[WARM..]);
    let books = harness.drained();
    assert_eq!(books.held, 0, "{books:?}");
    assert_eq!(charts(&harness), truth(&right));
}

#[test]
fn s110_what_a_feed_filed_in_a_time_is_taken_back_by_one_command() {
    let mut harness = three_clinics("by-hand").start();
    let right: Vec<Vec<u8>> = (0..12).map(|n| result(&harness, n, n)).collect();
    harness.sender().accepted(&right);
    let _ = harness.drained();
    harness.stop();
    let data = harness.data();
    let told = ["--by", "Sorrel, Ana", "--reason", "the analyser was not calibrated"];
    let suspect = ["breaker", "--data", &data, "--suspect", "LIS@VGH", "--since", "2026-01-01"];
    let tried = opor(&[&suspect[..], &["--dry-run"]].concat());
    assert!(tried.out.contains("12 messages; nothing was written"), "{}{}", tried.out, tried.err);
    assert!(opor(&["breaker", "--data", &data]).out.contains("0 stops"), "a trial stopped the feed");
    let made = opor(&[&suspect[..], &told].concat());
    assert!(made.out.contains("12 filed before, 0 held; to be decided"), "{}{}", made.out, made.err);
    let stop = the_stop(&data);
    // A list that contradicts itself is refused, and a line about nothing of the stop is said.
    let map = harness.folder().join("whose.csv");
    std::fs::write(&map, "F0,VGH,1\nF999,VGH,1\nF0,VGH,2\n").unwrap();
    let map = map.display().to_string();
    let twice = opor(&["breaker", "--data", &data, "--id", &stop, "--map", &map, "--dry-run"]);
    assert!(twice.code != 0 && twice.err.contains("write one record for it"), "{}{}", twice.out, twice.err);
    assert!(twice.out.contains("F999 is no message and no order of this stop"), "{}", twice.out);
    let done = opor(&[&["breaker", "--data", &data, "--id", &stop, "--reject"][..], &told].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    harness.restart();
    let books = harness.drained();
    assert_eq!((books.filed, books.kept), (0, 12), "{books:?}");
    assert!(charts(&harness).values().all(HashSet::is_empty), "{:?}", charts(&harness));
    let withdrawn: usize =
        ["alder", "birch", "cairnwood"].map(|clinic| sent_to(&harness, clinic).0.len()).iter().sum();
    assert_eq!(withdrawn, 12, "every receiver was told");
}

/// Facts of the synthetic province's feeds that a breaker must let pass, over the ports.
#[test]
fn h01_normal_traffic_passes() {
    let settings = Settings { seed: 11, persons: 40_000, from_us: FROM_US, defect: None };
    let harness = Setup::new("normal").start();
    let mut line = harness.sender();
    let facts: Vec<Fact> = Traffic::new(settings).take(NORMAL).collect();
    let feed: Vec<Vec<u8>> = facts.iter().map(|fact| fact.message().1).collect();
    line.accepted(&feed);
    let books = harness.drained();
    let census = harness.census();
    let stops = census["obligations"].as_array().unwrap().iter().filter(|row| row[0] == "breaker").count();
    println!("{NORMAL} messages of {} feeds: {books:?}, {stops} stops", LINKS.len());
    assert!(stops == 0, "{census}", census = Value::to_string(&census));
}
