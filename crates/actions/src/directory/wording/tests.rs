use super::*;
use clinical::directory::Contact;

const WHOLE: &str = r#"
[[place]]
id = "harbourview"
name = "Harbourview Clinic"
kind = "clinic"
organization = "NSH"
default_recipient = "p-cairnwood"
[[endpoint]]
id = "harbourview-emr"
place = "harbourview"
kind = "mllp"
address = "127.0.0.1:2601"
profile = "plain"
fallback = ["harbourview-fax"]
reports_opening = true
hours = "Mo-Fr 08:30-16:30"
from = "2020-01-01"
to = "2030-01-01"
accepts = { classes = ["laboratory"], formats = ["values", "text"] }
tls = { server_name = "emr.example", fingerprint = "00" }
[[endpoint]]
id = "harbourview-fax"
place = "harbourview"
kind = "fax"
address = "9025550143"
[[practitioner]]
id = "p-cairnwood"
family = "Cairnwood"
given = "Aoife"
numbers = [ { authority = "NSCPS", value = "014417" } ]
[[role]]
practitioner = "p-cairnwood"
place = "harbourview"
role = "family-physician"
endpoint = "harbourview-emr"
primary = true
from = "2020-01-01"
to = "2030-01-01"
[[absence]]
id = "away-1"
practitioner = "p-cairnwood"
place = "harbourview"
kind = "leave"
from = "2026-12-24"
to = "2027-01-04"
[[contact]]
id = "p-cairnwood-phone"
of = "p-cairnwood"
kind = "phone"
value = "902 555 0143"
source = "practice form"
verified_on = "2026-11-23"
next_check = "2027-05-22"
doubt = { since = "2026-11-23", why = "nobody answers" }
[[subscription]]
endpoint = "harbourview-emr"
practitioner = "p-cairnwood"
without = ["imaging"]
[[team]]
id = "t"
place = "harbourview"
name = "Nurses"
members = ["p-cairnwood"]
[[source]]
link = "REGISTRY@COLLEGE"
in_force = true
places = ["harbourview"]
"#;

fn whole() -> Directory {
    Directory::from_toml(WHOLE).expect("the file")
}

#[test]
fn every_field_of_the_file_has_a_name_in_both_languages() {
    let mut unnamed = Vec::new();
    for fact in whole().facts() {
        for line in changed(&Directory::default(), &[Change::Set(fact.clone())]) {
            assert!(!line.fields.is_empty(), "{fact:?}");
            let known = |name: &Words| FIELDS.iter().any(|(_, en, fr)| *en == name.en && *fr == name.fr);
            unnamed.extend(line.fields.into_iter().filter(|field| !known(&field.name)));
        }
    }
    assert_eq!(unnamed, Vec::new());
}

#[test]
fn a_proposal_says_what_is_another_and_nothing_else() {
    let known = whole();
    let contact = known.contacts().next().expect("a contact").clone();
    let moved = Contact { value: "902 555 0188".into(), doubt: None, ..contact };
    let lines = changed(&known, &[Change::Set(Fact::Contact(moved))]);
    let line = &lines[0];
    assert_eq!(line.what, Words::new("Cairnwood, Aoife: telephone", "Cairnwood, Aoife\u{a0}: téléphone"));
    let said: Vec<_> = line
        .fields
        .iter()
        .map(|field| {
            let text = |side: &Option<Words>| side.as_ref().map_or(String::new(), |words| words.en.clone());
            (field.name.en.as_str(), text(&field.old), text(&field.new))
        })
        .collect();
    assert_eq!(
        said,
        [
            ("Number or address", "902 555 0143".to_owned(), "902 555 0188".to_owned()),
            ("Doubted", "since 2026-11-23, because nobody answers".to_owned(), String::new()),
        ]
    );
}

#[test]
fn what_is_withdrawn_is_named_and_what_was_never_known_keeps_its_key() {
    let withdraw = |sort: &str, id: &str| Change::Withdraw { sort: sort.into(), id: id.into() };
    let lines = changed(&whole(), &[withdraw("team", "t"), withdraw("team", "gone")]);
    assert_eq!(lines[0].what.en, "Team: Nurses");
    assert!(lines[0].fields.iter().all(|field| field.old.is_some() && field.new.is_none()));
    assert_eq!((lines[1].what.en.as_str(), lines[1].fields.len()), ("team gone", 0));
}
