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
numbers = [ { authority = "NSCPS", value = "014417" }, { authority = "NSHBILL", value = "55012" } ]
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
    assert_eq!(name(directory.by_number("", "55012")), "Cairnwood, Aoife");
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
