//! The directory in the store: loaded, proposed, doubted, previewed, and switched in one moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod fixture;

use actions::deliveries::Close;
use actions::directory::{
    Answer, Confirm, Decide, Join, Load, Overview, Preview, Propose, StatePrimaries, Suspect, Weigh,
};
use actions::intake::Door;
use actions::primaries::{self, Lines, Restore, Withdraw};
use actions::reconcilers::Reconcilers;
use actions::values::{Purpose, Role, Words};
use actions::{Actor, Context, Record};
use clinical::directory::{Change, Directory, Fact, Primary};
use fhir::Instant;
use fixture::{Fixture, accept, interpret};
use std::collections::BTreeSet;
use store::{ObligationFilter, OutboxFilter, OutboxState};

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

impl Fixture {
    fn new() -> Self {
        let world = Self::over("directory", Directory::default());
        let wanted = Directory::from_toml(DIRECTORY).unwrap();
        assert!(world.record.first_directory(&wanted, "directory.toml", NOW).unwrap().is_empty());
        world
    }

    fn file(&self, control_id: &str) {
        self.take(ordered(control_id, "7000^Hill^Ana"));
    }

    /// One message, accepted and followed.
    fn take(&self, text: String) {
        accept(&self.record, &Door::BySender, text, NOW);
        interpret(&self.record, NOW);
    }

    fn waiting(&self, destination: &str) -> usize {
        let destination = Some(destination.to_owned());
        let filter =
            OutboxFilter { destination, state: Some(OutboxState::Waiting), ..OutboxFilter::default() };
        self.store.view().unwrap().outbox(&filter, 1_000).unwrap().len()
    }
}

fn at(role: Role, practitioner: Option<&str>, now: Instant) -> Context {
    let actor = Actor {
        through: None,
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

/// A result of Mona Drake that somebody ordered.
fn ordered(control_id: &str, by: &str) -> String {
    format!(
        "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|{control_id}|P|2.5.1\r\
         PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F\r\
         OBR|1|P-{control_id}|L-{control_id}|2823-3^Potassium^LN|||20261120093000-0400|||||||||{by}^^^^^^NSMD||||||20261120100000-0400||CH|F\r\
         OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|3.5-5.1|N|||F|||20261120093000-0400\r"
    )
}

/// What must change for the address of the clinic's line to be another one.
fn moved(record: &Record) -> Vec<Change> {
    let after = Directory::from_toml(&DIRECTORY.replace("127.0.0.1:1\"", "127.0.0.1:2\"")).unwrap();
    record.directory().difference(&after)
}

#[test]
fn h19_what_was_known_on_a_past_day_is_still_known() {
    let world = Fixture::new();
    let later = NOW.plus_minutes(60);
    let changes = moved(&world.record);
    let load = Load { changes, source: "form".into(), reason: "new line".into() };
    world.record.act(&at(Role::DirectorySteward, None, later), load).unwrap();
    let address = |directory: &Directory| directory.endpoint("hill-emr").unwrap().address.clone();
    assert_eq!(address(&world.record.directory()), "127.0.0.1:2");
    assert_eq!(address(&world.record.directory_at(NOW).unwrap().unwrap()), "127.0.0.1:1");
    assert!(world.record.directory_at(Instant(0)).unwrap().unwrap().endpoint("hill-emr").is_none());
    let again = Record::new(world.store.clone(), Directory::default(), Vec::new());
    assert_eq!(address(&again.directory()), "127.0.0.1:2", "a start reads the table");
}

#[test]
fn s020_a_switch_is_one_moment_and_nothing_that_waits_is_lost_or_doubled() {
    let world = Fixture::new();
    (1..=3).for_each(|n| world.file(&n.to_string()));
    assert_eq!(world.waiting("hill-emr"), 3);
    let view = at(Role::LaboratoryDesk, None, NOW);
    let changes = moved(&world.record);
    let propose = Propose {
        changes: changes.clone(),
        source: "practice form".into(),
        words: Words::new("The line moves.", "La ligne change."),
    };
    world.record.act(&view, propose.clone()).unwrap();
    world.record.act(&view, propose).unwrap();
    let seen = world.record.look(&view, Overview::default()).unwrap();
    let [proposal] = seen.proposals.as_slice() else { panic!("{:?}", seen.proposals) };
    let [address] = &proposal.facts[0].fields[..] else { panic!("{:?}", proposal.facts) };
    let said = |side: &Option<Words>| side.as_ref().map_or(String::new(), |words| words.en.clone());
    assert_eq!(
        (address.name.en.as_str(), said(&address.old), said(&address.new)),
        ("Address", "127.0.0.1:1".into(), "127.0.0.1:2".into())
    );
    assert_eq!(world.record.destinations()[0].address, "127.0.0.1:1", "nothing holds before it is decided");
    let number = world.record.look(&steward(), Weigh { proposal: proposal.id }).unwrap().number;
    let decide =
        |reason: &str| Decide { proposal: proposal.id, apply: true, reason: reason.into(), seen: number };
    let closed = world.record.act(&view, Close { obligation: proposal.id, reason: "seen".into() });
    assert!(closed.unwrap_err().words.en.contains("decided under Directory"), "closing decides nothing");
    assert!(world.record.act(&view, decide("tested")).is_err(), "the laboratory's desk decides nothing here");
    assert!(world.record.act(&steward(), decide(" ")).is_err(), "not without a reason");
    world.record.act(&steward(), decide("tested by telephone")).unwrap();
    assert!(world.record.act(&steward(), decide("again")).is_err(), "decided once");
    assert_eq!(world.record.destinations()[0].address, "127.0.0.1:2");
    world.file("4");
    assert_eq!(world.waiting("hill-emr"), 4, "what waited waits for the same receiver, once");
    let owed =
        ObligationFilter { kind: Some("directory".into()), open: Some(true), ..ObligationFilter::default() };
    let [tell] = world.store.view().unwrap().obligations(&owed, 10, 0).unwrap().try_into().unwrap();
    assert!(tell.words.contains("Tell Hill, Ana by telephone"), "no mail address is on file: {}", tell.words);
}

#[test]
fn s019_a_doubted_line_gives_way_to_its_fallback_until_somebody_confirms_it() {
    let world = Fixture::new();
    let machine = at(Role::Machine, None, NOW);
    let why = Words::new("three refusals", "trois refus");
    for _ in 0..2 {
        world.record.act(&machine, Suspect { endpoint: "hill-emr".into(), why: why.clone() }).unwrap();
    }
    world.file("1");
    assert_eq!((world.waiting("hill-emr"), world.waiting("hill-fax")), (0, 1));
    let view = world.store.view().unwrap();
    let owed =
        ObligationFilter { kind: Some("directory".into()), open: Some(true), ..ObligationFilter::default() };
    let [row] = view.obligations(&owed, 10, 0).unwrap().try_into().unwrap();
    assert!(matches!(row.state, store::ObligationState::Open { ref owner, .. } if owner == "desk:directory"));
    let closing = Close { obligation: row.id, reason: "seen".into() };
    let closed = world.record.act(&at(Role::LaboratoryDesk, None, NOW), closing);
    assert!(closed.unwrap_err().words.en.contains("still doubted"), "it would be doubted for ever");
    let confirm = || Confirm { contact: "line-hill-emr".into() };
    assert!(
        world.record.act(&at(Role::FamilyDoctor, Some("p-other"), NOW), confirm()).is_err(),
        "not theirs"
    );
    world.record.act(&at(Role::FamilyDoctor, Some("p-hill"), NOW), confirm()).unwrap();
    world.file("2");
    assert_eq!((world.waiting("hill-emr"), world.waiting("hill-fax")), (1, 1));
    assert!(world.store.view().unwrap().obligations(&owed, 10, 0).unwrap().is_empty());
}

#[test]
fn dr4_a_preview_says_who_gains_and_who_loses_and_writes_nothing() {
    let world = Fixture::new();
    (1..=5).for_each(|n| world.file(&n.to_string()));
    let away =
        "[[absence]]\nid = \"a\"\npractitioner = \"p-hill\"\nkind = \"leave\"\nfrom = \"2026-11-01\"\n";
    let after = Directory::from_toml(&format!("{DIRECTORY}\n{away}")).unwrap();
    let changes = world.record.directory().difference(&after);
    assert!(matches!(changes.as_slice(), [Change::Set(Fact::Absence(_))]));
    let look = |most| Preview { changes: changes.clone(), since: Instant(0), most };
    let seen = world.record.look(&steward(), look(100)).unwrap();
    assert_eq!((seen.messages, seen.reports, seen.cut), (5, 5, false));
    let lost = seen.moved.iter().find(|line| line.way == "hill-emr").unwrap();
    assert_eq!((lost.gains, lost.loses), (0, 5));
    let desk = seen.moved.iter().find(|line| line.way == "desk").unwrap();
    assert_eq!((desk.gains, desk.loses), (5, 0));
    assert!(world.record.look(&steward(), look(3)).unwrap().cut);
    assert!(world.record.directory().absences().next().is_none());
}

#[test]
fn s020_a_change_that_contradicts_the_rest_is_refused_whole() {
    let world = Fixture::new();
    let changes = vec![Change::Withdraw { sort: "place".into(), id: "hill".into() }];
    let refused =
        world.record.act(&steward(), Load { changes, source: "form".into(), reason: String::new() });
    let said = refused.unwrap_err().words.en;
    assert!(said.contains("Nothing was changed") && said.contains("there is no place hill"), "{said}");
}

#[test]
fn s019_a_number_that_leads_to_nobody_is_an_incident_until_it_does() {
    let world = Fixture::new();
    world.file("1");
    let mut rounds = Reconcilers::new(world.record.clone(), NOW);
    let mut open = |hours: i64| {
        let now = NOW.plus_minutes(hours * 60);
        assert!(rounds.round(now).is_empty());
        let incidents = world.store.view().unwrap().incidents_open().unwrap();
        incidents.into_iter().filter(|row| row.sort == "directory").map(|row| row.subject).collect::<Vec<_>>()
    };
    assert!(open(7).is_empty(), "the number is Ana Hill's");
    let ends = |to: &str| {
        let text = DIRECTORY.replace("from = \"2000-01-01\"", &format!("from = \"2000-01-01\"{to}"));
        let changes = world.record.directory().difference(&Directory::from_toml(&text).unwrap());
        let load = Load { changes, source: "form".into(), reason: "a role ends".into() };
        world.record.act(&steward(), load).unwrap();
    };
    ends("\nto = \"2026-01-01\"");
    let [line] = world.record.look(&steward(), Join).unwrap().unresolved.try_into().unwrap();
    assert_eq!((line.number.as_str(), line.named), ("NSMD 7000", 1));
    assert!(line.why.en.contains("no place"), "{}", line.why.en);
    let found = open(14);
    assert!(matches!(found.as_slice(), [one] if one.ends_with("NSMD 7000")), "{found:?}");
    assert_eq!(open(21), found, "said once");
    ends("");
    assert!(open(28).is_empty(), "it ends by itself");
}

#[test]
fn dr4_a_decision_rests_on_what_its_page_showed_and_undoes_nothing_that_came_between() {
    let world = Fixture::new();
    let at_minute = |minutes| at(Role::DirectorySteward, None, NOW.plus_minutes(minutes));
    let propose = |port: u16, minutes: i64| {
        let text = DIRECTORY.replace("127.0.0.1:1\"", &format!("127.0.0.1:{port}\""));
        let changes = world.record.directory().difference(&Directory::from_toml(&text).unwrap());
        let words = Words::new("The line moves.", "La ligne change.");
        world.record.act(&at_minute(minutes), Propose { changes, source: "form".into(), words }).unwrap();
        world.record.look(&at_minute(minutes), Overview::default()).unwrap().proposals[0].id
    };
    let load = |text: &str, minutes: i64| {
        let facts = Directory::facts_of(text).unwrap();
        let changes = facts.into_iter().map(Change::Set).collect();
        let load = Load { changes, source: "form".into(), reason: "by telephone".into() };
        world.record.act(&at_minute(minutes), load).unwrap();
    };
    let weigh = |proposal, minutes| world.record.look(&at_minute(minutes), Weigh { proposal }).unwrap();
    let decide = |proposal, apply, seen, minutes| {
        let decide = Decide { proposal, apply, reason: "seen".into(), seen };
        world.record.act(&at_minute(minutes), decide).map_err(|refusal| refusal.words.en)
    };
    world.file("1");
    let first = propose(2, 1);
    let shown = weigh(first, 2);
    assert!(shown.behind.is_empty() && shown.effect.is_ok() && shown.line.due.is_some(), "{shown:?}");
    let absence =
        "[[absence]]\nid = \"a\"\npractitioner = \"p-hill\"\nkind = \"leave\"\nfrom = \"2027-01-01\"\n";
    load(absence, 3);
    assert!(decide(first, true, shown.number, 4).unwrap_err().contains("has changed since you opened"));
    decide(first, true, weigh(first, 5).number, 5).unwrap();

    let second = propose(3, 6);
    let line = "[[endpoint]]\nid = \"hill-emr\"\nplace = \"hill\"\nkind = \"mllp\"\naddress = \"127.0.0.1:9\"\nfallback = [\"hill-fax\"]\n";
    load(line, 7);
    let shown = weigh(second, 8);
    assert_eq!(shown.behind, ["endpoint hill-emr"]);
    assert!(decide(second, true, shown.number, 8).unwrap_err().contains("would undo that"));
    assert_eq!(world.record.directory().endpoint("hill-emr").unwrap().address, "127.0.0.1:9");
    decide(second, false, shown.number, 9).unwrap();
}

/// What a register says of Ana Hill, and of somebody without a number.
fn master_file(control_id: &str, event: &str) -> String {
    format!(
        "MSH|^~\\&|REG|COL|OPOR|NS|20261120100000-0400||MFN^M02^MFN_M02|{control_id}|P|2.5.1\r\
         MFI|PRA^^HL70175||UPD|||NE\r\
         MFE|{event}|1|20261119|7000|CE\r\
         STF|7000|7000^^^NSMD^MD|Hill^Ana||F||A|||^WPN^PH^^^902^5550177\r\
         MFE|MAD|2||9|CE\r\
         STF|9||Nobody^Al||M||A\r"
    )
}

#[test]
fn s020_what_a_register_says_waits_for_the_directory_desk_and_routes_only_when_it_was_decided() {
    let world = Fixture::new();
    world.take(master_file("M1", "MDC"));
    world.take(master_file("M2", "MDC"));
    let seen = world.record.look(&steward(), Overview::default()).unwrap();
    let [proposal] = seen.proposals.as_slice() else { panic!("{:?}", seen.proposals) };
    assert!(proposal.source == "MFN REG@COL" && proposal.due.is_some(), "{proposal:?}");
    assert!(
        proposal.words.en.contains("Hill, Ana") && proposal.words.en.contains("Message "),
        "{proposal:?}"
    );
    let [question] = seen.questions.as_slice() else { panic!("{:?}", seen.questions) };
    assert!(question.words.en.contains("without a number"), "{question:?}");
    world.file("1");
    assert_eq!(world.waiting("hill-emr"), 1, "nothing changed by having been said");
    let shown = world.record.look(&steward(), Weigh { proposal: proposal.id }).unwrap();
    let lost = shown.effect.unwrap().moved.into_iter().find(|line| line.way == "hill-emr").unwrap();
    assert_eq!(lost.loses, 1, "the page says who loses what");
    let apply = Decide { proposal: proposal.id, apply: true, reason: "called".into(), seen: shown.number };
    world.record.act(&steward(), apply).unwrap();
    world.file("2");
    assert_eq!(world.waiting("hill-emr"), 1, "she has left");
    let not_so = Answer { question: proposal.id, how: "called".into() };
    assert!(world.record.act(&steward(), not_so).is_err(), "a proposal is decided and not answered");
    let answer = |question| Answer { question, how: "a student".into() };
    world.record.act(&steward(), answer(question.id)).unwrap();
    assert!(world.record.act(&steward(), answer(question.id)).is_err(), "once");
    let [tell] = world.record.look(&steward(), Overview::default()).unwrap().questions.try_into().unwrap();
    assert!(tell.words.en.contains("Tell Hill, Ana by telephone"), "she is not told by mail: {tell:?}");
    world.record.act(&steward(), answer(tell.id)).unwrap();
    assert!(world.record.look(&steward(), Overview::default()).unwrap().questions.is_empty());
}

#[test]
fn s020_a_register_in_force_is_applied_by_the_record_itself_with_its_name() {
    let world = Fixture::new();
    let facts = Directory::facts_of("[[source]]\nlink = \"REG@COL\"\nin_force = true\n").unwrap();
    let changes = facts.into_iter().map(Change::Set).collect();
    let load = Load { changes, source: "form".into(), reason: "agreed".into() };
    world.record.act(&steward(), load).unwrap();
    world.take(master_file("M1", "MUP"));
    assert!(world.record.directory().contact("p-hill-phone").is_none());
    let mut rounds = Reconcilers::new(world.record.clone(), NOW);
    assert!(rounds.round(NOW.plus_minutes(1)).is_empty());
    let directory = world.record.directory();
    let contact = directory.contact("p-hill-phone").unwrap();
    assert_eq!((contact.value.as_str(), contact.source.as_str()), ("902 5550177", "REG@COL"));
    let seen = world.record.look(&steward(), Overview::default()).unwrap();
    assert!(seen.proposals.is_empty() && seen.questions.len() == 1, "questions stay with people");
    assert!(
        seen.changes.iter().any(|(_, who, source, _)| who == "opor directory" && source == "MFN REG@COL")
    );
}

#[test]
fn s020_a_register_in_force_ends_nothing_elsewhere_and_what_waits_for_the_desk_holds_up_no_other_feed() {
    let world = Fixture::new();
    for n in 0..210 {
        let text = DIRECTORY.replace("127.0.0.1:1\"", &format!("127.0.0.1:{}\"", 1_000 + n));
        let changes = world.record.directory().difference(&Directory::from_toml(&text).unwrap());
        let words = Words::new("The line moves.", "La ligne change.");
        world.record.act(&steward(), Propose { changes, source: "form".into(), words }).unwrap();
    }
    let facts = Directory::facts_of("[[source]]\nlink = \"REG@COL\"\nin_force = true\n").unwrap();
    let changes = facts.into_iter().map(Change::Set).collect();
    let load = Load { changes, source: "form".into(), reason: "agreed".into() };
    world.record.act(&steward(), load).unwrap();
    world.take(master_file("M1", "MDC"));
    world.take(master_file("M2", "MUP"));
    let mut rounds = Reconcilers::new(world.record.clone(), NOW);
    assert!(rounds.round(NOW.plus_minutes(1)).is_empty());
    let directory = world.record.directory();
    assert!(directory.contact("p-hill-phone").is_some(), "it is not behind those of the desk");
    assert_eq!(directory.roles_on("p-hill", "2026-11-23").count(), 1, "she works on until somebody asked");
}

#[test]
fn s020_a_corrected_first_day_is_proposed_and_what_was_said_before_is_not_counted_again() {
    let world = Fixture::new();
    let said = |control_id: &str, from: &str| {
        format!(
            "MSH|^~\\&|REG|COL|OPOR|NS|20261120100000-0400||MFN^M02^MFN_M02|{control_id}|P|2.5.1\r\
             MFI|PRA^^HL70175||UPD|||NE\rMFE|MUP|1||7000|CE\r\
             STF|7000|7000^^^NSMD^MD|Hill^Ana||F||A\rPRA|7000\rORG|1|hill||||locum|||{from}^\r"
        )
    };
    let proposed = || world.record.look(&steward(), Overview::default()).unwrap().proposals.len();
    let note = || {
        let rows =
            world.store.view().unwrap().messages_of(&store::MessageFilter::default(), 1, None).unwrap();
        rows[0].note.clone()
    };
    for (n, (from, count)) in [("20261201", 1), ("20261205", 2), ("20261205", 2)].into_iter().enumerate() {
        world.take(said(&format!("M{n}"), from));
        assert_eq!(proposed(), count, "message {n}");
    }
    assert!(note().contains("0 proposed"), "{}", note());
}

#[test]
fn s002_a_discharge_that_names_no_primary_provider_goes_to_the_one_on_file() {
    let world = Fixture::new();
    let visit = |control_id: &str, event: &str, more: &str| {
        format!(
            "MSH|^~\\&|ADT|HRH|OPOR|NS|20261120100000-0400||ADT^{event}^ADT_A01|{control_id}|P|2.5.1\r\
             EVN||20261120100000-0400\r\
             PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F\r\
             {more}PV1|1|I|4W^^^HRH||||||||||||||||V-1^^^HRH^VN||||||||||||||||||||||||20261119090000-0400\r"
        )
    };
    world.take(visit("V1", "A03", ""));
    assert_eq!(world.waiting("hill-emr"), 0);
    let work = ObligationFilter { kind: Some("unroutable".into()), open: Some(true), ..Default::default() };
    let owed = |filter: &ObligationFilter| world.store.view().unwrap().obligations(filter, 10, 0).unwrap();
    assert_eq!(owed(&work).len(), 1, "nobody is known: a staffed list");
    world.take(visit("V2", "A08", "PD1||||7000^Hill^Ana^^^^^^NSMD\r").replace("V-1", "V-2"));
    world.take(visit("V3", "A03", "").replace("V-1", "V-3"));
    assert_eq!(world.waiting("hill-emr"), 1);
    let deliveries = ObligationFilter { kind: Some("delivery".into()), ..Default::default() };
    let [row] = owed(&deliveries).try_into().unwrap();
    assert!(row.words.contains("Primary care provider (on file) Hill, Ana"), "{}", row.words);
    let first = &world.store.view().unwrap().events(row.id).unwrap()[0];
    assert!(first.words.contains(clinical::routing::RULE), "{}", first.words);
    assert_eq!(owed(&work).len(), 1, "no second line of work");
}

/// A discharge of Mona Drake; `more` stands before PV1.
fn discharge(control_id: &str, more: &str) -> String {
    format!(
        "MSH|^~\\&|ADT|HRH|OPOR|NS|20261120100000-0400||ADT^A03^ADT_A03|{control_id}|P|2.5.1\r\
         EVN||20261120100000-0400\r\
         PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F\r\
         {more}PV1|1|I|4W^^^HRH||||||||||||||||{control_id}^^^HRH^VN||||||||||||||||||||||||20261119090000-0400\r"
    )
}

const NAMES_HILL: &str = "PD1||||7000^Hill^Ana^^^^^^NSMD\r";

#[test]
fn s052_a_practice_opens_its_own_lines_alone_and_no_name_is_taken_for_a_longer_one() {
    let world = Fixture::new();
    let more = r#"
[[place]]
id = "dale"
name = "Dale Clinic"
kind = "clinic"
[[endpoint]]
id = "dale-emr"
place = "dale"
kind = "mllp"
address = "127.0.0.1:3"
[[practitioner]]
id = "p-anabel"
family = "Hill"
given = "Anabel"
numbers = [ { authority = "NSMD", value = "7001" } ]
[[practitioner]]
id = "p-cy"
family = "Dale"
given = "Cy"
[[role]]
practitioner = "p-anabel"
place = "hill"
role = "family-physician"
endpoint = "hill-emr"
from = "2000-01-01"
[[role]]
practitioner = "p-cy"
place = "dale"
role = "family-physician"
endpoint = "dale-emr"
from = "2000-01-01"
[[role]]
practitioner = "p-hill"
place = "dale"
role = "locum"
endpoint = "dale-emr"
from = "2000-01-01"
"#;
    let load = |text: &str| {
        let changes = world.record.directory().difference(&Directory::from_toml(text).unwrap());
        let load = Load { changes, source: "form".into(), reason: "more people".into() };
        world.record.act(&steward(), load).unwrap();
    };
    let both = format!("{DIRECTORY}{more}");
    load(&both);
    let delivery = |destination: &str| {
        let filter = ObligationFilter {
            kind: Some("delivery".into()),
            recipient_id: Some(destination.into()),
            ..ObligationFilter::default()
        };
        world.store.view().unwrap().obligations(&filter, 99, 0).unwrap()
    };
    world.take(discharge("V1", NAMES_HILL));
    let [first] = delivery("hill-emr").try_into().unwrap();
    // Something that another of nearly her name ordered, for the same person at the same place.
    world.take(ordered("R2", "7001^Hill^Anabel"));
    assert_eq!(delivery("hill-emr").len(), 2);
    // From now on hers goes to her other place.
    let moved =
        both.replace("primary = true\n", "").replace("role = \"locum\"", "role = \"locum\"\nprimary = true");
    load(&moved);
    world.take(discharge("V3", NAMES_HILL));
    let [elsewhere] = delivery("dale-emr").try_into().unwrap();
    let doctor = |who: &str| at(Role::FamilyDoctor, Some(who), NOW.plus_minutes(1));
    let lines = |context: &Context, obligation| world.record.look(context, Lines { obligation });

    let seen = lines(&doctor("p-anabel"), first.id).unwrap();
    assert_eq!((seen.lines.len(), seen.all_sent), (1, 1), "hers at this place, and not Anabel's: {seen:?}");
    assert!(lines(&doctor("p-anabel"), elsewhere.id).is_err(), "what went to her at another practice");
    assert!(lines(&doctor("p-cy"), elsewhere.id).is_ok() && lines(&doctor("p-cy"), first.id).is_err());
    assert_eq!(lines(&doctor("p-cy"), elsewhere.id).unwrap().all_sent, 1);
    let desk = at(Role::LaboratoryDesk, None, NOW.plus_minutes(1));
    assert_eq!(lines(&desk, first.id).unwrap().all_sent, 2, "the desk sees all of hers");

    // Whoever does not stand there is not proposed; a question of another desk opens nothing.
    let propose = |practitioner: &str| primaries::Propose {
        obligation: elsewhere.id,
        practitioner: practitioner.into(),
        reason: "Never seen her".into(),
    };
    let refused = world.record.act(&doctor("p-cy"), propose("p-cy")).unwrap_err();
    assert!(refused.words.en.contains("Nobody says that they are"), "{}", refused.words.en);
    let foreign =
        store::ObligationRow { id: store::ObligationId(77), kind: "identity-review".into(), ..first.clone() };
    let changes = store::Changes {
        obligations: vec![store::ObligationChange::Open(foreign)],
        ..store::Changes::default()
    };
    assert!(matches!(world.store.settle_blocking(changes), store::Settled::Done));
    assert!(lines(&desk, store::ObligationId(77)).is_err());
    world.record.act(&doctor("p-cy"), propose("p-hill")).unwrap();
}

#[test]
fn s052_rt4_a_wrong_primary_provider_is_withdrawn_is_used_no_more_and_asks_once_when_stated_again() {
    let world = Fixture::new();
    let later = |minutes: i64| NOW.plus_minutes(minutes);
    let desk = |minutes: i64| at(Role::LaboratoryDesk, None, later(minutes));
    let doctor = at(Role::FamilyDoctor, Some("p-hill"), later(1));
    let take = |control_id: &str, more: &str, minutes: i64| {
        accept(&world.record, &Door::BySender, discharge(control_id, more), later(minutes));
        interpret(&world.record, later(minutes));
    };
    let open = |kind: &str| {
        let filter =
            ObligationFilter { kind: Some(kind.into()), open: Some(true), ..ObligationFilter::default() };
        world.store.view().unwrap().obligations(&filter, 99, 0).unwrap()
    };
    take("V1", NAMES_HILL, 0);
    assert_eq!(world.waiting("hill-emr"), 1);
    let [delivery] = open("delivery").try_into().unwrap();
    let obligation = delivery.id;
    let practitioner = "p-hill".to_owned();
    let lines = |context: &Context| world.record.look(context, Lines { obligation });

    // The practice says so; nothing changes until the desk has decided.
    let view = lines(&doctor).unwrap();
    assert_eq!((view.lines.len(), view.all_sent), (1, 1), "{view:?}");
    assert!(view.lines[0].said_by[0].en.contains("named on file on"), "{:?}", view.lines[0]);
    let say = |reason: &str| primaries::Propose {
        obligation,
        practitioner: practitioner.clone(),
        reason: reason.into(),
    };
    assert!(world.record.act(&doctor, say(" ")).is_err(), "a reason is asked for");
    world.record.act(&doctor, say("Never seen her")).unwrap();
    assert!(world.record.act(&doctor, say("Never seen her")).is_err(), "the desk has it already");
    assert_eq!(open("primary-provider").len(), 1);
    let stranger = at(Role::FamilyDoctor, Some("p-elsewhere"), later(1));
    assert!(lines(&stranger).is_err(), "it is another practice's");
    let withdraw =
        |reason: &str| Withdraw { obligation, practitioner: practitioner.clone(), reason: reason.into() };
    assert!(world.record.act(&doctor, withdraw("x")).is_err(), "the desk alone withdraws");
    take("V2", "", 2);
    assert_eq!(world.waiting("hill-emr"), 2);

    // Withdrawn: the question has ended, and a person without anybody is a line of the desk.
    world.record.act(&desk(3), withdraw("Never seen her")).unwrap();
    let [left] = open("primary-provider").try_into().unwrap();
    assert!(left.words.contains("Nobody is left: Hill, Ana"), "{}", left.words);
    assert!(left.words.contains("Steward, Ada because"), "{}", left.words);
    assert!(world.record.act(&desk(4), withdraw("again")).is_err(), "once");
    take("V3", "", 5);
    assert_eq!(world.waiting("hill-emr"), 2, "not used any more");
    let [work] = open("unroutable").try_into().unwrap();
    assert!(
        work.words.contains("Not used: Hill, Ana as primary care provider was withdrawn"),
        "{}",
        work.words
    );
    assert_eq!(open("primary-provider").len(), 1, "nobody states them again");

    // The same line from the same feed does not come back by itself, and asks once.
    take("V4", NAMES_HILL, 6);
    take("V5", NAMES_HILL, 7);
    assert_eq!(world.waiting("hill-emr"), 2);
    let asked = open("primary-provider");
    assert_eq!(asked.len(), 2, "{asked:?}");
    let again = asked.iter().find(|row| row.words.contains("states it again")).unwrap();
    assert!(again.words.contains("ADT@HRH") && again.words.contains("Never seen her"), "{}", again.words);
    let view = lines(&desk(8)).unwrap();
    assert_eq!(view.all_sent, 2, "what was sent stays listed");
    assert_eq!(view.lines[0].withdrawn.as_ref().unwrap().2, "Never seen her");
    // What they ordered themselves is theirs.
    world.file("R1");
    assert_eq!(world.waiting("hill-emr"), 3);

    // Taken back: believed again, all questions end, both steps stay in the history.
    let restore = Restore { obligation, practitioner: practitioner.clone(), reason: "She is theirs".into() };
    world.record.act(&desk(9), restore.clone()).unwrap();
    assert!(open("primary-provider").is_empty());
    take("V6", "", 10);
    assert_eq!(world.waiting("hill-emr"), 4);
    assert!(world.record.act(&desk(11), restore).is_err(), "it is not withdrawn any more");
    let history = lines(&desk(12)).unwrap().history;
    assert_eq!(history.len(), 2, "{history:?}");
    assert!(history[0].2.en.contains("taken back. She is theirs"), "{history:?}");
    let shown = world.record.look(&steward(), Overview::default()).unwrap();
    assert!(shown.changes.iter().all(|(.., what)| !what.en.contains("Never seen")), "no list names people");
}

#[test]
fn s052_a_withdrawn_line_of_a_list_gives_way_to_the_one_before_and_a_new_list_asks() {
    let world = Fixture::new();
    let changes =
        world.record.directory().difference(&Directory::from_toml(&format!("{DIRECTORY}{SHORE}")).unwrap());
    world
        .record
        .act(&steward(), Load { changes, source: "file".into(), reason: "a new clinic".into() })
        .unwrap();
    let state = |lines: &str, source: &str, minutes: i64| {
        let text = format!("authority,number,practitioner,from,to\n{lines}");
        let facts = Primary::read(&text, source).unwrap();
        let list = StatePrimaries { facts, practitioners: BTreeSet::new(), reason: "monthly".into() };
        world.record.act(&at(Role::DirectorySteward, None, NOW.plus_minutes(minutes)), list).unwrap();
    };
    state("HRH,100001,p-hill,2020-01-01,\nHRH,100001,p-shore,2026-01-01,\n", "List of October", 0);
    let waiting = || (world.waiting("hill-emr"), world.waiting("shore-emr"));
    world.take(discharge("V1", ""));
    assert_eq!(waiting(), (0, 1));
    let view = world.store.view().unwrap();
    let shore = ObligationFilter { recipient_id: Some("shore-emr".into()), ..ObligationFilter::default() };
    let obligation = view.obligations(&shore, 9, 0).unwrap()[0].id;
    let withdraw = Withdraw { obligation, practitioner: "p-shore".into(), reason: "She never moved".into() };
    world.record.act(&at(Role::LaboratoryDesk, None, NOW.plus_minutes(1)), withdraw).unwrap();
    let questions = || {
        let filter = ObligationFilter {
            kind: Some("primary-provider".into()),
            open: Some(true),
            ..ObligationFilter::default()
        };
        world.store.view().unwrap().obligations(&filter, 9, 0).unwrap()
    };
    assert!(questions().is_empty(), "the one before counts again, so nobody is missing");
    world.take(discharge("V2", ""));
    assert_eq!(waiting(), (1, 1));
    state("HRH,100001,p-shore,2026-02-01,\n", "List of November", 2);
    world.take(discharge("V3", ""));
    world.take(discharge("V4", ""));
    assert_eq!(waiting(), (3, 1), "a new list does not bring it back by itself");
    let [asked] = questions().try_into().unwrap();
    assert!(asked.words.contains("List of November states it again"), "{}", asked.words);
}

/// Another clinic, whose list of patients is stated.
const SHORE: &str = r#"
[[place]]
id = "shore"
name = "Shore Clinic"
kind = "clinic"
[[endpoint]]
id = "shore-emr"
place = "shore"
kind = "mllp"
address = "127.0.0.1:3"
[[practitioner]]
id = "p-shore"
family = "Shore"
given = "Ben"
numbers = [ { authority = "NSMD", value = "7001" } ]
[[role]]
practitioner = "p-shore"
place = "shore"
role = "family-physician"
endpoint = "shore-emr"
primary = true
from = "2000-01-01"
"#;

#[test]
fn s002_s063_s109_whom_a_list_states_as_primary_provider_gets_copies_and_news_after_whom_the_message_names() {
    let world = Fixture::new();
    let changes =
        world.record.directory().difference(&Directory::from_toml(&format!("{DIRECTORY}{SHORE}")).unwrap());
    let load = Load { changes, source: "file".into(), reason: "a new clinic".into() };
    world.record.act(&steward(), load).unwrap();
    let state = |lines: &str| {
        let text = format!("authority,number,practitioner,from,to\n{lines}");
        let facts = Primary::read(&text, "Shore Clinic, list of November").unwrap();
        world.record.act(
            &steward(),
            StatePrimaries { facts, practitioners: BTreeSet::new(), reason: "monthly".into() },
        )
    };
    let discharge = |control_id: &str, more: &str| {
        world.take(format!(
            "MSH|^~\\&|ADT|HRH|OPOR|NS|20261120100000-0400||ADT^A03^ADT_A03|{control_id}|P|2.5.1\r\
             EVN||20261120100000-0400\r\
             PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F\r\
             {more}PV1|1|I|4W^^^HRH||||||||||||||||{control_id}^^^HRH^VN||||||||||||||||||||||||20261119090000-0400\r"
        ));
    };
    let waiting = || (world.waiting("hill-emr"), world.waiting("shore-emr"));
    world.file("R1");
    assert_eq!(waiting(), (1, 0), "nobody has stated anything");
    assert!(state("HRH,100001,p-nobody,2026-01-01,\n").is_err(), "the directory has nobody of that id");
    let text = "authority,number,practitioner,from,to\nHRH,100001,p-shore,2026-01-01,\n";
    let facts = Primary::read(text, "Shore Clinic, list of November").unwrap();
    let practitioners = BTreeSet::from(["p-nobody".to_owned()]);
    let part = StatePrimaries { facts, practitioners, reason: "monthly".into() };
    assert!(
        world.record.act(&steward(), part).is_err(),
        "another part of the list names nobody of the directory"
    );
    let kept =
        world.store.view().unwrap().directory_facts(clinical::directory::PRIMARY_SORT, "HRH:").unwrap();
    assert!(kept.is_empty(), "no part was taken over");
    // One number begins like another and its day.
    state("HRH,100001,p-shore,2026-01-01,\nHRH,100002,p-hill,2026-01-01,\nHRH,100001:2,p-hill,2026-02-01,\n")
        .unwrap();
    world.file("R2");
    assert_eq!(waiting(), (2, 1), "who ordered it, and a copy");
    let shore = ObligationFilter { recipient_id: Some("shore-emr".into()), ..Default::default() };
    let row = world.store.view().unwrap().obligations(&shore, 9, 0).unwrap().remove(0);
    let because = "Primary care provider (stated list) Shore, Ben works at Shore Clinic on 2026-11-22. \
        Stated by Shore Clinic, list of November from 2026-01-01.";
    assert!(row.words.contains(because), "{}", row.words);
    assert!(row.words.contains("Déclaré par Shore Clinic"), "{}", row.words);
    discharge("V1", "");
    assert_eq!(waiting(), (2, 2), "news of a visit that names nobody");
    discharge("V2", "PD1||||7000^Hill^Ana^^^^^^NSMD\r");
    assert_eq!(waiting(), (3, 2), "the message's own word counts first");

    // Who has left the list is on nobody's: then whom the chart names counts, for news alone.
    state("HRH,100001,p-shore,2026-11-01,2026-11-02\n").unwrap();
    world.file("R3");
    discharge("V3", "");
    assert_eq!(waiting(), (5, 2));
    // Nor under another number of theirs, where what began earlier was never ended.
    state("LIS,771,p-shore,2026-01-01,\n").unwrap();
    let known_by_both = |control_id: &str| {
        world.take(format!(
            "MSH|^~\\&|ADT|HRH|OPOR|NS|20261120110000-0400||ADT^A03^ADT_A03|{control_id}|P|2.5.1\r\
             EVN||20261120110000-0400\r\
             PID|1||100001^^^HRH^MR~771^^^LIS^PI||Drake^Mona||19610203|F\r\
             PV1|1|I|4W^^^HRH||||||||||||||||{control_id}^^^HRH^VN||||||||||||||||||||||||20261119090000-0400\r"
        ));
        world.waiting("shore-emr")
    };
    assert_eq!(known_by_both("V4"), 2, "whoever left a list is on nobody's by any number");
    state("LIS,771,p-shore,2026-11-03,\n").unwrap();
    assert!(known_by_both("V5") > 2, "what began last counts, by whichever number");
    let events = world.store.view().unwrap().directory_seq().unwrap();
    state("HRH,100001,p-shore,2026-11-01,2026-11-02\n").unwrap();
    assert_eq!(
        world.store.view().unwrap().directory_seq().unwrap(),
        events,
        "stated again it is the same fact"
    );
    let shown = world.record.look(&steward(), Overview::default()).unwrap();
    assert!(shown.changes.iter().all(|(.., what)| !what.en.contains("100001")), "no list names people");
    let again = Record::new(world.store.clone(), Directory::default(), Vec::new());
    assert!(again.directory().practitioner("p-shore").is_some(), "the directory is read without them");
}

#[test]
fn dr4_a_preview_routes_on_the_day_of_each_message_and_on_the_day_the_change_begins() {
    let world = Fixture::new();
    world.file("R1");
    let look = |from: &str, to: &str| {
        let dates = format!("from = \"{from}\"\nto = \"{to}\"");
        let after = Directory::from_toml(&DIRECTORY.replace("from = \"2000-01-01\"", &dates)).unwrap();
        let changes = world.record.directory().difference(&after);
        world.record.look(&steward(), Preview { changes, since: Instant(0), most: 99 }).unwrap().moved
    };
    assert!(look("2000-01-01", "2027-01-01").is_empty());
    assert!(!look("2000-01-01", "2026-11-20").is_empty(), "it had ended when the message came");
    assert!(!look("2026-12-01", "2027-12-01").is_empty(), "it had not begun");
}
