//! What master files say, held against the small directory of the routing cases.

use super::*;
use crate::directory::Source;
use crate::intake::{Handling, Sender, interpret};
use fhir::Instant;

const TODAY: &str = "2026-11-22";

fn directory() -> Directory {
    Directory::from_toml(include_str!("../../../testdata/routing/directory.toml")).unwrap()
}

/// What one case file says: each entry with what follows, as text.
fn told(text: &str) -> String {
    let sender = Sender {
        link: "REGISTRY@COLLEGE".to_owned(),
        default_authority: "COLLEGE".to_owned(),
        time_zone: "America/Halifax".to_owned(),
        custodian: "COLLEGE".to_owned(),
        message_reference: "urn:opor:message:1".to_owned(),
        received: Instant(1_795_356_300_000_000),
    };
    let message = hl7v2::Message::parse(text.replace("\r\n", "\r").replace('\n', "\r")).unwrap();
    let said = interpret(&message, &sender);
    assert!(said.charts.is_empty(), "a master file is about no patient");
    let mut out = match &said.handling {
        Handling::Mapped => String::new(),
        Handling::Held(why) => format!("held: {}\n", why.en),
        Handling::Kept(why) => format!("kept: {}\n", why.en),
    };
    for heard in &said.directory {
        match directory().hear(heard, &sender.link, TODAY) {
            Follows::Nothing(words) => out.push_str(&format!("nothing: {}\n", words.en)),
            Follows::Ask(words) => out.push_str(&format!("ask: {}\n", words.en)),
            Follows::Propose(changes, words) => {
                out.push_str(&format!("propose: {}\n", words.en));
                for change in changes {
                    out.push_str(&format!("  {}\n", serde_json::to_string(&change).unwrap()));
                }
            }
        }
    }
    out
}

/// Each `testdata/directory/NAME.hl7` says what stands in `NAME.txt`; a new file is a new case.
#[test]
fn s020_what_a_master_file_says_becomes_proposals_or_questions() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/directory");
    let (mut cases, mut other) = (0, String::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "hl7") {
            let found = told(&std::fs::read_to_string(&path).unwrap());
            let expected = path.with_extension("txt");
            let known = std::fs::read_to_string(&expected).unwrap_or_default();
            if found != known {
                other.push_str(&format!("=== {}\n{found}", path.display()));
            }
            cases += 1;
        }
    }
    assert!(other.is_empty(), "these say something else than their .txt:\n{other}");
    assert!(cases >= 8, "{cases} cases");
}

#[test]
fn what_was_proposed_and_applied_says_nothing_new_the_next_day() {
    let text = include_str!("../../../testdata/directory/mfn_m02_new.hl7").replace('\n', "\r");
    let message = hl7v2::Message::parse(text).unwrap();
    let sender = Sender {
        link: "R".to_owned(),
        default_authority: String::new(),
        time_zone: "America/Halifax".to_owned(),
        custodian: String::new(),
        message_reference: String::new(),
        received: Instant(1_795_356_300_000_000),
    };
    let said = interpret(&message, &sender);
    let Follows::Propose(changes, _) = directory().hear(&said.directory[0], "R", TODAY) else { panic!() };
    let after = directory().changed(&changes).unwrap();
    assert!(matches!(after.hear(&said.directory[0], "R", "2026-11-23"), Follows::Nothing(_)));
}

/// Somebody whose role is said to begin in the future works there until then.
#[test]
fn s099_a_role_that_is_said_to_begin_later_holds_until_then() {
    let known = directory();
    let role = known.roles().find(|role| role.holds_on(TODAY) && role.to.is_none()).unwrap().clone();
    let who = known.practitioner(&role.practitioner).unwrap().clone();
    let number = &who.numbers[0];
    let heard = Heard {
        key: "1".into(),
        ends: false,
        day: None,
        about: HeardAbout::Person(HeardPerson {
            family: who.family.clone(),
            given: who.given.clone(),
            numbers: vec![HeardNumber {
                authority: number.authority.clone(),
                value: number.value.clone(),
                type_code: String::new(),
            }],
            roles: vec![HeardRole {
                place: role.place.clone(),
                role: role.role.clone(),
                from: Some("2027-01-01".into()),
                ..HeardRole::default()
            }],
            ..HeardPerson::default()
        }),
    };
    let Follows::Propose(changes, words) = known.hear(&heard, "R", TODAY) else { panic!("a change") };
    assert!(words.en.contains("from 2027-01-01 (as before until 2026-12-31)"), "{}", words.en);
    let after = known.changed(&changes).unwrap();
    let on = |day: &str| {
        let theirs =
            |one: &&Role| one.practitioner == who.id && one.place == role.place && one.role == role.role;
        after.roles().filter(theirs).filter(|one| one.holds_on(day)).count()
    };
    assert_eq!([on(TODAY), on("2026-12-31"), on("2027-01-01"), on("2028-01-01")], [1; 4]);
    for today in ["2026-11-23", "2027-01-02"] {
        assert!(matches!(after.hear(&heard, "R", today), Follows::Nothing(_)), "said again on {today}");
    }
}

/// The first entry of a master file, held against the small directory and `more` of it.
fn first_of(text: &str, more: &str) -> (Directory, Follows) {
    let whole = format!("{}\n{more}", include_str!("../../../testdata/routing/directory.toml"));
    let directory = Directory::from_toml(&whole).unwrap();
    let message = hl7v2::Message::parse(text.replace('\n', "\r")).unwrap();
    let sender = Sender {
        link: "R".to_owned(),
        default_authority: String::new(),
        time_zone: "America/Halifax".to_owned(),
        custodian: String::new(),
        message_reference: String::new(),
        received: Instant(1_795_356_300_000_000),
    };
    let follows = directory.hear(&interpret(&message, &sender).directory[0], "R", TODAY);
    (directory, follows)
}

#[test]
fn s020_a_register_in_force_ends_roles_at_its_own_places_only() {
    let left = include_str!("../../../testdata/directory/mfn_m02_ends.hl7");
    let source = |places: &str| format!("[[source]]\nlink = \"R\"\nin_force = true\nplaces = [{places}]\n");
    for (places, proposed, alone) in
        [("", true, false), ("\"tern-bay\"", true, true), ("\"hrh\"", false, false)]
    {
        let (directory, follows) = first_of(left, &source(places));
        match follows {
            Follows::Propose(changes, _) => {
                assert!(proposed, "{places}");
                assert_eq!(directory.acts_alone(directory.source("R").unwrap(), &changes), alone, "{places}");
            }
            other => assert!(!proposed, "{places}: {other:?}"),
        }
    }
    let (directory, _) = first_of(left, &source("\"tern-bay\""));
    let renamed =
        Practitioner { given: "Luke".to_owned(), ..directory.practitioner("p-theriault").unwrap().clone() };
    let changes = [Change::Set(Fact::Practitioner(renamed))];
    assert!(!directory.acts_alone(directory.source("R").unwrap(), &changes), "it renames nobody");
}

#[test]
fn s019_what_a_feed_says_confirms_no_doubted_number_and_a_fax_takes_its_ways_along_on_trial() {
    let text = "MSH|^~\\&|R|C|OPOR|NS|20261122100000-0400||MFN^M05^MFN_M05|C8|P|2.5.1
MFI|LOC^^HL70175||UPD|||NE
MFE|MUP|1||harbourview|PL
LOC|harbourview|Harbourview Clinic|C|||^WPN^FX^^^902^5550177";
    let more = "[[endpoint]]\nid = \"hv-fax\"\nplace = \"harbourview\"\nkind = \"fax\"\naddress = \"902 555 0100@spool\"\n\
        [[contact]]\nid = \"c\"\nof = \"harbourview\"\nkind = \"fax\"\nvalue = \"902-555-0100\"\nsource = \"form\"\n\
        verified_on = \"2026-01-01\"\nnext_check = \"2026-07-01\"\ndoubt = { since = \"2026-11-01\", why = \"it rang out\" }\n";
    let (directory, follows) = first_of(text, more);
    let Follows::Propose(changes, _) = follows else { panic!("{follows:?}") };
    let after = directory.changed(&changes).unwrap();
    let contact = after.contact("c").unwrap();
    assert_eq!((contact.value.as_str(), contact.verified_on.as_str()), ("902 5550177", "2026-01-01"));
    assert_eq!(contact.doubt, directory.contact("c").unwrap().doubt);
    let way = after.endpoint("hv-fax").unwrap();
    assert_eq!((way.address.as_str(), way.carries_on(TODAY)), ("9025550177@spool", false));
    let source = Source { link: "R".to_owned(), in_force: true, places: vec!["harbourview".to_owned()] };
    assert!(!directory.acts_alone(&source, &changes), "a line is moved by the desk");
}
