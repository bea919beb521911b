//! The desks over a store in a folder of its own: the chain, what was not matched, groups, cases, replay of a
//! destination, a paused feed, and months of orphan results.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod fixture;

use actions::cases::{self, CaseSort, Cases, Trace};
use actions::deliveries::{Desk, DeskFilter, Excuse, HandOver, Reply, SendGroup, StepSort, StepState};
use actions::feeds::{Pause, Resume};
use actions::identity::{Answer, Verdict, Worklist};
use actions::intake::{Clock, Door, Interpreter};
use actions::messages::{Causes, List, Show};
use actions::replays::{Trial, Which};
use actions::unmatched::{self, Settle};
use actions::values::Role;
use actions::{Actor, Context, MessageState, Record, RefusalKind};
use clinical::directory::Directory;
use fhir::Instant;
use fixture::{Fixture, accept, interpret};
use std::sync::Arc;
use store::{ObligationFilter, ObligationRow, ObligationState};

const NOW: Instant = Instant(1_795_356_300_000_000);
const LINK: &str = "LIS@HRH";

/// Two clinics with systems; the second one tells when somebody opened a report.
const DIRECTORY: &str = r#"
[[place]]
id = "hill"
name = "Hill Clinic"
kind = "clinic"

[[place]]
id = "shore"
name = "Shore Clinic"
kind = "clinic"

[[endpoint]]
id = "hill-emr"
place = "hill"
kind = "mllp"
address = "127.0.0.1:1"

[[endpoint]]
id = "shore-emr"
place = "shore"
kind = "mllp"
address = "127.0.0.1:2"
reports_opening = true

[[practitioner]]
id = "p-hill"
family = "Hill"
given = "Ana"
numbers = [ { authority = "NSMD", value = "7000" } ]

[[practitioner]]
id = "p-shore"
family = "Shore"
given = "Ben"
numbers = [ { authority = "NSMD", value = "7001" } ]

[[role]]
practitioner = "p-hill"
place = "hill"
role = "family-physician"
endpoint = "hill-emr"
primary = true
from = "2000-01-01"

[[role]]
practitioner = "p-shore"
place = "shore"
role = "family-physician"
endpoint = "shore-emr"
primary = true
from = "2000-01-01"
"#;
const HILL: &str = "7000^Hill^Ana^^^^^^NSMD";
const SHORE: &str = "7001^Shore^Ben^^^^^^NSMD";

impl Fixture {
    fn new() -> Self {
        Self::over("desks", Directory::from_toml(DIRECTORY).unwrap())
    }

    fn keep(&self, door: &Door, order: &str, patient: &str, value: &str, orderer: &str) {
        let text = message(order, patient, value, orderer);
        accept(&self.record, door, text, NOW);
    }

    fn interpret(&self) {
        interpret(&self.record, NOW);
    }

    fn file(&self, order: &str, value: &str, orderer: &str) {
        self.keep(&Door::BySender, order, MONA, value, orderer);
        self.interpret();
    }

    fn answer(&self, destination: &str, reply: &Reply) -> usize {
        let offers = self.record.offers_due(destination, NOW, 99).unwrap();
        for offer in &offers {
            self.record.offer_answered(offer, reply, NOW).unwrap();
        }
        offers.len()
    }

    fn obligations(&self, kind: &str) -> Vec<ObligationRow> {
        let filter = ObligationFilter { kind: Some(kind.into()), ..Default::default() };
        self.store.view().unwrap().obligations(&filter, 99, 0).unwrap()
    }

    fn balanced(&self) {
        let census = self.store.view().unwrap().census(NOW).unwrap();
        assert!(census.balanced, "{census:?}");
    }
}

const MONA: &str = "PID|1||100001^^^HRH^MR~1000000019^^^NS^JHN||Drake-Lowe^Mona||19610203|F";

fn message(order: &str, patient: &str, value: &str, orderer: &str) -> String {
    format!(
        "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|C-{order}|P|2.5.1\r{patient}\r\
         ORC|RE|P-{order}|{order}||CM|||||||{orderer}\r\
         OBR|1|P-{order}|{order}|2823-3^Potassium^LN|||20261120093000-0400|||||||||{orderer}||||||20261120100000-0400||CH|F\r\
         OBX|1|NM|2823-3^Potassium^LN||{value}|mmol/L|3.5-5.1|N|||F|||20261120093000-0400\r"
    )
}

fn who(id: &str, role: Role, practitioner: Option<&str>) -> Context {
    let actor = Actor {
        through: None,
        id: id.into(),
        role,
        name: id.into(),
        practitioner: practitioner.map(str::to_owned),
    };
    Context { actor, purpose: role.usual_purpose(), now: NOW }
}

fn desk() -> Context {
    who("Desk, Dana", Role::LaboratoryDesk, None)
}

fn hill() -> Context {
    who("Hill, Ana", Role::FamilyDoctor, Some("p-hill"))
}

fn shore() -> Context {
    who("Shore, Ben", Role::FamilyDoctor, Some("p-shore"))
}

fn open_owner(row: &ObligationRow) -> &str {
    match &row.state {
        ObligationState::Open { owner, .. } => owner,
        ObligationState::Ended { outcome, .. } => outcome,
    }
}

fn rejected() -> Reply {
    Reply::Rejected { text: "unknown patient".into() }
}

fn accepted() -> Reply {
    Reply::Accepted { text: String::new() }
}

#[test]
fn s007_the_chain_tells_each_step_and_keeps_transport_and_application_apart() {
    let fixture = Fixture::new();
    fixture.file("L-1", "4.1", HILL);
    let steps = |context: &Context| {
        let view = fixture.record.look(context, Trace { text: "L-1".into() }).unwrap();
        let report = view.items.into_iter().flat_map(|item| item.reports).next().unwrap();
        let chain = report.chains.into_iter().next().unwrap();
        chain.steps.into_iter().map(|step| (step.sort, step.state)).collect::<Vec<_>>()
    };
    use StepSort as S;
    use StepState::{Done, Failed, Late, NotSeen, Now, ToCome};
    let before = [(S::Produced, Done), (S::Identified, Done), (S::Plausible, Done), (S::Filed, Done)];
    let routed = [(S::Routed, Done), (S::Queued, Done)];
    let waiting = steps(&desk());
    assert_eq!(waiting[..4], before);
    assert_eq!(waiting[4..6], routed);
    assert_eq!(waiting[6..], [(S::Taken, Now), (S::Matched, ToCome), (S::Opened, NotSeen)]);
    // The same rows a day later: late by the clock alone, nothing was written.
    let later = Context { now: NOW.plus_minutes(24 * 60), ..desk() };
    assert_eq!(steps(&later)[6..8], [(S::Taken, Late), (S::Matched, Late)]);

    assert_eq!(fixture.answer("hill-emr", &rejected()), 1);
    let refused = steps(&desk());
    assert!(refused.contains(&(S::Taken, Done)) && refused.contains(&(S::Matched, Failed)), "{refused:?}");

    // A system that reports opening owes attention, and its chain has a due time for it.
    fixture.file("L-2", "4.1", SHORE);
    fixture.answer("shore-emr", &accepted());
    let view = fixture.record.look(&desk(), Trace { text: "L-2".into() }).unwrap();
    let chain = &view.items[0].reports[0].chains[0];
    let last = chain.steps.last().unwrap();
    assert_eq!((last.sort, last.state), (S::Signed, ToCome));
    assert!(last.at.is_some());
    assert!(chain.steps.iter().any(|step| step.sort == S::Matched && step.state == Done));
    // Sender, recipient and safety desk see the same chain.
    assert_eq!(steps(&hill()), steps(&desk()));
    let shown = fixture.record.look(&desk(), Show { message: view.items[0].message }).unwrap();
    assert_eq!(&shown.chains[0].2[0], chain, "the sender's end");
}

#[test]
fn both_ends_see_one_unmatched_item_and_one_answer_settles_it() {
    let fixture = Fixture::new();
    for (order, orderer) in [("L-1", HILL), ("L-2", HILL), ("L-3", HILL), ("L-4", SHORE)] {
        fixture.file(order, "4.1", orderer);
    }
    // The clinic may know her by the number of another hospital, which writes her name without the hyphen.
    let twin = "PID|1||8812^^^VGH^MR~1000000019^^^NS^JHN||Drake Lowe^Mona||19610203|F";
    fixture.keep(&Door::BySender, "L-9", twin, "4.0", SHORE);
    fixture.interpret();
    while fixture.answer("hill-emr", &rejected()) > 0 {}
    while fixture.answer("shore-emr", &rejected()) > 0 {}
    let list = |context: &Context, picked| fixture.record.look(context, unmatched::List { picked }).unwrap();
    let (all, own) = (list(&desk(), None), list(&hill(), None));
    assert!(all.lines.len() >= 4, "{:?}", all.lines);
    assert_eq!(own.lines.len(), 3, "the practice sees its own");
    assert!(own.lines.iter().all(|line| all.lines.contains(line)), "word for word the same");
    assert!(own.lines[0].why.en.contains("no patient"), "{:?}", own.lines[0].why);
    let (first, second, third) = (own.lines[0].obligation, own.lines[1].obligation, own.lines[2].obligation);
    let opened = list(&hill(), Some(first)).picked.unwrap();
    assert!(
        opened.candidates.iter().any(|who| who.differs.iter().any(|why| why.en.contains("Hyphen"))),
        "{:?}",
        opened.candidates
    );
    let settle = |context: &Context, obligation, verdict, text: &str| {
        fixture.record.act(context, Settle { obligation, verdict, text: text.into() })
    };
    use unmatched::Verdict as V;
    // Another practice's item does not exist for them.
    let elsewhere = settle(&shore(), first, V::Match, "").unwrap_err();
    assert_eq!(elsewhere.kind, RefusalKind::NotFound);
    settle(&hill(), first, V::Match, "").unwrap();
    assert_eq!(settle(&hill(), second, V::NotOurs, " ").unwrap_err().kind, RefusalKind::Unreadable);
    settle(&hill(), second, V::NotOurs, "moved to Digby").unwrap();
    settle(&desk(), third, V::Return, "whose is it").unwrap();
    let owner = |id| open_owner(&fixture.store.view().unwrap().obligation(id).unwrap().unwrap()).to_owned();
    assert_eq!(owner(first), "another-way");
    assert_eq!(owner(second), "desk:delivery", "the desk whose seat lists it");
    assert_eq!(owner(third), "desk:delivery");
    let asked = fixture.obligations("feed");
    assert_eq!(asked.len(), 1, "the owner of the feed asks the sender: {asked:?}");
    assert!(asked[0].words.contains("whose is it") && asked[0].recipient == LINK);
    for (id, verdict) in [(second, V::NotOurs), (third, V::Return)] {
        assert_eq!(settle(&desk(), id, verdict, "again").unwrap_err().kind, RefusalKind::Conflict);
    }
    assert_eq!(fixture.obligations("feed").len(), 1);
    let still: Vec<_> = list(&desk(), None).lines.iter().map(|line| line.obligation).collect();
    assert!(still.contains(&second) && still.contains(&third), "the desk sees them");
    assert_eq!(settle(&desk(), first, V::Match, "").unwrap_err().kind, RefusalKind::Conflict);
    assert_eq!(list(&desk(), None).settled.0, 1);
    fixture.balanced();
}

#[test]
fn one_clinic_that_is_down_is_one_line_of_work() {
    let fixture = Fixture::new();
    for order in ["L-1", "L-2", "L-3"] {
        fixture.file(order, "4.1", HILL);
    }
    while fixture.answer("hill-emr", &Reply::Rejected { text: "closed".into() }) > 0 {}
    let seen = || fixture.record.look(&desk(), Desk { filter: DeskFilter::All, picked: None }).unwrap();
    let group = seen().groups.remove(0);
    assert_eq!((group.lines.len(), group.can_resend), (3, true));
    fixture.record.act(&desk(), SendGroup { obligations: group.lines.clone() }).unwrap();
    assert_eq!(fixture.answer("hill-emr", &accepted()), 1, "in order per patient, one at a time");
    while fixture.answer("hill-emr", &accepted()) > 0 {}
    assert!(seen().lines.is_empty());
    let none = fixture.record.act(&desk(), SendGroup { obligations: group.lines }).unwrap_err();
    assert_eq!(none.kind, RefusalKind::Conflict);
    fixture.balanced();
}

#[test]
fn a_line_is_handed_over_or_excused_with_words_and_never_without() {
    let fixture = Fixture::new();
    fixture.file("L-1", "4.1", HILL);
    fixture.answer("hill-emr", &rejected());
    let id = fixture.obligations("delivery")[0].id;
    let hand = |to: &str, reason: &str| {
        fixture.record.act(&desk(), HandOver { obligation: id, to: to.into(), reason: reason.into() })
    };
    assert_eq!(hand("directory", "").unwrap_err().kind, RefusalKind::Unreadable);
    assert_eq!(hand("nobody", "x").unwrap_err().kind, RefusalKind::Unreadable);
    assert_eq!(hand("delivery", "x").unwrap_err().kind, RefusalKind::Conflict);
    hand("directory", "They have moved").unwrap();
    let row = &fixture.obligations("delivery")[0];
    assert_eq!(open_owner(row), "desk:directory");
    assert!(matches!(&row.state, ObligationState::Open { due, .. } if *due > NOW));
    let excuse = |reason: &str| fixture.record.act(&desk(), Excuse { obligation: id, reason: reason.into() });
    assert!(excuse(" ").is_err());
    excuse("Sent by mistake, the clinic agreed").unwrap();
    assert_eq!(open_owner(&fixture.obligations("delivery")[0]), "excused");
    fixture.balanced();
}

#[test]
fn s007_s018_an_item_is_traced_and_a_missing_one_has_a_case_with_number_owner_and_clock() {
    let fixture = Fixture::new();
    fixture.file("L-1", "4.1", HILL);
    let trace = |text: &str| fixture.record.look(&hill(), Trace { text: text.into() }).unwrap();
    for known in ["L-1", "P-L-1", "C-L-1", "1-1"] {
        let view = trace(known);
        assert_eq!(view.items.len(), 1, "{known}");
        assert!(!view.items[0].reports[0].chains.is_empty(), "{known}");
    }
    assert!(trace("L-404").items.is_empty());
    let open = || cases::Open {
        sort: CaseSort::Missing,
        item: "L-404".into(),
        asked: "Drawn on Tuesday, nothing has come.".into(),
        reach: "902 555 0117".into(),
    };
    for _ in 0..2 {
        fixture.record.act(&hill(), open()).unwrap();
    }
    let case = fixture.record.look(&hill(), cases::Opened(open())).unwrap().unwrap();
    let (owner, due) = case.owned.clone().unwrap();
    assert_eq!(case.number, 1_001);
    assert!(owner.en.contains("desk") && due > NOW);
    assert_eq!(trace("L-404").cases.len(), 1, "pressed twice it is one case");
    let of = |context: &Context| fixture.record.look(context, Cases::default()).unwrap().lines.len();
    assert_eq!((of(&hill()), of(&desk()), of(&shore())), (1, 1, 0));
    let answer = |ends| cases::Answer { obligation: case.obligation, text: "It went by fax.".into(), ends };
    assert!(fixture.record.act(&hill(), answer(true)).is_err(), "the desk answers");
    fixture.record.act(&desk(), answer(false)).unwrap();
    fixture.record.act(&desk(), answer(true)).unwrap();
    let picked = Cases { picked: Some(case.obligation), before: None };
    let (line, told) = fixture.record.look(&hill(), picked).unwrap().picked.unwrap();
    assert!(line.owned.is_none() && line.outcome.en.contains("fax"));
    assert_eq!(told.len(), 3);
    assert_eq!(fixture.record.act(&desk(), answer(true)).unwrap_err().kind, RefusalKind::Conflict);
    // The same again on the same day, after it has ended, is a new case.
    fixture.record.act(&hill(), open()).unwrap();
    let second = fixture.record.look(&hill(), cases::Opened(open())).unwrap().unwrap();
    assert!(second.number == 1_002 && second.owned.is_some(), "{second:?}");
    fixture.record.act(&hill(), open()).unwrap();
    assert_eq!(of(&hill()), 2, "pressed twice it is one case");
    // What is held is found by its own whole number, and by nothing of the patient.
    fixture.keep(&Door::BySender, "L-77001", "PID|1||||Nobody^Known||19610203|F", "4.1", HILL);
    fixture.interpret();
    assert_eq!(trace("L-77001").items.len(), 1);
    assert_eq!(trace("P-L-77001").items.len(), 1);
    for part in ["77001", "Nobody", "Known", "19610203", "L-", "4.1"] {
        assert!(trace(part).items.is_empty(), "{part}");
    }
    // Escalation is the clock's, as of any obligation: nothing of a case is special there.
    fixture.balanced();
}

#[test]
fn a_destination_is_offered_again_what_it_had_once_however_often_it_is_asked() {
    let fixture = Fixture::new();
    for order in ["L-1", "L-2"] {
        fixture.file(order, "4.1", HILL);
    }
    while fixture.answer("hill-emr", &accepted()) > 0 {}
    let which =
        Which::Destination { endpoint: "hill-emr".into(), since: NOW.plus_minutes(-60).0, until: None };
    let trial = fixture.record.look(&desk(), Trial { which: which.clone(), skip: 0 }).unwrap();
    assert_eq!((trial.looked_at, trial.deliveries), (2, 2));
    assert_eq!(fixture.obligations("delivery").len(), 2, "a trial writes nothing");
    let done = fixture.record.replay(&desk(), &which, 0).unwrap();
    assert_eq!((done.changed, done.deliveries), (2, 2));
    assert_eq!(done.lines[0].to, ["Hill, Ana at Hill Clinic"]);
    let again = fixture.record.replay(&desk(), &which, 0).unwrap();
    assert_eq!(again.deliveries, 0, "the same time is the same obligation: {again:?}");
    let mut sent = 0;
    while fixture.answer("hill-emr", &accepted()) > 0 {
        sent += 1;
    }
    assert_eq!(sent, 2, "one patient, in order");
    // What was sent on replay is nothing new to be sent: not when it is asked again, nor since another time.
    let again = fixture.record.replay(&desk(), &which, 0).unwrap();
    assert_eq!((again.looked_at, again.deliveries), (2, 0), "{again:?}");
    let since =
        |since: Instant| Which::Destination { endpoint: "hill-emr".into(), since: since.0, until: None };
    let later = Context { now: NOW.plus_minutes(10), ..desk() };
    let after = fixture.record.replay(&later, &since(NOW.plus_minutes(1)), 0).unwrap();
    assert_eq!((after.looked_at, after.deliveries), (0, 0), "owed before that time: {after:?}");
    // What is owed once the first page was looked at is not of that replay.
    let frozen =
        Which::Destination { endpoint: "hill-emr".into(), since: 0, until: again.until.map(|at| at - 1) };
    assert_eq!(fixture.record.replay(&later, &frozen, 0).unwrap().looked_at, 0);
    // Asked since another time it goes out once more, each version once.
    let other = fixture.record.replay(&later, &since(NOW.plus_minutes(-30)), 0).unwrap();
    assert_eq!((other.looked_at, other.deliveries), (2, 2), "{other:?}");
    assert!(fixture.record.replay(&hill(), &which, 0).is_err(), "not a doctor's command");
    fixture.balanced();
}

#[test]
fn replay_leaves_what_waits_to_its_turn() {
    let fixture = Fixture::new();
    fixture.file("L-1", "4.1", HILL);
    fixture.record.act(&desk(), Pause { link: LINK.into(), minutes: 30, reason: "Units".into() }).unwrap();
    fixture.keep(&Door::BySender, "L-2", MONA, "4.1", HILL);
    for which in [Which::Message("1-2".into()), Which::Feed { link: LINK.into(), since: i64::MIN }] {
        let trial = fixture.record.look(&desk(), Trial { which: which.clone(), skip: 0 }).unwrap();
        let done = fixture.record.replay(&desk(), &which, 0).unwrap();
        assert_eq!((trial.changed, trial.waiting, done.changed, done.waiting), (0, 1, 0, 1), "{done:?}");
    }
    assert_eq!(fixture.store.view().unwrap().census(NOW).unwrap().messages.pending, 1);
}

#[test]
fn a_route_that_is_out_of_use_is_offered_nothing_again() {
    let fixture = Fixture::new();
    fixture.file("L-1", "4.1", HILL);
    while fixture.answer("hill-emr", &accepted()) > 0 {}
    let trial =
        DIRECTORY.replace("address = \"127.0.0.1:1\"", "address = \"127.0.0.1:1\"\nstate = \"trial\"");
    let closed = Record::new(fixture.store.clone(), Directory::from_toml(&trial).unwrap(), Vec::new());
    let which = Which::Destination { endpoint: "hill-emr".into(), since: 0, until: None };
    let seen = closed.look(&desk(), Trial { which: which.clone(), skip: 0 }).unwrap();
    let done = closed.replay(&desk(), &which, 0).unwrap();
    assert_eq!((seen.looked_at, seen.deliveries, done.deliveries), (1, 0, 0), "{done:?}");
}

#[test]
fn replaying_what_stands_changes_nothing_and_leaves_an_audit_row() {
    let fixture = Fixture::new();
    fixture.file("L-1", "4.1", HILL);
    // An A08 about nobody's number is held; its cause is one line.
    fixture.keep(&Door::BySender, "L-2", "PID|1||||Nobody^Known||19610203|F", "4.1", HILL);
    fixture.interpret();
    let causes = fixture.record.look(&desk(), Causes).unwrap().lines;
    assert_eq!(causes.iter().map(|cause| cause.count).sum::<u64>(), 1, "{causes:?}");
    let whiches = [
        Which::Feed { link: LINK.into(), since: i64::MIN },
        Which::Message("1-1".into()),
        Which::Aside { state: "held".into(), link: LINK.into(), cause: causes[0].why.en.clone() },
    ];
    let rows = || {
        let view = fixture.store.view().unwrap();
        (view.audit_tail(99).unwrap().len(), fixture.obligations("delivery"), view.census(NOW).unwrap())
    };
    for which in whiches {
        let before = rows();
        let view = fixture.record.replay(&desk(), &which, 0).unwrap();
        assert!(view.looked_at > 0 && view.changed == 0, "{which:?}: {view:?}");
        let after = rows();
        assert_eq!((after.1, after.2), (before.1, before.2), "{which:?}");
        assert_eq!(after.0, before.0 + 1, "the act itself is in the audit");
    }
    let none = Which::Aside { state: "held".into(), link: LINK.into(), cause: "Another".into() };
    assert_eq!(fixture.record.replay(&desk(), &none, 0).unwrap().looked_at, 0);
    let listed = fixture
        .record
        .look(&desk(), List { state: Some(MessageState::Held), link: LINK.into(), ..List::default() })
        .unwrap();
    assert_eq!(listed.lines.len(), 1);
    let by_number = List { accession: "L-1".into(), ..List::default() };
    assert_eq!(fixture.record.look(&desk(), by_number).unwrap().lines.len(), 1);
}

#[test]
fn a_paused_feed_keeps_and_files_in_order_when_it_goes_on() {
    let fixture = Fixture::new();
    fixture.file("L-1", "4.1", HILL);
    let clock: Clock = Arc::new(|| NOW);
    let interpreter = Interpreter::start(fixture.record.clone(), clock, 2).unwrap();
    // A commit is answered before those who wait for it are told, so the counts are what is waited for.
    let counts = || fixture.store.view().unwrap().census(NOW).unwrap().messages;
    let until = |pending: u64, filed: u64| {
        for _ in 0..100_000 {
            let now = counts();
            if (now.pending, now.filed) == (pending, filed) {
                return;
            }
            std::thread::yield_now();
        }
        panic!("wanted {pending} waiting and {filed} filed: {:?}", counts());
    };
    until(0, 1);
    fixture.record.act(&desk(), Pause { link: LINK.into(), minutes: 30, reason: "Units".into() }).unwrap();
    for order in ["L-2", "L-3", "L-4"] {
        fixture.keep(&Door::BySender, order, MONA, "4.1", HILL);
    }
    let other = Door::Link("other".into());
    fixture.keep(&other, "L-9", "PID|1||900001^^^VGH^MR||Other^Ann||19700101|F", "4.0", HILL);
    until(3, 2);
    fixture.record.act(&desk(), Resume { link: LINK.into(), reason: "Fixed".into() }).unwrap();
    until(0, 5);
    interpreter.stop();
    let deliveries = fixture.obligations("delivery");
    assert_eq!(deliveries.len(), 5);
    fixture.balanced();
}

#[test]
fn h26_no_sender_makes_itself_late() {
    let fixture = Fixture::new();
    let text = message("L-1", MONA, "7.9", SHORE).replace("|LIS|", "|backlog:LIS|");
    assert!(text.contains("|backlog:LIS|"));
    let (send, receive) = std::sync::mpsc::channel();
    fixture.record.accept(&Door::BySender, text.into_bytes(), NOW, move |answer| {
        let _ = send.send(answer);
    });
    let answer = String::from_utf8(receive.recv().unwrap().bytes.unwrap()).unwrap();
    assert!(answer.contains("MSA|AR|") && answer.contains("MSH-3"), "{answer}");
    let links = fixture.store.view().unwrap().links().unwrap();
    assert!(links.iter().all(|link| !link.name.starts_with("backlog:")), "{links:?}");
}

#[test]
fn h26_orphan_results_are_marked_late_and_two_people_say_whose_a_doubtful_one_is() {
    let fixture = Fixture::new();
    fixture.file("L-1", "4.1", SHORE);
    let doubtful = "PID|1||100001^^^HRH^MR||Quite^Another||19880101|M";
    let critical =
        message("B-1", MONA, "7.9", SHORE).replace("20261120", "20260120").replace("|N|||F|", "|HH|||F|");
    let files = vec![
        critical.into_bytes(),
        message("B-2", doubtful, "4.1", SHORE).into_bytes(),
        b"no message at all".to_vec(),
    ];
    let load = || fixture.record.load_backlog(&desk(), "iwk-2026", "HRH", files.clone()).unwrap();
    let refused = |authority: &str| {
        fixture.record.load_backlog(&desk(), "iwk-2026", authority, files.clone()).unwrap_err().kind
    };
    assert_eq!(refused(" "), actions::RefusalKind::Unreadable);
    use actions::backlog::{Offered, Progress};
    let offered = load();
    assert!(
        matches!(offered[..], [Offered::Accepted, Offered::Accepted, Offered::Refused(_)]),
        "{offered:?}"
    );
    load();
    assert_eq!(
        refused("QEII"),
        actions::RefusalKind::Conflict,
        "one backlog, one meaning of a blank PID-3.4"
    );
    fixture.interpret();
    let progress = || fixture.record.look(&desk(), Progress { name: "iwk-2026".into() }).unwrap();
    let found = progress();
    assert_eq!(found.accepted, found.filed + found.waiting + found.held + found.kept);
    assert_eq!(
        (found.accepted, found.filed, found.held),
        (2, 1, 1),
        "loaded twice it counts once: {found:?}"
    );

    // Ten months old: it stands on a list and rings nobody, though its flag is critical.
    let attention: Vec<_> =
        fixture.obligations("attention").into_iter().filter(|row| row.accession == "B-1").collect();
    assert!(!attention.is_empty());
    assert!(attention.iter().all(|row| row.gravity == 0), "{attention:?}");
    let trace = fixture.record.look(&desk(), Trace { text: "B-1".into() }).unwrap();
    assert!(trace.items[0].reports[0].chains[0].steps[0].what.en.contains("late"), "marked late");

    let steward = |name: &str| who(name, Role::IdentitySteward, None);
    let case = fixture.record.look(&steward("One"), Worklist::default()).unwrap().lines[0].case;
    let answer = |name: &str, verdict| {
        let act = Answer { obligation: case, answer: verdict, reason: "Compared the forms".into() };
        fixture.record.act(&steward(name), act)
    };
    answer("One", Verdict::New).unwrap();
    assert_eq!(progress().held, 1, "one person is not enough");
    assert_eq!(answer("One", Verdict::New).unwrap_err().kind, RefusalKind::Conflict);
    assert_eq!(progress().held, 1, "the same person twice is one person");
    fixture.balanced();
}
