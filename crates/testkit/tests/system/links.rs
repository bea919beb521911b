//! Links through the whole product: one person however many register them at once, a merge that arrives before its
//! records, and every clinic that must know told in order.

use crate::messages::{Person, Result, mark};
use std::sync::Arc;
use store::{Settings, Store};
use testkit::harness::{Harness, Setup, opor};
use testkit::mllp::{Behaviour, field_text};

/// Threads that register one person.
const THREADS: usize = 64;
/// Registrations of that person.
const REGISTRATIONS: usize = 10_000;

fn adt(trigger: &str, structure: &str, control_id: &str, at: &str, segments: &[String]) -> Vec<u8> {
    let mut text = format!(
        "MSH|^~\\&|ADT|HRH|OPOR|NS|{at}-0400||ADT^{trigger}^{structure}|{control_id}|P|2.5.1\rEVN|{trigger}|{at}-0400\r"
    );
    for segment in segments {
        text.push_str(segment);
        text.push('\r');
    }
    text.into_bytes()
}

fn registration(person: &Person, control_id: &str) -> Vec<u8> {
    let visit = "PV1|1|O".to_owned();
    adt("A04", "ADT_A01", control_id, "20261120080000", &[person.pid(), visit])
}

fn merge(keep: &Person, gone: &Person, control_id: &str) -> Vec<u8> {
    let mrg = format!("MRG|{}^^^{}^MR", gone.mrn, gone.authority);
    adt("A40", "ADT_A39", control_id, "20261120090000", &[keep.pid(), mrg])
}

/// Records on file of a person's identifiers, and how many people they are.
fn on_file(harness: &Harness, people: &[&Person]) -> (usize, usize) {
    let folder = harness.data();
    let store = Store::open_read(std::path::Path::new(&folder), Settings::new(Arc::new(|| 0))).unwrap();
    let view = store.view().unwrap();
    let mut persons: Vec<fhir::PersonId> = people
        .iter()
        .filter_map(|person| view.record(fhir::RecordId::of(&person.authority, &person.mrn)).unwrap())
        .map(|row| row.person)
        .collect();
    let records = persons.len();
    persons.sort_unstable();
    persons.dedup();
    (records, persons.len())
}

#[test]
fn h03_s099_64_threads_register_one_person_10000_times() {
    let harness = Setup::new("one-person").start();
    let person = Person { cards: "~1000000019^^^NS^JHN".to_owned(), ..Person::new("HRH", 7) };
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let mut line = harness.sender();
            let person = &person;
            scope.spawn(move || {
                let mine = (0..REGISTRATIONS).filter(|n| n % THREADS == thread);
                let messages: Vec<Vec<u8>> = mine.map(|n| registration(person, &format!("R{n}"))).collect();
                line.accepted(&messages);
            });
        }
    });
    let books = harness.interpreted();
    assert_eq!((books.filed, books.held), (REGISTRATIONS as u64, 0), "{books:?}");
    assert_eq!(on_file(&harness, &[&person]), (1, 1));
    assert_eq!(harness.search("Patient?identifier=1000000019").len(), 1);
    assert_eq!(harness.search(&format!("Patient?family={}", person.family)).len(), 1);
}

/// A bundle of one patient as another system exports it.
fn bundle(id: &str, person: &Person, card: Option<&str>) -> String {
    let born = format!("{}-{}-{}", &person.birth[..4], &person.birth[4..6], &person.birth[6..]);
    let system = fhir::system::NS_HEALTH_CARD;
    let card = card.map(|card| serde_json::json!({ "system": system, "value": card }));
    let patient = serde_json::json!({
        "resourceType": "Patient", "id": id, "identifier": card.into_iter().collect::<Vec<_>>(),
        "name": [{ "family": person.family, "given": [person.given] }], "birthDate": born, "gender": "female"
    });
    let observation = serde_json::json!({
        "resourceType": "Observation", "id": format!("{id}-k"), "status": "final",
        "code": { "text": "Potassium" }, "subject": { "reference": format!("Patient/{id}") }
    });
    let entry = [patient, observation].map(|resource| serde_json::json!({ "resource": resource }));
    serde_json::json!({ "resourceType": "Bundle", "type": "collection", "entry": entry }).to_string()
}

#[test]
fn h03_what_is_loaded_is_matched_with_people_known_from_messages() {
    let mut harness = Setup::new("loaded").start();
    let card = "1000000019";
    let known = Person { cards: format!("~{card}^^^NS^JHN"), ..Person::new("HRH", 41) };
    let alike = Person::new("HRH", 77);
    let stranger = Person::new("VGH", 123);
    harness.sender().accepted(&[registration(&known, "R1"), registration(&alike, "R2")]);
    let _ = harness.interpreted();
    let folder = harness.folder().join("bundles");
    std::fs::create_dir_all(&folder).unwrap();
    for (id, person, card) in
        [("same", &known, Some(card)), ("like", &alike, None), ("other", &stranger, None)]
    {
        std::fs::write(folder.join(format!("{id}.json")), bundle(id, person, card)).unwrap();
    }
    let folder = folder.display().to_string();
    let url = format!("http://{}", harness.server().http);
    let token = opor(&["token", "--data", &harness.data(), "--role", "machine"]).out.trim().to_owned();
    let said = opor(&["load", "--url", &url, "--token", &token, &folder]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let people = |harness: &Harness| {
        let data = harness.data();
        let store = Store::open_read(std::path::Path::new(&data), Settings::new(Arc::new(|| 0))).unwrap();
        let view = store.view().unwrap();
        let of = |authority: &str, value: &str| {
            let row = view.record(fhir::RecordId::of(authority, value)).unwrap();
            row.unwrap_or_else(|| panic!("{authority} {value} is not on file")).person
        };
        [
            of("HRH", &known.mrn),
            of("loaded", "same"),
            of("HRH", &alike.mrn),
            of("loaded", "like"),
            of("loaded", "other"),
        ]
    };
    let loaded = people(&harness);
    assert_eq!(loaded[0], loaded[1], "the card, the name and the birth date agree");
    assert_ne!(loaded[2], loaded[3], "a name and a birth date alone link nobody");
    let apart: std::collections::HashSet<_> = loaded[1..].iter().collect();
    assert_eq!(apart.len(), 4, "{loaded:?}");
    let list = harness.page("sorrel", "/identity").to_uppercase();
    assert!(list.contains(&alike.family.to_uppercase()), "the desk is asked: {list}");
    // Loaded again, here without the index in memory: nothing changes.
    harness.stop();
    let said = opor(&["load", "--data", &harness.data(), &folder]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    harness.restart();
    assert_eq!(people(&harness), loaded);
    let list = harness.page("sorrel", "/identity").to_uppercase();
    assert!(list.contains(&alike.family.to_uppercase()), "the desk is asked still: {list}");
}

#[test]
fn h07_a_merge_that_comes_before_its_records_waits_for_them() {
    let harness = Setup::new("merge-first").start();
    let keep = Person::new("HRH", 21);
    let gone = Person { mrn: "200021".to_owned(), given: "Zelda".to_owned(), ..keep.clone() };
    let mut line = harness.sender();
    line.accepted(&[merge(&keep, &gone, "M1")]);
    let books = harness.interpreted();
    assert_eq!((books.filed, books.held), (1, 0), "{books:?}");
    assert_eq!(on_file(&harness, &[&keep, &gone]), (1, 1), "the surviving record came with the merge");
    let unlike = Person { birth: "19550505".to_owned(), family: "Quinlan".to_owned(), ..gone.clone() };
    line.accepted(&[registration(&unlike, "R1")]);
    let _ = harness.interpreted();
    let (records, persons) = on_file(&harness, &[&keep, &gone]);
    assert_eq!((records, persons), (2, 2), "nothing on file supports the sender's word: a person decides");
    let list = harness.page("sorrel", "/identity");
    assert!(list.to_uppercase().contains("QUINLAN"), "{list}");
    // Another pair, whose facts agree: linked when the second record comes.
    let keep = Person::new("HRH", 99);
    let gone = Person { mrn: "200099".to_owned(), ..keep.clone() };
    line.accepted(&[merge(&keep, &gone, "M2")]);
    let _ = harness.interpreted();
    line.accepted(&[registration(&gone, "R2")]);
    let _ = harness.interpreted();
    assert_eq!(on_file(&harness, &[&keep, &gone]), (2, 1));
}

#[test]
fn id5_s119_a_clinic_is_told_of_a_merge_in_order_with_its_results() {
    let harness = Setup::new("told")
        .clinic("alder", |_, _| Behaviour::Accept)
        .clinic("birch", |_, _| Behaviour::Accept)
        .start();
    // Somebody registered twice, day and month exchanged. Nobody guesses; the hospital knows.
    let keep = Person { given: "Ann".to_owned(), birth: "19610309".to_owned(), ..Person::new("HRH", 31) };
    let gone = Person { mrn: "200031".to_owned(), birth: "19610903".to_owned(), ..keep.clone() };
    let mut line = harness.sender();
    let to = |clinic: &str, person: &Person, order: &str| {
        Result::new("HRH", person, order, harness.provider(clinic)).bytes()
    };
    line.accepted(&[to("alder", &keep, "K1"), to("birch", &keep, "K2")]);
    let _ = harness.drained();
    line.accepted(&[to("alder", &gone, "G1")]);
    let _ = harness.drained();
    assert_eq!(on_file(&harness, &[&keep, &gone]), (2, 2));
    line.accepted(&[merge(&keep, &gone, "M1")]);
    // The two come over links of their own, between which no order is promised: the merge is filed first.
    let _ = harness.interpreted();
    line.accepted(&[to("alder", &keep, "K3"), to("birch", &gone, "G2")]);
    let books = harness.drained();
    assert_eq!(on_file(&harness, &[&keep, &gone]), (2, 1));
    assert_eq!(
        (books.held, books.acknowledged, books.due),
        (0, 7, 7),
        "five results, two notices: {books:?}"
    );
    let told = |clinic: &str| -> Vec<String> {
        let name = |message: &Vec<u8>| {
            let trigger = field_text(message, "EVN", 1);
            if trigger.is_empty() { mark(message) } else { trigger }
        };
        harness.clinic(clinic).received().iter().map(name).collect()
    };
    assert_eq!(
        told("alder"),
        ["K1", "G1", "A40", "K3"],
        "alder has both: one message says that they are one"
    );
    assert_eq!(told("birch"), ["K2", "A31", "G2"], "birch learns the number before its first result");
    let notice = &harness.clinic("alder").received()[2];
    assert_eq!(field_text(notice, "MRG", 1), format!("{}^^^HRH^MR", gone.mrn));
}
