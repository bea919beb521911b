//! Verdicts where they could do harm: late messages, two versions of one report, stops made twice.

use super::{Aim, Decide, Effect, Orders, Suspect, Verdict};
use crate::chart::tests::World;
use crate::dialects::{Against, Sign, Sort, Traffic, Try};
use crate::record::Look;
use crate::refusal::RefusalKind;
use clinical::access::Role;
use fhir::{Instant, RecordId};
use store::{
    BreakerChange, BreakerMessage, BreakerStop, Changes, MessageId, MessagePart, MessageState,
    ObligationFilter, ObligationId, ObligationState, Settled,
};

const ANN: &str = "PID|1||A1^^^HRH^MR||One^Ann^^^^^L||19800101|F";
const CID: &str = "PID|1||C3^^^HRH^MR||Three^Cid^^^^^L||19600606|M";

fn result(world: &mut World, pid: &str, number: &str, status: char) -> MessageId {
    let order = format!(
        "OBR|1|P{number}^HRH|F{number}^HRH|2823-3^Potassium^LN|||20261120090000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||20261120100000||CH|{status}"
    );
    let value = format!("OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||{status}");
    let row = world.offer("ORU^R01^ORU_R01", "HRH", &[pid, &order, &value]).pop().expect("a message");
    assert_eq!(row.state, MessageState::Filed, "{}", row.note);
    row.id
}

fn suspect() -> Suspect {
    Suspect {
        link: "LAB@HRH".into(),
        record: Some(("HRH".into(), "A1".into())),
        since: Instant(i64::MIN),
        until: Instant(i64::MAX),
        reason: "one patient for all".into(),
    }
}

/// The open stop that suspecting Ann's messages makes.
fn stop(world: &mut World) -> BreakerStop {
    world.clock = world.clock.plus_minutes(1);
    world.record.act(&world.context(Role::IdentitySteward), suspect()).expect("a stop");
    let stops = world.record.store().view().expect("a view").stops(9).expect("stops");
    stops.into_iter().find(|stop| stop.verdict.is_empty()).expect("an open stop")
}

fn decide(world: &World, stop: ObligationId, verdict: Verdict) {
    let decide = Decide { stop, verdict, reason: "rang the laboratory".into() };
    world.record.act(&world.context(Role::IdentitySteward), decide).expect("a decision");
}

fn to_cid() -> Verdict {
    Verdict::Aim(vec![Aim { message: None, authority: "HRH".into(), value: "C3".into() }])
}

fn carried(world: &World) -> Vec<Effect> {
    world.record.carry_out_stops(world.clock).expect("effects")
}

fn take(world: &World, message: MessageId, stop: ObligationId) {
    let row = BreakerMessage { message, stop, part: MessagePart::Suspect, aim: None, done: None };
    let changes = Changes { breaker: vec![BreakerChange::Take(row)], ..Changes::default() };
    assert!(matches!(world.record.store().settle_blocking(changes), Settled::Done));
}

fn stopped(world: &World, message: MessageId) -> BreakerMessage {
    world.record.store().view().expect("a view").stop_of(message).expect("read").expect("a stop")
}

fn records(world: &World, message: MessageId) -> Vec<RecordId> {
    world.record.store().view().expect("a view").message(message).expect("read").expect("a row").records
}

fn is_open(world: &World, stop: ObligationId) -> bool {
    let row = world.record.store().view().expect("a view").obligation(stop).expect("read").expect("owed");
    matches!(row.state, ObligationState::Open { .. })
}

#[test]
fn h01_s110_a_message_that_came_after_the_aim_waits_for_one_of_its_own() {
    let mut world = World::new("breaker-late");
    result(&mut world, CID, "1", 'F');
    let aimed = result(&mut world, ANN, "2", 'F');
    let first = stop(&mut world).id;
    let late = result(&mut world, ANN, "3", 'F');
    decide(&world, first, to_cid());
    take(&world, late, first);
    let cid = RecordId::of("HRH", "C3");
    assert_eq!(carried(&world).len(), 2);
    assert_eq!(records(&world, aimed), [cid]);
    let waiting = stopped(&world, late);
    assert!(waiting.stop != first && waiting.done.is_none(), "{waiting:?}");
    assert!(is_open(&world, waiting.stop) && !is_open(&world, first));
    decide(&world, waiting.stop, to_cid());
    assert_eq!(carried(&world).len(), 1);
    assert_eq!(records(&world, late), [cid]);
}

#[test]
fn h01_s110_both_versions_of_a_report_are_filed_where_they_belong_and_receivers_told() {
    let mut world = World::new("breaker-versions");
    result(&mut world, CID, "1", 'F');
    let versions = [result(&mut world, ANN, "2", 'P'), result(&mut world, ANN, "2", 'F')];
    let stop = stop(&mut world).id;
    decide(&world, stop, to_cid());
    let effects = carried(&world);
    for version in versions {
        assert_eq!(records(&world, version), [RecordId::of("HRH", "C3")], "{effects:?}");
    }
    // Nothing says yet that the first offer went out; it may be on its way.
    assert_eq!(effects.iter().map(|effect| effect.systems).sum::<usize>(), 1, "{effects:?}");
}

#[test]
fn s110_what_was_decided_can_be_suspected_again_and_what_waits_cannot() {
    let mut world = World::new("breaker-again");
    result(&mut world, CID, "1", 'F');
    let message = result(&mut world, ANN, "2", 'F');
    let first = stop(&mut world).id;
    let refused = world.record.act(&world.context(Role::IdentitySteward), suspect()).expect_err("it waits");
    assert!(refused.kind == RefusalKind::Conflict && refused.words.en.contains(&first.to_string()));
    decide(&world, first, Verdict::Release);
    carried(&world);
    let second = stop(&mut world).id;
    assert_ne!(second, first);
    assert_eq!(
        stopped(&world, message).stop,
        second,
        "{:?} {first} {:?}",
        stopped(&world, message),
        world.record.store().view().expect("v").stops(9)
    );
    decide(&world, second, to_cid());
    carried(&world);
    assert_eq!(records(&world, message), [RecordId::of("HRH", "C3")]);
    // Suspected once more, and released: it stays where a person has put it.
    let third = Suspect { record: Some(("HRH".into(), "C3".into())), ..suspect() };
    world.record.act(&world.context(Role::IdentitySteward), third).expect("a stop");
    assert_eq!(stopped(&world, message).aim, Some(("HRH".into(), "C3".into())));
}

#[test]
fn s110_one_message_that_cannot_be_carried_out_keeps_no_other_waiting() {
    let mut world = World::new("breaker-one");
    result(&mut world, CID, "1", 'F');
    let message = result(&mut world, ANN, "2", 'F');
    let stop = stop(&mut world).id;
    // Oldest first: a message that nobody finds comes before the one that can be rejected.
    take(&world, MessageId(0), stop);
    decide(&world, stop, Verdict::Reject);
    let effects = carried(&world);
    assert_eq!(effects.iter().map(|effect| effect.message).collect::<Vec<_>>(), [message]);
    assert!(is_open(&world, stop), "somebody must look at the other");
}

#[test]
fn s110_trying_to_suspect_writes_no_stop() {
    let mut world = World::new("breaker-try");
    let message = result(&mut world, ANN, "2", 'F');
    assert_eq!(look(&world, suspect()), [message]);
    assert!(world.record.store().view().expect("a view").stops(9).expect("stops").is_empty());
}

/// A sender whose numbers of orders stand in OBR-18, and who calls one hospital by the name of another.
const DIALECT: &str = "name = \"lab\"\nversion = 1\nsenders = [\"LAB|HRH\"]\n\n\
     [[rule]]\ndo = \"move\"\nfrom = \"OBR-18\"\nto = \"OBR-3\"\n\n\
     [[authority]]\nlocal = \"X\"\nname = \"HRH\"\n\n[[authority]]\nlocal = \"VG\"\nname = \"HRH\"\n";

/// The same, where both names are another hospital's.
const DIALECT_2: &str = "name = \"lab\"\nversion = 2\nsenders = [\"LAB|HRH\"]\n\n\
     [[rule]]\ndo = \"move\"\nfrom = \"OBR-18\"\nto = \"OBR-3\"\n\n\
     [[authority]]\nlocal = \"X\"\nname = \"VG\"\n\n[[authority]]\nlocal = \"HRH\"\nname = \"VG\"\n";

fn spoken(world: &mut World, pid: &str, number: &str) -> MessageId {
    let order = format!(
        "OBR|1|P{number}^HRH||2823-3^Potassium^LN|||20261120090000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL||F{number}||||20261120100000||CH|F"
    );
    let value = "OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F";
    let row = world.offer("ORU^R01^ORU_R01", "HRH", &[pid, &order, value]).pop().expect("a message");
    assert_eq!(row.state, MessageState::Filed, "{}", row.note);
    row.id
}

#[test]
fn s110_messages_of_a_stop_are_read_in_their_senders_dialect_as_filing_does() {
    let mut world = World::new("breaker-dialect");
    let by = crate::record::machine("opor dialect", world.clock);
    let files = [(crate::dialects::Sort::Dialect, DIALECT)];
    world.record.first_mappings(&by, &files, "Teal, Simone", "agreed").expect("a dialect in use");
    let elsewhere = "PID|1||V9^^^VG^MR||Nine^Ned^^^^^L||19700101|M";
    world.send("ADT^A04^ADT_A01", "VG", &["EVN|A04|20261120080000", elsewhere]);
    spoken(&mut world, &CID.replace("HRH", "X"), "1");
    let wrong = spoken(&mut world, &ANN.replace("HRH", "X"), "2");
    let stop = stop(&mut world).id;
    let said = look(&world, Orders { stop });
    assert_eq!(said, [(wrong, std::collections::BTreeSet::from(["F2".to_owned()]))]);
    // Ned's number would become another one of HRH in that dialect: better nowhere than there.
    let ned = Verdict::Aim(vec![Aim { message: None, authority: "VG".into(), value: "V9".into() }]);
    let ned = Decide { stop, verdict: ned, reason: "rang the laboratory".into() };
    let refused = world.record.act(&world.context(Role::IdentitySteward), ned).expect_err("another record");
    assert!(refused.words.en.contains("dialect"), "{refused:?}");
    decide(&world, stop, to_cid());
    let effects = carried(&world);
    assert_eq!(records(&world, wrong), [RecordId::of("HRH", "C3")], "{effects:?}");
    // What goes out of it is in the words of the standard.
    let view = world.record.store().view().expect("a view");
    let filter = ObligationFilter { message: Some(wrong), ..ObligationFilter::default() };
    let owed = view.obligations(&filter, 50, 0).expect("obligations");
    let notices = owed.iter().filter_map(|row| view.notice(row.id).expect("read"));
    let sent: Vec<String> =
        notices.map(|notice| String::from_utf8_lossy(&notice.body).into_owned()).collect();
    assert!(sent.iter().any(|text| text.contains("|F2|")), "{sent:?}");
}

/// A version of the dialect comes into use a minute later.
fn sign(world: &mut World, text: &str) {
    world.clock = world.clock.plus_minutes(1);
    let by = crate::record::machine("opor dialect", world.clock);
    let traffic = Traffic::Journal { link: String::new(), since: Instant(0) };
    let tried = Try { sort: Sort::Dialect, text: text.to_owned(), traffic, against: Against::InUse };
    let digest = world.record.try_mapping(&by, tried).expect("a trial").digest;
    let sign = Sign { digest, by: Some("Teal, Simone".to_owned()), reason: "agreed".to_owned() };
    world.record.act(&by, sign).expect("a dialect in use");
}

#[test]
fn s110_a_message_whose_dialect_changes_after_the_verdict_is_decided_again_and_not_stranded() {
    let mut world = World::new("breaker-changed");
    sign(&mut world, DIALECT);
    spoken(&mut world, &CID.replace("HRH", "X"), "1");
    let wrong = spoken(&mut world, &ANN.replace("HRH", "X"), "2");
    let first = stop(&mut world).id;
    decide(&world, first, to_cid());
    // Before it is carried out, the number of C3 means one of another hospital.
    sign(&mut world, DIALECT_2);
    let effects = carried(&world);
    assert_eq!(effects.iter().map(|one| one.filed).collect::<Vec<_>>(), [0], "{effects:?}");
    let waiting = stopped(&world, wrong);
    assert!(waiting.stop != first && waiting.aim.is_none() && waiting.done.is_none(), "{waiting:?}");
    assert!(
        is_open(&world, waiting.stop) && !is_open(&world, first),
        "one decision ends, another is asked for"
    );
    let again =
        world.record.store().view().expect("a view").stop(waiting.stop).expect("read").expect("a stop");
    assert!(again.reasons.contains("dialect of the sender changed"), "{again:?}");
    assert_eq!(records(&world, wrong), [RecordId::of("HRH", "A1")], "it stays where it is");
    assert!(carried(&world).is_empty(), "nothing goes round");
    // Decided under the dialect of now it is carried out.
    decide(&world, waiting.stop, Verdict::Reject);
    assert_eq!(carried(&world).len(), 1);
    assert!(records(&world, wrong).is_empty() && !is_open(&world, waiting.stop));
}

/// A message that comes while a stop stands, as the interpreter files it; and what it owes to people.
fn under_stop(world: &mut World, pid: &str, number: &str) -> MessageId {
    world.clock = world.clock.plus_minutes(1);
    let time = crate::intake::hl7_time(world.clock);
    let text = format!(
        "MSH|^~\\&|LAB|HRH|OPOR|NS|{time}||ORU^R01^ORU_R01|S{number}|P|2.5.1\r{pid}\r\
         OBR|1|P{number}^HRH||2823-3^Potassium^LN|||20261120090000||||||||||||F{number}||||20261120100000||CH|F\r\
         OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F"
    );
    let (send, receive) = std::sync::mpsc::channel();
    let door = crate::intake::Door::BySender;
    world.record.accept(&door, text.into_bytes(), world.clock, move |_| {
        let _ = send.send(());
    });
    receive.recv().expect("an answer");
    let view = world.record.store().view().expect("a view");
    let message = view.open_messages(0, 10).expect("open messages").pop().expect("a message").id;
    let changes = crate::intake::filing::prepare(&view, &world.record, message, world.clock).expect("read");
    assert!(matches!(world.record.store().settle_blocking(changes.expect("open")), Settled::Done));
    message
}

fn state(world: &World, message: MessageId) -> MessageState {
    world.record.store().view().expect("a view").message(message).expect("read").expect("a row").state
}

/// Kinds of what people owe about a message now.
fn owed_by_people(world: &World, message: MessageId) -> Vec<String> {
    let filter = ObligationFilter { open: Some(true), message: Some(message), ..ObligationFilter::default() };
    let rows = world.record.store().view().expect("a view").obligations(&filter, 50, 0).expect("read");
    let human = rows.into_iter().filter(|row| matches!(row.state, ObligationState::Open { human: true, .. }));
    human.map(|row| row.kind).collect()
}

#[test]
fn s110_a_held_message_is_decided_again_when_it_would_go_to_another_record_than_was_looked_at() {
    let mut world = World::new("breaker-held");
    sign(&mut world, DIALECT);
    spoken(&mut world, &CID.replace("HRH", "X"), "1");
    spoken(&mut world, &ANN.replace("HRH", "X"), "2");
    let first = stop(&mut world).id;
    let held = under_stop(&mut world, &ANN.replace("HRH", "X"), "3");
    assert_eq!((state(&world, held), stopped(&world, held).stop), (MessageState::Held, first));
    decide(&world, first, Verdict::Release);
    sign(&mut world, DIALECT_2);
    carried(&world);
    let waiting = stopped(&world, held);
    assert_ne!(waiting.stop, first);
    assert!(records(&world, held).is_empty(), "it is filed nowhere");
    assert!(is_open(&world, waiting.stop) && !is_open(&world, first));
    // Released as it reads now, it names nobody of whom enough is known: whoever judges identity is asked.
    decide(&world, waiting.stop, Verdict::Release);
    carried(&world);
    assert!(!is_open(&world, waiting.stop));
    assert_eq!(state(&world, held), MessageState::Held);
    assert_eq!(owed_by_people(&world, held), ["identity-review"]);
}

fn look<L: Look>(world: &World, look: L) -> L::View {
    world.record.look(&world.context(Role::IdentitySteward), look).expect("a view")
}
