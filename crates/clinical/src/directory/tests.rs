use super::*;

const WHOLE: &str = r#"
[[place]]
id = "harbourview"
name = "Harbourview Clinic"
kind = "clinic"
[[endpoint]]
id = "harbourview-emr"
place = "harbourview"
kind = "mllp"
address = "127.0.0.1:2601"
[[practitioner]]
id = "p-cairnwood"
family = "Cairnwood"
given = "Aoife"
numbers = [ { authority = "NSCPS", value = "014417" }, { authority = "NSHBILL", value = "55012", kind = "billing" } ]
[[role]]
practitioner = "p-cairnwood"
place = "harbourview"
role = "family-physician"
endpoint = "harbourview-emr"
primary = true
from = "2020-01-01"
"#;

fn problems(more: &str) -> String {
    Directory::from_toml(&format!("{WHOLE}\n{more}")).expect_err("a problem").to_string()
}

#[test]
fn a_directory_is_read_and_found_by_number() {
    let directory = Directory::from_toml(WHOLE).expect("a directory");
    let name = |r: Resolved<'_>| match r {
        Resolved::One(p) => p.name(),
        other => format!("{other:?}"),
    };
    assert_eq!(name(directory.by_number("nscps", " 014417 ")), "Cairnwood, Aoife");
    assert_eq!(name(directory.by_number("", "014417")), "Cairnwood, Aoife");
    assert_eq!(name(directory.by_number("NSHBILL", "55012")), "Cairnwood, Aoife");
    assert_eq!(directory.by_number("", "55012"), Resolved::Nobody, "a billing number is no licence");
    assert_eq!(directory.by_number("MSI", "55012"), Resolved::Nobody);
    assert_eq!(directory.by_number("NSHBILL", "014417"), Resolved::Nobody);
    assert_eq!(directory.by_number("", ""), Resolved::Nobody);
    assert_eq!(directory.roles_on("p-cairnwood", "2026-11-22").count(), 1);
    assert_eq!(directory.roles_on("p-cairnwood", "2019-12-31").count(), 0);
    assert_eq!(directory.endpoint("harbourview-emr").map(|e| e.address.as_str()), Some("127.0.0.1:2601"));
}

#[test]
fn h19_every_problem_names_its_entry_and_the_fix() {
    let role = |more: &str| {
        format!(
            "[[role]]\npractitioner = \"p-cairnwood\"\nplace = \"harbourview\"\nrole = \"family-physician\"\n{more}\n"
        )
    };
    let cases = [
        ("[[place]]\nid = \"harbourview\"\nname = \"Again\"\nkind = \"clinic\"".to_owned(), "place harbourview: the id is used twice"),
        ("[[endpoint]]\nid = \"x\"\nplace = \"nowhere\"\nkind = \"portal\"".to_owned(), "endpoint x: there is no place nowhere"),
        ("[[endpoint]]\nid = \"x\"\nplace = \"harbourview\"\nkind = \"mllp\"\naddress = \"host\"".to_owned(), "write it as \"10.0.0.7:2601\""),
        (
            "[[practitioner]]\nid = \"p-other\"\nfamily = \"Other\"\ngiven = \"An\"\nnumbers = [{ authority = \"nscps\", value = \"014417\" }]".to_owned(),
            "practitioner p-other: number 014417 of NSCPS is also the number of p-cairnwood",
        ),
        (role("from = \"2026-01-01\""), "it is there twice for the same days"),
        (role("from = \"2019-01-01\"\nto = \"2018-01-01\""), "it ends before it begins"),
        (role("from = \"last year\""), "from is no date; write it as 2026-11-22"),
        (role("endpoint = \"none\"\nfrom = \"2019-01-01\"\nto = \"2019-12-31\""), "there is no endpoint none"),
        (
            "[[place]]\nid = \"b\"\nname = \"B\"\nkind = \"clinic\"\n[[role]]\npractitioner = \"p-cairnwood\"\nplace = \"b\"\nrole = \"locum\"\nprimary = true\nfrom = \"2026-01-01\"".to_owned(),
            "harbourview is primary on some of the same days",
        ),
        ("[[role]]\npractitioner = \"p-x\"\nplace = \"harbourview\"\nrole = \"locum\"\nfrom = \"2026-01-01\"".to_owned(), "there is no such practitioner"),
    ];
    for (more, expected) in cases {
        let said = problems(&more);
        assert!(said.contains(expected), "{more}\n{said}");
    }
}

#[test]
fn unknown_keys_are_refused() {
    let said = problems("[[place]]\nid = \"b\"\nname = \"B\"\nkind = \"clinic\"\ncolour = \"blue\"");
    assert!(said.contains("colour"), "{said}");
    assert!(problems("[[place]]\nid = \"b\"\nname = \"B\"\nkind = \"castle\"").contains("castle"));
}

/// The rule of S-001, day by day, held against the computed class for many histories of roles.
#[test]
fn s001_facility_community_or_both_follows_from_dated_roles() {
    const PLACES: &str = "[[place]]\nid = \"c\"\nname = \"C\"\nkind = \"clinic\"\n\
        [[place]]\nid = \"h\"\nname = \"H\"\nkind = \"hospital\"\n\
        [[place]]\nid = \"n\"\nname = \"N\"\nkind = \"clinic\"\norganization = \"NSH\"\n\
        [[practitioner]]\nid = \"p\"\nfamily = \"P\"\ngiven = \"Q\"\n";
    let days: Vec<String> = (1..=12).map(|n| format!("2026-{n:02}-15")).collect();
    for seed in 0_usize..60 {
        let mut text = PLACES.to_owned();
        let mut held: Vec<(&str, usize, usize)> = Vec::new();
        for (nth, place) in ["c", "h", "n"].into_iter().enumerate() {
            let from = (seed * 7 + nth * 5) % 12;
            let to = (from + seed * (nth + 3) % 6).min(11);
            if (seed >> nth) % 2 == 0 {
                text.push_str(&format!(
                    "[[role]]\npractitioner = \"p\"\nplace = \"{place}\"\nrole = \"r\"\nfrom = \"{}\"\nto = \"{}\"\n",
                    days[from], days[to]
                ));
                held.push((place, from, to));
            }
        }
        let directory = Directory::from_toml(&text).expect("a directory");
        for (nth, day) in days.iter().enumerate() {
            let at = |facility: bool| {
                held.iter()
                    .any(|(place, from, to)| (*place != "c") == facility && (*from..=*to).contains(&nth))
            };
            let expected = match (at(true), at(false)) {
                (true, true) => Affiliation::Both,
                (true, false) => Affiliation::Facility,
                (false, true) => Affiliation::Community,
                (false, false) => Affiliation::None,
            };
            assert_eq!(directory.affiliation_on("p", day), expected, "{seed} {day}\n{text}");
        }
    }
}

#[test]
fn h19_a_change_and_its_difference_are_the_same_thing() {
    let before = Directory::from_toml(WHOLE).expect("a directory");
    let more = "[[absence]]\nid = \"a\"\npractitioner = \"p-cairnwood\"\nkind = \"leave\"\nfrom = \"2026-12-01\"\nto = \"2026-12-31\"";
    let moved = format!("{}\n{more}", WHOLE.replace("2601", "2777"));
    let after = Directory::from_toml(&moved).expect("a directory");
    let changes = before.difference(&after);
    assert_eq!(changes.len(), 2, "{changes:?}");
    let made = before.changed(&changes).expect("no contradiction");
    assert!(made.difference(&after).is_empty() && after.difference(&made).is_empty());
    let stored: Vec<Change> =
        serde_json::from_str(&serde_json::to_string(&changes).expect("json")).expect("changes");
    assert_eq!(stored, changes);
    assert!(before.changed(&[Change::Withdraw { sort: "place".into(), id: "harbourview".into() }]).is_err());
}

#[test]
fn s019_a_contact_is_doubted_stale_or_good() {
    let mut contact = Contact {
        id: "x".into(),
        of: "harbourview".into(),
        kind: ContactKind::Fax,
        value: "902 555 0100".into(),
        source: "form".into(),
        verified_on: "2026-06-01".into(),
        next_check: "2026-11-30".into(),
        doubt: None,
    };
    assert_eq!(contact.state_on("2026-11-30"), ContactState::Ok);
    assert_eq!(contact.state_on("2026-12-01"), ContactState::Stale);
    contact.doubt = Some(Doubt { since: "2026-11-20".into(), why: "three failed faxes".into() });
    assert_eq!(contact.state_on("2026-11-30"), ContactState::Suspect);
}

#[test]
fn s019_a_line_is_doubted_for_a_row_of_refusals_or_a_long_silence_and_for_nothing_less() {
    let now = fhir::Instant(1_795_356_300_000_000);
    let since = |hours: i64| Some(now.plus_minutes(-hours * 60));
    let doubted =
        |kind, refused, silent_since| LineSeen { kind, refused, silent_since }.suspicion(now).is_some();
    assert!(!doubted(EndpointKind::Mllp, REFUSALS_IN_A_ROW - 1, None));
    assert!(doubted(EndpointKind::Mllp, REFUSALS_IN_A_ROW, None));
    assert!(!doubted(EndpointKind::Fax, FAXES_FAILED_IN_A_ROW - 1, None));
    assert!(doubted(EndpointKind::Fax, FAXES_FAILED_IN_A_ROW, None));
    assert!(!doubted(EndpointKind::Fhir, 0, since(UNANSWERED_HOURS - 1)));
    assert!(doubted(EndpointKind::Fhir, 0, since(UNANSWERED_HOURS)));
    assert!(!doubted(EndpointKind::Fax, 0, since(UNANSWERED_HOURS)), "a fax gateway keeps no hours");
}

#[test]
fn licence_and_billing_numbers_have_issuers_of_their_own() {
    let said = problems(
        "[[practitioner]]\nid = \"p-o\"\nfamily = \"O\"\ngiven = \"A\"\nnumbers = [{ authority = \"NSHBILL\", value = \"1\" }]",
    );
    assert!(said.contains("issues licence numbers and billing numbers"), "{said}");
}
