//! Replay, pause and orphan results while the server runs, through its HTTP door.

use crate::messages::{Person, Result};
use testkit::harness::{Harness, Setup, opor};
use testkit::mllp::Behaviour;

fn token(harness: &Harness) -> String {
    let said = opor(&["token", "--data", &harness.data(), "--role", "laboratory-desk"]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.out.trim().to_owned()
}

#[test]
fn h26_replay_pause_and_a_backlog_on_a_running_server() {
    let mut harness = Setup::new("desks").clinic("cairnwood", |_, _| Behaviour::Accept).start();
    harness.others_send();
    let url = format!("http://{}", harness.server().http);
    let token = token(&harness);
    let ask = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--url", &url, "--token", &token]);
        let said = opor(&all);
        assert_eq!(said.code, 0, "{arguments:?}: {}{}", said.out, said.err);
        said.out
    };
    let person = Person::new("HRH", 1);
    let orderer = harness.provider("cairnwood");
    let sent: Vec<Vec<u8>> =
        (0..20).map(|n| Result::new("HRH", &person, format!("R{n}"), orderer.clone()).bytes()).collect();
    harness.sender().accepted(&sent);
    let before = harness.drained();
    assert_eq!(before.filed, 20);

    // Replaying what stands changes nothing, by the door as by the folder.
    for dry in [true, false] {
        let mut arguments = vec!["replay", "--link", "LIS@HRH"];
        arguments.extend(dry.then_some("--dry-run"));
        assert!(ask(&arguments).contains("20 messages replayed, 0 with a change"), "{dry}");
    }
    assert_eq!(harness.drained(), before);

    // A paused feed keeps what comes and files nothing; the other end of the command is the portal.
    ask(&["feeds", "--pause", "LIS@HRH", "--reason", "Units"]);
    harness.sender().accepted(&[Result::new("HRH", &person, "R20", orderer.clone()).bytes()]);
    let paused = harness.books();
    assert_eq!((paused.pending, paused.filed), (1, 20), "{paused:?}");
    assert!(harness.page("marram", "/feeds").contains("Paused by"), "the wall says so");
    ask(&["feeds", "--resume", "LIS@HRH", "--reason", "Fixed"]);
    assert_eq!(harness.drained().filed, 21);

    // A destination that lost what it had gets all of it again, once.
    let dry = ask(&["replay", "--destination", "cairnwood-emr", "--since", "2020-01-01", "--dry-run"]);
    assert!(dry.contains("21 messages replayed, 21 with a change"), "{dry}");
    let done = ask(&["replay", "--destination", "cairnwood-emr", "--since", "2020-01-01"]);
    assert!(done.contains("21 with a change"), "{done}");
    let after = harness.drained();
    assert_eq!((after.due, after.acknowledged), (42, 42), "{after:?}");
    let again = ask(&["replay", "--destination", "cairnwood-emr", "--since", "2020-01-01", "--dry-run"]);
    assert!(
        again.contains(" 0 with a change"),
        "what was given again since then is not given a third time: {again}"
    );

    // Orphans: loaded twice they count once, and the report adds up.
    let file = harness.folder().join("orphans.hl7");
    let orphans: Vec<u8> = (0..30)
        .flat_map(|n| {
            Result::new("IWK", &Person::new("IWK", 100 + n), format!("O{n}"), orderer.clone()).bytes()
        })
        .collect();
    std::fs::write(&file, &orphans).unwrap();
    let path = file.display().to_string();
    for _ in 0..2 {
        let said = ask(&["backlog", "--name", "iwk-2025-12", "--authority", "HRH", &path]);
        assert!(said.contains("30 offered, 30 accepted, 0 refused"), "{said}");
        assert!(said.contains("30 messages = "), "{said}");
    }
    let books = harness.drained();
    assert_eq!(books.accepted, 51, "{books:?}");
}
