//! Real input: every message of `../shared/data/hl7v2-*` through a running server, each set on a link of its own.

use crate::corpus::{SETS, messages, shared};
use crate::interpreted::{address, interpreted};
use crate::messages::Person;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use testkit::harness::{Harness, Setup, opor};
use testkit::mllp::{Behaviour, field_text, verdict};

/// What a set's own sender saw.
struct Seen {
    name: &'static str,
    messages: Vec<Vec<u8>>,
    answers: Vec<Vec<u8>>,
}

impl Seen {
    fn is_accepted(answer: &[u8]) -> bool {
        matches!(verdict(answer).0.as_str(), "AA" | "CA")
    }

    fn refused(&self) -> u64 {
        self.answers.iter().filter(|answer| !Self::is_accepted(answer)).count() as u64
    }

    /// Messages accepted, the same bytes counted once.
    fn distinct(&self) -> u64 {
        let pairs = self.messages.iter().zip(&self.answers);
        pairs
            .filter(|(_, answer)| Self::is_accepted(answer))
            .map(|(message, _)| message)
            .collect::<HashSet<_>>()
            .len() as u64
    }
}

fn send_all(harness: &Harness, sets: &[(&'static str, Vec<Vec<u8>>)]) -> Vec<Seen> {
    let seen = |(name, messages): &(&'static str, Vec<Vec<u8>>)| {
        let answers = harness.sender_of(name).send_all(messages);
        Seen { name, messages: messages.clone(), answers }
    };
    sets.iter().map(seen).collect()
}

/// Counts of one feed in the census.
fn feed(census: &Value, name: &str, count: &str) -> u64 {
    let feeds = census["feeds"].as_array().unwrap();
    let row = feeds.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("no feed {name} in {census}"));
    row[1][count].as_u64().unwrap()
}

#[test]
fn real_input_ends_filed_kept_held_or_refused() {
    let Some(shared) = shared() else { return };
    let sets: Vec<(&'static str, Vec<Vec<u8>>)> =
        SETS.iter().map(|name| (*name, messages(&shared.join(name)))).collect();
    let total: usize = sets.iter().map(|(_, messages)| messages.len()).sum();
    assert!(total >= 1_000, "{total} messages");
    let mut setup = Setup::new("real");
    for name in SETS {
        setup = setup.link(name);
    }
    let mut harness = setup.start();

    let first = send_all(&harness, &sets);
    for seen in &first {
        for (message, answer) in seen.messages.iter().zip(&seen.answers) {
            let (code, control_id) = verdict(answer);
            let said = String::from_utf8_lossy(answer);
            match code.as_str() {
                "AA" | "CA" => {}
                "AE" | "AR" | "CE" | "CR" => {
                    let reason = field_text(answer, "MSA", 3) + &field_text(answer, "ERR", 8);
                    assert!(reason.len() > 10, "a refusal says why: {said}");
                }
                _ => panic!("{}: no answer to {control_id}: {said}", seen.name),
            }
            assert!(message.len() < 4 || !answer.is_empty());
        }
    }
    assert!(harness.is_alive());
    let books = harness.drained();
    let census = harness.census();
    println!(
        "{:<22} {:>5} {:>8} {:>8} {:>6} {:>5} {:>5}",
        "set", "sent", "refused", "accepted", "filed", "kept", "held"
    );
    for seen in &first {
        let of = |count: &str| feed(&census, seen.name, count);
        println!(
            "{:<22} {:>5} {:>8} {:>8} {:>6} {:>5} {:>5}",
            seen.name,
            seen.messages.len(),
            of("refused"),
            of("accepted"),
            of("filed"),
            of("kept"),
            of("held")
        );
        assert_eq!(of("refused"), seen.refused(), "{}", seen.name);
        assert_eq!(of("accepted"), seen.distinct(), "{}", seen.name);
        assert_eq!(of("accepted"), of("filed") + of("kept") + of("held"), "{}", seen.name);
    }

    // Everything again: the first answers again, nothing new but the refusals.
    let again = send_all(&harness, &sets);
    for (before, after) in first.iter().zip(&again) {
        for (old, new) in before.answers.iter().zip(&after.answers) {
            assert!(
                old == new || !Seen::is_accepted(old),
                "{}: {}",
                before.name,
                String::from_utf8_lossy(new)
            );
        }
    }
    let after = harness.drained();
    assert_eq!(after.refused, 2 * books.refused);
    assert_eq!(
        (after.accepted, after.filed, after.kept, after.held, after.due),
        (books.accepted, books.filed, books.kept, books.held, books.due)
    );

    harness.restart();
    assert_eq!(harness.drained(), after);
    let said = opor(&["check", "--data", &harness.data()]);
    assert!(said.code == 0 && said.out.contains("sound"), "{}{}", said.out, said.err);
}

/// Messages of the hospital stream that each order of arrival sends, unless `OPOR_STREAM` says otherwise (474, all of it,
/// in the full form).
const STREAM: usize = 160;
/// How far a message may overtake others.
const WINDOW: usize = 40;

/// Every number that names a patient of a message, with the authority left out as lanes do.
fn numbers(message: &[u8]) -> HashSet<String> {
    let message = hl7v2::Message::parse(message.to_vec()).unwrap();
    let (pid, mrg) = (message.segment_named("PID"), message.segment_named("MRG"));
    let fields = [pid.field(3), pid.field(2), pid.field(4), mrg.field(1)];
    let all = fields.iter().flat_map(|field| field.reps()).map(|rep| rep.comp(1).text().trim().to_owned());
    all.filter(|number| !number.is_empty()).collect()
}

/// The messages in another order: any may overtake others of a window, but none that speaks of the same patient.
fn shuffled(stream: &[Vec<u8>], mut seed: u64) -> Vec<Vec<u8>> {
    let mut pending: Vec<(HashSet<String>, &Vec<u8>)> =
        stream.iter().map(|message| (numbers(message), message)).collect();
    let mut order = Vec::with_capacity(pending.len());
    while !pending.is_empty() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let window = pending.len().min(WINDOW);
        let picked = usize::try_from(seed >> 33).unwrap() % window;
        let free = pending[..picked].iter().all(|(names, _)| names.is_disjoint(&pending[picked].0));
        order.push(pending.remove(if free { picked } else { 0 }).1.clone());
    }
    order
}

/// What a server holds at `addresses` after `stream`: the version and the resource without what only the server knows.
fn left_by(
    name: &'static str,
    stream: &[Vec<u8>],
    addresses: &BTreeSet<String>,
) -> BTreeMap<String, (String, String)> {
    let harness = Setup::new(name).start();
    harness.sender().accepted(stream);
    let books = harness.drained();
    println!("{name}: {books:?}");
    let mut left = BTreeMap::new();
    for address in addresses {
        let (status, mut resource) = harness.fhir(address);
        if status == 200 {
            let meta = resource.as_object_mut().unwrap().remove("meta").unwrap_or_default();
            left.insert(address.clone(), (meta["versionId"].to_string(), resource.to_string()));
        }
    }
    left
}

#[test]
fn s014_the_hospital_stream_in_order_shuffled_and_doubled_is_one_record() {
    let Some(shared) = shared() else { return };
    let mut stream = messages(&shared.join("hl7v2-simhospital"));
    #[expect(
        clippy::disallowed_methods,
        reason = "how much to run is the caller's choice, not the product's"
    )]
    let wanted = std::env::var("OPOR_STREAM");
    stream.truncate(wanted.ok().and_then(|text| text.parse().ok()).unwrap_or(STREAM));
    let folder = Setup::new("stream-said").start();
    let addresses: BTreeSet<String> = interpreted(folder.folder(), &stream)
        .iter()
        .flatten()
        .filter(|resource| resource["resourceType"] != "Provenance")
        .map(address)
        .collect();
    drop(folder);
    let mixed = shuffled(&stream, 1867);
    assert_ne!(mixed, stream);
    let doubled: Vec<Vec<u8>> =
        stream.iter().flat_map(|message| [message.clone(), message.clone()]).collect();
    let in_order = left_by("stream-in-order", &stream, &addresses);
    println!("{} resources of {}", in_order.len(), addresses.len());
    assert!(in_order.len() > 300, "{}", in_order.len());
    for (name, other) in [
        ("stream-shuffled", left_by("stream-shuffled", &mixed, &addresses)),
        ("stream-doubled", left_by("stream-doubled", &doubled, &addresses)),
    ] {
        assert_eq!(other.len(), in_order.len(), "{name}");
        for (address, was) in &in_order {
            assert_eq!(other.get(address), Some(was), "{name}: {address}");
        }
    }
}

/// Analytes that reports below repeat and leave out.
const ANALYTES: [&str; 4] = ["2823-3", "2951-2", "2160-0", "718-7"];
/// Reports that are compared.
const REPORTS: usize = 40;

/// Code and value of every OBX, sorted.
fn observed(message: &[u8]) -> Vec<(String, String)> {
    let message = hl7v2::Message::parse(message.to_vec()).unwrap();
    let obx = message.all_named("OBX");
    let mut all: Vec<(String, String)> = obx
        .map(|obx| (obx.field(3).comp(1).text().into_owned(), obx.field(5).comp(1).text().into_owned()))
        .collect();
    all.sort();
    all
}

/// No analyte twice that was sent once, and none missing: the same results with the same values as often as they were
/// sent, in what is stored and in what the clinic gets, whatever repeats.
#[test]
fn h23_every_result_is_stored_and_sent_as_often_as_it_was_sent() {
    let harness = Setup::new("multiset").clinic("alder", |_, _| Behaviour::Accept).start();
    let orderer = harness.provider("alder");
    let mut seed = 7_u64;
    let mut roll = |sides: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % sides
    };
    let mut sent = Vec::new();
    for n in 0..REPORTS {
        let person = Person::new("HRH", n);
        let mut text = format!(
            "MSH|^~\\&|LAB|HRH|OPOR|NS|20261122100000||ORU^R01^ORU_R01|MS{n}|P|2.5.1\r{}\rORC|RE|P{n}|F{n}|||||||||{orderer}\rOBR|1|P{n}|F{n}|24320-4^Panel^LN|||20261122090000|||||||||{orderer}||||||20261122093000|||F\r",
            person.pid()
        );
        for set in 1..=roll(12) {
            let code = ANALYTES[usize::try_from(roll(4)).unwrap()];
            // Few values, so that the same result with the same value comes twice too.
            text.push_str(&format!("OBX|{set}|NM|{code}^A^LN||{}.5|mmol/L|||||F\r", 1 + roll(3)));
        }
        sent.push((person, text.into_bytes()));
    }
    let messages: Vec<Vec<u8>> = sent.iter().map(|(_, message)| message.clone()).collect();
    harness.sender().accepted(&messages);
    let books = harness.drained();
    assert_eq!((books.filed, books.acknowledged), (REPORTS as u64, REPORTS as u64), "{books:?}");
    let received = harness.clinic("alder").received();
    let mut results = 0;
    for (person, raw) in &sent {
        let expected = observed(raw);
        results += expected.len();
        let patients = harness.search(&format!("Patient?identifier={}", person.mrn));
        let id = patients[0]["id"].as_str().unwrap();
        let stored = harness.search(&format!("Observation?patient={id}"));
        let mut stored: Vec<(String, String)> = stored
            .iter()
            .map(|one| {
                let code = one["code"]["coding"][0]["code"].as_str().unwrap().to_owned();
                (code, one["valueQuantity"]["value"].to_string())
            })
            .collect();
        stored.sort();
        assert_eq!(stored, expected, "stored of {}", person.mrn);
        let order = field_text(raw, "OBR", 3);
        let got: Vec<_> = received.iter().filter(|one| field_text(one, "OBR", 3) == order).collect();
        assert_eq!(got.len(), 1, "{order}");
        assert_eq!(observed(got[0]), expected, "sent of {order}");
    }
    println!("{results} results in {REPORTS} reports");
    assert!(results > 100);
}
