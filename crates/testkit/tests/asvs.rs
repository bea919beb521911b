//! The security table says what is true of this repository: every requirement, test, module, file and page.

#![allow(clippy::unwrap_used, reason = "a table that cannot be read fails")]

use testkit::asvs::{CHAPTERS, FOLDER, Row, Standing, findings, pages, requirements, rows, rows_of};
use testkit::safety::{COMMAND, Test, tests_of};
use testkit::sources::{Source, all, workspace_root};

/// A table of every requirement in which nothing is wrong.
fn whole() -> (Vec<Row>, Vec<Test>, Vec<Source>) {
    let of_one = |(id, _)| Row { id, asks: "Something.".into(), open: "Not built.".into(), ..Row::default() };
    let mut rows: Vec<Row> = requirements().into_iter().map(of_one).collect();
    rows[0] = Row {
        id: rows[0].id.clone(),
        asks: "Something.".into(),
        tests: vec!["shows_it".into()],
        code: vec!["portal::cookies".into()],
        files: vec!["deny.toml".into()],
        ..Row::default()
    };
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
    let sources = vec![
        source("crates/portal/src/cookies.rs", "#[test]\nfn shows_it() {}\n\n#[test]\nfn another() {}\n"),
        source("deny.toml", ""),
    ];
    (rows, tests_of(&sources), sources)
}

#[test]
fn the_requirements_are_as_many_of_each_chapter_and_level_as_the_standard_has() {
    let all = requirements();
    for (chapter, title, levels) in CHAPTERS {
        let first = format!("{chapter}.");
        let of = |level| all.iter().filter(|(id, of)| id.starts_with(&first) && *of == level).count();
        assert_eq!([of(1), of(2), of(3)], *levels, "V{chapter} {title}");
    }
    let of = |level| all.iter().filter(|(_, of)| *of == level).count();
    assert_eq!((all.len(), of(1), of(2), of(3)), (345, 70, 183, 92));
    let without = all.iter().filter(|(id, _)| !id.starts_with("17.")).count();
    assert_eq!(without, 333, "246 of levels 1 and 2, and 87 of level 3, without WebRTC");
}

#[test]
fn s131_the_security_table_claims_what_is_there() {
    let sources = all();
    let found = findings(&rows_of(&sources).unwrap(), &tests_of(&sources), &sources);
    assert!(found.is_empty(), "\nthe security table does not hold:\n  {}\n", found.join("\n  "));
}

#[test]
fn s131_the_pages_of_security_are_those_that_follow_from_the_table() {
    let files = pages(&rows_of(&all()).unwrap());
    let is_old = |(name, text): &(String, String)| {
        std::fs::read_to_string(workspace_root().join(FOLDER).join(name)).ok().as_ref() != Some(text)
    };
    let old: Vec<String> = files.into_iter().filter(is_old).map(|(name, _)| name).collect();
    assert!(old.is_empty(), "{old:?} in {FOLDER} are old; make them anew: {COMMAND}");
}

#[test]
fn a_requirement_stands_as_its_row_says() {
    let table = rows(
        "'1.1.1' = { asks = 'A.', tests = ['t'] }\n'1.1.2' = { asks = 'A.', code = ['a::b'], how = 'So.' }\n\
         '1.2.1' = { asks = 'A.', files = ['f'], open = 'No.' }\n'1.2.2' = { asks = 'A.', open = 'No.' }\n\
         '17' = { asks = 'A.', away = 'None.' }",
    );
    let table: Vec<Standing> = table.unwrap().iter().map(Row::standing).collect();
    assert_eq!(table, Standing::ALL);
    for wrong in
        ["'1.1.1' = 3", "'1.1.1' = { asks = 3 }", "'1.1.1' = { test = [] }", "'1.1.1' = { tests = 'x' }"]
    {
        assert!(rows(wrong).unwrap_err().starts_with("1.1.1"), "{wrong}");
    }
    assert!(
        rows("'1.1.1' = { asks = 'A.' }\n'1.1.1' = { asks = 'B.' }").unwrap_err().starts_with("no table")
    );
}

/// Each rule of the table has a defect of its own: put in, it is found and nothing else is.
#[test]
fn s131_each_defect_of_the_security_table_is_found() {
    let (rows, tests, sources) = whole();
    assert_eq!(findings(&rows, &tests, &sources), Vec::<String>::new());
    type Defect = fn(&mut Vec<Row>, &mut Vec<Test>);
    let defects: &[(Defect, &str)] = &[
        (|rows, _| rows.retain(|row| row.id != "6.3.7"), "6.3.7 has no row"),
        (|rows, _| rows.push(rows[3].clone()), "has 2 rows"),
        (|rows, _| rows.push(Row { id: "18.1.1".into(), ..rows[3].clone() }), "18.1.1 is no requirement"),
        (
            |rows, _| {
                rows.retain(|row| !row.id.starts_with("4.4."));
                rows.push(Row { id: "4.4".into(), ..rows[3].clone() });
            },
            "stands for several",
        ),
        (|rows, _| rows[3].open.clear(), "says neither"),
        (|rows, _| rows[3].away = "Because.".into(), "does not apply and is made so"),
        (|rows, _| rows[0].tests.clear(), "does not say how"),
        (|rows, _| rows[0].tests.push("never_written".into()), "claims never_written: there is no such test"),
        (
            |rows, tests| {
                tests[0].ignored = true;
                rows[0].tests = vec!["another".into()];
            },
            "claims another, which is not run",
        ),
        (|rows, _| rows[0].code.push("portal::nowhere".into()), "portal::nowhere: there is no such module"),
        (|rows, _| rows[0].files.push("nowhere.toml".into()), "nowhere.toml: there is no such file"),
        (|rows, _| rows[3].asks.clear(), "asks nothing"),
        (|rows, _| rows[3].asks = "Verify that it is so.".into(), "in the words of the standard"),
        (|rows, _| rows[3].open = "not a sentence".into(), "under open no sentence"),
    ];
    for (put_in, words) in defects {
        let (mut rows, mut tests) = (rows.clone(), tests.clone());
        put_in(&mut rows, &mut tests);
        let found = findings(&rows, &tests, &sources);
        assert!(found.len() == 1 && found[0].contains(words), "{words}: {found:?}");
    }
}
