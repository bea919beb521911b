use crate::harness::*;
use fhir::{Instant, Kind};
use store::*;

#[test]
fn versions_are_kept_byte_for_byte_and_the_latest_number_counts_on() {
    let (store, _folder) = open();
    let key = observation("1", "a");
    let mut late = version(key, 3, "preliminary, late", Vec::new());
    late.current = false;
    for row in [version(key, 1, "preliminary", Vec::new()), version(key, 2, "final", Vec::new()), late] {
        done(&store, Changes { resources: vec![row], ..Changes::default() });
    }
    let view = store.view().unwrap();
    let current = view.current(key).unwrap().unwrap();
    assert_eq!((current.version, current.latest, current.body.as_slice()), (2, 3, b"final".as_slice()));
    let all: Vec<_> = view
        .versions(key)
        .unwrap()
        .into_iter()
        .map(|stored| (stored.version, stored.current, stored.body))
        .collect();
    assert_eq!(
        all,
        [
            (1, false, b"preliminary".to_vec()),
            (2, true, b"final".to_vec()),
            (3, false, b"preliminary, late".to_vec())
        ]
    );
    assert_eq!(
        view.latest_versions(&[key, observation("1", "none")]).unwrap().into_iter().collect::<Vec<_>>(),
        [(key, 3)]
    );
    done(&store, Changes { resources: vec![version(key, 4, "corrected", Vec::new())], ..Changes::default() });
    assert_eq!(store.view().unwrap().current(key).unwrap().unwrap().version, 4);
}

#[test]
fn two_versions_in_one_change_follow_each_other() {
    let (store, _folder) = open();
    let key = observation("1", "a");
    done(
        &store,
        Changes {
            resources: vec![version(key, 1, "one", Vec::new()), version(key, 2, "two", Vec::new())],
            ..Changes::default()
        },
    );
    assert_eq!(store.view().unwrap().versions(key).unwrap().len(), 2);
}

#[test]
fn a_patients_resources_come_newest_first() {
    let (store, _folder) = open();
    let at = |minutes, filler: &str| VersionRow {
        as_of: NOW.plus_minutes(minutes),
        ..version(observation("1", filler), 1, filler, Vec::new())
    };
    done(
        &store,
        Changes { resources: vec![at(1, "b"), at(3, "d"), at(0, "a"), at(2, "c")], ..Changes::default() },
    );
    done(
        &store,
        Changes { resources: vec![version(observation("2", "x"), 1, "x", Vec::new())], ..Changes::default() },
    );
    let found = store.view().unwrap().resources_of(record("1"), Kind::Observation, 3).unwrap();
    assert_eq!(found.iter().map(|stored| stored.body.as_slice()).collect::<Vec<_>>(), [b"d", b"c", b"b"]);
}

#[test]
fn every_version_leads_to_its_message() {
    let (store, _folder) = open();
    let lab = link(&store, "LAB");
    let message = keep(&store, oru(lab, "1", "PID"));
    let said = |filler: &str, number| VersionRow {
        message: Some(message),
        ..version(observation("1", filler), number, filler, Vec::new())
    };
    done(&store, Changes { resources: vec![said("a", 1), said("b", 1)], ..Changes::default() });
    done(
        &store,
        Changes { resources: vec![version(observation("1", "x"), 1, "x", Vec::new())], ..Changes::default() },
    );
    done(&store, Changes { resources: vec![said("a", 2)], ..Changes::default() });
    let found = store.view().unwrap().said_by(message).unwrap();
    assert_eq!(found, [(observation("1", "a"), 1), (observation("1", "b"), 1), (observation("1", "a"), 2)]);
}

#[test]
fn d05_a_flipped_bit_is_noticed_before_anything_is_shown() {
    let (store, folder) = open();
    let lab = link(&store, "LAB");
    let message = keep(&store, oru(lab, "1", "PID"));
    let key = observation("1", "a");
    done(
        &store,
        Changes {
            resources: vec![version(key, 1, "5.1 mmol/L", Vec::new())],
            audit: vec![audit("file", None)],
            ..Changes::default()
        },
    );
    store.stop();
    folder.behind_its_back("UPDATE filing SET bodies = heads");
    folder.behind_its_back("UPDATE journal_bytes SET raw = (SELECT answer FROM journal LIMIT 1)");
    folder.behind_its_back("UPDATE audit SET actor = 'nobody'");
    let store = folder.open(settings()).unwrap();
    let view = store.view().unwrap();
    for problem in [
        view.current(key).expect_err("damaged"),
        view.message(message).expect_err("damaged"),
        view.audit_tail(1).expect_err("damaged"),
    ] {
        assert!(matches!(problem, ReadProblem::Damaged { .. }), "{problem}");
    }
    let report = view.check(&|_, _| Vec::new(), 10, Instant(0), &mut |_, _| {}).unwrap();
    assert_eq!(report.wrong, 3, "{:?}", report.problems);
}
