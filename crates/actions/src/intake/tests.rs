//! Filing where it could go wrong: two people in one number, rulings, replays.

use crate::chart::tests::World;
use crate::identity::{Answer, Verdict, Worklist};
use crate::refusal::RefusalKind;
use clinical::access::Role;
use fhir::{PersonId, RecordId};
use store::{JournalRow, MessageState};

const ANN: &str = "PID|1||A1^^^HRH^MR~0144679875^^^CANNS^JHN||One^Ann^^^^^L||19800101|F";
const BEA: &str = "PID|2||A1^^^HRH^MR||Two^Bea^^^^^L||19750505|F";
const CID: &str = "PID|1||C3^^^HRH^MR||Three^Cid^^^^^L||19600606|M";

fn result(number: &str) -> [String; 2] {
    [
        format!(
            "OBR|1|P{number}^HRH|F{number}^HRH|2823-3^Potassium^LN|||20261120090000||||||||||||||||||CH|F"
        ),
        "OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F".to_owned(),
    ]
}

fn oru(world: &mut World, facility: &str, groups: &[(&str, &str)]) -> JournalRow {
    let mut segments: Vec<String> = Vec::new();
    for (pid, number) in groups {
        segments.push((*pid).to_owned());
        segments.extend(result(number));
    }
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    world.offer("ORU^R01^ORU_R01", facility, &segments).pop().expect("a message")
}

fn person_of(world: &World, number: &str) -> Option<PersonId> {
    let view = world.record.store().view().expect("a view");
    view.record(RecordId::of("HRH", number)).expect("read").map(|row| row.person)
}

fn first_case(world: &World) -> store::ObligationId {
    let list = world.record.look(&world.context(Role::IdentitySteward), Worklist::default()).expect("a list");
    list.lines.first().expect("a case").case
}

#[test]
fn s110_h01_two_people_under_one_number_are_held_not_merged() {
    let mut world = World::new("two-people");
    let row = oru(&mut world, "HRH", &[(ANN, "1"), (BEA, "2")]);
    assert_eq!(row.state, MessageState::Held, "{}", row.note);
    assert!(row.note.contains("PID-3"), "{}", row.note);
    assert_eq!(person_of(&world, "A1"), None, "nothing was filed");
}

#[test]
fn one_patient_in_two_groups_is_one_chart() {
    let mut world = World::new("two-groups");
    let row = oru(&mut world, "HRH", &[(ANN, "1"), (ANN, "2")]);
    assert_eq!(row.state, MessageState::Filed, "{}", row.note);
}

#[test]
fn h01_a_ruling_answers_only_the_doubt_it_was_asked() {
    let mut world = World::new("ruling");
    oru(&mut world, "HRH", &[(ANN, "1")]);
    // Cid is new and clear; the second group claims Ann's number with another name and birth date.
    let held = oru(&mut world, "HRH", &[(CID, "3"), (BEA, "4")]);
    assert_eq!(held.state, MessageState::Held);
    let ann = person_of(&world, "A1").expect("Ann");
    let answer =
        Answer { obligation: first_case(&world), answer: Verdict::Same(ann), reason: "rang the ward".into() };
    world.record.act(&world.context(Role::IdentitySteward), answer).expect("an answer");
    let cid = person_of(&world, "C3").expect("Cid");
    assert_ne!(cid, ann, "the clear patient keeps a person of his own");
}

#[test]
fn a_new_person_cannot_be_made_of_a_number_on_file() {
    let mut world = World::new("stale-new");
    oru(&mut world, "HRH", &[(ANN, "1")]);
    oru(&mut world, "HRH", &[(BEA, "2")]);
    let answer =
        Answer { obligation: first_case(&world), answer: Verdict::New, reason: "somebody else".into() };
    let refused = world.record.act(&world.context(Role::IdentitySteward), answer).expect_err("refused");
    assert_eq!(refused.kind, RefusalKind::Conflict);
}

fn cases(world: &World) -> Vec<store::ObligationId> {
    let list = world.record.look(&world.context(Role::IdentitySteward), Worklist::default()).expect("a list");
    list.lines.iter().map(|line| line.case).collect()
}

fn say(world: &World, case: store::ObligationId, answer: Verdict) {
    let answer = Answer { obligation: case, answer, reason: "rang the ward".into() };
    world.record.act(&world.context(Role::IdentitySteward), answer).expect("an answer");
}

fn state(world: &World, row: &JournalRow) -> MessageState {
    world.record.store().view().expect("a view").message(row.id).expect("read").expect("a message").state
}

#[test]
fn h01_two_doubts_of_one_message_are_two_cases_and_each_answer_counts() {
    let mut world = World::new("two-doubts");
    oru(&mut world, "HRH", &[(ANN, "1")]);
    oru(&mut world, "HRH", &[(CID, "2")]);
    let (ann, cid) = (person_of(&world, "A1").expect("Ann"), person_of(&world, "C3").expect("Cid"));
    let dan = "PID|2||C3^^^HRH^MR||Four^Dan^^^^^L||19311231|M";
    let held = oru(&mut world, "HRH", &[(BEA, "3"), (dan, "4")]);
    let first = cases(&world);
    assert_eq!((held.state, first.len()), (MessageState::Held, 1));

    say(&world, first[0], Verdict::Same(ann));
    assert_eq!(state(&world, &held), MessageState::Held);
    let both = cases(&world);
    assert_eq!(both.len(), 2, "what is held has an owner");
    let replayed = world.record.replay_now(held.id, false, world.clock).expect("a replay");
    assert_eq!(replayed.after, MessageState::Held, "one answer is not two");

    let second = both.into_iter().find(|case| *case != first[0]).expect("a second case");
    say(&world, second, Verdict::Same(cid));
    assert_eq!(state(&world, &held), MessageState::Filed);
    assert_eq!(
        (cases(&world), person_of(&world, "A1"), person_of(&world, "C3")),
        (vec![], Some(ann), Some(cid))
    );
}

/// Ann's record, and a message of another number that only memory holds to be hers.
fn doubt_from_memory(name: &str) -> (World, JournalRow, PersonId) {
    let mut world = World::new(name);
    let one = "PID|1||1001^^^HRH^MR||Thériault^Évangéline^^^^^L||19800307|F|||1 Water Street^^Wharfton^NS^B0N1A0||9025550117";
    world.offer("ADT^A28", "HRH", &["EVN|A28|20261122", one]);
    let warming = crate::identity::Warming::start(&world.record).expect("a thread");
    while world.record.warm().holds() != Some(1) {
        std::thread::yield_now();
    }
    let again =
        "PID|1||2002^^^HRH^MR||Theriault^Evangeline^^^^^L||19800703|F|||1 Water Street^^Wharfton^NS^B0N1A0";
    let held = oru(&mut world, "HRH", &[(again, "1")]);
    warming.stop();
    assert_eq!(held.state, MessageState::Held, "{}", held.note);
    let view = world.record.store().view().expect("a view");
    let first = JournalRow { state: MessageState::Pending, ..held.clone() };
    let by_key = super::follow(&view, &world.record.directory(), &first, None, world.clock).expect("changes");
    assert_eq!(by_key.settlement.map(|is| is.state), Some(MessageState::Filed), "no key says so");
    let person = person_of(&world, "1001").expect("a person");
    (world, held, person)
}

#[test]
fn h02_a_ruling_counts_although_only_memory_doubted() {
    let (world, held, person) = doubt_from_memory("memory-ruled");
    let look = Worklist { picked: Some(first_case(&world)), ..Worklist::default() };
    let seen = world.record.look(&world.context(Role::IdentitySteward), look).expect("a case");
    assert_eq!(seen.open.expect("a case").sides.len(), 2, "whom memory found is shown");
    say(&world, first_case(&world), Verdict::Same(person));
    assert_eq!(state(&world, &held), MessageState::Filed);
    assert_eq!(person_of(&world, "2002"), Some(person));
}

#[test]
fn h02_replay_files_nothing_that_only_memory_doubted() {
    let (world, held, _) = doubt_from_memory("memory-replayed");
    let replayed = world.record.replay_now(held.id, false, world.clock).expect("a replay");
    assert_eq!((replayed.after, cases(&world).len()), (MessageState::Held, 1));
    assert_eq!(person_of(&world, "2002"), None);
}

#[test]
fn h02_a_ruling_counts_although_the_doubt_is_gone() {
    let mut world = World::new("doubt-gone");
    oru(&mut world, "HRH", &[(ANN, "1")]);
    let ann = person_of(&world, "A1").expect("Ann");
    let nobody = "PID|1||B9^^^HRH^MR||Nine^Nan^^^^^L||19901010|F";
    let row = oru(&mut world, "HRH", &[(nobody, "2")]);
    assert_eq!(row.state, MessageState::Filed);
    // The same message as it would stand if somebody had been asked whose it is and nothing were doubtful by now.
    let held = JournalRow { state: MessageState::Held, ..row };
    let view = world.record.store().view().expect("a view");
    let other = nobody.replace("B9", "B10").replace("19901010", "19890909").replace("Nan", "Zed");
    let raw = String::from_utf8_lossy(&held.raw).replace(nobody, &other);
    let held = JournalRow { raw: raw.into_bytes(), ..held };
    let case =
        crate::obligations::id(&[&held.id.to_string(), "identity", &RecordId::of("HRH", "B10").to_string()]);
    let ruling = super::Ruling { case, person: Some(ann), actor: "steward".into(), reason: "card".into() };
    let changes =
        super::follow(&view, &world.record.directory(), &held, Some(&ruling), world.clock).expect("changes");
    assert_eq!(changes.records.first().map(|row| row.person), Some(ann));
    let other = super::Ruling { case: crate::obligations::id(&["another"]), ..ruling };
    let two = format!("{}\r{}", String::from_utf8_lossy(&held.raw), {
        let [obr, obx] = result("8");
        format!("{CID}\r{obr}\r{obx}")
    });
    let held = JournalRow { raw: two.into_bytes(), ..held };
    let refused = super::follow(&view, &world.record.directory(), &held, Some(&other), world.clock);
    assert_eq!(
        refused.expect_err("refused").kind,
        RefusalKind::Conflict,
        "nobody's answer is dropped in silence"
    );
}

#[test]
fn replay_keeps_what_a_person_ruled() {
    let mut world = World::new("replay-ruled");
    oru(&mut world, "HRH", &[(ANN, "1")]);
    let held = oru(&mut world, "HRH", &[(BEA, "2")]);
    let ann = person_of(&world, "A1").expect("Ann");
    let answer =
        Answer { obligation: first_case(&world), answer: Verdict::Same(ann), reason: "married".into() };
    world.record.act(&world.context(Role::IdentitySteward), answer).expect("an answer");
    let replayed = world.record.replay_now(held.id, true, world.clock).expect("a replay");
    assert_eq!(replayed.after, MessageState::Filed);
    assert!(replayed.is_nothing(), "{replayed:?}");
}

#[test]
fn a_result_that_fills_a_gap_does_not_make_an_admission_look_old() {
    let mut world = World::new("gap");
    let stay = |event: &str| {
        format!("PV1|1|I|6N^1^A^HRH|||||||||||||||V7^^^HRH^VN|||||||||||||||||||||||||20261120080000{event}")
    };
    let admitted = stay("");
    world.offer("ADT^A01^ADT_A01", "HRH", &["EVN|A01|20261120080000", ANN, &admitted]);
    let discharged = stay("|20261121100000");
    world.offer("ADT^A03^ADT_A03", "HRH", &["EVN|A03|20261121100000", ANN, &discharged]);
    let [obr, obx] = result("9");
    world.offer("ORU^R01^ORU_R01", "HRH", &[ANN, &format!("{admitted}|||||||V"), &obr, &obx]);
    let late = world.offer("ADT^A01^ADT_A01", "HRH", &["EVN|A01|20261120080500", ANN, &admitted]);
    assert!(late.iter().all(|row| row.state == MessageState::Filed));
    let view = world.record.store().view().expect("a view");
    let stays = view.resources_of(RecordId::of("HRH", "A1"), fhir::Kind::Encounter, 10).expect("stays");
    let body = String::from_utf8_lossy(&stays[0].body).into_owned();
    assert!(body.contains("finished"), "the discharge stands: {body}");
}

const DEE: &str = "PID|1||D4^^^HRH^MR||Four^Dee^^^^^L||19700707|F";
/// A laboratory that knows no birth date.
const LESS: &str = "PID|1||D4^^^HRH^MR||Four^Dee^^^^^L|||F";

#[test]
fn s110_a_result_before_its_registration_is_filed_when_the_record_comes() {
    let mut world = World::new("early-result");
    let first = oru(&mut world, "HRH", &[(LESS, "1")]);
    let second = oru(&mut world, "HRH", &[(LESS, "2")]);
    assert_eq!([first.state, second.state], [MessageState::Held; 2], "{}", first.note);
    assert_eq!(cases(&world).len(), 2);
    let came = world.offer("ADT^A28", "HRH", &["EVN|A28|20261122", DEE]);
    assert_eq!(came.first().map(|row| row.state), Some(MessageState::Filed));
    assert!(cases(&world).is_empty(), "nobody is asked any more");
    // Nobody touched them.
    assert_eq!([&first, &second].map(|row| state(&world, row)), [MessageState::Filed; 2]);
    for row in [&first, &second] {
        let replayed = world.record.replay_now(row.id, true, world.clock).expect("a replay");
        assert!(replayed.is_nothing(), "{replayed:?}");
    }
}

#[test]
fn h04_a_result_that_contradicts_its_registration_waits_again() {
    let mut world = World::new("early-contradiction");
    let other = "PID|1||D4^^^HRH^MR||Five^Eve^^^^^L|||M";
    let held = oru(&mut world, "HRH", &[(other, "1")]);
    world.offer("ADT^A28", "HRH", &["EVN|A28|20261122", DEE]);
    assert_eq!((state(&world, &held), cases(&world).len()), (MessageState::Held, 1));
    // The next message of the same record does not open it for ever.
    world.offer("ADT^A31", "HRH", &["EVN|A31|20261122", DEE]);
    assert_eq!((state(&world, &held), cases(&world).len()), (MessageState::Held, 1));
}

#[test]
fn a_returned_message_is_not_decided_again() {
    let mut world = World::new("early-returned");
    let held = oru(&mut world, "HRH", &[(LESS, "1")]);
    say(&world, first_case(&world), Verdict::Return);
    world.offer("ADT^A28", "HRH", &["EVN|A28|20261122", DEE]);
    assert_eq!(state(&world, &held), MessageState::Kept);
}

#[test]
fn h02_a_registration_with_a_likeness_is_filed_and_one_question_is_open() {
    let mut world = World::new("perhaps");
    world.offer("ADT^A28", "HRH", &["EVN|A28|20261122", DEE]);
    let like = "PID|1||9^^^VGH^MR||Four^Dee^^^^^L||19700707|F";
    let filed = world.offer("ADT^A04", "VGH", &["EVN|A04|20261122", like]).pop().expect("a message");
    assert_eq!(filed.state, MessageState::Filed, "{}", filed.note);
    let list = world.record.look(&world.context(Role::IdentitySteward), Worklist::default()).expect("a list");
    let lines: Vec<_> = list.lines.iter().map(|line| (line.sort, line.waiting)).collect();
    assert_eq!(lines, [(crate::identity::CaseSort::Pair, 0)], "no message waits");
    // A result with no more to say than that is nobody's until somebody looks.
    let third = "PID|1||7^^^SRH^MR||Four^Dee^^^^^L||19700707|F";
    let held = oru(&mut world, "SRH", &[(third, "3")]);
    assert_eq!(held.state, MessageState::Held, "{}", held.note);
    // The very same home joins by itself.
    let at_home = |number: &str, facility: &str| {
        format!(
            "PID|1||{number}^^^{facility}^MR||Six^Fay^^^^^L||19700708|F|||12 Shore Road^^Wharfton^NS^B0N1A0||9025550117"
        )
    };
    world.offer("ADT^A28", "HRH", &["EVN|A28|20261122", &at_home("F6", "HRH")]);
    world.offer("ADT^A04", "VGH", &["EVN|A04|20261122", &at_home("60", "VGH")]);
    let view = world.record.store().view().expect("a view");
    let there = view.record(RecordId::of("VGH", "60")).expect("read").map(|row| row.person);
    assert_eq!(there, person_of(&world, "F6"));
    let events = view.link_events(RecordId::of("VGH", "60")).expect("events");
    assert_eq!(events.last().map(|event| event.rule.as_str()), Some("guarded-weights/2"));
}

#[test]
fn h08_twins_stay_two_through_the_whole_product() {
    let mut world = World::new("twins");
    let twin = |number: &str, name: &str, order: u8| {
        format!(
            "PID|1||{number}^^^IWK^MR||Paul^{name}^^^^^L||20261120|F|||12 Shore Road^^Wharfton^NS^B0N1A0||9025550117||||||||0144679875^^^CANNS^JHN|||Y|{order}"
        )
    };
    for (number, name, order) in [("T1", "Babygirl", 1), ("T2", "Babygirl", 2), ("T3", "Babygirl", 3)] {
        let filed = world.offer("ADT^A28", "IWK", &["EVN|A28|20261120", &twin(number, name, order)]).pop();
        assert_eq!(filed.map(|row| row.state), Some(MessageState::Filed), "{number}");
    }
    let person = |world: &World, number: &str| {
        let view = world.record.store().view().expect("a view");
        view.record(RecordId::of("IWK", number)).expect("read").map(|row| row.person)
    };
    // They get names; each name comes under its own number, and results follow.
    for (number, name, order) in [("T1", "Emma", 1), ("T2", "Emmy", 2), ("T3", "Ella", 3)] {
        let said = twin(number, name, order);
        let named = world.offer("ADT^A31", "IWK", &["EVN|A31|20261121", &said]).pop().expect("a message");
        assert_eq!(named.state, MessageState::Filed, "{}", named.note);
        let filed = oru(&mut world, "IWK", &[(&said, number)]);
        assert_eq!(filed.state, MessageState::Filed, "{}", filed.note);
    }
    let mut people = ["T1", "T2", "T3"].map(|number| person(&world, number));
    people.sort_unstable();
    assert!(people[0].is_some() && people[0] != people[1] && people[1] != people[2]);
    // One twin's results with the other's birth order wait.
    let mixed = oru(&mut world, "IWK", &[(&twin("T1", "Emma", 2), "X")]);
    assert_eq!(mixed.state, MessageState::Held);
    assert!(mixed.note.contains("birth orders"), "{}", mixed.note);
}

#[test]
fn h19_a_replay_releases_nothing_that_an_order_of_another_holds() {
    let mut world = World::new("order-replayed");
    oru(&mut world, "HRH", &[(ANN, "77001")]);
    let held = oru(&mut world, "HRH", &[(CID, "77001")]);
    assert_eq!(held.state, MessageState::Held, "{}", held.note);
    let replayed = world.record.replay_now(held.id, false, world.clock).expect("a replay");
    assert_eq!((replayed.after, replayed.deliveries, cases(&world).len()), (MessageState::Held, 0, 1));
    assert_eq!(person_of(&world, "C3"), None, "nothing was filed");
    say(&world, first_case(&world), Verdict::New);
    assert_eq!(state(&world, &held), MessageState::Filed, "what a person has said is not asked again");
}

#[test]
fn h19_a_number_that_is_taken_meanwhile_is_looked_at_again() {
    let mut world = World::new("order-raced");
    let row = oru(&mut world, "HRH", &[(ANN, "1")]);
    let before = world.record.store().view().expect("a view");
    assert_eq!(before.order_count(1).expect("read"), 0, "the view has begun");
    oru(&mut world, "HRH", &[(ANN, "77001")]);
    let raw = String::from_utf8_lossy(&row.raw)
        .replace(ANN, CID)
        .replace("P1^", "P77001^")
        .replace("F1^", "F77001^");
    let other = JournalRow { state: MessageState::Pending, raw: raw.into_bytes(), ..row };
    let mut changes =
        super::follow(&before, &world.record.directory(), &other, None, world.clock).expect("changes");
    assert_eq!(changes.settlement.as_ref().map(|is| is.state), Some(MessageState::Filed));
    assert!(
        changes.requires.contains(&store::Requirement::MappingIs(0)),
        "what it was read by is still in use"
    );
    changes.requires.retain(|one| !matches!(one, store::Requirement::MessageIs(..)));
    let settled = world.record.store().settle_blocking(changes);
    assert!(matches!(settled, store::Settled::Stale(store::Requirement::BearerCountIs(..))), "{settled:?}");
}

#[test]
fn a_message_that_is_held_again_is_owed_again() {
    let mut world = World::new("held-again");
    let row = oru(&mut world, "HRH", &[(ANN, "1"), (BEA, "2")]);
    let owed = |world: &World| {
        let view = world.record.store().view().expect("a view");
        crate::messages::held_by(&view, row.id).expect("read")
    };
    let [first] = owed(&world).try_into().expect("one");
    let hold = |world: &World| {
        let changes = super::filing::hold_unexplained(&world.record, row.id, world.clock).expect("read");
        world.record.store().settle_blocking(changes.expect("a message"))
    };
    assert_eq!(hold(&world), store::Settled::Done);
    assert_eq!(owed(&world).len(), 1, "held once more while it is owed, it is owed once");
    let told = clinical::obligations::Outcome::Resolved { by: "Ana".into(), how: "it was filed".into() };
    let ended = crate::obligations::ended(&first, &told, world.clock);
    let changes = store::Changes {
        obligations: vec![store::ObligationChange::Update(ended)],
        ..store::Changes::default()
    };
    assert_eq!(world.record.store().settle_blocking(changes), store::Settled::Done);
    assert!(owed(&world).is_empty());
    assert_eq!(hold(&world), store::Settled::Done);
    assert_eq!(owed(&world).len(), 1, "what has ended is nobody's");
}
