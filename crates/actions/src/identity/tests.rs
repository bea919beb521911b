//! Links over a real store: what is undone has never been, what was said in any order ends the same, whoever must know
//! is told.

use super::graph::Around;
use super::{
    Answer, Ask, CaseFilter, CaseSort, Change, Compare, Confirm, Decline, DryRun, History, KeepApart, Link,
    Undo, Verdict, Worklist, WorklistView,
};
use crate::Actor;
use crate::chart::tests::World;
use crate::deliveries::{Offer, Reply};
use crate::patients::{Find, Summary};
use crate::record::{Act, Look};
use crate::refusal::{Refusal, RefusalKind};
use crate::{encounters, reports, resources, results};
use clinical::access::Role;
use fhir::{Instant, Kind, PersonId, RecordId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use store::{LinkEventId, LinkSort, MessageState, ObligationId};

const EMR: &str = "harbourview-emr";
const DOCTOR: &str = "4471^Cairnwood^Aoife^^^^^^NSHBILL";

fn record(facility: &str, number: &str) -> RecordId {
    RecordId::of(facility, number)
}

impl World {
    /// What one steward does; where it takes two, a second one confirms it at once.
    fn steward<A: Act>(&self, act: A) -> Result<(), Refusal> {
        self.first_steward(act)?;
        match self.proposals().first() {
            Some(case) => self.second_steward(Confirm { case: *case, reason: "the same".into() }),
            None => Ok(()),
        }
    }
    fn first_steward<A: Act>(&self, act: A) -> Result<(), Refusal> {
        self.record.act(&self.context(Role::IdentitySteward), act)
    }
    fn second_steward<A: Act>(&self, act: A) -> Result<(), Refusal> {
        let mut context = self.context(Role::IdentitySteward);
        context.actor =
            Actor { id: "sorrel".into(), name: "Sorrel, Émile".into(), practitioner: None, ..context.actor };
        self.record.act(&context, act)
    }
    /// Cases on which a change waits for a second steward.
    fn proposals(&self) -> Vec<ObligationId> {
        let cases = self.worklist().lines.into_iter().map(|line| line.case);
        let waits = |case: &ObligationId| {
            let open = self.seen(Worklist { picked: Some(*case), ..Worklist::default() }).open;
            open.is_some_and(|open| open.proposed.is_some())
        };
        cases.filter(waits).collect()
    }
    fn seen<L: Look>(&self, look: L) -> L::View {
        self.record.look(&self.context(Role::IdentitySteward), look).expect("a view")
    }
    fn person(&self, record: RecordId) -> PersonId {
        self.known(record).expect("a record")
    }
    fn known(&self, record: RecordId) -> Option<PersonId> {
        let view = self.record.store().view().expect("a view");
        view.record(record).expect("read").map(|row| row.person)
    }
    fn link(&self, a: RecordId, b: RecordId) -> Result<(), Refusal> {
        self.steward(Link { record: a, other: b, reason: "card on the table".into(), case: None })
    }
    fn apart(&self, a: RecordId, b: RecordId) -> Result<(), Refusal> {
        let reason = "two people at the desk".into();
        self.steward(KeepApart { record: a, from: b, with: Vec::new(), reason, case: None })
    }
    fn worklist(&self) -> WorklistView {
        self.seen(Worklist::default())
    }
    fn newest_event(&self, record: RecordId) -> LinkEventId {
        let view = self.record.store().view().expect("a view");
        view.link_events(record).expect("events").last().expect("an event").id
    }
    fn offers(&self) -> Vec<Offer> {
        self.record.offers_due(EMR, self.clock, 100).expect("offers")
    }
    fn take(&self, offer: &Offer) {
        self.record
            .offer_answered(offer, &Reply::Accepted { text: String::new() }, self.clock)
            .expect("an answer");
    }
    fn take_all(&self) -> Vec<String> {
        let mut taken = Vec::new();
        loop {
            let offers = self.offers();
            if offers.is_empty() {
                return taken;
            }
            for offer in offers {
                taken.push(String::from_utf8_lossy(&offer.bytes).into_owned());
                self.take(&offer);
            }
        }
    }
    fn register(&mut self, facility: &str, pid: &str) -> MessageState {
        let rows = self.offer("ADT^A04^ADT_A01", facility, &["EVN|A04|20261121080000", pid]);
        rows.last().expect("a message").state
    }
    fn result(&mut self, facility: &str, pid: &str, number: &str) -> MessageState {
        let obr = format!(
            "OBR|1|P{number}^{facility}|F{number}^{facility}|2823-3^Potassium^LN|||20261120090000|||||||||{DOCTOR}||||||20261120100000||CH|F"
        );
        let obx = "OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F";
        self.offer("ORU^R01^ORU_R01", facility, &[pid, &obr, obx]).last().expect("a message").state
    }
    fn merge(&mut self, pid: &str, former: &str, time: &str) -> MessageState {
        let (evn, mrg) = (format!("EVN|A40|{time}"), format!("MRG|{former}^^^HRH^MR"));
        self.offer("ADT^A40^ADT_A39", "HRH", &[&evn, pid, &mrg]).last().expect("a message").state
    }
    fn part(&mut self, pid: &str, other: &str, time: &str) -> MessageState {
        let evn = format!("EVN|A37|{time}");
        self.offer("ADT^A37^ADT_A37", "HRH", &[&evn, pid, other]).last().expect("a message").state
    }
    /// Persons as sets of records.
    fn partition(&self, records: &[RecordId]) -> BTreeSet<BTreeSet<RecordId>> {
        let mut persons: BTreeMap<PersonId, BTreeSet<RecordId>> = BTreeMap::new();
        for record in records {
            if let Some(person) = self.known(*record) {
                persons.entry(person).or_default().insert(*record);
            }
        }
        persons.into_values().collect()
    }
}

fn ann(number: &str) -> String {
    format!(
        "PID|1||{number}^^^HRH^MR||Drumlin^Ann^^^^^L||19610309|F|||1 Shore Rd^^Halifax^NS^B3H1A1||9025550117"
    )
}
/// Ann as she was registered once more: day and month exchanged, nowhere to reach her.
fn ann_again(number: &str) -> String {
    format!("PID|1||{number}^^^HRH^MR||Drumlin^Ann^^^^^L||19610903|F")
}
/// Ann as another hospital knows her: nothing proves that it is she.
const ANN_ELSEWHERE: &str =
    "PID|1||V77^^^VGH^MR||Drumlin^Anne^^^^^L||19610903|F|||9 Hill St^^Truro^NS^B2N1A1";

/// Everything anybody can see of two records and their persons.
fn everything(world: &World, records: &[RecordId]) -> String {
    let doctor = world.context(Role::FamilyDoctor);
    let script = world.context(Role::Script);
    let mut seen = String::new();
    let mut add = |what: String| {
        seen.push_str(&what);
        seen.push('\n');
    };
    for record in records {
        let person = world.person(*record);
        add(format!("{record} {person}"));
        add(format!("{:?}", world.record.look(&doctor, Summary { person })));
        add(format!("{:?}", world.record.look(&doctor, results::All { person })));
        add(format!("{:?}", world.record.look(&doctor, reports::List { person })));
        add(format!("{:?}", world.record.look(&doctor, encounters::Timeline { person })));
        let view = world.record.store().view().expect("a view");
        for kind in Kind::ALL {
            for stored in view.resources_of(*record, *kind, 100).expect("resources") {
                let key = stored.key;
                add(format!("{:?}", world.record.look(&script, resources::Read::at(key, None))));
            }
        }
    }
    for text in ["HRH A1", "VGH V77", "Drumlin, Ann 1961-03-09", "Drumlin, Anne 1961-09-03"] {
        add(format!("{:?}", world.record.look(&doctor, Find { text: text.into() })));
    }
    seen
}

/// Two records of people who may be one, each with a result that a clinic has.
fn two(name: &str) -> (World, RecordId, RecordId) {
    let mut world = World::new(name);
    assert_eq!(world.register("HRH", &ann("A1")), MessageState::Filed);
    assert_eq!(world.register("VGH", ANN_ELSEWHERE), MessageState::Filed);
    assert_eq!(world.result("HRH", &ann("A1"), "1"), MessageState::Filed);
    assert_eq!(world.result("VGH", ANN_ELSEWHERE, "2"), MessageState::Filed);
    assert_eq!(world.take_all().len(), 2);
    (world, record("HRH", "A1"), record("VGH", "V77"))
}

#[test]
fn h06_s099_link_then_undo_restores_every_view_byte_for_byte() {
    let (world, a, b) = two("undo");
    let before = everything(&world, &[a, b]);
    world.link(a, b).expect("linked");
    assert_eq!(world.person(a), world.person(b));
    let linked = everything(&world, &[a, b]);
    assert_ne!(linked, before);
    world.steward(Undo { event: world.newest_event(a), reason: "the wrong card".into() }).expect("undone");
    assert_eq!(everything(&world, &[a, b]), before);
    world.steward(Undo { event: world.newest_event(a), reason: "it was right".into() }).expect("redone");
    assert_eq!(everything(&world, &[a, b]), linked);
    // The number that was joined still leads to the person.
    let history = world.seen(History { person: PersonId::born_with(b), as_of: None });
    assert_eq!((history.person, history.records.len()), (world.person(a), 2));
    assert_eq!(history.events.iter().filter(|event| event.can_undo).count(), 2, "{:?}", history.events);
}

#[test]
fn a_past_day_is_answered_from_the_same_events() {
    let (mut world, a, b) = two("past");
    let day = |world: &mut World, n: i64| world.clock = world.clock.plus_minutes(n * 24 * 60);
    let start = world.clock;
    day(&mut world, 1);
    world.link(a, b).expect("linked");
    let linked = world.clock;
    day(&mut world, 1);
    world.apart(b, a).expect("parted");
    day(&mut world, 1);
    for (at, together) in [(start, false), (linked, true), (world.clock, false)] {
        let seen = world.seen(History { person: PersonId::born_with(a), as_of: Some(at) });
        assert_eq!(seen.records.len(), if together { 2 } else { 1 }, "{at}");
    }
    let other = world.seen(History { person: PersonId::born_with(b), as_of: Some(linked) });
    assert_eq!(other.person, PersonId::born_with(a), "on that day it was hers");
    let apart = world.seen(History { person: PersonId::born_with(a), as_of: None }).apart;
    assert_eq!(apart.len(), 1);
    assert!(apart[0].words.en.contains("two people at the desk"), "{:?}", apart[0]);
}

#[test]
fn id5_every_system_that_holds_something_is_told_in_order_and_its_receipt_tracked() {
    let (mut world, a, b) = two("told");
    let dry = world.seen(DryRun { change: Change::Link(a, b) });
    let told: Vec<&str> = dry.moves.told.iter().map(|told| told.trigger.as_str()).collect();
    assert_eq!((told, dry.moves.results.count), (vec!["A40"], 1), "{:?}", dry.moves);
    // A result from before the link, the link, and one after it.
    world.result("VGH", ANN_ELSEWHERE, "3");
    world.link(b, a).expect("linked");
    world.result("HRH", &ann("A1"), "4");
    world.result("VGH", ANN_ELSEWHERE, "5");
    let first = world.offers();
    assert_eq!(first.len(), 1, "what came before goes first, and nothing beside it");
    assert!(String::from_utf8_lossy(&first[0].bytes).contains("F3^VGH"));
    world.take(&first[0]);
    let second = world.offers();
    assert_eq!(second.len(), 1, "the change of identity goes alone");
    let notice = String::from_utf8_lossy(&second[0].bytes).into_owned();
    assert!(notice.contains("ADT^A40^ADT_A39") && notice.contains("PID|1||A1^^^HRH^MR"), "{notice}");
    assert!(notice.contains("MRG|V77^^^VGH^MR"), "{notice}");
    let standing = |world: &World| {
        let history = world.seen(History { person: PersonId::born_with(a), as_of: None });
        history.events[0].told.iter().map(|told| format!("{:?}", told.state)).collect::<Vec<_>>()
    };
    assert_eq!(standing(&world), ["Some(Waiting)"]);
    world.take(&second[0]);
    assert_eq!(standing(&world), ["Some(Acknowledged)"]);
    assert_eq!(world.take_all().len(), 2);
    // Undone: told the other way, once.
    world.steward(Undo { event: world.newest_event(a), reason: "two after all".into() }).expect("undone");
    let undone = world.take_all();
    assert_eq!(undone.len(), 1, "{undone:?}");
    assert!(undone[0].contains("ADT^A37^ADT_A37") && undone[0].contains("PID|2||"), "{undone:?}");
}

#[test]
fn id5_who_knows_one_record_only_learns_the_number_before_its_first_result() {
    let mut world = World::new("introduced");
    world.register("HRH", &ann("A1"));
    world.register("VGH", ANN_ELSEWHERE);
    world.result("HRH", &ann("A1"), "1");
    assert_eq!(world.take_all().len(), 1);
    world.link(record("HRH", "A1"), record("VGH", "V77")).expect("linked");
    let told = world.take_all();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("ADT^A31") && told[0].contains("A1^^^HRH^MR~V77^^^VGH^MR"), "{told:?}");
    // A record that a machine links at its birth: the clinic learns its number before its first result.
    let card = "0144679875^^^NS^JHN";
    let known = format!("PID|1||C1^^^HRH^MR~{card}||Saltmarsh^Tobias^^^^^L||19550505|M");
    let elsewhere = format!("PID|1||C2^^^VGH^MR~{card}||Saltmarsh^Tobias^^^^^L||19550505|M");
    world.result("HRH", &known, "7");
    assert_eq!(world.take_all().len(), 1);
    assert_eq!(world.result("VGH", &elsewhere, "8"), MessageState::Filed);
    let told = world.take_all();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("ADT^A31") && told[0].contains("C2^^^VGH^MR"), "{told:?}");
    assert!(told[1].contains("F8^VGH"));
    world.result("VGH", &elsewhere, "9");
    assert_eq!(world.take_all().len(), 1, "told once");
    // Whose numbers they are is a condition of the change.
    let view = world.record.store().view().expect("a view");
    let teller = super::told::Teller {
        view: &view,
        directory: &world.record.directory(),
        now: world.clock,
        custodian: "NSHA",
        message: None,
    };
    let (mut changes, person) = (store::Changes::default(), world.person(record("HRH", "C1")));
    teller.introduce(record("VGH", "C3"), person, EMR, &mut changes).expect("introduced");
    let epoch = view.person_epoch(person).expect("an epoch");
    assert_eq!(changes.notices.len(), 1);
    assert!(changes.requires.contains(&store::Requirement::PersonEpochIs(person, epoch)));
}

#[test]
fn a_human_two_people_survives_the_senders_merge_which_becomes_a_case() {
    let mut world = World::new("survives");
    world.register("HRH", &ann("A1"));
    assert_eq!(world.register("HRH", &ann_again("A2")), MessageState::Filed);
    let (a, b) = (record("HRH", "A1"), record("HRH", "A2"));
    assert_ne!(world.person(a), world.person(b), "nothing proves that they are one");
    world.apart(a, b).expect("kept apart");
    assert_eq!(world.merge(&ann("A1"), "A2", "20261122100000"), MessageState::Filed);
    assert_ne!(world.person(a), world.person(b));
    let list = world.worklist();
    assert_eq!(list.lines.len(), 1, "{:?}", list.lines);
    assert_eq!(list.lines[0].sort, CaseSort::Reported);
    assert!(
        list.counts.contains(&(CaseFilter::Reported, 1)) && list.counts.contains(&(CaseFilter::Pairs, 0))
    );
    let case = list.lines[0].case;
    world.merge(&ann("A1"), "A2", "20261122100000");
    assert_eq!(world.worklist().lines.len(), 1, "said again: the same question");
    let open = world.seen(Worklist { filter: CaseFilter::All, picked: Some(case) }).open.expect("the case");
    assert_eq!((open.sides.len(), open.compared.len()), (2, 1));
    assert!(open.compared[0].kept_apart.as_ref().is_some_and(|words| words.en.contains("Cairnwood")));
    // Replays and further senders' words change nothing.
    let view = world.record.store().view().expect("a view");
    let links: Vec<store::MessageId> = (1..=3)
        .flat_map(|link| (1..=9).map(move |seq| store::MessageId::new(store::LinkId(link), seq)))
        .collect();
    let is_there = |id: &store::MessageId| view.message(*id).expect("read").is_some();
    let ids: Vec<store::MessageId> = links.into_iter().filter(is_there).collect();
    assert_eq!(ids.len(), 4);
    drop(view);
    for id in ids {
        let replayed = world.record.replay_now(id, true, world.clock).expect("a replay");
        assert!(replayed.is_nothing(), "{replayed:?}");
    }
    assert_ne!(world.person(a), world.person(b));
    // The steward cannot join them past the decision either; undoing it first is another matter.
    let refused = world.link(a, b).expect_err("refused");
    assert_eq!(refused.kind, RefusalKind::Conflict);
    assert!(refused.words.en.contains("Undo that decision first"), "{refused}");
    let apart = world.seen(History { person: PersonId::born_with(a), as_of: None }).apart;
    world.steward(Undo { event: apart[0].event, reason: "asked again".into() }).expect("undone");
    world.steward(Link { record: a, other: b, reason: "one card".into(), case: Some(case) }).expect("linked");
    assert_eq!(world.person(a), world.person(b));
    assert!(world.worklist().lines.is_empty());
}

#[test]
fn h04_h08_one_twins_number_with_the_parted_others_card_is_held() {
    let mut world = World::new("twins-card");
    let twin = |number: &str, given: &str, card: &str| {
        format!("PID|1||{number}^^^HRH^MR{card}||Paul^{given}^^^^^L||20100309|F")
    };
    let card = "~0144679875^^^NS^JHN";
    assert_eq!(world.register("HRH", &twin("A1", "Emma", "")), MessageState::Filed);
    assert_eq!(world.register("HRH", &twin("B1", "Olive", card)), MessageState::Filed);
    let (a, b) = (record("HRH", "A1"), record("HRH", "B1"));
    world.apart(a, b).expect("kept apart");
    assert_eq!(world.result("HRH", &twin("A1", "Emma", card), "1"), MessageState::Held);
    let list = world.worklist();
    assert!(list.lines.iter().any(|line| line.sort == CaseSort::Held), "{:?}", list.lines);
    assert_eq!(
        world.result("HRH", &twin("A1", "Emma", ""), "2"),
        MessageState::Filed,
        "her own facts are hers"
    );
}

#[test]
fn asking_the_sender_gives_the_answer_an_owner_and_a_clock() {
    let mut world = World::new("ask");
    world.register("HRH", &ann("A1"));
    // A letter and two digits off, the same telephone: somebody must look.
    let held =
        world.result("HRH", &ann("A1").replace("Ann^", "Bernadette^").replace("19610309", "19750505"), "2");
    assert_eq!(held, MessageState::Held);
    let list = world.worklist();
    let case = list.lines[0].case;
    assert_eq!(list.lines[0].risk.level, super::RiskLevel::High, "{:?}", list.lines[0]);
    let asked = world.steward(Ask { case, question: "Which patient had the blood drawn?".into() });
    asked.expect("asked");
    let list = world.seen(Worklist { filter: CaseFilter::Asked, picked: Some(case) });
    assert_eq!(list.lines.len(), 1);
    assert!(list.lines[0].asked.is_some());
    let history = list.open.expect("the case").history;
    assert!(history.iter().any(|(_, _, words)| words.en.contains("blood drawn")), "{history:?}");
    let view = world.record.store().view().expect("a view");
    let filter = store::ObligationFilter { kind: Some("feed".into()), ..Default::default() };
    let owed = view.obligations(&filter, 10, 0).expect("rows");
    assert_eq!(owed.len(), 1);
    assert!(owed[0].words.contains("blood drawn"));
    let blank = world.steward(Ask { case, question: "  ".into() }).expect_err("refused");
    assert_eq!(blank.kind, RefusalKind::Unreadable);
}

#[test]
fn records_are_compared_side_by_side_with_what_would_move() {
    let (world, a, b) = two("compare");
    let doctor = world.context(Role::FamilyDoctor);
    let person = world.person(b);
    world.record.look(&doctor, results::All { person }).expect("read");
    let seen = world.seen(Compare { records: vec![a, b] });
    assert_eq!((seen.sides.len(), seen.compared.len(), seen.moves.len()), (2, 1, 1));
    let moves = &seen.moves[0];
    assert_eq!((moves.records.len(), moves.results.count, moves.deliveries), (1, 1, 1), "{moves:?}");
    assert!(moves.results.newest[0].0.contains("Potassium"), "{:?}", moves.results);
    assert!(moves.acted.iter().any(|acted| acted.what.en == "read results"), "{:?}", moves.acted);
    let refused = world.record.look(&world.context(Role::IdentitySteward), Compare { records: vec![a] });
    assert!(refused.is_err());
}

#[test]
fn h06_what_was_acted_on_moves_only_when_two_stewards_agree() {
    let (mut world, a, b) = two("two-stewards");
    let link = || Link { record: a, other: b, reason: "card on the table".into(), case: None };
    world.first_steward(link()).expect("proposed");
    assert_ne!(world.person(a), world.person(b), "nothing moves yet");
    let case = world.proposals()[0];
    let open = world.seen(Worklist { picked: Some(case), ..Worklist::default() }).open.expect("the case");
    let proposed = open.proposed.expect("a proposal");
    assert!(proposed.is_own && proposed.words.en.contains("card on the table"), "{proposed:?}");
    assert!(proposed.words.fr.contains("deuxième personne"), "{proposed:?}");
    assert_eq!(open.moves[0].results.count, 1, "what would move stands beside it");
    assert_eq!(open.line.risk.level, super::RiskLevel::High);

    // Not by the same steward, whichever way.
    let refused = world.first_steward(link()).expect_err("refused");
    assert!(refused.words.en.contains("another steward"), "{refused}");
    let own = world.first_steward(Confirm { case, reason: "still".into() }).expect_err("refused");
    assert_eq!(own.kind, RefusalKind::Conflict);
    assert_ne!(world.person(a), world.person(b));

    // Declined: nothing moves, and whether they are one stays a question.
    world.second_steward(Decline { case, reason: "two addresses".into() }).expect("declined");
    assert!(world.proposals().is_empty());
    assert_eq!(world.worklist().lines.len(), 1);
    world.first_steward(link()).expect("proposed again");
    world.second_steward(Confirm { case, reason: "I saw the card too".into() }).expect("confirmed");
    assert_eq!(world.person(a), world.person(b));
    assert!(world.worklist().lines.is_empty(), "the case is answered");
    let events = world.seen(History { person: world.person(a), as_of: None }).events;
    let why = &events.iter().find(|event| event.can_undo).expect("the link").why.en;
    assert!(
        why.contains("Cairnwood") && why.contains("Sorrel") && why.contains("I saw the card too"),
        "{why}"
    );

    // Back takes two as well; the same proposed by a second steward is consent.
    let event = world.newest_event(a).max(world.newest_event(b));
    let undo = || Undo { event, reason: "two cards".into() };
    world.first_steward(undo()).expect("proposed");
    assert_eq!(world.person(a), world.person(b));
    let case = world.proposals()[0];
    world.second_steward(Decline { case, reason: "one card".into() }).expect("declined");
    assert!(world.worklist().lines.is_empty(), "what stays as it was is no question");
    world.clock = world.clock.plus_minutes(1);
    world.first_steward(undo()).expect("proposed");
    world.second_steward(undo()).expect("agreed");
    assert_ne!(world.person(a), world.person(b));
    assert!(world.worklist().lines.is_empty());

    // What two agreed is not taken back by one of them, however soon.
    world.clock = world.clock.plus_minutes(1);
    world.link(a, b).expect("linked by two");
    let event = world.newest_event(a).max(world.newest_event(b));
    world.clock = world.clock.plus_minutes(9);
    world.second_steward(Undo { event, reason: "the wrong line".into() }).expect("proposed");
    assert_eq!((world.person(a) == world.person(b), world.proposals().len()), (true, 1));
    // Another change is not put in the place of the one that stands.
    let case = Some(world.proposals()[0]);
    let other = KeepApart { record: a, from: b, with: Vec::new(), reason: "two cards".into(), case };
    assert_eq!(world.first_steward(other).expect_err("refused").kind, RefusalKind::Conflict);
}

#[test]
fn h06_a_slip_of_ones_own_is_taken_back_alone_for_ten_minutes() {
    // Two records linked by one steward while nothing stood on them; then a result comes and a clinic has it.
    let back = |name: &str, minutes: i64, id: &str| {
        let mut world = World::new(name);
        world.register("HRH", &ann("A1"));
        world.register("VGH", ANN_ELSEWHERE);
        let (a, b) = (record("HRH", "A1"), record("VGH", "V77"));
        let link = Link { record: a, other: b, reason: "card on the table".into(), case: None };
        world.first_steward(link).expect("linked alone");
        assert_eq!((world.person(a) == world.person(b), world.proposals().len()), (true, 0));
        let decided = world.clock;
        assert_eq!(world.result("VGH", ANN_ELSEWHERE, "2"), MessageState::Filed);
        assert_eq!(world.result("HRH", &ann("A1"), "1"), MessageState::Filed);
        assert!(!world.take_all().is_empty(), "delivered");
        world.clock = decided.plus_minutes(minutes);
        let event = world.newest_event(a).max(world.newest_event(b));
        let mut context = world.context(Role::IdentitySteward);
        context.actor.id = id.into();
        world.record.act(&context, Undo { event, reason: "the wrong line".into() }).expect("taken");
        (world.person(a) == world.person(b), world.proposals().len())
    };
    let own = World::new("own-slip").context(Role::IdentitySteward).actor.id;
    assert_eq!(back("own-slip-soon", 10, &own), (false, 0), "taken back alone");
    assert_eq!(back("own-slip-late", 11, &own), (true, 1), "a second steward must agree");
    assert_eq!(back("own-slip-namesake", 9, "somebody-else"), (true, 1), "one name, two people");
}

#[test]
fn h06_a_second_steward_of_the_same_name_is_somebody_else() {
    let (world, a, b) = two("namesakes");
    let link = Link { record: a, other: b, reason: "card on the table".into(), case: None };
    world.first_steward(link).expect("proposed");
    let case = world.proposals()[0];
    let mut context = world.context(Role::IdentitySteward);
    context.actor.id = "another-of-that-name".into();
    let confirm = Confirm { case, reason: "I looked as well".into() };
    world.record.act(&context, confirm).expect("two people agree");
    assert_eq!(world.person(a), world.person(b));
}

/// All orders of `n` things.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(n - 1) {
        for at in 0..n {
            let mut next = order.clone();
            next.insert(at, n - 1);
            all.push(next);
        }
    }
    all
}

/// H07: registration, update, results and the merge of one hospital's two numbers, in every order.
#[test]
fn h07_h05_every_order_of_a_merge_and_what_it_crosses_ends_in_the_same_person() {
    let script: [&dyn Fn(&mut World) -> MessageState; 5] = [
        &|world| world.register("HRH", &ann("A1")),
        &|world| world.register("HRH", &ann("A2")),
        &|world| world.merge(&ann("A1"), "A2", "20261122100000"),
        &|world| world.result("HRH", &ann("A2"), "2"),
        &|world| world.merge(&ann("A2"), "A3", "20261122090000"),
    ];
    let records = ["A1", "A2", "A3"].map(|number| record("HRH", number));
    for order in orders(script.len()) {
        let mut world = World::new(&format!("orders-{order:?}").replace([' ', ',', '[', ']'], ""));
        // Another number of hers, already known: nothing joins it but the merge.
        world.register("HRH", &ann_again("A3"));
        for step in &order {
            // A second number under one name and birth date may be asked about; nothing is ever lost or guessed.
            let state = script[*step](&mut world);
            assert!(matches!(state, MessageState::Filed | MessageState::Held), "{order:?}");
        }
        // What a human must say is said by one who knows that all three are Ann.
        settle(&mut world, &|_| 1);
        assert_eq!(world.partition(&records).len(), 1, "{order:?} {:?}", world.partition(&records));
        let chart = world
            .record
            .look(&world.context(Role::FamilyDoctor), results::All { person: world.person(records[1]) });
        assert_eq!(chart.expect("a chart").columns.len(), 1, "{order:?}: the result is on the chart");
    }
}

#[test]
fn a_visit_under_another_number_or_patient_says_so() {
    let mut world = World::new("visits");
    let stay = |number: &str| format!("PV1|1|I|6N^12^A^HRH||||||||||||||||{number}^^^HRH^VN");
    let admit = |world: &mut World, pid: &str, number: &str| {
        let rows = world.offer("ADT^A01^ADT_A01", "HRH", &["EVN|A01|20261120080000", pid, &stay(number)]);
        assert_eq!(rows[0].state, MessageState::Filed, "{}", rows[0].note);
    };
    admit(&mut world, &ann("A1"), "V1");
    let visits = |world: &World, record: RecordId| {
        let doctor = world.context(Role::FamilyDoctor);
        let person = world.person(record);
        world.treats(person);
        let seen = world.record.look(&doctor, encounters::Timeline { person }).expect("visits");
        seen.lines.iter().map(|line| line.number.clone()).collect::<Vec<_>>()
    };
    let a = record("HRH", "A1");
    let mrg = "MRG|A1^^^HRH^MR||||V1^^^HRH^VN";
    let renumbered = ["EVN|A50|20261121080000", &ann("A1"), mrg, &stay("V2")];
    assert_eq!(world.offer("ADT^A50^ADT_A50", "HRH", &renumbered)[0].state, MessageState::Filed);
    assert_eq!(visits(&world, a), ["V2"]);
    // Kept under a stranger: it leaves his visits, and a person looks at the rest.
    let tobias = "PID|1||T1^^^HRH^MR||Saltmarsh^Tobias^^^^^L||19550505|M";
    admit(&mut world, tobias, "V9");
    let b = record("HRH", "T1");
    assert_eq!(visits(&world, b), ["V9"]);
    let mrg = "MRG|T1^^^HRH^MR||||V9^^^HRH^VN";
    let moved = ["EVN|A45|20261121090000", &ann("A1"), mrg, &stay("V9")];
    assert_eq!(world.offer("ADT^A45^ADT_A45", "HRH", &moved)[0].state, MessageState::Filed);
    assert!(visits(&world, b).is_empty(), "{:?}", visits(&world, b));
    assert!(visits(&world, a).contains(&"V9".to_owned()));
    let list = world.worklist();
    assert_eq!(list.lines.len(), 1);
    assert!(list.lines[0].why.en.contains("visit V9"), "{:?}", list.lines[0].why);
    assert_ne!(world.person(a), world.person(b));
}

#[test]
fn a_merge_that_waits_speaks_for_its_record() {
    let mut world = World::new("waits");
    world.register("HRH", &ann("A1"));
    assert_eq!(world.merge(&ann("A1"), "A2", "20261122100000"), MessageState::Filed);
    // Name and birth date alone would be asked about; the hospital has said already that the number is hers.
    assert_eq!(world.register("HRH", &ann("A2")), MessageState::Filed);
    assert_eq!(world.person(record("HRH", "A2")), world.person(record("HRH", "A1")));
    let mut world = World::new("waits-not");
    world.register("HRH", &ann("A1"));
    world.merge(&ann("A1"), "A2", "20261122100000");
    let stranger = "PID|1||A2^^^HRH^MR||Saltmarsh^Tobias^^^^^L||19850505|M";
    assert_eq!(world.register("HRH", stranger), MessageState::Filed);
    assert_ne!(world.person(record("HRH", "A2")), world.person(record("HRH", "A1")), "nothing supports it");
    assert_eq!(world.worklist().lines[0].sort, CaseSort::Reported);
}

#[test]
fn h07_a_merge_and_its_unlink_count_by_when_they_happened() {
    for order in orders(4) {
        let mut world = World::new(&format!("parted-{order:?}").replace([' ', ',', '[', ']'], ""));
        let other = ann_again("A2");
        for step in &order {
            let state = match step {
                0 => world.register("HRH", &ann("A1")),
                1 => world.register("HRH", &other),
                2 => world.merge(&ann("A1"), "A2", "20261122100000"),
                _ => world.part(&ann("A1"), &other, "20261122110000"),
            };
            assert_eq!(state, MessageState::Filed, "{order:?}");
        }
        let records = [record("HRH", "A1"), record("HRH", "A2")];
        settle(&mut world, &|record| i32::from(record == records[1]));
        assert_eq!(world.partition(&records).len(), 2, "{order:?}");
    }
}

/// A human who knows everybody answers every open question.
fn settle(world: &mut World, truth: &dyn Fn(RecordId) -> i32) {
    for _ in 0..60 {
        let list = world.worklist();
        let Some(line) = list.lines.first() else { return };
        let open = world.seen(Worklist { filter: CaseFilter::All, picked: Some(line.case) });
        let case = open.open.expect("a case");
        world.clock = world.clock.plus_seconds(1);
        if line.sort == CaseSort::Held {
            let own = record(&case.sides[0].authority, &case.sides[0].value);
            let same = case.sides[1..]
                .iter()
                .find(|side| side.record.is_some_and(|record| truth(record) == truth(own)));
            let answer = match same {
                Some(side) => {
                    let person = side.person.expect("a person");
                    if let Some(known) = world.known(own)
                        && known != person
                    {
                        world.link(own, side.record.expect("a record")).expect("linked");
                    }
                    Verdict::Same(world.person(side.record.expect("a record")))
                }
                None if case.can_be_new => Verdict::New,
                None => Verdict::Return,
            };
            world
                .steward(Answer { obligation: line.case, answer, reason: "asked".into() })
                .unwrap_or_else(|refused| panic!("{refused}: {case:?}"));
            continue;
        }
        let (a, b) = (case.sides[0].record.expect("a record"), case.sides[1].record.expect("a record"));
        let case = Some(line.case);
        let reason = "asked".to_owned();
        let done = if truth(a) == truth(b) {
            world.steward(Link { record: a, other: b, reason, case })
        } else {
            world.steward(KeepApart { record: a, from: b, with: Vec::new(), reason, case })
        };
        done.unwrap_or_else(|refused| panic!("{refused}"));
    }
    panic!("questions without end: {:?}", world.worklist().lines);
}

/// What a random history does.
#[derive(Debug, Clone)]
enum Step {
    Register(usize),
    Link(usize, usize),
    Apart(usize, usize),
    Undo(prop::sample::Index),
    Merge(usize, usize, u8),
    Part(usize, usize, u8),
}

const PEOPLE: [(&str, &str, &str); 5] = [
    ("A1", "Drumlin^Ann", "19610309"),
    ("A2", "Drumlin^Annie", "19610903"),
    ("A3", "Saltmarsh^Tobias", "19550505"),
    ("A4", "Saltmarsh^Theo", "19880128"),
    ("A5", "Fundy^Priya", "19700707"),
];

fn pid(n: usize) -> String {
    let (number, name, born) = PEOPLE[n];
    format!("PID|1||{number}^^^HRH^MR||{name}^^^^^L||{born}|U")
}

fn step() -> impl Strategy<Value = Step> {
    let two = (0usize..5, 0usize..5);
    prop_oneof![
        2 => (0usize..5).prop_map(Step::Register),
        3 => two.clone().prop_map(|(a, b)| Step::Link(a, b)),
        2 => two.clone().prop_map(|(a, b)| Step::Apart(a, b)),
        2 => any::<prop::sample::Index>().prop_map(Step::Undo),
        1 => (two.clone(), 0u8..60).prop_map(|((a, b), t)| Step::Merge(a, b, t)),
        1 => (two, 0u8..60).prop_map(|((a, b), t)| Step::Part(a, b, t)),
    ]
}

impl World {
    fn step(&mut self, step: &Step) {
        self.clock = self.clock.plus_minutes(1);
        let of = |n: usize| record("HRH", PEOPLE[n].0);
        let answer = match step {
            Step::Register(n) => {
                self.register("HRH", &pid(*n));
                Ok(())
            }
            Step::Link(a, b) => self.link(of(*a), of(*b)),
            Step::Apart(a, b) => self.apart(of(*a), of(*b)),
            Step::Undo(which) => {
                let view = self.record.store().view().expect("a view");
                let all: BTreeSet<LinkEventId> = (0..5)
                    .flat_map(|n| view.link_events(of(n)).expect("events"))
                    .map(|event| event.id)
                    .collect();
                let all: Vec<LinkEventId> = all.into_iter().collect();
                drop(view);
                match all.is_empty() {
                    true => Ok(()),
                    false => self.steward(Undo { event: *which.get(&all), reason: "no".into() }),
                }
            }
            Step::Merge(a, b, t) => {
                self.merge(&pid(*a), PEOPLE[*b].0, &format!("202611221{:02}000", t % 10));
                Ok(())
            }
            Step::Part(a, b, t) => {
                self.part(&pid(*a), &pid(*b), &format!("202611221{:02}000", t % 10));
                Ok(())
            }
        };
        if let Err(refused) = answer {
            assert!(
                matches!(
                    refused.kind,
                    RefusalKind::Conflict | RefusalKind::NotFound | RefusalKind::Unreadable
                ),
                "{refused}"
            );
        }
    }
}

/// Number of random histories where PROPTEST_CASES asks for no other; each runs over a store of its own.
const HISTORIES: u32 = 24;
/// Cases of proptest where nobody asks.
const USUAL_CASES: u32 = 256;

fn histories() -> u32 {
    Some(ProptestConfig::default().cases).filter(|asked| *asked != USUAL_CASES).unwrap_or(HISTORIES)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: histories(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn over_random_histories_replay_equals_live_and_links_form_disjoint_sets(
        steps in prop::collection::vec(step(), 4..22), seed in any::<u32>()
    ) {
        let mut world = World::new(&format!("history-{seed}-{}", steps.len()));
        let records: Vec<RecordId> = PEOPLE.iter().map(|(number, ..)| record("HRH", number)).collect();
        let mut past: Vec<(Instant, BTreeMap<RecordId, PersonId>)> = Vec::new();
        for step in &steps {
            world.step(step);
            let view = world.record.store().view().expect("a view");
            let live: BTreeMap<RecordId, PersonId> =
                records.iter().filter_map(|r| Some((*r, world.known(*r)?))).collect();
            // Replay equals live: whose each record is follows from the events alone.
            let on_file: Vec<RecordId> = live.keys().copied().collect();
            let around = Around::of(&view, &on_file, &[]).expect("events");
            for (record, person) in &live {
                prop_assert_eq!(around.persons.of.get(record), Some(person), "{:?}", steps);
            }
            // Disjoint sets: every record is of one person, and the person knows it.
            let mut seen = BTreeSet::new();
            for person in live.values().collect::<BTreeSet<_>>() {
                for row in view.records_of_person(*person).expect("records") {
                    prop_assert_eq!(row.person, *person);
                    prop_assert!(seen.insert(row.record));
                }
            }
            prop_assert_eq!(seen.len(), live.len());
            // Nobody holds what a human keeps apart.
            for apart in around.persons.apart.iter().filter(|a| a.basis == clinical::links::Basis::Human) {
                prop_assert!(!around.persons.joined(apart.record, apart.other));
            }
            past.push((world.clock, live));
        }
        // Any past day answers as it answered then.
        let view = world.record.store().view().expect("a view");
        for (at, then) in &past {
            for record in &records {
                prop_assert_eq!(view.person_of(*record, *at).expect("read"), then.get(record).copied());
            }
            for person in then.values() {
                let held: BTreeSet<RecordId> =
                    view.records_of_person_at(*person, *at).expect("read").into_iter().collect();
                let wanted: BTreeSet<RecordId> =
                    then.iter().filter(|(_, p)| *p == person).map(|(r, _)| *r).collect();
                prop_assert_eq!(held, wanted);
            }
        }
        let births = records.iter().flat_map(|r| view.link_events(*r).expect("events"));
        let births: BTreeSet<_> = births.filter(|e| e.sort == LinkSort::Born).map(|e| e.record).collect();
        prop_assert_eq!(births.len(), past.last().map_or(0, |(_, live)| live.len()));
    }

    #[test]
    fn any_order_of_the_same_messages_on_different_links_gives_the_same_persons(
        seed in any::<u64>()
    ) {
        // Three hospitals, four people; who is who is known to the human who is asked.
        let card = ["0144679875^^^NS^JHN", "0956420533^^^NS^JHN"];
        let who = |facility: &str, number: &str, n: usize, with_card: bool| {
            let (_, name, born) = PEOPLE[n];
            let number = format!("{number}^^^{facility}^MR");
            let card = if with_card && n < 2 { format!("~{}", card[n]) } else { String::new() };
            format!("PID|1||{number}{card}||{name}^^^^^L||{born}|U")
        };
        type Said = (&'static str, String, Option<&'static str>);
        let hrh: Vec<Said> = vec![
            ("HRH", who("HRH", "H1", 0, true), None),
            ("HRH", who("HRH", "H2", 1, true), None),
            ("HRH", who("HRH", "H9", 0, false), None),
            ("HRH", who("HRH", "H1", 0, true), Some("H9")),
            ("HRH", who("HRH", "H3", 2, false), None),
        ];
        let vgh: Vec<Said> = vec![
            ("VGH", who("VGH", "V1", 0, true), None),
            ("VGH", who("VGH", "V3", 2, false), None),
            ("VGH", who("VGH", "V2", 1, false), None),
        ];
        let dgh: Vec<Said> = vec![
            ("DGH", who("DGH", "D2", 1, true), None),
            ("DGH", who("DGH", "D4", 3, false), None),
            ("DGH", who("DGH", "D1", 0, false), None),
        ];
        let truth: BTreeMap<RecordId, i32> = [
            ("HRH", "H1", 0), ("HRH", "H9", 0), ("VGH", "V1", 0), ("DGH", "D1", 0),
            ("HRH", "H2", 1), ("VGH", "V2", 1), ("DGH", "D2", 1),
            ("HRH", "H3", 2), ("VGH", "V3", 2), ("DGH", "D4", 3),
        ].into_iter().map(|(f, n, who)| (record(f, n), who)).collect();
        let records: Vec<RecordId> = truth.keys().copied().collect();
        let mut ends = Vec::new();
        for run in 0..2u64 {
            let mut world = World::new(&format!("links-{seed}-{run}"));
            let mut queues = [hrh.clone(), vgh.clone(), dgh.clone()].map(std::collections::VecDeque::from);
            let mut state = seed.wrapping_add(run.wrapping_mul(0x9E37_79B9_7F4A_7C15)) | 1;
            while queues.iter().any(|queue| !queue.is_empty()) {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let pick = (state >> 33) as usize % 3;
                if let Some((facility, pid, merged)) = queues[pick].pop_front() {
                    match merged {
                        Some(former) => { world.merge(&pid, former, "20261122100000"); }
                        None => { world.register(facility, &pid); }
                    }
                }
            }
            settle(&mut world, &|record| truth.get(&record).copied().unwrap_or(-1));
            ends.push(world.partition(&records));
        }
        prop_assert_eq!(&ends[0], &ends[1]);
    }
}
