//! D1: SIGKILL under load, at random moments and at named points of the writer.

use crate::load::{Moment, Struck, killed_again_and_again};
use crate::messages::{Person, Result};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use testkit::harness::{DRAIN_LIMIT, Harness, Setup};
use testkit::mllp::{Behaviour, verdict};
use testkit::patience::until;
use testkit::postgresql::{Postgresql, make, url};

/// Rounds unless `OPOR_KILL_ROUNDS` says otherwise (300 in `./x test`, HAZARDS D1).
const ROUNDS: u64 = 8;
/// Rounds on PostgreSQL.
const ROUNDS_ON_POSTGRESQL: u64 = 2;

fn rounds() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "how much to run is the caller's choice, not the product's"
    )]
    let wanted = std::env::var("OPOR_KILL_ROUNDS");
    wanted.ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

#[test]
fn d01_h58_sigkill_under_load_loses_nothing_and_stores_nothing_twice() {
    drop(killed_again_and_again(Setup::new("kills"), 0..rounds()));
}

/// The judge can say no: a record that comes back without what it had only in its log, as one that acknowledges before it
/// syncs would after a power cut.
#[test]
fn d01_h58_a_record_that_forgot_what_it_had_acknowledged_is_found() {
    let mut struck = Struck::new(Setup::new("forgetful"));
    struck.round(Moment::Answers(100), Harness::kill);
    let (folder, data) = (struck.harness.folder().to_owned(), struck.harness.data());
    for file in ["record.db-wal", "record.db-shm"] {
        std::fs::remove_file(Path::new(&data).join(file)).unwrap();
    }
    struck.harness.restart();
    let judged = std::panic::catch_unwind(AssertUnwindSafe(|| drop(struck.judged())));
    let said = judged.expect_err("nobody missed what was acknowledged");
    let said = said.downcast_ref::<String>().expect("words");
    assert!(said.contains("lost: [\n"), "something else went wrong: {said}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// The same with the record at a PostgreSQL, which is cut off as by a power cut while nobody sends: the process goes on
/// with what the server has when it is back.
#[test]
fn d01_on_postgresql_sigkill_loses_nothing_and_a_crash_of_the_server_is_gone_through() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    make(server.folder(), "record", "template0").unwrap();
    let setup =
        Setup::new("kills-postgresql").setting(&format!("store = {:?}", url(server.folder(), "record")));
    let mut harness = killed_again_and_again(setup, 0..ROUNDS_ON_POSTGRESQL);
    let before = harness.books();
    server.crash().unwrap();
    server.begin().unwrap();
    let orderer = harness.provider("alder");
    // Nobody whom the loads named: a namesake would be a question for a person.
    let person = Person::new("H98", 9_001);
    let message = Result::new("H98", &person, "after".to_owned(), orderer).bytes();
    // Whoever comes first meets the line that is dead and is told to send again; the next one meets a new line.
    let accepted = || {
        let answer = harness.sender().send(&message);
        answer.is_ok_and(|answer| verdict(&answer).0 == "AA")
    };
    assert!(until(DRAIN_LIMIT, accepted), "{}", harness.server().log());
    assert!(harness.is_alive(), "nobody had to start it again");
    let books = harness.drained();
    assert_eq!((books.accepted, books.filed), (before.accepted + 1, before.filed + 1), "{books:?}");
}

#[test]
fn d01_h15_kill_between_commit_and_ack_same_answer_on_resend() {
    let mut harness = Setup::new("resend").clinic("alder", |_, _| Behaviour::Accept).start();
    let orderer = harness.provider("alder");
    let person = Person::new("HRH", 1);
    let [heard, unheard] =
        ["M1", "M2"].map(|mark| Result::new("HRH", &person, mark, orderer.clone()).bytes());

    let first = harness.sender().send(&heard).unwrap();
    assert_eq!(verdict(&first).0, "AA");
    assert_eq!(harness.sender().send(&heard).unwrap(), first);

    // Committed, and nobody there to hear the answer.
    harness.sender().offer(&unheard).unwrap();
    assert!(until(DRAIN_LIMIT, || harness.books().accepted == 2));
    harness.kill();
    harness.restart();
    assert_eq!(harness.sender().send(&heard).unwrap(), first, "the first answer, after a kill too");
    let answer = harness.sender().send(&unheard).unwrap();
    assert_eq!(verdict(&answer), ("AA".to_owned(), "M2".to_owned()));
    assert_eq!(harness.sender().send(&unheard).unwrap(), answer);
    let books = harness.drained();
    assert_eq!((books.received, books.accepted, books.due), (2, 2, 2), "{books:?}");
}
