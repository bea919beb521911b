use crate::harness::*;
use crate::tampering;
use fhir::{Instant, PersonId};
use store::activity::*;
use store::*;

fn rows(n: usize) -> Vec<AuditRow> {
    (0..n).map(|n| audit(&format!("read-{n}"), Some(PersonId::from_i64(n as i64)))).collect()
}

fn edge(view: &View) -> Frontier {
    Frontier::read(view, view.log_size().unwrap()).unwrap()
}

#[test]
fn the_tree_is_committed_with_its_rows_and_proves_them() {
    let (store, folder) = open();
    for n in 0..7 {
        done(&store, Changes { audit: rows(100 + n), ..Changes::default() });
    }
    let view = store.view().unwrap();
    let size = view.log_size().unwrap();
    assert_eq!(size, 721);
    let mut by_leaves = Frontier::default();
    let logged = view.logged(1, 9_999).unwrap();
    for row in &logged {
        assert_eq!(row.right_leaf(), Some(row.leaf));
        by_leaves.push(row.leaf, |_, _, _| {});
    }
    let root = by_leaves.root();
    assert_eq!(edge(&view).root(), root);
    for index in [0, 255, 256, 511, 700, 720] {
        let path = inclusion(&view, index, size).unwrap();
        assert!(is_included(&logged[index as usize].leaf, index, size, &root, &path), "{index}");
    }
    for first in [1, 255, 256, 512, 513, 721] {
        let old = root_at(&view, first).unwrap();
        let proof = consistency(&view, first, size).unwrap();
        assert!(is_consistent(first, &old, size, &root, &proof), "{first}");
    }
    drop(view);
    store.stop();
    let again = folder.open(settings()).unwrap();
    done(&again, Changes { audit: rows(60), ..Changes::default() });
    let view = again.view().unwrap();
    let proof = consistency(&view, 721, 781).unwrap();
    assert!(
        is_consistent(721, &root, 781, &edge(&view).root(), &proof),
        "a start goes on with the same tree"
    );
}

#[test]
fn a_change_that_is_not_written_leaves_no_leaf() {
    let (store, _folder) = open();
    done(&store, Changes { audit: rows(255), ..Changes::default() });
    let stale =
        Changes { requires: vec![Requirement::DirectoryIs(99)], audit: rows(3), ..Changes::default() };
    assert!(matches!(store.settle_blocking(stale), Settled::Stale(_)));
    // An event of no obligation is malformed after it has begun.
    let malformed = Changes {
        audit: rows(3),
        settlement: Some(Settlement {
            message: MessageId(77),
            state: MessageState::Filed,
            at: NOW,
            note: String::new(),
            records: Vec::new(),
        }),
        ..Changes::default()
    };
    assert!(matches!(store.settle_blocking(malformed), Settled::Malformed(_)));
    done(&store, Changes { audit: rows(3), ..Changes::default() });
    let view = store.view().unwrap();
    assert_eq!(view.log_size().unwrap(), 258);
    let mut by_leaves = Frontier::default();
    view.logged(1, 999).unwrap().iter().for_each(|row| by_leaves.push(row.leaf, |_, _, _| {}));
    assert_eq!(edge(&view).root(), by_leaves.root());
    assert_eq!(view.kept(8, 0, 1).unwrap().len(), 1);
}

#[test]
fn l11_destroyed_content_is_in_no_file_and_the_log_still_verifies() {
    let (store, folder) = open();
    let mut old = rows(400);
    for row in &mut old {
        row.actor = "zanzibar.actor".into();
        row.object = "person/9/zanzibar".into();
    }
    let before = NOW;
    old.iter_mut().for_each(|row| row.at = Instant(NOW.0 - 90 * 24 * 3_600_000_000));
    done(&store, Changes { audit: old, ..Changes::default() });
    done(&store, Changes { audit: rows(200), ..Changes::default() });
    let signer = tampering::signer(42);
    let root = edge(&store.view().unwrap()).root();
    let notes = [signer.sign(600, root)];
    let mut from = 1;
    loop {
        let (due, next) = store.view().unwrap().log_content_before(before, from, 150).unwrap();
        if !due.is_empty() {
            done(
                &store,
                Changes {
                    activity: vec![ActivityChange::Destroy(Destroy::LogRows(due))],
                    ..Changes::default()
                },
            );
        }
        match next {
            Some(next) => from = next,
            None => break,
        }
    }
    assert_eq!(store.view().unwrap().log_content_count(before).unwrap(), 0);
    let verifier = signer.verifier();
    let check = |store: &Store| {
        let rows = store.view().unwrap().logged(1, 9_999).unwrap();
        verify(rows.into_iter(), &Evidence { verifier: &verifier, notes: &notes, kept: &[] })
    };
    assert_eq!(check(&store).found, 400, "without a certificate it is tampering");
    let mut approval = audit("approve-destruction", None);
    approval.purpose = format!("retention before {}", before.0);
    done(&store, Changes { audit: vec![approval], ..Changes::default() });
    let under_way = check(&store);
    assert_eq!((under_way.found, under_way.pending, under_way.unproved()), (0, 400, 1));
    let empty = [("witness".to_owned(), Vec::new())];
    let rows = store.view().unwrap().logged(1, 9_999).unwrap();
    let evidence = Evidence { verifier: &verifier, notes: &notes, kept: &empty };
    assert_eq!(verify(rows.into_iter(), &evidence).findings, [Finding::EmptyWitness("witness".into())]);
    let periods = store.view().unwrap().log_periods_before(before).unwrap();
    assert_eq!(periods.len(), 1);
    let mut certificate = audit("destroy-content", None);
    certificate.purpose = format!("retention before {}", before.0);
    done(
        &store,
        Changes {
            activity: vec![ActivityChange::Destroy(Destroy::Keys(LOG_CLASS, periods))],
            audit: vec![certificate],
            ..Changes::default()
        },
    );
    let verdict = check(&store);
    assert!(verdict.is_sound(), "{:?}", verdict.findings);
    assert_eq!(verdict.destroyed, 400);
    let view = store.view().unwrap();
    assert!(view.audit_tail(9_999).unwrap().iter().all(|(_, row)| !row.object.contains("zanzibar")));
    drop(view);
    store.stop();
    rewrite(folder.path(), &settings()).unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(8).any(|window| window == b"zanzibar"), "it is nowhere in the data folder");
    }
    assert!(check(&folder.open(settings()).unwrap()).is_sound());
}

#[test]
fn tips_and_cases_are_sealed_and_go_with_their_key() {
    let (store, _folder) = open();
    let tip = TipRow {
        obligation: ObligationId(5),
        reference: vec![9; 32],
        at: NOW,
        content: Some("the pharmacist reads quokka files".into()),
        answer: String::new(),
    };
    let case = BreachCaseRow {
        obligation: ObligationId(6),
        number: 0,
        at: NOW,
        opener: "officer".into(),
        source: ObligationId(5),
        actor: "quill".into(),
        since: NOW,
        until: NOW,
        decision: String::new(),
        decided: None,
        decider: String::new(),
        closed: None,
        content: Some("quokka".into()),
    };
    done(
        &store,
        Changes {
            activity: vec![ActivityChange::Tip(tip.clone()), ActivityChange::Case(case.clone())],
            ..Changes::default()
        },
    );
    let view = store.view().unwrap();
    assert_eq!(view.tip_by_reference(&[9; 32]).unwrap(), Some(tip.clone()));
    assert_eq!(view.breach_case(ObligationId(6)).unwrap(), Some(BreachCaseRow { number: 1, ..case }));
    drop(view);
    done(
        &store,
        Changes {
            activity: vec![ActivityChange::Destroy(Destroy::Keys(TIP_CLASS, vec![5]))],
            ..Changes::default()
        },
    );
    assert_eq!(store.view().unwrap().tip(ObligationId(5)).unwrap(), Some(TipRow { content: None, ..tip }));
}

#[test]
fn d05_no_tampering_goes_unfound() {
    for (way, found, of) in tampering::run(2_004, 90, 7) {
        assert_eq!(found, of, "{way}");
    }
}

#[test]
fn without_a_witness_a_rollback_is_not_found() {
    let sound = tampering::sound(90);
    let mut dice = tampering::Dice(3);
    let cut = tampering::tampered(&sound, 8, &mut dice);
    assert!(tampering::judged(&cut, &[]).is_sound(), "the reason why two others keep checkpoints");
}

#[test]
fn a_witness_takes_what_continues_and_nothing_else() {
    let (store, _folder) = open();
    let signer = tampering::signer(42);
    let offer = |store: &Store, old: u64| {
        let view = store.view().unwrap();
        let size = view.log_size().unwrap();
        let proof = consistency(&view, old, size).unwrap();
        let text = offer_text(&Offer { old, proof, note: signer.sign(size, edge(&view).root()) });
        parse_offer(&text).unwrap()
    };
    done(&store, Changes { audit: rows(300), ..Changes::default() });
    let verifier = signer.verifier();
    let first = take(&verifier, None, &offer(&store, 0)).unwrap().unwrap();
    done(&store, Changes { audit: rows(9), ..Changes::default() });
    let second = take(&verifier, Some(&first), &offer(&store, 300)).unwrap().unwrap();
    assert_eq!(take(&verifier, Some(&second), &offer(&store, 309)), Ok(None), "nothing new");
    assert_eq!(
        take(
            &verifier,
            Some(&second),
            &parse_offer(&offer_text(&Offer { old: 0, proof: vec![], note: first.clone() })).unwrap()
        ),
        Err(WitnessRefusal::Shorter { kept: 309, now: 300 })
    );
    let (other, _other_folder) = open();
    done(&other, Changes { audit: rows(400), ..Changes::default() });
    assert_eq!(
        take(&verifier, Some(&second), &offer(&other, 309)),
        Err(WitnessRefusal::Forked { kept: 309 })
    );
}
