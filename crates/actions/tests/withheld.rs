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
    let actor = Actor {
        through: None,
        id: id.into(),
        role,
        name: id.into(),
        practitioner: practitioner.map(str::to_owned),
    };
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
fn s015_rt11_a_team_takes_what_was_handed_to_it_gives_it_back_and_its_clock_stays() {
    use actions::inbox::{HandOn, TEAM, Take, Team};
    let fixture = fixture();
    file(&fixture, "C-1", "F", PORTAL, "");
    let portal = who("portal", Role::FamilyDoctor, Some("p-portal"));
    let hill = who("hill", Role::FamilyDoctor, Some("p-hill"));
    let shore = who("shore", Role::FamilyDoctor, Some("p-shore"));
    let home = |of: &Context| fixture.record.look(of, actions::home::Home).unwrap();
    let team = |of: &Context| fixture.record.look(of, Team).unwrap();
    let open = || -> Vec<ObligationRow> {
        let mut rows = owed(&fixture, "attention", "");
        rows.retain(|row| matches!(row.state, ObligationState::Open { .. }));
        rows
    };
    let clock = || match &open()[0].state {
        ObligationState::Open { due, owner, .. } => (*due, owner.clone()),
        ObligationState::Ended { .. } => panic!("it is open"),
    };
    let report = home(&portal).waiting[0].report.key;
    let hand = || HandOn { person: mona(&fixture), report, to: TEAM.to_owned() };
    let due = clock().0;
    assert!(team(&hill).lines.is_empty(), "it is its recipient's until they hand it on");
    fixture.record.act(&portal, hand()).unwrap();
    // Never nobody's: a desk and a clock own it while it waits for the team.
    assert_eq!(clock(), (due, "desk:covering".to_owned()));
    let seen = team(&hill);
    assert_eq!((seen.lines.len(), seen.places.as_str()), (1, "Hill Clinic"));
    assert!(seen.lines[0].because.en.contains("handed it to the covering clinicians"), "{:?}", seen.lines[0]);
    assert_eq!((seen.lines[0].due, home(&hill).team, home(&shore).team), (due, 1, 0));
    let take = Take { obligation: seen.lines[0].obligation };
    assert!(fixture.record.act(&shore, take).is_err(), "another practice's team");
    fixture.record.act(&hill, take).unwrap();
    assert_eq!((open().len(), clock().0, open()[0].recipient_id.as_str()), (1, due, "p-hill"));
    assert_eq!((home(&hill).waiting.len(), home(&hill).team), (1, 0));
    assert!(fixture.record.act(&portal, take).is_err(), "it was taken meanwhile");
    // Given back, and taken by whom it was for first.
    fixture.record.act(&hill, hand()).unwrap();
    let line = team(&portal).lines.remove(0);
    fixture.record.act(&portal, Take { obligation: line.obligation }).unwrap();
    assert_eq!((home(&portal).waiting.len(), clock().0), (1, due));
    // What is withheld from somebody of the team is not theirs to take, and they are told how much it is.
    fixture.record.act(&portal, hand()).unwrap();
    withhold(&fixture, |act| act.practitioners = vec!["p-hill".into()]);
    let seen = team(&hill);
    assert_eq!((seen.lines.len(), seen.withheld), (0, 1));
    let line = team(&portal).lines.remove(0);
    assert!(fixture.record.act(&hill, Take { obligation: line.obligation }).is_err());
}

#[test]
fn l14_a_statement_goes_inside_what_is_sent_again_and_repeats_stay_as_they_were() {
    use actions::corrections::{Ask, Decide};
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, "");
    let text = |at: Instant| {
        let offers = fixture.record.offers_due("hill-emr", at, 9).unwrap();
        offers.iter().map(|offer| String::from_utf8_lossy(&offer.bytes).into_owned()).collect::<Vec<_>>()
    };
    // Offered, and no answer came: it is repeated byte for byte, whatever is said of it meanwhile.
    let offers = fixture.record.offers_due("hill-emr", NOW, 9).unwrap();
    for offer in &offers {
        fixture.record.offer_answered(offer, &Reply::Silent, NOW).unwrap();
    }
    let report = owed(&fixture, "delivery", "Hill")[0].resource.unwrap();
    let disagree = |statement: &str, minutes: i64| {
        let mut officer = officer();
        officer.now = NOW.plus_minutes(minutes);
        let ask = Ask { person: mona(&fixture), asked: format!("{statement}?"), about: report.to_string() };
        fixture.record.act(&officer, ask).unwrap();
        let asked = fixture.record.look(&officer, OfPerson { person: mona(&fixture) }).unwrap().corrections;
        let open = asked.iter().find(|one| one.verdict.is_empty()).unwrap();
        let decide =
            Decide { obligation: open.obligation, verdict: "disagreed".into(), statement: statement.into() };
        fixture.record.act(&officer, decide).unwrap();
    };
    disagree("It was not my blood", 1);
    let later = NOW.plus_minutes(60);
    let again = text(later);
    assert_eq!(again, [String::from_utf8_lossy(&offers[0].bytes).into_owned()], "a repeat is a repeat");
    for offer in fixture.record.offers_due("hill-emr", later, 9).unwrap() {
        fixture.record.offer_answered(&offer, &Reply::Accepted { text: String::new() }, later).unwrap();
    }
    // The corrected report carries it, to everybody it goes to.
    file(&fixture, "C-22", "C", HILL, SHORE);
    let corrected = text(later);
    assert!(corrected.len() == 1 && corrected[0].contains("It was not my blood"), "{corrected:?}");
    let shore = fixture.record.offers_due("shore-emr", later, 9).unwrap();
    assert!(String::from_utf8_lossy(&shore[0].bytes).contains("It was not my blood"));
    // Said while the corrected one waits for its answer: that one stays as it was offered.
    for offer in fixture.record.offers_due("hill-emr", later, 9).unwrap() {
        fixture.record.offer_answered(&offer, &Reply::Silent, later).unwrap();
    }
    disagree("And I say so twice", 61);
    assert_eq!(text(later.plus_minutes(60)), corrected);
}

#[test]
fn l09_a_directive_shows_what_it_would_hide_before_it_is_kept() {
    use actions::consent::Preview;
    let fixture = fixture();
    file(&fixture, "C-1", "F", HILL, SHORE);
    let person = mona(&fixture);
    let offered = fixture.record.look(&officer(), OfPerson { person }).unwrap().picks;
    let names = |list: &[(String, String)]| list.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
    assert_eq!(names(&offered.people), ["p-hill", "p-shore"], "those to whom something went");
    assert_eq!(names(&offered.places), ["hill", "shore"]);
    assert_eq!(names(&offered.other_people), ["p-portal", "p-post"]);
    let laboratory = offered.counts["laboratory"];
    assert!(laboratory >= 2 && offered.kept["HRH"] > laboratory, "{offered:?}");
    assert_eq!(offered.reports.len(), 1);
    let tried = |change: &dyn Fn(&mut Withhold)| {
        let mut directive =
            Withhold { person: Some(person), reason: "Form 12".to_owned(), ..Withhold::default() };
        change(&mut directive);
        fixture.record.look(&officer(), Preview { directive })
    };
    let view = tried(&|act| {
        act.classes = vec!["laboratory".into()];
        act.practitioners = vec!["p-shore".into()];
    })
    .unwrap();
    assert_eq!(view.words.en, "Laboratory results withheld from Shore, Ben.");
    let gone: Vec<(&str, bool)> =
        view.readers.iter().map(|(name, gone, _)| (name.as_str(), *gone > 0)).collect();
    assert_eq!(gone, [("Hill, Ana", false), ("Shore, Ben", true)]);
    let of =
        |en: &str| view.classes.iter().find(|(words, ..)| words.en == en).map(|(_, gone, all)| (*gone, *all));
    assert_eq!(of("Laboratory results"), Some((laboratory, laboratory)));
    assert_eq!(of("Name and contact").map(|(gone, _)| gone), Some(0), "never withheld");
    // Everything from everybody hides what can be hidden; a site that keeps nothing hides nothing.
    let all = tried(&|_| ()).unwrap();
    assert!(all.readers.iter().all(|(_, gone, all)| gone > &0 && gone < all), "{:?}", all.readers);
    let none = tried(&|act| act.sites = vec!["DGH".into()]).unwrap();
    assert!(none.readers.iter().all(|(_, gone, _)| *gone == 0));
    assert!(tried(&|act| act.classes = vec!["allergies".into()]).is_err());
    assert!(tried(&|act| act.practitioners = vec!["p-nobody".into()]).is_err());
    // Looking keeps nothing.
    assert!(fixture.store.view().unwrap().standing_directives(9).unwrap().is_empty());
}

#[test]
fn s015_a_named_team_takes_what_is_handed_to_it_and_an_absence_strands_nothing() {
    use actions::inbox::{EndTeam, HandOn, KeepTeam, NAMED, Take, Team};
    let fixture = fixture();
    let known = Directory::from_toml(DIRECTORY).unwrap();
    fixture.record.first_directory(&known, "directory.toml", NOW).unwrap();
    file(&fixture, "C-1", "F", PORTAL, "");
    let portal = who("portal", Role::FamilyDoctor, Some("p-portal"));
    let hill = who("hill", Role::FamilyDoctor, Some("p-hill"));
    let shore = who("shore", Role::FamilyDoctor, Some("p-shore"));
    let look = |of: &Context| fixture.record.look(of, Team).unwrap();
    let owner = || -> Vec<(String, Instant)> {
        let rows = owed(&fixture, "attention", "").into_iter();
        rows.filter_map(|row| match row.state {
            ObligationState::Open { owner, due, .. } => Some((owner, due)),
            ObligationState::Ended { .. } => None,
        })
        .collect()
    };
    let keep = |team: Option<&str>, name: &str, members: &[&str]| KeepTeam {
        team: team.map(str::to_owned),
        place: "hill".into(),
        name: name.into(),
        members: members.iter().map(|id| (*id).to_owned()).collect(),
    };
    // Made by those who work there, of those who work there, under a name of its own.
    assert!(fixture.record.act(&shore, keep(None, "Diabetes", &["p-hill"])).is_err(), "another practice's");
    assert!(fixture.record.act(&portal, keep(None, "  ", &["p-hill"])).is_err());
    assert!(
        fixture.record.act(&portal, keep(None, "Diabetes", &["p-shore"])).is_err(),
        "nobody of the place"
    );
    fixture.record.act(&portal, keep(None, "Diabetes", &["p-hill", "p-shore"])).unwrap();
    assert!(fixture.record.act(&hill, keep(None, "diabetes", &["p-hill"])).is_err(), "the name is taken");
    let seen = look(&portal);
    let [team] = seen.teams.as_slice() else { panic!("{:?}", seen.teams) };
    let members = |team: &actions::inbox::NamedTeam| -> Vec<String> {
        team.people.iter().filter(|(_, _, is_member, _)| *is_member).map(|(id, ..)| id.clone()).collect()
    };
    assert_eq!(
        (members(team), team.mine, look(&hill).teams[0].mine),
        (vec!["p-hill".to_owned()], false, true)
    );
    assert!(look(&shore).teams.is_empty());
    let id = team.id.clone();
    let report = fixture.record.look(&portal, actions::home::Home).unwrap().waiting[0].report.key;
    let hand = |to: &str| HandOn { person: mona(&fixture), report, to: to.to_owned() };
    let (named, due) = (format!("{NAMED}{id}"), owner()[0].1);
    assert!(fixture.record.act(&portal, hand("team:t-none")).is_err());
    fixture.record.act(&portal, hand(&named)).unwrap();
    assert_eq!(owner(), [(named.clone(), due)], "owned, with the clock it had");
    let line = look(&hill).lines.remove(0);
    assert_eq!((line.owner.en.as_str(), line.due, look(&hill).teams[0].waiting), ("Diabetes", due, 1));
    assert!(look(&portal).lines.is_empty(), "they are not of the team");
    let take = Take { obligation: line.obligation };
    assert!(fixture.record.act(&portal, take).is_err() && fixture.record.act(&shore, take).is_err());
    fixture.record.act(&hill, take).unwrap();
    assert_eq!(owner(), [("practitioner:p-hill@hill".to_owned(), due)]);
    // The only member cannot hand to a team of which nobody else is there.
    let refused = fixture.record.act(&hill, hand(&named)).unwrap_err();
    assert!(refused.words.en.contains("Nobody else of this team"), "{}", refused.words.en);
    fixture.record.act(&hill, keep(Some(&id), "Diabetes", &["p-portal", "p-hill"])).unwrap();
    fixture.record.act(&hill, hand(&named)).unwrap();
    // Nobody of it is there: within the hour the next owner has it, and the practice sees it.
    let away = |who: &str| {
        let text = format!(
            "[[absence]]\nid = \"a-{who}\"\npractitioner = \"{who}\"\nkind = \"leave\"\nfrom = \"2026-11-20\"\nto = \"2026-12-20\"\n"
        );
        let changes: Vec<_> =
            Directory::facts_of(&text).unwrap().into_iter().map(clinical::directory::Change::Set).collect();
        let load = actions::directory::Load { changes, source: "test".into(), reason: "leave".into() };
        fixture.record.act(&actions::record::machine("test", NOW), load).unwrap();
    };
    away("p-portal");
    assert_eq!(fixture.record.hand_over_departed(NOW).unwrap(), 0, "one of them is there");
    away("p-hill");
    assert_eq!(fixture.record.hand_over_departed(NOW).unwrap(), 1);
    assert!(owner()[0].0.starts_with("desk:"), "{:?}", owner());
    // A team that ends leaves nothing behind it.
    fixture.record.act(&hill, EndTeam { team: id.clone() }).unwrap();
    assert!(look(&hill).teams.is_empty());
    assert!(fixture.record.act(&hill, EndTeam { team: id }).is_err());
}

#[test]
fn s015_what_waits_for_a_team_that_ends_goes_to_the_practice_with_its_clock() {
    use actions::inbox::{EndTeam, HandOn, KeepTeam, NAMED, Team};
    let fixture = fixture();
    let known = Directory::from_toml(DIRECTORY).unwrap();
    fixture.record.first_directory(&known, "directory.toml", NOW).unwrap();
    file(&fixture, "C-1", "F", PORTAL, "");
    let portal = who("portal", Role::FamilyDoctor, Some("p-portal"));
    let hill = who("hill", Role::FamilyDoctor, Some("p-hill"));
    let team = KeepTeam {
        team: None,
        place: "hill".into(),
        name: "Tuesday clinic".into(),
        members: vec!["p-hill".into()],
    };
    fixture.record.act(&portal, team).unwrap();
    let id = fixture.record.look(&portal, Team).unwrap().teams[0].id.clone();
    let waiting = fixture.record.look(&portal, actions::home::Home).unwrap().waiting.remove(0);
    let to = format!("{NAMED}{id}");
    let hand = HandOn { person: mona(&fixture), report: waiting.report.key, to };
    fixture.record.act(&portal, hand.clone()).unwrap();
    // Whom everything of it is withheld from cannot be handed it; what waits is counted for them and not shown.
    withhold(&fixture, |act| act.practitioners = vec!["p-hill".into()]);
    assert_eq!(fixture.record.look(&hill, Team).unwrap().withheld, 1);
    fixture.record.act(&portal, EndTeam { team: id }).unwrap();
    let rows = owed(&fixture, "attention", "");
    let open = rows.iter().filter_map(|row| match &row.state {
        ObligationState::Open { owner, due, .. } => Some((owner.as_str(), *due)),
        ObligationState::Ended { .. } => None,
    });
    assert_eq!(open.collect::<Vec<_>>(), [("desk:covering", waiting.due)]);
    assert_eq!(fixture.record.look(&portal, Team).unwrap().lines.len(), 1, "the practice has it");
    assert!(fixture.record.act(&portal, hand).is_err(), "there is no such team");
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
