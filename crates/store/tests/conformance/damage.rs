//! Rows that say who owes what, what is sent where and who is one person: what is not what was written is told, and stops
//! nobody else.

use crate::harness::*;
use fhir::{Instant, PersonId};
use std::collections::HashSet;
use store::*;

/// Two records that became one person, two obligations with a step each, deliveries of both.
fn filled() -> (Store, crate::harness::Folder) {
    let (store, folder) = open();
    let (first, second) = (PersonId::born_with(record("1")), PersonId::born_with(record("2")));
    let mut changes = Changes {
        records: vec![record_row("1", &[]), record_row("2", &[])],
        links: vec![
            link_event("1", first, None, NOW),
            link_event("2", second, None, NOW),
            link_event("2", first, Some(second), NOW),
        ],
        ..Changes::default()
    };
    for (id, mrn, control) in [(1, "1", "a"), (2, "2", "b")] {
        changes.obligations.push(ObligationChange::Open(open_obligation(id, "desk:delivery", true, NOW)));
        changes.obligations.push(step(id, "opened"));
        changes.outbox.push(OutboxChange::Queue(delivery("clinic", mrn, control)));
    }
    changes.outbox.push(OutboxChange::Queue(delivery("clinic", "1", "c")));
    done(&store, changes);
    (store, folder)
}

fn checked(view: &View) -> CheckReport {
    view.check(&|_, _| Vec::new(), 10, Instant(0), &mut |_, _| {}).unwrap()
}

/// Everything that is told of here, read as ever.
fn read(view: &View) -> (Vec<ObligationRow>, Vec<OutboxRow>, Vec<LinkEvent>) {
    for id in [1, 2] {
        assert_eq!(view.events(ObligationId(id)).unwrap().len(), 1);
    }
    let owed = view.obligations(&ObligationFilter::default(), 9, 0).unwrap();
    (owed, view.outbox(&OutboxFilter::default(), 9).unwrap(), view.link_events(record("2")).unwrap())
}

#[test]
fn d05_h71a_an_obligation_or_a_delivery_that_is_not_what_was_written_is_told_and_stops_nobody_else() {
    let (store, folder) = filled();
    store.stop();
    for harm in [
        "UPDATE obligation SET recipient_id = 'prac-3' WHERE id = 1",
        "UPDATE obligation_event SET words = '{} ' WHERE obligation = 1",
        "UPDATE outbox SET destination = 'clinik' WHERE control_id = 'a'",
        "UPDATE link_moved SET person = person + 1",
    ] {
        folder.behind_its_back(harm);
    }
    let store = folder.open(settings()).unwrap();
    let view = store.view().unwrap();
    let due = view.outbox_due("clinic", NOW, NOW.plus_minutes(120), 9, &HashSet::new()).unwrap();
    assert_eq!(due.len(), 1, "the damaged one holds its own lane and no other");
    assert_eq!(due[0].control_id, "b");
    let owed = ObligationFilter { open: Some(true), due_by: Some(NOW), ..ObligationFilter::default() };
    let open: Vec<i64> = view.obligations(&owed, 9, 0).unwrap().into_iter().map(|row| row.id.0).collect();
    assert_eq!(open, [2], "what is overdue goes on without it");
    assert_eq!(store.damaged(), ["delivery 1", "obligation 1"], "both are somebody's to mend");
    for problem in [
        view.obligation(ObligationId(1)).expect_err("damaged"),
        view.obligations(&ObligationFilter::default(), 9, 0).expect_err("damaged"),
        view.events(ObligationId(1)).expect_err("damaged"),
        view.delivery(OutboxId(1)).expect_err("damaged"),
        view.outbox(&OutboxFilter::default(), 9).expect_err("damaged"),
        view.link_events(record("2")).expect_err("damaged"),
    ] {
        assert!(matches!(problem, ReadProblem::Damaged { .. }), "{problem}");
    }
    assert_eq!(store.damaged().len(), 4, "{:?}", store.damaged());
    let report = checked(&view);
    let found = |what: &str| report.problems.iter().any(|words| words.starts_with(what));
    for what in ["obligation 1 ", "a step of obligation 1 ", "delivery 1 ", "link event 3 "] {
        assert!(found(what), "{what}: {:?}", report.problems);
    }
    assert_eq!(report.owed, 2 + 2 + 3 + 3);
}

#[test]
fn d05_a_row_without_a_checksum_is_damaged() {
    let (store, folder) = filled();
    store.stop();
    folder.behind_its_back("UPDATE obligation SET checksum = NULL WHERE id = 2");
    let store = folder.open(settings()).unwrap();
    assert!(store.view().unwrap().obligation(ObligationId(2)).is_err());
}

#[test]
fn rows_of_before_get_their_checksums_as_the_record_is_upgraded() {
    let (store, folder) = filled();
    let before = read(&store.view().unwrap());
    store.stop();
    for table in ["obligation", "obligation_event", "outbox", "link_event"] {
        folder.behind_its_back(&format!("ALTER TABLE {table} DROP COLUMN checksum"));
    }
    folder.behind_its_back("DELETE FROM schema_migration WHERE number >= 31");
    let store = folder.open(settings()).unwrap();
    let view = store.view().unwrap();
    assert_eq!(read(&view), before);
    assert_eq!(checked(&view).problems, Vec::<String>::new());
}

#[test]
fn texts_with_a_nul_have_one_checksum_on_either_database() {
    let (store, _folder) = open();
    let row = ObligationRow { subject: "Na\0K".into(), ..open_obligation(1, "desk:delivery", true, NOW) };
    done(&store, Changes { obligations: vec![ObligationChange::Open(row)], ..Changes::default() });
    assert!(store.view().unwrap().obligation(ObligationId(1)).unwrap().is_some());
}
