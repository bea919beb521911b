//! What a line makes of itself: doubted by what comes back, shown to its practice, live only after its test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use actions::deliveries::Reply;
use actions::directory::{Confirm, Decide, Overview, Written};
use actions::intake::{Clock, Door, Interpreter};
use actions::practice::Status;
use actions::reconcilers::Reconcilers;
use actions::sign_in::TokenKey;
use actions::values::{Purpose, Role};
use actions::{Actor, Context, Record, RefusalKind};
use clinical::directory::{Directory, REFUSALS_IN_A_ROW};
use fhir::Instant;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{ObligationFilter, ObligationRow, OutboxFilter, OutboxState, Settings, Store};

const NOW: Instant = Instant(1_795_356_300_000_000);

const DIRECTORY: &str = r#"
[[place]]
id = "hill"
name = "Hill Clinic"
kind = "clinic"
[[endpoint]]
id = "hill-emr"
place = "hill"
kind = "mllp"
address = "127.0.0.1:1"
fallback = ["hill-fax"]
[[endpoint]]
id = "hill-fax"
place = "hill"
kind = "fax"
address = "902 555 0100"
[[practitioner]]
id = "p-hill"
family = "Hill"
given = "Ana"
numbers = [ { authority = "NSMD", value = "7000" } ]
[[role]]
practitioner = "p-hill"
place = "hill"
role = "family-physician"
endpoint = "hill-emr"
primary = true
from = "2000-01-01"
"#;

struct Fixture {
    record: Record,
    store: Store,
    folder: PathBuf,
}

impl Fixture {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("practice-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let clock = AtomicU64::new(0);
        let settings = Settings::new(Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)));
        let store = Store::open(&folder, settings).unwrap();
        let record = Record::new(store.clone(), Directory::default(), Vec::new());
        let wanted = Directory::from_toml(DIRECTORY).unwrap();
        assert!(record.first_directory(&wanted, "directory.toml", NOW).unwrap().is_empty());
        Self { record, store, folder }
    }

    fn file(&self, control_id: &str) {
        let text = format!(
            "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|{control_id}|P|2.5.1\r\
             PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F\r\
             OBR|1|P-{control_id}|L-{control_id}|2823-3^Potassium^LN|||20261120093000-0400|||||||||7000^Hill^Ana^^^^^^NSMD||||||20261120100000-0400||CH|F\r\
             OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|3.5-5.1|N|||F|||20261120093000-0400\r"
        );
        let (send, receive) = std::sync::mpsc::channel();
        self.record.accept(&Door::BySender, text.into_bytes(), NOW, move |answer| {
            let _ = send.send(answer);
        });
        receive.recv().unwrap();
        let clock: Clock = Arc::new(|| NOW);
        let interpreter = Interpreter::start(self.record.clone(), clock, 1).unwrap();
        while !interpreter.is_idle() {
            std::thread::yield_now();
        }
        interpreter.stop();
    }

    fn answer(&self, destination: &str, reply: &Reply, now: Instant) -> usize {
        let offers = self.record.offers_due(destination, now, 99).unwrap();
        offers.iter().for_each(|offer| self.record.offer_answered(offer, reply, now).unwrap());
        offers.len()
    }

    fn owed(&self, kind: &str) -> Vec<ObligationRow> {
        let filter = ObligationFilter { kind: Some(kind.into()), open: Some(true), ..Default::default() };
        self.store.view().unwrap().obligations(&filter, 99, 0).unwrap()
    }

    fn waiting(&self, destination: &str) -> usize {
        let destination = Some(destination.to_owned());
        let filter =
            OutboxFilter { destination, state: Some(OutboxState::Waiting), ..OutboxFilter::default() };
        self.store.view().unwrap().outbox(&filter, 1_000).unwrap().len()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.store.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn at(role: Role, practitioner: Option<&str>, now: Instant) -> Context {
    let actor = Actor {
        id: "somebody".into(),
        role,
        name: "Steward, Ada".into(),
        practitioner: practitioner.map(str::to_owned),
    };
    Context { actor, purpose: Purpose::Operations, now }
}

fn steward() -> Context {
    at(Role::DirectorySteward, None, NOW)
}

#[test]
fn s019_a_line_that_refuses_several_in_a_row_is_doubted_once_and_not_again_on_the_day_it_was_confirmed() {
    let world = Fixture::new();
    let mut reconcilers = Reconcilers::new(world.record.clone(), NOW);
    let refused = Reply::Rejected { text: "closed".into() };
    let file = |n: u32| {
        world.file(&n.to_string());
        world.answer("hill-emr", &refused, NOW)
    };
    assert_eq!((1..REFUSALS_IN_A_ROW as u32).map(file).sum::<usize>(), REFUSALS_IN_A_ROW - 1);
    let mut round = |minutes| assert_eq!(reconcilers.round(NOW.plus_minutes(minutes)), Vec::new());
    round(0);
    assert!(world.owed("directory").is_empty(), "so far it may be the messages");
    file(50);
    round(1);
    round(2);
    let [doubt] = world.owed("directory").try_into().unwrap();
    assert!(doubt.words.contains("5 deliveries in a row were refused"), "{}", doubt.words);
    assert!(
        matches!(doubt.state, store::ObligationState::Open { ref owner, .. } if owner == "desk:directory")
    );
    world.file("60");
    assert_eq!((world.waiting("hill-emr"), world.waiting("hill-fax")), (0, 1));
    world.record.act(&steward(), Confirm { contact: "line-hill-emr".into() }).unwrap();
    round(3);
    assert!(world.owed("directory").is_empty(), "what was refused before says nothing any more");
}

#[test]
fn s019_a_line_that_took_something_since_is_not_doubted() {
    let world = Fixture::new();
    let mut reconcilers = Reconcilers::new(world.record.clone(), NOW);
    for n in 0..2 * REFUSALS_IN_A_ROW {
        world.file(&n.to_string());
        world.answer("hill-emr", &Reply::Rejected { text: "not this one".into() }, NOW);
    }
    world.file("taken");
    world.answer("hill-emr", &Reply::Accepted { text: String::new() }, NOW);
    assert_eq!(reconcilers.round(NOW), Vec::new());
    assert!(world.owed("directory").is_empty());
}

#[test]
fn rt10_a_practice_sees_its_own_counts_by_its_link_alone_and_nothing_of_a_patient() {
    let world = Fixture::new();
    let key = TokenKey([7; 32]);
    (0..3).for_each(|n| world.file(&n.to_string()));
    let offers = world.record.offers_due("hill-emr", NOW, 1).unwrap();
    world.record.offer_answered(&offers[0], &Reply::Accepted { text: String::new() }, NOW).unwrap();
    let look = |token: String| {
        let machine = actions::record::machine("practice page", NOW.plus_minutes(5));
        world.record.look(&machine, Status { key: key.clone(), token })
    };
    let seen = look(key.practice_token("hill")).unwrap();
    let [line] = seen.types.as_slice() else { panic!("{:?}", seen.types) };
    assert_eq!((line.what.en.as_str(), line.sent, line.accepted, line.waiting), ("Results", 3, 1, 2));
    assert_eq!((line.oldest, seen.waiting_since), (Some(NOW), Some(NOW)));
    assert_eq!(
        (seen.place.as_str(), seen.ways.len(), seen.people[0].0.as_str()),
        ("Hill Clinic", 2, "Hill, Ana")
    );
    let said = format!("{seen:?}");
    assert!(["Drake", "Mona", "100001", "Potassium"].iter().all(|word| !said.contains(word)), "{said}");
    let guessed = ["".to_owned(), "hill".to_owned(), "é".to_owned(), key.practice_token("dale")];
    let other = TokenKey([8; 32]).practice_token("hill");
    let bearer = key.mint(Role::Machine, NOW.plus_minutes(60)).rsplit('.').next().unwrap().to_owned();
    for token in guessed.into_iter().chain([other, bearer]) {
        assert_eq!(look(token).unwrap_err().kind, RefusalKind::NotFound);
    }
}

#[test]
fn s019_a_new_line_goes_live_only_after_it_acknowledged_its_test_result() {
    let world = Fixture::new();
    let mut reconcilers = Reconcilers::new(world.record.clone(), NOW);
    let line = |state: &str, port: u16| {
        format!(
            "[[endpoint]]\nid = \"hill-new\"\nplace = \"hill\"\nkind = \"mllp\"\naddress = \"127.0.0.1:{port}\"\nstate = \"{state}\"\n"
        )
    };
    let decide = |text: String, minutes: i64| {
        let context = at(Role::DirectorySteward, None, NOW.plus_minutes(minutes));
        let why = format!("asked at minute {minutes}");
        world.record.act(&context, Written { text, why }).unwrap();
        let open = world.record.look(&context, Overview).unwrap().proposals;
        let last = open.iter().max_by_key(|one| one.at).unwrap().id;
        let decision = Decide { proposal: last, apply: true, reason: "by telephone".into() };
        let done = world.record.act(&context, decision);
        if done.is_err() {
            let dismissal = Decide { proposal: last, apply: false, reason: "not tested".into() };
            world.record.act(&context, dismissal).unwrap();
        }
        done.map_err(|refusal| refusal.words.en)
    };
    assert!(decide(line("live", 2), 1).unwrap_err().contains("Propose it with state = \"trial\" first"));
    decide(line("trial", 2), 2).unwrap();
    assert!(decide(line("live", 2), 3).unwrap_err().contains("has not acknowledged a test result"));
    assert_eq!(reconcilers.round(NOW.plus_minutes(4)), Vec::new());
    assert!(decide(line("live", 2), 5).unwrap_err().contains("Waiting for its acknowledgement"));
    let taken = Reply::Accepted { text: String::new() };
    assert_eq!(world.answer("hill-new", &taken, NOW.plus_minutes(6)), 1, "the test result alone goes there");
    assert!(decide(line("live", 3), 7).unwrap_err().contains("something else than what was tested"));
    decide(line("live", 2), 8).unwrap();
    assert!(world.record.directory().endpoint("hill-new").unwrap().carries_on("2026-11-23"));
}
