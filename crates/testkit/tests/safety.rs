//! The safety case and the runbook say what is true of this repository: every row, test, module, page and alarm.

#![allow(clippy::unwrap_used, reason = "a case that cannot be read fails")]

use std::collections::BTreeSet;
use testkit::safety::{
    COMMAND, FAMILIES, FOLDER, Family, Row, Test, defect_findings, defects_of, findings, ids_in, pages, rows,
    rows_of, shown, table, tests_of,
};
use testkit::sources::{Source, all, workspace_root};

fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: text.into() }
}

/// A case of every id in which nothing is wrong.
fn whole() -> (Vec<Row>, Vec<Test>, Vec<Source>) {
    let rows = FAMILIES.iter().flat_map(Family::ids).map(|id| Row {
        id,
        says: "something".into(),
        open: "not built".into(),
        ..Row::default()
    });
    let sources = vec![
        source("crates/clinical/src/plausibility/mod.rs", ""),
        source("crates/x/src/y.rs", "#[test]\nfn h01_a_test() {}\n\n#[test]\nfn another() {}\n"),
    ];
    let mut rows: Vec<Row> = rows.collect();
    rows[0].guard.push("clinical::plausibility".into());
    rows[0].open.clear();
    (rows, tests_of(&sources), sources)
}

#[test]
fn s131_the_safety_case_claims_what_is_there() {
    let sources = all();
    let rows = rows_of(&sources).unwrap();
    let tests = tests_of(&sources);
    let mut found = findings(&rows, &tests, &sources);
    found.extend(defect_findings(&defects_of(&sources).unwrap(), &testkit::defects::names(), &tests));
    assert!(found.is_empty(), "\nthe safety case does not hold:\n  {}\n", found.join("\n  "));
}

#[test]
fn s131_the_pages_are_those_that_follow_from_the_rows() {
    let sources = all();
    let shown = shown(&rows_of(&sources).unwrap(), &tests_of(&sources));
    let mut files = pages(&shown, &defects_of(&sources).unwrap());
    files.push(("table.json".to_owned(), table(&shown)));
    let old: Vec<String> = files
        .into_iter()
        .filter(|(name, text)| {
            std::fs::read_to_string(workspace_root().join(FOLDER).join(name)).ok().as_ref() != Some(text)
        })
        .map(|(name, _)| name)
        .collect();
    assert!(old.is_empty(), "{old:?} in {FOLDER} are old; make them anew: {COMMAND}");
}

/// `H01`, `H29a`, `D7`, `S-110`.
fn is_id(cell: &str) -> bool {
    let Some(rest) = cell.strip_prefix(['H', 'D', 'S', 'X', 'L']) else { return false };
    let figures = rest.strip_prefix('-').unwrap_or(rest).trim_end_matches('a');
    !figures.is_empty() && figures.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn every_id_of_the_hazards_and_guarantees_has_a_family() {
    let root = workspace_root().join("../shared");
    let mut stated = BTreeSet::new();
    for file in ["HAZARDS.md", "GUARANTEES.md"] {
        let Ok(text) = std::fs::read_to_string(root.join(file)) else {
            eprintln!("skipped: ../shared not laid beside the project");
            return;
        };
        let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
        stated.extend(cells.filter(|cell| is_id(cell)).map(str::to_owned));
    }
    let known: BTreeSet<String> = FAMILIES.iter().flat_map(Family::ids).collect();
    let differ: Vec<_> = stated.symmetric_difference(&known).collect();
    assert!(
        differ.is_empty(),
        "in ../shared or in crates/testkit/src/safety.rs, and not in both: {differ:?}"
    );
}

#[test]
fn the_ids_of_a_name_are_read() {
    assert_eq!(ids_in("d01_h15_kill_between"), ["D1", "H15"]);
    assert_eq!(ids_in("d01_mirth1124_h12_stops"), ["D1", "H12"]);
    assert_eq!(ids_in("pp10_rt09_x"), Vec::<String>::new());
    assert_eq!(ids_in("id5_s119_a_clinic"), ["S-119"]);
    assert_eq!(ids_in("h29a_unsigned"), ["H29a"]);
    assert_eq!(ids_in("of_h01_nothing"), Vec::<String>::new());
}

#[test]
fn tests_are_found_with_what_stands_between() {
    let text = "#[test]\n#[expect(\n    clippy::panic,\n    reason = \"x\"\n)]\n// why\nfn h01_a() {}\nfn h02_no_test() {}\n\
                    #[test]\n#[ignore = \"long\"]\nfn h03_b() {}\nproptest! {\n    /// Words.\n    #[test]\n    fn h04_c(x in 0..3) {}\n}\n\
                    #[tokio::test(flavor = \"multi_thread\")]\nasync fn h05_d() {}";
    let found = tests_of(&[source("crates/x/src/y.rs", text)]);
    let found: Vec<(&str, bool)> = found.iter().map(|test| (test.name.as_str(), test.ignored)).collect();
    assert_eq!(found, [("h01_a", false), ("h03_b", true), ("h04_c", false), ("h05_d", false)]);
}

#[test]
fn a_row_that_is_spelt_wrong_is_no_row() {
    assert!(rows("H01 = { says = \"x\", test = [] }").unwrap_err().contains("a row has says"));
    assert!(rows("H01 = { says = 3 }").unwrap_err().contains("no text"));
    assert!(rows("H01 = 3").unwrap_err().contains("no table"));
}

/// Each rule of the case has a defect of its own: put in, it is found and nothing else is.
#[test]
fn s131_each_defect_of_a_case_is_found() {
    let (rows, tests, sources) = whole();
    assert_eq!(findings(&rows, &tests, &sources), Vec::<String>::new());
    type Defect = fn(&mut Vec<Row>, &mut Vec<Test>);
    let defects: &[(Defect, &str)] = &[
        (|rows, _| rows.retain(|row| row.id != "S-110"), "S-110 has no row"),
        (|rows, _| rows.push(rows[3].clone()), "has 2 rows"),
        (|rows, _| rows.push(Row { id: "H99".into(), ..rows[3].clone() }), "H99 is no id"),
        (|rows, _| rows[3].says.clear(), "says nothing"),
        (|rows, _| rows[0].tests.push("never_written".into()), "claims never_written: there is no such test"),
        (
            |rows, _| rows[0].defect.push("never_written".into()),
            "claims never_written: there is no such test",
        ),
        (
            |rows, tests| {
                tests[0].ignored = true;
                rows[0].tests.push("another".into());
            },
            "claims another, which is not run",
        ),
        (
            |rows, tests| {
                tests[1].ignored = true;
                rows[0].open = "x".into();
            },
            "stands for H01 and is not run",
        ),
        (
            |rows, _| rows[0].guard.push("clinical::nowhere".into()),
            "clinical::nowhere: there is no such module",
        ),
        (|rows, _| rows[0].guard.clear(), "names no module"),
        (|rows, _| rows[3].open.clear(), "neither a test nor a word"),
        (
            |_, tests| tests.push(Test { name: "s999_x".into(), path: "p".into(), ignored: false }),
            "carries S-999, which no row has",
        ),
    ];
    for (put_in, words) in defects {
        let (mut rows, mut tests) = (rows.clone(), tests.clone());
        put_in(&mut rows, &mut tests);
        let found = findings(&rows, &tests, &sources);
        assert!(found.len() == 1 && found[0].contains(words), "{words}: {found:?}");
    }
}

#[test]
fn s131_a_defect_that_nobody_put_in_and_a_claim_of_nothing_are_found() {
    let defects = rows(
        "a = { says = \"x\" }\nb = { says = \"x\", defect = [\"never_written\"] }\nc = { says = \"x\", open = \"y\" }",
    );
    let names = BTreeSet::from(["c".to_owned()]);
    let found = defect_findings(&defects.unwrap(), &names, &[]);
    let said =
        ["b claims never_written", "a is neither", "c is put in, and no test", "b has a test and is not"];
    assert!(
        found.len() == said.len() && found.iter().zip(said).all(|(one, words)| one.starts_with(words)),
        "{found:?}"
    );
}

/// Headings of the runbook that stand in back-ticks: the codes that have a section.
fn sections(runbook: &str) -> BTreeSet<&str> {
    runbook
        .lines()
        .filter_map(|line| line.strip_prefix("### `"))
        .filter_map(|rest| rest.split('`').next())
        .collect()
}

/// What can alarm an operator: every sort of incident, every kind of obligation, everything that the status watches.
fn alarms() -> BTreeSet<&'static str> {
    actions::incidents::Sort::all()
        .map(actions::incidents::Sort::code)
        .chain(actions::status::Kind::all().map(actions::status::Kind::runbook))
        .chain(clinical::obligations::ObligationKind::ALL.map(clinical::obligations::ObligationKind::code))
        .collect()
}

#[test]
fn s111_every_alarm_has_its_section_in_the_runbook() {
    let runbook = std::fs::read_to_string(workspace_root().join("docs/runbook.md")).unwrap();
    let (sections, alarms) = (sections(&runbook), alarms());
    let missing: Vec<_> = alarms.difference(&sections).collect();
    let odd: Vec<_> = sections.difference(&alarms).collect();
    assert!(
        missing.is_empty() && odd.is_empty(),
        "docs/runbook.md: without a section {missing:?}; a section of nothing {odd:?}"
    );
    let last = alarms.first().unwrap();
    let without = runbook.replace(&format!("### `{last}`"), "### (");
    assert!(!self::sections(&without).contains(last), "a section that was taken out is missed");
}

/// Invocations `opor WORD … --flag …` in a page: the subcommand with its flags.
fn invocations(page: &str) -> Vec<(String, Vec<String>)> {
    let code = page.split('`').skip(1).step_by(2).flat_map(|span| span.lines());
    code.filter_map(|line| line.trim().strip_prefix("opor "))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let command = words.next()?.to_owned();
            let flags = words.filter(|word| word.starts_with("--")).map(str::to_owned).collect();
            Some((command, flags))
        })
        .collect()
}

#[test]
fn s111_the_commands_of_the_runbook_stand_in_the_page_of_commands() {
    let read = |name: &str| std::fs::read_to_string(workspace_root().join("docs").join(name)).unwrap();
    let (runbook, page) = (read("runbook.md"), read("command-line.md"));
    let said = invocations(&runbook);
    assert!(said.len() > 10, "{said:?}");
    let lacks = |command: &str, flag: &str| {
        !page.lines().any(|line| line.starts_with(&format!("opor {command}")) && line.contains(flag))
            && !page.contains(&format!("`{flag}"))
    };
    for (command, flags) in &said {
        assert!(page.contains(&format!("opor {command} ")), "docs/command-line.md has no opor {command}");
        for flag in flags {
            assert!(!lacks(command, flag), "docs/command-line.md has no {flag} of opor {command}");
        }
    }
    assert!(lacks("census", "--sideways"), "a flag that does not exist is missed");
}

/// What the issue of faults wants rehearsed, as the runbook's table names it.
const REHEARSED: &[&str] = &[
    "pause a feed",
    "retract a batch",
    "file again, send again",
    "notify",
    "change a certificate",
    "restore",
    "restore from the second place, to a moment",
    "fail over",
    "downtime copies",
];

/// Rows of the runbook's table of rehearsals: what, and the tests.
fn rehearsals(runbook: &str) -> Vec<(&str, Vec<&str>)> {
    let part = runbook.split("### Rehearsed").nth(1).and_then(|rest| rest.split("\n## ").next());
    let rows = part.unwrap_or_default().lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    rows.map(|line| {
        let (what, tests) = line[2..].split_once(" | ").unwrap();
        (what, tests.split('`').skip(1).step_by(2).collect())
    })
    .collect()
}

#[test]
fn s111_each_rehearsal_of_the_runbook_is_a_test_that_runs() {
    let runbook = std::fs::read_to_string(workspace_root().join("docs/runbook.md")).unwrap();
    let tests = tests_of(&all());
    let runs = |name: &str| tests.iter().any(|test| test.name == name && !test.ignored);
    let rows = rehearsals(&runbook);
    let what: Vec<&str> = rows.iter().map(|(what, _)| *what).collect();
    assert_eq!(what, REHEARSED);
    let gone: Vec<&&str> = rows.iter().flat_map(|(_, tests)| tests).filter(|name| !runs(name)).collect();
    assert!(gone.is_empty(), "docs/runbook.md names tests that do not run: {gone:?}");
    assert!(!runs("d13_a_test_that_does_not_exist"), "a test that is gone is missed");
}
