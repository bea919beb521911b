use crate::harness::*;
use fhir::PersonId;
use std::sync::{Arc, Barrier};
use store::*;

#[test]
fn h15_the_same_bytes_get_the_first_answer() {
    let (store, _folder) = open();
    let lab = link(&store, "LAB");
    let first = store.append_blocking(oru(lab, "7", "PID|1")).unwrap();
    let Appended::New { id, control_id_reused: false } = first else { panic!("{first:?}") };
    let mut again = oru(lab, "7", "PID|1");
    again.answer = b"another".to_vec();
    assert_eq!(store.append_blocking(again).unwrap(), Appended::Repeat { id, answer: b"MSA|AA|7".to_vec() });
    let other = store.append_blocking(oru(lab, "7", "PID|2")).unwrap();
    let Appended::New { id: second, control_id_reused: true } = other else { panic!("{other:?}") };
    let clinic = link(&store, "CLINIC");
    let elsewhere = store.append_blocking(oru(clinic, "7", "PID|1")).unwrap();
    assert!(matches!(elsewhere, Appended::New { control_id_reused: false, .. }));
    let view = store.view().unwrap();
    assert!(!view.control_id_was_used_before(id, "7").unwrap());
    assert!(view.control_id_was_used_before(second, "7").unwrap());
    assert_eq!(view.answer(id).unwrap().unwrap(), b"MSA|AA|7");
}

#[test]
fn without_a_control_id_only_the_bytes_tell() {
    let (store, _folder) = open();
    let lab = link(&store, "LAB");
    assert!(matches!(
        store.append_blocking(oru(lab, "", "a")),
        Ok(Appended::New { control_id_reused: false, .. })
    ));
    assert!(matches!(
        store.append_blocking(oru(lab, "", "b")),
        Ok(Appended::New { control_id_reused: false, .. })
    ));
    assert!(matches!(store.append_blocking(oru(lab, "", "a")), Ok(Appended::Repeat { .. })));
}

#[test]
fn h15_sixteen_senders_of_one_message_make_one() {
    let (store, _folder) = open();
    let lab = link(&store, "LAB");
    let start = Arc::new(Barrier::new(16));
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let (store, start) = (store.clone(), start.clone());
            std::thread::spawn(move || {
                start.wait();
                store.append_blocking(oru(lab, "one", "PID|1")).unwrap()
            })
        })
        .collect();
    let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Appended::New { .. })).count(), 1);
    assert_eq!(store.view().unwrap().open_messages(0, 100).unwrap().len(), 1);
}

#[test]
fn open_messages_come_in_the_order_of_arrival_over_all_links() {
    let (store, _folder) = open();
    let (lab, imaging) = (link(&store, "LAB"), link(&store, "IMG"));
    let wanted: Vec<_> = (0..6)
        .map(|n| keep(&store, oru(if n % 2 == 0 { imaging } else { lab }, &n.to_string(), "PID")))
        .collect();
    assert_eq!((wanted[0].link(), wanted[0].seq()), (imaging, 1));
    let view = store.view().unwrap();
    let page = view.open_messages(0, 4).unwrap();
    let rest = view.open_messages(page[3].arrival, 4).unwrap();
    let ids: Vec<_> = page.iter().chain(&rest).map(|open| open.id).collect();
    assert_eq!(ids, wanted);
    assert_eq!((page[0].lanes.as_slice(), page[0].message_type.as_str()), ([7, 11].as_slice(), "ORU^R01"));
}

#[test]
fn settled_messages_are_listed_by_where_they_stand() {
    let (store, _folder) = open();
    let lab = link(&store, "LAB");
    let ids: Vec<_> = (0..4).map(|n| keep(&store, oru(lab, &n.to_string(), "PID"))).collect();
    for (id, state) in ids.iter().zip([MessageState::Filed, MessageState::Kept, MessageState::Held]) {
        done(
            &store,
            Changes {
                requires: vec![Requirement::MessageIs(*id, MessageState::Pending)],
                settlement: Some(Settlement {
                    message: *id,
                    state,
                    note: "why".into(),
                    records: vec![record("1")],
                    at: NOW,
                }),
                ..Changes::default()
            },
        );
    }
    let view = store.view().unwrap();
    let listed = |filter: MessageFilter| -> Vec<MessageId> {
        view.messages_of(&filter, 10, None).unwrap().into_iter().map(|row| row.id).collect()
    };
    for (n, state) in [MessageState::Filed, MessageState::Kept, MessageState::Held, MessageState::Pending]
        .into_iter()
        .enumerate()
    {
        assert_eq!(listed(MessageFilter { state: Some(state), ..Default::default() }), [ids[n]], "{state:?}");
    }
    assert_eq!(listed(MessageFilter::default()), [ids[3], ids[2], ids[1], ids[0]]);
    assert_eq!(
        listed(MessageFilter { record: Some(record("1")), ..Default::default() }),
        [ids[2], ids[1], ids[0]]
    );
    assert_eq!(
        listed(MessageFilter { record: Some(record("1")), state: Some(MessageState::Held), link: Some(lab) }),
        [ids[2]]
    );
    assert_eq!(listed(MessageFilter { link: Some(LinkId(99)), ..Default::default() }), []);
    let before = view.messages_of(&MessageFilter::default(), 1, Some(ids[2])).unwrap();
    assert_eq!(before[0].id, ids[1]);
    let held = view.message(ids[2]).unwrap().unwrap();
    assert_eq!((held.state, held.note.as_str(), held.settled), (MessageState::Held, "why", Some(NOW)));
    assert_eq!(held.records, [record("1")]);
}

#[test]
fn a_held_message_can_be_filed_and_opened_again() {
    let (store, _folder) = open();
    let lab = link(&store, "LAB");
    let id = keep(&store, oru(lab, "1", "PID"));
    let settle = |state, mrn: &str| {
        done(
            &store,
            Changes {
                settlement: Some(Settlement {
                    message: id,
                    state,
                    note: String::new(),
                    records: vec![record(mrn)],
                    at: NOW,
                }),
                ..Changes::default()
            },
        );
    };
    settle(MessageState::Held, "1");
    settle(MessageState::Filed, "2");
    let of = |mrn: &str| {
        let filter = MessageFilter { record: Some(record(mrn)), ..Default::default() };
        store.view().unwrap().messages_of(&filter, 9, None).unwrap().len()
    };
    assert_eq!((of("1"), of("2")), (0, 1));
    let aside = MessageFilter { state: Some(MessageState::Held), ..Default::default() };
    assert!(store.view().unwrap().messages_of(&aside, 9, None).unwrap().is_empty());
    settle(MessageState::Pending, "2");
    let view = store.view().unwrap();
    assert_eq!(view.open_messages(0, 9).unwrap()[0].id, id);
    assert_eq!(view.message(id).unwrap().unwrap().state, MessageState::Pending);
    assert!(view.census(NOW).unwrap().balanced);
}

#[test]
fn refusals_keep_the_beginning_of_the_bytes() {
    let (store, _folder) = open();
    let lab = link(&store, "LAB");
    let refused = Refused {
        link: lab,
        at: NOW,
        control_id: String::new(),
        reason: "MSH-18 names a character set that is not known".into(),
        head: vec![b'x'; REFUSED_BYTES + 10],
    };
    store.refuse_blocking(refused.clone()).unwrap();
    let view = store.view().unwrap();
    for link in [Some(lab), None] {
        let found = view.refusals(link, 10).unwrap();
        assert_eq!((found.len(), found[0].head.len()), (1, REFUSED_BYTES));
        assert_eq!(found[0].reason, refused.reason);
    }
    assert!(view.refusals(Some(LinkId(9)), 10).unwrap().is_empty());
}

#[test]
fn commits_wake_those_who_wait() {
    let (store, _folder) = open();
    let (send, receive) = std::sync::mpsc::channel();
    store.on_commit(Box::new(move |committed| {
        let _ = send.send(committed.clone());
    }));
    let lab = link(&store, "LAB");
    assert!(!receive.recv().unwrap().messages);
    keep(&store, oru(lab, "1", "PID"));
    assert!(receive.recv().unwrap().messages);
    done(
        &store,
        Changes { outbox: vec![OutboxChange::Queue(delivery("clinic", "1", "c-1"))], ..Changes::default() },
    );
    let told = receive.recv().unwrap();
    assert_eq!((told.outbox, told.messages, told.destinations), (true, false, vec!["clinic".to_owned()]));
}

#[test]
fn sign_ins_and_audit_read_back() {
    let (store, _folder) = open();
    let person = PersonId::born_with(record("1"));
    let sign_in = SignIn {
        secret_hash: vec![1; 32],
        user: "dr.chen".into(),
        role: "physician".into(),
        name: "Dr. Chen".into(),
        expires: NOW.plus_minutes(15),
        bearer: false,
        grant: Some(2),
        factor: "passkey".into(),
        begun: NOW,
        seen: NOW,
        proven_until: NOW.plus_minutes(10),
        device: "Firefox, Linux".into(),
    };
    done(
        &store,
        Changes {
            sign_ins: vec![sign_in.clone()],
            audit: vec![audit("sign-in", None), audit("read-results", Some(person))],
            ..Changes::default()
        },
    );
    let view = store.view().unwrap();
    assert_eq!(view.sign_in(&[1; 32]).unwrap(), Some(sign_in));
    let tail = view.audit_tail(10).unwrap();
    assert_eq!(
        tail.iter().map(|(seq, row)| (*seq, row.verb.as_str())).collect::<Vec<_>>(),
        [(2, "read-results"), (1, "sign-in")]
    );
    assert_eq!(view.audit_of_person(person, 10).unwrap().len(), 1);
    let logged = view.logged(1, 10).unwrap();
    assert!(logged.iter().all(|row| row.right_leaf() == Some(row.leaf)), "each leaf is its row's");
    done(&store, Changes { sign_outs: vec![vec![1; 32]], ..Changes::default() });
    assert_eq!(
        view.sign_in(&[1; 32]).unwrap().map(|found| found.user),
        Some("dr.chen".into()),
        "one point in time"
    );
    assert_eq!(store.view().unwrap().sign_in(&[1; 32]).unwrap(), None);
}

#[test]
fn d01_a_control_id_of_many_kilobytes_harms_nobody() {
    let (store, _folder) = open();
    let link = link(&store, "LAB");
    // Not of one letter: a database may press what repeats.
    let long = |seed: u32| -> String {
        (0..4_000_u32).map(|n| format!("{:08x}", (n + seed).wrapping_mul(2_654_435_761))).collect()
    };
    let (a, b) = (long(0), format!("{}{}", &long(0)[..31_000], long(7)));
    let (told, hears) = std::sync::mpsc::channel();
    let all = [&a, "2", &b].map(|id| {
        let told = told.clone();
        (oru(link, id, "OBX"), move |answer| drop(told.send(answer)))
    });
    store.append_together(all.into());
    let answers: Vec<_> = hears.iter().take(3).collect();
    for answer in &answers {
        assert!(matches!(answer, Ok(Appended::New { control_id_reused: false, .. })), "{answer:?}");
    }
    assert!(matches!(store.append_blocking(oru(link, &a, "OBX")), Ok(Appended::Repeat { .. })));
    let other = store.append_blocking(oru(link, &a, "another")).unwrap();
    assert!(matches!(other, Appended::New { control_id_reused: true, .. }), "{other:?}");
    let Appended::New { id, .. } = other else { return };
    let view = store.view().unwrap();
    assert!(view.control_id_was_used_before(id, &a).unwrap());
    assert!(view.first_answer(link, &a, &oru(link, &a, "OBX").raw).unwrap().is_some());
    assert_eq!(view.message(id).unwrap().unwrap().control_id, a, "the whole of it is kept");
}
