//! What was agreed about senders, step by step, and by what their messages were read.

use crate::harness::*;
use store::*;

fn taken(name: &str, version: u32, step: MappingStep, body: &str) -> MappingEvent {
    MappingEvent {
        seq: 0,
        at: NOW,
        actor: "Teal, Simone".into(),
        sort: "codes".into(),
        name: name.into(),
        version,
        step,
        digest: format!("{name}{version}"),
        reason: "Looked at".into(),
        figures: "{}".into(),
        body: body.into(),
    }
}

fn settled(store: &Store, requires: Vec<Requirement>, event: MappingEvent) -> Settled {
    let mapping = vec![MappingChange::Step(event)];
    store.settle_blocking(Changes { requires, mapping, ..Changes::default() })
}

#[test]
fn in14_steps_are_numbered_in_the_commit_and_a_signature_relies_on_what_was_in_use() {
    let (store, _folder) = open();
    let of = Requirement::MappingIs;
    assert_eq!(settled(&store, vec![], taken("lab", 1, MappingStep::Tried, "one")), Settled::Done);
    assert_eq!(settled(&store, vec![of(0)], taken("lab", 1, MappingStep::Signed, "one")), Settled::Done);
    // Two people sign at once: the second relied on what is not so any more.
    let second = settled(&store, vec![of(0)], taken("lab", 2, MappingStep::Signed, "two"));
    assert_eq!(second, Settled::Stale(of(0)));
    assert_eq!(settled(&store, vec![of(2)], taken("lab", 2, MappingStep::Signed, "two")), Settled::Done);
    // A trial brings nothing into use, so that it stands in nobody's way.
    assert_eq!(settled(&store, vec![], taken("lab", 3, MappingStep::Tried, "three")), Settled::Done);
    assert_eq!(settled(&store, vec![of(3)], taken("lab", 2, MappingStep::Retired, "")), Settled::Done);
    let view = store.view().unwrap();
    let in_use = view.mapping_in_use().unwrap();
    let steps: Vec<(i64, MappingStep, u32)> = in_use.iter().map(|e| (e.seq, e.step, e.version)).collect();
    assert_eq!(
        steps,
        [(2, MappingStep::Signed, 1), (3, MappingStep::Signed, 2), (5, MappingStep::Retired, 2)]
    );
    assert_eq!((view.mapping_body(2).unwrap(), view.mapping_body(3).unwrap()), ("one".into(), "two".into()));
    let latest: Vec<i64> = view.mapping_events(2).unwrap().iter().map(|event| event.seq).collect();
    assert_eq!(latest, [5, 4]);
}

#[test]
fn every_reading_of_a_message_is_kept_once() {
    let (store, _folder) = open();
    let lab = link(&store, "LAB");
    let [one, other] = [1, 2].map(|n| keep(&store, oru(lab, &format!("{n}"), "PID|1")));
    let read = |message: MessageId, seq: i64| {
        done(
            &store,
            Changes { mapping: vec![MappingChange::Applied { message, seq }], ..Changes::default() },
        );
    };
    for seq in [2, 5, 5] {
        read(one, seq);
    }
    let view = store.view().unwrap();
    assert_eq!(view.mapping_applied(one).unwrap(), Some(5));
    assert_eq!(view.mapping_readings(one).unwrap(), [5, 2]);
    assert_eq!(view.mapping_applied(other).unwrap(), None);
}
