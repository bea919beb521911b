use crate::harness::*;
use fhir::{Instant, PersonId};
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
    assert_eq!(view.records_by_key(10).unwrap(), [wanted.clone()]);
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
