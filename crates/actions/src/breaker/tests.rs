//! Verdicts where they could do harm: late messages, two versions of one report, stops made twice.

use super::{Aim, Decide, Effect, Suspect, Verdict};
use crate::chart::tests::World;
use crate::record::Look;
use crate::refusal::RefusalKind;
use clinical::access::Role;
use fhir::{Instant, RecordId};
use store::{
    BreakerChange, BreakerMessage, BreakerStop, Changes, MessageId, MessagePart, MessageState, ObligationId,
    ObligationState, Settled,
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

fn look<L: Look>(world: &World, look: L) -> L::View {
    world.record.look(&world.context(Role::IdentitySteward), look).expect("a view")
}
