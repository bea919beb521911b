use crate::harness::*;
use fhir::{Instant, PersonId};
use std::collections::HashSet;
use store::*;

#[test]
fn a_record_is_found_by_key_and_by_person() {
    let (store, _folder) = open();
    done(
        &store,
        Changes {
            records: vec![record_row("1", &[10, 20, 10]), record_row("2", &[20])],
            ..Changes::default()
        },
    );
    let view = store.view().unwrap();
    let mut wanted = record_row("1", &[10, 20]);
    wanted.epoch = 1;
    assert_eq!(view.record(record("1")).unwrap(), Some(wanted.clone()));
    assert_eq!(view.records_by_key(10, 1).unwrap().unwrap(), [wanted.clone()]);
    assert_eq!(view.records_by_key(20, 1).unwrap(), None, "more than asked for");
    assert_eq!((view.key_count(20).unwrap(), view.key_count(30).unwrap()), (2, 0));
    assert_eq!(view.records_of_person(PersonId::born_with(record("1"))).unwrap(), [wanted]);
    let before = view.person_epoch(PersonId::born_with(record("1"))).unwrap();
    done(&store, Changes { records: vec![record_row("1", &[20, 30])], ..Changes::default() });
    let view = store.view().unwrap();
    assert_eq!((view.key_count(10).unwrap(), view.key_count(30).unwrap()), (0, 1));
    assert_eq!(view.record(record("1")).unwrap().unwrap().epoch, 2, "the epoch grows by itself");
    assert!(view.person_epoch(PersonId::born_with(record("1"))).unwrap() > before);
}

#[test]
fn links_move_records_and_the_past_stays_answerable() {
    let (store, _folder) = open();
    let (first, second) = (PersonId::born_with(record("1")), PersonId::born_with(record("2")));
    let day = |n: i64| Instant(NOW.0 + n * 86_400_000_000);
    done(
        &store,
        Changes {
            records: vec![record_row("1", &[]), record_row("2", &[])],
            links: vec![link_event("1", first, None, day(0)), link_event("2", second, None, day(0))],
            ..Changes::default()
        },
    );
    let epochs = |view: &View| (view.person_epoch(first).unwrap(), view.person_epoch(second).unwrap());
    let before = epochs(&store.view().unwrap());
    done(&store, Changes { links: vec![link_event("2", first, Some(second), day(2))], ..Changes::default() });
    let view = store.view().unwrap();
    let after = epochs(&view);
    assert!(after.0 > before.0 && after.1 > before.1, "both persons changed");
    assert_eq!(view.records_of_person(first).unwrap().len(), 2);
    assert!(view.records_of_person(second).unwrap().is_empty());
    assert_eq!(view.record(record("2")).unwrap().unwrap().person, first);
    for (at, wanted) in
        [(day(-1), None), (day(0), Some(second)), (day(1), Some(second)), (day(2), Some(first))]
    {
        assert_eq!(view.person_of(record("2"), at).unwrap(), wanted, "{at}");
    }
    assert_eq!(view.link_events(record("2")).unwrap().len(), 2);
}

#[test]
fn a_check_sees_a_record_that_is_of_nobody_and_one_that_moved_without_an_event() {
    let (store, folder) = open();
    let (first, second) = (PersonId::born_with(record("1")), PersonId::born_with(record("2")));
    done(
        &store,
        Changes {
            records: vec![record_row("1", &[]), record_row("2", &[])],
            links: vec![
                link_event("1", first, None, NOW),
                link_event("2", second, None, NOW),
                link_event("2", first, Some(second), NOW),
            ],
            ..Changes::default()
        },
    );
    let check = |store: &Store| {
        let view = store.view().unwrap();
        view.check(&|_, _| Vec::new(), 10, NOW, &mut |_, _| {}).unwrap().problems
    };
    assert_eq!(check(&store), Vec::<String>::new());
    store.stop();
    let (person, record) = (second.as_i64(), record("2").as_i64());
    folder.behind_its_back(&format!("UPDATE record SET person = {person} WHERE record = {record}"));
    let again = folder.open(settings()).unwrap();
    let problems = check(&again);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[1].contains("last link event"), "{problems:?}");
}

#[test]
fn h07_a_notice_waits_for_what_came_before_of_each_record_and_is_waited_for() {
    let (store, _folder) = open();
    let notice =
        OutboxRow { kind: OutboxKind::Identity, obligation: ObligationId(9), ..delivery("emr", "1", "n") };
    done(
        &store,
        Changes {
            notices: vec![NoticeRow {
                obligation: ObligationId(9),
                destination: "emr".into(),
                trigger: "A40".into(),
                records: vec![record("1"), record("2")],
                body: b"MSH|".to_vec(),
            }],
            outbox: vec![
                OutboxChange::Queue(delivery("emr", "2", "before")),
                OutboxChange::Queue(notice),
                OutboxChange::Queue(delivery("emr", "1", "after-1")),
                OutboxChange::Queue(delivery("emr", "2", "after-2")),
                OutboxChange::Queue(delivery("emr", "3", "another")),
                OutboxChange::Queue(delivery("other", "2", "elsewhere")),
            ],
            ..Changes::default()
        },
    );
    let due = |destination: &str| -> Vec<OutboxRow> {
        store
            .view()
            .unwrap()
            .outbox_due(destination, NOW, NOW.plus_minutes(120), 10, &HashSet::new())
            .unwrap()
    };
    let ids = |rows: &[OutboxRow]| rows.iter().map(|row| row.control_id.clone()).collect::<Vec<_>>();
    let take = |row: &OutboxRow| {
        let taken = OutboxRow { state: OutboxState::Acknowledged, ..row.clone() };
        done(&store, Changes { outbox: vec![OutboxChange::Update(taken)], ..Changes::default() });
    };
    let first = due("emr");
    assert_eq!(ids(&first), ["before", "another"]);
    assert_eq!(ids(&due("other")), ["elsewhere"], "another destination waits for nothing");
    take(&first[0]);
    let second = due("emr");
    assert_eq!(ids(&second), ["n", "another"]);
    assert_eq!(store.view().unwrap().notice(ObligationId(9)).unwrap().unwrap().body, b"MSH|");
    take(&second[0]);
    assert_eq!(ids(&due("emr")), ["after-1", "after-2", "another"]);
    let view = store.view().unwrap();
    assert_eq!(view.destinations_holding(record("2")).unwrap(), ["emr", "other"]);
    assert!(
        view.is_known_to(record("2"), "emr").unwrap() && !view.is_known_to(record("3"), "other").unwrap()
    );
}
