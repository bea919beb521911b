//! What master files say, held against the small directory of the routing cases.

use super::*;
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
