use crate::harness::*;
use fhir::{PersonId, ResourceKey};
use std::collections::HashSet;
use std::sync::{Arc, Barrier};
use store::*;

/// A change that writes in every table, under these requirements.
fn everything(requires: Vec<Requirement>) -> Changes {
    Changes {
        requires,
        records: vec![record_row("9", &[5])],
        resources: vec![version(observation("9", "z"), 1, "{}", Vec::new())],
        links: vec![link_event("9", PersonId::born_with(record("9")), None, NOW)],
        obligations: vec![
            ObligationChange::Open(open_obligation(99, "machine", false, NOW)),
            step(99, "opened"),
        ],
        outbox: vec![OutboxChange::Queue(delivery("clinic", "9", "c-99"))],
        audit: vec![audit("file", None)],
        ..Changes::default()
    }
}

fn nothing_of_it(store: &Store) {
    let view = store.view().unwrap();
    assert_eq!(view.record(record("9")).unwrap(), None);
    assert_eq!(view.latest_version(observation("9", "z")).unwrap(), 0);
    assert_eq!(view.obligation(ObligationId(99)).unwrap(), None);
    assert!(view.events(ObligationId(99)).unwrap().is_empty());
    assert!(view.outbox(&OutboxFilter::default(), 9).unwrap().iter().all(|row| row.control_id != "c-99"));
    assert!(view.audit_tail(9).unwrap().iter().all(|(_, row)| row.verb != "file"));
    assert_eq!(view.key_count(5).unwrap(), 0);
}

/// Something of each kind to require.
fn furnished() -> (Store, Folder, MessageId) {
    let (store, folder) = open();
    let lab = link(&store, "LAB");
    let message = keep(&store, oru(lab, "1", "PID"));
    done(
        &store,
        Changes {
            records: vec![record_row("1", &[1, 2])],
            resources: vec![version(observation("1", "a"), 1, "{}", Vec::new())],
            obligations: vec![ObligationChange::Open(open_obligation(1, "machine", false, NOW))],
            outbox: vec![OutboxChange::Queue(delivery("clinic", "1", "c-1"))],
            ..Changes::default()
        },
    );
    (store, folder, message)
}

#[test]
fn every_requirement_is_rechecked() {
    let (store, _folder, message) = furnished();
    let person = PersonId::born_with(record("1"));
    let nobody = PersonId::born_with(record("8"));
    let stranger = MessageId::new(message.link(), 77);
    let epoch = store.view().unwrap().person_epoch(person).unwrap();
    use Requirement::*;
    let holding = [
        MessageIs(message, MessageState::Pending),
        VersionIs(observation("1", "a"), 1),
        VersionIs(observation("1", "none"), 0),
        RecordEpochIs(record("1"), 1),
        RecordEpochIs(record("8"), 0),
        PersonEpochIs(person, epoch),
        PersonEpochIs(nobody, 0),
        KeyCountIs(1, 1),
        KeyCountIs(3, 0),
        OrderCountIs(1, 0),
        BearerCountIs(fhir::Kind::DiagnosticReport, None, "1".into(), 0),
        ObligationRevisionIs(ObligationId(1), 1),
        ObligationRevisionIs(ObligationId(8), 0),
        OutboxIs(OutboxId(1), OutboxState::Waiting, 0),
    ];
    let broken = [
        MessageIs(message, MessageState::Filed),
        MessageIs(stranger, MessageState::Pending),
        VersionIs(observation("1", "a"), 0),
        VersionIs(observation("1", "none"), 1),
        RecordEpochIs(record("1"), 2),
        RecordEpochIs(record("8"), 1),
        PersonEpochIs(person, epoch - 1),
        PersonEpochIs(nobody, 1),
        KeyCountIs(1, 0),
        KeyCountIs(3, 1),
        OrderCountIs(1, 1),
        BearerCountIs(fhir::Kind::DiagnosticReport, None, "1".into(), 1),
        ObligationRevisionIs(ObligationId(1), 2),
        ObligationRevisionIs(ObligationId(8), 1),
        OutboxIs(OutboxId(1), OutboxState::Waiting, 1),
        OutboxIs(OutboxId(1), OutboxState::Acknowledged, 0),
        OutboxIs(OutboxId(8), OutboxState::Waiting, 0),
    ];
    for requirement in broken {
        let settled = store.settle_blocking(everything(vec![requirement.clone()]));
        assert_eq!(settled, Settled::Stale(requirement));
        nothing_of_it(&store);
    }
    for requirement in &holding {
        done(&store, Changes { requires: vec![requirement.clone()], ..Changes::default() });
    }
    done(&store, everything(holding.to_vec()));
}

#[test]
fn a_version_needs_the_one_before_it() {
    let (store, _folder, _) = furnished();
    let key = observation("1", "a");
    for number in [1, 3] {
        let changes =
            Changes { resources: vec![version(key, number, "{}", Vec::new())], ..everything(Vec::new()) };
        assert_eq!(store.settle_blocking(changes), Settled::Stale(Requirement::VersionIs(key, number - 1)));
        nothing_of_it(&store);
    }
}

#[test]
fn what_can_never_be_written_is_told_apart() {
    let (store, _folder, message) = furnished();
    let person = PersonId::born_with(record("1"));
    let mut ownerless = open_obligation(98, "", true, NOW);
    ownerless.kind = "held".into();
    let missing = Settlement {
        message: MessageId::new(message.link(), 77),
        state: MessageState::Filed,
        note: String::new(),
        records: Vec::new(),
        at: NOW,
    };
    let cases = [
        Changes { links: vec![link_event("none", person, None, NOW)], ..everything(Vec::new()) },
        Changes { obligations: vec![ObligationChange::Open(ownerless)], ..everything(Vec::new()) },
        Changes {
            obligations: vec![ObligationChange::Update(open_obligation(97, "machine", false, NOW))],
            ..everything(Vec::new())
        },
        Changes {
            outbox: vec![OutboxChange::Update(OutboxRow {
                id: OutboxId(50),
                ..delivery("clinic", "1", "x")
            })],
            ..everything(Vec::new())
        },
        Changes { settlement: Some(missing), ..everything(Vec::new()) },
    ];
    for changes in cases {
        let settled = store.settle_blocking(changes);
        assert!(matches!(settled, Settled::Malformed(_)), "{settled:?}");
        nothing_of_it(&store);
    }
    done(&store, Changes { audit: vec![audit("after", None)], ..Changes::default() });
    assert_eq!(store.view().unwrap().audit_tail(9).unwrap()[0].0, 1, "no gap in the audit log");
}

#[test]
fn h13_an_obligation_moves_on_with_owner_and_clock_until_an_outcome() {
    let (store, _folder, _) = furnished();
    let id = ObligationId(1);
    let view = store.view().unwrap();
    let mut row = view.obligation(id).unwrap().unwrap();
    assert_eq!(row, open_obligation(1, "machine", false, NOW));
    row.revision = 2;
    row.state = ObligationState::Open {
        owner: "desk:delivery".into(),
        human: true,
        due: NOW.plus_minutes(60),
        then: "desk:lead".into(),
    };
    done(
        &store,
        Changes {
            obligations: vec![ObligationChange::Update(row.clone()), step(1, "escalated")],
            ..Changes::default()
        },
    );
    let again = Changes { obligations: vec![ObligationChange::Update(row.clone())], ..Changes::default() };
    assert_eq!(store.settle_blocking(again), Settled::Stale(Requirement::ObligationRevisionIs(id, 1)));

    let view = store.view().unwrap();
    let owned = |owner: &str| {
        let filter = ObligationFilter { open: Some(true), owner: Some(owner.into()), ..Default::default() };
        view.obligations(&filter, 9, 0).unwrap().len()
    };
    assert_eq!((owned("machine"), owned("desk:delivery")), (0, 1));
    let desk = ObligationFilter { on_desk: true, ..Default::default() };
    assert_eq!(view.count_obligations(&desk).unwrap(), 1);
    assert_eq!(view.obligations(&desk, 9, 0).unwrap().len(), 1);
    assert_eq!(view.desk_counts().unwrap().iter().map(|(_, n)| n).sum::<u64>(), 1);
    let due = |by| {
        let filter = ObligationFilter { due_by: Some(by), ..Default::default() };
        view.obligations(&filter, 9, 0).unwrap().len()
    };
    assert_eq!((due(NOW), due(NOW.plus_minutes(60))), (0, 1));
    assert_eq!(view.obligations_of(observation("1", "a")).unwrap().len(), 1);
    assert_eq!(view.census(NOW).unwrap().deliveries.owned, 1);

    row.revision = 3;
    row.state = ObligationState::Ended { outcome: "acknowledged".into(), at: NOW };
    done(
        &store,
        Changes {
            obligations: vec![ObligationChange::Update(row.clone()), step(1, "acknowledged")],
            ..Changes::default()
        },
    );
    let view = store.view().unwrap();
    assert_eq!(view.obligation(id).unwrap(), Some(row));
    let steps: Vec<_> = view.events(id).unwrap().into_iter().map(|event| event.step).collect();
    assert_eq!(steps, ["escalated", "acknowledged"]);
    let mut again = view.obligation(id).unwrap().unwrap();
    again.revision = 4;
    again.state = ObligationState::Open {
        owner: "desk:delivery".into(),
        human: true,
        due: NOW,
        then: "desk:safety".into(),
    };
    let reopened = store.settle_blocking(Changes {
        obligations: vec![ObligationChange::Update(again)],
        ..Changes::default()
    });
    assert!(matches!(reopened, Settled::Malformed(_)), "what ended stays ended: {reopened:?}");
    let filter = |open| ObligationFilter {
        open: Some(open),
        recipient_id: Some("prac-1".into()),
        ..Default::default()
    };
    assert_eq!(view.count_obligations(&filter(true)).unwrap(), 0);
    assert_eq!(view.count_obligations(&filter(false)).unwrap(), 1);
}

#[test]
fn h15_opening_twice_changes_nothing() {
    let (store, _folder, _) = furnished();
    let mut twin = open_obligation(1, "someone else", true, NOW);
    twin.subject = "Sodium".into();
    done(
        &store,
        Changes {
            obligations: vec![ObligationChange::Open(twin), step(1, "opened")],
            outbox: vec![OutboxChange::Queue(delivery("elsewhere", "1", "c-1"))],
            ..Changes::default()
        },
    );
    let view = store.view().unwrap();
    assert_eq!(view.obligation(ObligationId(1)).unwrap().unwrap().subject, "Creatinine");
    assert!(view.events(ObligationId(1)).unwrap().is_empty());
    let rows = view.outbox(&OutboxFilter::default(), 9).unwrap();
    assert_eq!((rows.len(), rows[0].destination.as_str()), (1, "clinic"));
    assert_eq!(view.destinations_waiting().unwrap(), [("clinic".to_owned(), 1, NOW)]);
}

#[test]
fn h12_deliveries_of_a_patient_keep_their_order_and_hold_up_nobody_else() {
    let (store, _folder) = open();
    let queue = |mrn: &str, control: &str| OutboxChange::Queue(delivery("clinic", mrn, control));
    done(
        &store,
        Changes {
            outbox: vec![queue("1", "a"), queue("1", "b"), queue("2", "c"), queue("2", "d")],
            ..Changes::default()
        },
    );
    let due = |now| -> Vec<String> {
        store
            .view()
            .unwrap()
            .outbox_due("clinic", now, now.plus_minutes(120), 9, &HashSet::new())
            .unwrap()
            .into_iter()
            .map(|row| row.control_id)
            .collect()
    };
    assert_eq!(due(NOW), ["a", "c"]);
    let mut first = store
        .view()
        .unwrap()
        .outbox_due("clinic", NOW, NOW.plus_minutes(120), 1, &HashSet::new())
        .unwrap()
        .remove(0);
    first.attempts = 1;
    first.next = NOW.plus_minutes(5);
    first.offered_digest = vec![9; 32];
    first.last = "no answer in 30 s".into();
    done(&store, Changes { outbox: vec![OutboxChange::Update(first.clone())], ..Changes::default() });
    assert_eq!(due(NOW), ["c"], "the silent one holds up its own patient only");
    assert_eq!(due(NOW.plus_minutes(5)), ["a", "c"]);
    assert_eq!(
        due(NOW.plus_minutes(-25 * 60)),
        ["a", "c"],
        "the clock that gave them their time was set back"
    );
    assert_eq!(store.view().unwrap().delivery(first.id).unwrap(), Some(first.clone()));
    first.state = OutboxState::Acknowledged;
    done(&store, Changes { outbox: vec![OutboxChange::Update(first)], ..Changes::default() });
    assert_eq!(due(NOW), ["b", "c"]);
    let view = store.view().unwrap();
    let count = |filter: OutboxFilter| view.outbox(&filter, 9).unwrap().len();
    assert_eq!(count(OutboxFilter { record: Some(record("1")), ..Default::default() }), 2);
    assert_eq!(count(OutboxFilter { state: Some(OutboxState::Acknowledged), ..Default::default() }), 1);
    assert_eq!(
        count(OutboxFilter {
            destination: Some("clinic".into()),
            state: Some(OutboxState::Waiting),
            ..Default::default()
        }),
        3
    );
    assert_eq!(count(OutboxFilter { control_id: Some("d".into()), ..Default::default() }), 1);
    assert_eq!(count(OutboxFilter { report: Some(observation("2", "a")), ..Default::default() }), 2);
    assert_eq!(count(OutboxFilter { obligation: Some(ObligationId(1)), ..Default::default() }), 4);
}

#[test]
fn d12_sixteen_threads_on_one_resource_lose_no_update() {
    let (store, _folder) = open();
    let key = observation("1", "counter");
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let store = store.clone();
            std::thread::spawn(move || {
                for _ in 0..10 {
                    loop {
                        let number = store.view().unwrap().latest_version(key).unwrap() + 1;
                        let changes = Changes {
                            resources: vec![version(key, number, &number.to_string(), Vec::new())],
                            audit: vec![audit("write", None)],
                            ..Changes::default()
                        };
                        match store.settle_blocking(changes) {
                            Settled::Done => break,
                            Settled::Stale(requirement) => {
                                assert_eq!(requirement, Requirement::VersionIs(key, number - 1));
                            }
                            other => panic!("{other:?}"),
                        }
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let view = store.view().unwrap();
    let bodies: Vec<_> = view.versions(key).unwrap().into_iter().map(|stored| stored.body).collect();
    assert_eq!(bodies, (1..=160).map(|n| n.to_string().into_bytes()).collect::<Vec<_>>());
    assert_eq!(view.audit_tail(1_000).unwrap().len(), 160);
    assert!(view.check(&|_, _| Vec::new(), 1_000, NOW, &mut |_, _| {}).unwrap().is_sound());
}

/// As with `If-None-Exist`: everybody makes a resource of their own unless there is one that this condition finds.
#[test]
fn d12_of_sixty_four_threads_that_create_on_one_condition_one_wins_in_each_of_a_thousand_rounds() {
    const THREADS: usize = 64;
    const ROUNDS: usize = 1_000;
    let (store, _folder) = open();
    let together = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (store, together) = (store.clone(), Arc::clone(&together));
            std::thread::spawn(move || {
                // A thread that ends early would leave the others waiting for it: what is wrong is told at the end.
                let (mut won, mut wrong) = (Vec::new(), Vec::new());
                for round in 0..ROUNDS {
                    let key = observation(&thread.to_string(), &round.to_string());
                    let digest = round.to_be_bytes().to_vec();
                    let nobody_yet = Requirement::ConditionIs(digest.clone(), None);
                    let changes = Changes {
                        requires: vec![nobody_yet.clone()],
                        resources: vec![version(key, 1, "{}", Vec::new())],
                        conditions: vec![MadeOnCondition { digest, key }],
                        ..Changes::default()
                    };
                    together.wait();
                    match store.settle_blocking(changes) {
                        Settled::Done => won.push(key),
                        Settled::Stale(requirement) if requirement == nobody_yet => {}
                        other => wrong.push(other),
                    }
                }
                (won, wrong)
            })
        })
        .collect();
    let (won, wrong): (Vec<_>, Vec<_>) = threads.into_iter().map(|thread| thread.join().unwrap()).unzip();
    assert_eq!(wrong.concat(), []);
    let won: Vec<ResourceKey> = won.concat();
    assert_eq!(won.len(), ROUNDS);
    let view = store.view().unwrap();
    let all = (0..THREADS).flat_map(|thread| {
        view.resources_of(record(&thread.to_string()), fhir::Kind::Observation, usize::MAX).unwrap()
    });
    let on_file: HashSet<ResourceKey> = all.map(|stored| stored.key).collect();
    assert_eq!(on_file, won.into_iter().collect(), "who was told that they won, and nobody else, is on file");
}

#[test]
fn open_obligations_of_one_patient_are_found_beside_all_others() {
    let (store, _folder) = open();
    let mut rows: Vec<_> =
        (1..=6).map(|n| open_obligation(n, "machine", false, NOW.plus_minutes(10 - n))).collect();
    rows[1].record = Some(record("2"));
    rows[1].resource = None;
    rows[2].recipient_id = "prac-2".into();
    rows[3].state = ObligationState::Ended { outcome: "excused".into(), at: NOW };
    rows[4].message = Some(MessageId(5));
    done(
        &store,
        Changes { obligations: rows.into_iter().map(ObligationChange::Open).collect(), ..Changes::default() },
    );
    let view = store.view().unwrap();
    let found = |filter: ObligationFilter| -> Vec<i64> {
        view.obligations(&filter, 9, 0).unwrap().into_iter().map(|row| row.id.0).collect()
    };
    let open = ObligationFilter { open: Some(true), ..Default::default() };
    assert_eq!(found(open.clone()), [6, 5, 3, 2, 1], "due first");
    assert_eq!(found(ObligationFilter { record: Some(record("2")), ..open.clone() }), [2]);
    assert_eq!(found(ObligationFilter { record: Some(record("1")), ..open.clone() }), [6, 5, 3, 1]);
    assert_eq!(found(ObligationFilter { recipient_id: Some("prac-2".into()), ..open.clone() }), [3]);
    assert_eq!(found(ObligationFilter { message: Some(MessageId(5)), ..open.clone() }), [5]);
    assert_eq!(found(ObligationFilter { kind: Some("feed".into()), ..open.clone() }), Vec::<i64>::new());
    assert_eq!(found(ObligationFilter { due_by: Some(NOW.plus_minutes(5)), ..Default::default() }), [6, 5]);
    let due = ObligationFilter {
        due_by: Some(NOW.plus_minutes(7)),
        record: Some(record("1")),
        ..Default::default()
    };
    assert_eq!(found(due), [6, 5, 3]);
    assert_eq!(found(ObligationFilter { open: Some(false), ..Default::default() }), [4]);
    assert_eq!(view.obligations(&open, 2, 3).unwrap().len(), 2, "the last page");
}
