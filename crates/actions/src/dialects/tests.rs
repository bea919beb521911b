//! Files of several senders beside each other, and the repair of what stands elsewhere as it is read now.

use super::{Against, Repair, RepairView, Sign, Sort, Traffic, Try, digest};
use crate::chart::tests::{MAREN, World, maren};
use crate::record::machine;
use crate::refusal::Refusal;
use clinical::results::Finality;
use fhir::{Instant, Kind, RecordId};
use store::{Changes, MappingChange, MappingEvent, MappingStep, MessageState, Settled, StoredVersion};

const HEAD: &str = "name = \"NAME\"\nversion = 1\nabout = \"a test\"\n";

fn order(status: &str, time: &str) -> [String; 3] {
    [
        MAREN.to_owned(),
        format!(
            "OBR|1|P1^HRH|A77^HRH|RFT^Renal^99L|||20261120090000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||{time}||CH|{status}"
        ),
        format!("OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||{status}"),
    ]
}

fn send(world: &mut World, kind: &str, facility: &str, segments: &[String]) -> Vec<store::JournalRow> {
    world.offer(kind, facility, &segments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn file(name: &str, rest: &str) -> String {
    format!("{}{rest}", HEAD.replace("NAME", name))
}

/// A dialect in use, as it would be after its trial.
fn sign(world: &World, text: &str) -> Result<(), Refusal> {
    let context = machine("opor dialect", world.clock);
    let traffic = Traffic::Journal { link: String::new(), since: Instant(0) };
    let tried = Try { sort: Sort::Dialect, text: text.to_owned(), traffic, against: Against::InUse };
    world.record.try_mapping(&context, tried)?;
    let sign = Sign { digest: digest(text), by: Some("Teal, Simone".into()), reason: "looked at".into() };
    world.record.act(&context, sign)
}

fn repair(world: &World, dry_run: bool) -> RepairView {
    let all = Repair {
        link: "LAB@HRH".into(),
        since: Instant(0),
        by: Some("Teal, Simone".into()),
        reason: "read wrongly".into(),
    };
    world.record.repair_mapping(&machine("opor dialect", world.clock), &all, dry_run).expect("a repair")
}

/// Resources of a record as they stand.
fn standing(world: &World, record: RecordId, kind: Kind) -> Vec<StoredVersion> {
    let view = world.record.store().view().expect("a view");
    view.resources_of(record, kind, 50).expect("resources")
}

fn reports(world: &World, record: RecordId) -> Vec<StoredVersion> {
    standing(world, record, Kind::DiagnosticReport)
}

fn is_withdrawn(stored: &StoredVersion) -> bool {
    stored.finality == Some(Finality::Withdrawn.code())
}

#[test]
fn x05_what_stands_under_other_numbers_now_is_withdrawn_and_filed_there() {
    let mut world = World::new("repair-moved");
    for (status, time) in [("P", "20261120100000"), ("F", "20261120110000")] {
        send(&mut world, "ORU^R01^ORU_R01", "HRH", &order(status, time));
    }
    let record = RecordId::of("HRH", "00718264");
    assert_eq!(reports(&world, record).len(), 1);
    sign(
        &world,
        &file(
            "a",
            "senders = [\"LAB|HRH\"]\n[[rule]]\ndo = \"map\"\nat = \"OBR-4.1\"\ncodes = { RFT = \"RENAL\" }\n",
        ),
    )
    .expect("signed");
    let would = repair(&world, true);
    assert_eq!((would.figures.affected, would.figures.repaired, would.figures.exceptions), (2, 2, 0));
    assert_eq!(reports(&world, record).len(), 1, "nothing is written");
    let done = repair(&world, false);
    assert_eq!((done.figures.affected, done.figures.repaired, done.figures.left), (2, 2, 0));
    assert!(done.figures.is_proven());
    let now = reports(&world, record);
    let (withdrawn, left): (Vec<_>, Vec<_>) = now.iter().partition(|one| is_withdrawn(one));
    assert_eq!((withdrawn.len(), left.len()), (1, 1));
    let text = String::from_utf8_lossy(&left[0].body);
    assert!(text.contains("RENAL") && text.contains("\"final\""), "{text}");
    let potassium = standing(&world, record, Kind::Observation);
    let in_error = |one: &&StoredVersion| String::from_utf8_lossy(&one.body).contains("entered-in-error");
    assert_eq!((potassium.len(), potassium.iter().filter(in_error).count()), (2, 1));
    let again = repair(&world, false);
    assert_eq!((again.figures.affected, again.figures.versions), (0, 0));
}

#[test]
fn x05_what_is_about_another_record_now_moves_where_no_person_must_be_asked() {
    let mut world = World::new("repair-record");
    send(&mut world, "ORU^R01^ORU_R01", "HRH", &order("F", "20261120110000"));
    // Nothing but a name says whose this is.
    let mut nameless = order("F", "20261120110000");
    "PID|1||00718299^^^HRH^MR||Sedge^Ada^^^^^L||19550505|F".clone_into(&mut nameless[0]);
    nameless[1] = nameless[1].replace("A77", "A78").replace("P1^", "P2^");
    send(&mut world, "ORU^R01^ORU_R01", "HRH", &nameless);
    sign(
        &world,
        &file(
            "a",
            "senders = [\"LAB|HRH\"]\n[[authority]]\nlocal = \"HRH\"\nname = \"VALLEY\"\ntype = \"MR\"\n",
        ),
    )
    .expect("signed");
    let done = repair(&world, false);
    assert_eq!((done.figures.affected, done.figures.repaired, done.figures.exceptions), (2, 1, 1));
    assert!(done.figures.is_proven(), "{:?}", done.figures);
    let (old, new) = (RecordId::of("HRH", "00718264"), RecordId::of("VALLEY", "00718264"));
    assert!(reports(&world, old).iter().all(is_withdrawn));
    assert_eq!(reports(&world, new).iter().filter(|one| !is_withdrawn(one)).count(), 1);
    let view = world.record.store().view().expect("a view");
    assert_eq!(view.record(new).expect("read").expect("a record").person, maren(), "her card says so");
    let hers = reports(&world, RecordId::of("HRH", "00718299"));
    assert!(!is_withdrawn(&hers[0]), "a machine may not say whose it is: it stays, and is listed");
}

#[test]
fn h21_a_file_that_cannot_be_read_stops_its_own_senders_only() {
    let mut world = World::new("unreadable-file");
    let step = |name: &str, body: &str| {
        let event = MappingEvent {
            seq: 0,
            at: Instant(0),
            actor: "Teal, Simone".into(),
            sort: "dialect".into(),
            name: name.into(),
            version: 1,
            step: MappingStep::Signed,
            digest: digest(body),
            reason: "an older version could read it".into(),
            figures: String::new(),
            body: body.into(),
        };
        Changes { mapping: vec![MappingChange::Step(event)], ..Changes::default() }
    };
    let put = |world: &World, name: &str, body: &str| {
        let settled = world.record.store().settle_blocking(step(name, body));
        assert!(matches!(settled, Settled::Done));
    };
    sign(&world, &file("own", "senders = [\"LAB|HRH\"]\n")).expect("signed");
    put(&world, "old", "senders = [\"LAB|VGH\"]\nforgotten = true\n");
    let admitted = |world: &mut World, facility: &str, number: &str| {
        let pid = format!("PID|1||{number}^^^{facility}^MR||Marram^Ivo^^^^^L||19700101|M");
        let rows = send(world, "ADT^A04^ADT_A01", facility, &["EVN|A04|20261121080000".into(), pid]);
        (rows[0].state, rows[0].note.clone())
    };
    assert_eq!(admitted(&mut world, "HRH", "1").0, MessageState::Filed);
    assert_eq!(admitted(&mut world, "CBR", "2").0, MessageState::Filed, "nothing is agreed about it");
    let (state, note) = admitted(&mut world, "VGH", "3");
    assert_eq!(state, MessageState::Held);
    assert!(note.contains("dialect old version 1 in use cannot be read"), "{note}");
    // Where not even its senders can be read, it may be anybody's who has no other.
    put(&world, "lost", "senders = [");
    assert_eq!(admitted(&mut world, "HRH", "4").0, MessageState::Filed);
    assert_eq!(admitted(&mut world, "CBR", "5").0, MessageState::Held);
}

#[test]
fn h21_two_files_about_one_sender_are_refused_or_hold() {
    let mut world = World::new("two-files");
    let by_sender = file("a", "senders = [\"LAB|HRH\"]\n");
    let by_link = file("b", "links = [\"LAB@HRH\"]\n");
    sign(&world, &by_sender).expect("signed");
    send(&mut world, "ORU^R01^ORU_R01", "HRH", &order("F", "20261120110000"));
    let refused = sign(&world, &by_link).expect_err("both are about the recorded message").words.en;
    assert!(refused.contains("a is in use for the same sender"), "{refused}");
    // Of a link that has sent nothing yet nobody can know; its message is held, not read by either.
    sign(&world, &file("c", "senders = [\"LAB|VGH\"]\n")).expect("signed");
    sign(&world, &file("d", "links = [\"LAB@VGH\"]\n")).expect("signed");
    let rows = send(&mut world, "ORU^R01^ORU_R01", "VGH", &order("F", "20261120110000"));
    assert_eq!(rows[0].state, MessageState::Held);
    assert!(rows[0].note.contains("c and d are both in use"), "{}", rows[0].note);
}
