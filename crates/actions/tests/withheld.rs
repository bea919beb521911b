//! Consent on the way out: copies, corrections, roles, ends, what was given before, and what waits to be opened.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod fixture;

use actions::cases::Trace;
use actions::consent::{EndDirective, OfPerson, PrivacyDesk, Withhold};
use actions::deliveries::{Letter, Letters, Posted, Reply};
use actions::intake::Door;
use actions::values::Role;
use actions::{Actor, Context};
use clinical::directory::Directory;
use fhir::{Instant, PersonId, RecordId};
use fixture::{Fixture, accept, interpret};
use store::{ObligationFilter, ObligationRow, ObligationState};

const NOW: Instant = Instant(1_795_356_300_000_000);

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

[[endpoint]]
id = "shore-post"
place = "shore"
kind = "letter"
address = "1 Shore Road, Digby"

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

[[practitioner]]
id = "p-post"
family = "Post"
given = "Cai"
numbers = [ { authority = "NSMD", value = "7002" } ]

[[practitioner]]
id = "p-portal"
family = "Portal"
given = "Dee"
numbers = [ { authority = "NSMD", value = "7003" } ]

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

[[role]]
practitioner = "p-post"
place = "shore"
role = "family-physician"
endpoint = "shore-post"
primary = true
from = "2000-01-01"

[[role]]
practitioner = "p-portal"
place = "hill"
role = "family-physician"
primary = true
from = "2000-01-01"
"#;
const HILL: &str = "7000^Hill^Ana^^^^^^NSMD";
const SHORE: &str = "7001^Shore^Ben^^^^^^NSMD";
const POST: &str = "7002^Post^Cai^^^^^^NSMD";
const PORTAL: &str = "7003^Portal^Dee^^^^^^NSMD";
const MONA: &str = "PID|1||100001^^^HRH^MR~1000000019^^^NS^JHN||Drake-Lowe^Mona||19610203|F";

fn fixture() -> Fixture {
    Fixture::over("withheld", Directory::from_toml(DIRECTORY).unwrap())
}

/// A result of Mona: status, who ordered it, who gets a copy.
fn file(fixture: &Fixture, control: &str, status: &str, orderer: &str, copy: &str) {
    let text = format!(
        "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|{control}|P|2.5.1\r{MONA}\r\
         ORC|RE|P-1|L-1||CM|||||||{orderer}\r\
         OBR|1|P-1|L-1|2823-3^Potassium^LN|||20261120093000-0400|||||||||{orderer}||||||20261120100000-0400||CH|{status}|||{copy}\r\
         OBX|1|NM|2823-3^Potassium^LN||4.{}|mmol/L|3.5-5.1|N|||{status}|||20261120093000-0400\r",
        control.len()
    );
    accept(&fixture.record, &Door::BySender, text, NOW);
    interpret(&fixture.record, NOW);
}

fn who(id: &str, role: Role, practitioner: Option<&str>) -> Context {
    let actor = Actor { id: id.into(), role, name: id.into(), practitioner: practitioner.map(str::to_owned) };
    Context { actor, purpose: role.usual_purpose(), now: NOW }
}

fn officer() -> Context {
    who("Wren", Role::PrivacyOfficer, None)
}

fn mona(fixture: &Fixture) -> PersonId {
    let record = RecordId::of("HRH", "100001");
    fixture.store.view().unwrap().record(record).unwrap().expect("she is on file").person
}

fn withhold(fixture: &Fixture, change: impl FnOnce(&mut Withhold)) {
    let mut act =
        Withhold { person: Some(mona(fixture)), reason: "Form 12".to_owned(), ..Withhold::default() };
    change(&mut act);
    fixture.record.act(&officer(), act).unwrap();
}

fn answer(fixture: &Fixture, destination: &str, at: Instant, reply: &Reply) -> usize {
    let offers = fixture.record.offers_due(destination, at, 99).unwrap();
    for offer in &offers {
        fixture.record.offer_answered(offer, reply, at).unwrap();
    }
    offers.len()
}

fn sent(fixture: &Fixture, destination: &str, at: Instant) -> usize {
    fixture.record.offers_due(destination, at, 99).unwrap().len()
}

fn owed(fixture: &Fixture, kind: &str, to: &str) -> Vec<ObligationRow> {
    let filter = ObligationFilter { kind: Some(kind.into()), ..Default::default() };
    let rows = fixture.store.view().unwrap().obligations(&filter, 99, 0).unwrap();
    rows.into_iter().filter(|row| row.recipient.starts_with(to)).collect()
}

fn state(row: &ObligationRow) -> &str {
    match &row.state {
        ObligationState::Open { owner, .. } => owner,
        ObligationState::Ended { outcome, .. } => outcome,
    }
}

#[test]
fn l09_a_copy_that_is_withheld_ends_with_a_word_to_its_recipient_and_the_responsible_one_goes() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, SHORE);
    withhold(&fixture, |_| {});
    assert_eq!((sent(&fixture, "hill-emr", NOW), sent(&fixture, "shore-emr", NOW)), (1, 0));
    assert_eq!(state(&owed(&fixture, "delivery", "Shore")[0]), "excused");
    let told = owed(&fixture, "tell", "Shore");
    assert_eq!((told.len(), state(&told[0])), (1, "desk:privacy"));
    assert_eq!(sent(&fixture, "shore-emr", NOW), 0);
    assert_eq!(owed(&fixture, "tell", "Shore").len(), 1, "once");
}

#[test]
fn l09_a_correction_does_not_reach_the_practitioner_who_is_named_though_it_names_them_no_more() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, "");
    assert_eq!(answer(&fixture, "hill-emr", NOW, &Reply::Accepted { text: String::new() }), 1);
    withhold(&fixture, |act| act.practitioners = vec!["p-hill".into()]);
    file(&fixture, "C-22", "C", SHORE, "");
    assert_eq!(sent(&fixture, "shore-emr", NOW), 1, "who ordered it now receives");
    let rows = owed(&fixture, "delivery", "Hill");
    assert_eq!(rows.len(), 2, "who had the former version is owed the correction");
    assert_eq!(sent(&fixture, "hill-emr", NOW), 0);
    let newer = owed(&fixture, "delivery", "Hill").into_iter().find(|row| row.version == 2).unwrap();
    assert_eq!(state(&newer), "desk:privacy", "and a person decides");
}

#[test]
fn l09_a_role_is_kept_from_it_on_every_way_out() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, SHORE);
    withhold(&fixture, |act| act.roles = vec!["pharmacist".into()]);
    assert_eq!((sent(&fixture, "hill-emr", NOW), sent(&fixture, "shore-emr", NOW)), (1, 1));
    withhold(&fixture, |act| act.roles = vec!["family-doctor".into()]);
    assert_eq!((sent(&fixture, "hill-emr", NOW), sent(&fixture, "shore-emr", NOW)), (0, 0));
    assert_eq!(state(&owed(&fixture, "delivery", "Hill")[0]), "desk:privacy", "they must act");
    assert_eq!(state(&owed(&fixture, "delivery", "Shore")[0]), "excused", "a copy");
}

#[test]
fn l09_a_directive_that_has_ended_by_its_date_keeps_nothing_back() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, "");
    withhold(&fixture, |act| {
        act.practitioners = vec!["p-hill".into()];
        act.days = 1;
    });
    assert_eq!(sent(&fixture, "hill-emr", NOW.plus_minutes(25 * 60)), 1, "due before, offered after its end");
    assert_eq!(sent(&fixture, "hill-emr", NOW), 0);
}

#[test]
fn l09_what_was_given_before_is_asked_for_by_a_person_and_not_called_withheld() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, SHORE);
    assert_eq!(answer(&fixture, "shore-emr", NOW, &Reply::Silent), 1);
    withhold(&fixture, |_| {});
    assert_eq!(sent(&fixture, "shore-emr", NOW.plus_minutes(24 * 60)), 0);
    let row = &owed(&fixture, "delivery", "Shore")[0];
    assert_eq!(state(row), "desk:privacy");
    assert!(row.words.contains("given to them before"), "{}", row.words);
    assert!(owed(&fixture, "tell", "Shore").is_empty());
}

#[test]
fn l09_a_letter_on_the_desk_that_is_withheld_goes_to_the_privacy_desk_and_one_in_the_post_is_confirmed() {
    let fixture = fixture();
    let desk = who("Dana", Role::LaboratoryDesk, None);
    file(&fixture, "C-1", "F", POST, "");
    assert_eq!(answer(&fixture, "shore-post", NOW, &Reply::ByHand), 1);
    let line = fixture.record.look(&desk, Letters).unwrap().remove(0);
    let letter = Letter { obligation: line.obligation, french: false };
    let pages = fixture.record.look(&desk, letter).unwrap().pages;
    withhold(&fixture, |act| act.practitioners = vec!["p-post".into()]);
    assert!(fixture.record.look(&desk, letter).is_err(), "not printed any more");
    assert_eq!(fixture.record.hand_over_withheld(NOW).unwrap(), 1);
    assert_eq!(fixture.record.hand_over_withheld(NOW).unwrap(), 0);
    assert_eq!(state(&owed(&fixture, "delivery", "Post")[0]), "desk:privacy");
    assert!(fixture.record.look(&desk, Letters).unwrap().is_empty());
    assert_eq!(fixture.record.look(&officer(), PrivacyDesk).unwrap().owed.len(), 1);
    let posted = Posted { obligation: line.obligation, pages, french: false };
    fixture.record.act(&desk, posted).unwrap();
    assert_eq!(state(&owed(&fixture, "delivery", "Post")[0]), "another-way");
}

#[test]
fn l09_what_waits_for_somebody_who_may_not_see_it_is_counted_and_owned_by_the_privacy_desk() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", PORTAL, "");
    let portal = who("portal", Role::FamilyDoctor, Some("p-portal"));
    let home = || fixture.record.look(&portal, actions::home::Home).unwrap();
    assert_eq!((home().waiting.len(), home().withheld), (1, 0));
    let report = home().waiting[0].report.key;
    withhold(&fixture, |act| act.practitioners = vec!["p-hill".into()]);
    let to = "p-hill".to_owned();
    let handed = actions::inbox::HandOn { person: mona(&fixture), report, to };
    let refused = fixture.record.act(&portal, handed).unwrap_err();
    assert!(refused.words.en.contains("withheld"), "{}", refused.words.en);
    withhold(&fixture, |act| act.practitioners = vec!["p-portal".into()]);
    assert_eq!((home().waiting.len(), home().withheld), (0, 1));
    assert_eq!(fixture.record.hand_over_withheld(NOW).unwrap(), 1);
    assert_eq!(fixture.record.hand_over_withheld(NOW).unwrap(), 0);
    assert_eq!(state(&owed(&fixture, "attention", "Portal")[0]), "desk:privacy");
}

#[test]
fn l09_a_directive_stands_at_every_record_of_the_person_and_is_ended_as_one() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, "");
    let elsewhere = "PID|1||8812^^^VGH^MR~1000000019^^^NS^JHN||Drake-Lowe^Mona||19610203|F";
    let text = format!(
        "MSH|^~\\&|ADT|VGH|OPOR|NS|20261120110000-0400||ADT^A04^ADT_A01|V-1|P|2.5.1\rEVN|A04|20261120110000-0400\r{elsewhere}\rPV1|1|O\r"
    );
    accept(&fixture.record, &Door::BySender, text, NOW);
    interpret(&fixture.record, NOW);
    let view = || fixture.store.view().unwrap();
    assert_eq!(view().records_of_person(mona(&fixture)).unwrap().len(), 2);
    withhold(&fixture, |_| {});
    withhold(&fixture, |_| {});
    let standing = || view().standing_directives(9).unwrap();
    assert_eq!(standing().len(), 2, "once at each record, pressed twice: {:?}", standing());
    let listed = || fixture.record.look(&officer(), OfPerson { person: mona(&fixture) }).unwrap().directives;
    assert_eq!(listed().len(), 1, "and it is one");
    let end = EndDirective { id: listed()[0].id, reason: "She asked".into() };
    fixture.record.act(&officer(), end.clone()).unwrap();
    assert!(standing().is_empty());
    assert!(fixture.record.act(&officer(), end).is_err(), "it was ended already");
}

#[test]
fn h71_the_number_of_a_report_is_no_way_into_a_chart() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, "");
    let found =
        |context: &Context| fixture.record.look(context, Trace { text: "C-1".into() }).unwrap().items.len();
    let (hill, shore) =
        (who("h", Role::FamilyDoctor, Some("p-hill")), who("s", Role::FamilyDoctor, Some("p-shore")));
    assert_eq!((found(&hill), found(&shore)), (1, 0));
    withhold(&fixture, |act| act.practitioners = vec!["p-hill".into()]);
    assert_eq!(found(&hill), 0, "what is withheld is not told by its number");
    assert_eq!(found(&who("Dana", Role::LaboratoryDesk, None)), 1);
}

#[test]
fn s015_a_former_version_that_was_read_is_not_the_current_one() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", PORTAL, "");
    file(&fixture, "C-22", "C", PORTAL, "");
    let portal = who("portal", Role::FamilyDoctor, Some("p-portal"));
    let report = fixture.record.look(&portal, actions::home::Home).unwrap().waiting[0].report.key;
    let person = mona(&fixture);
    let read = |version| {
        let look = actions::reports::Read { person, report, version: Some(version) };
        fixture.record.look(&portal, look).unwrap();
    };
    let have = || fixture.record.act(&portal, actions::deliveries::Receive { person, report, version: 2 });
    read(1);
    assert!(have().is_err(), "the former version was read");
    read(2);
    have().unwrap();
}

#[test]
fn l14_a_request_that_is_pressed_twice_is_one() {
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, "");
    let ask = actions::corrections::Ask {
        person: mona(&fixture),
        asked: "It was the right side".into(),
        about: String::new(),
    };
    for minutes in [0, 1] {
        let context = Context { now: NOW.plus_minutes(minutes), ..officer() };
        fixture.record.act(&context, ask.clone()).unwrap();
    }
    assert_eq!(owed(&fixture, "correction", "").len(), 1);
}
