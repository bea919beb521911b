//! Which tests must find which defects, by `docs/safety-case/defects.toml`, and how each is built and run.

use crate::safety::{Row, Test};
use defects::Defect;
use std::collections::BTreeSet;

/// The crates that have defects behind their feature `defects`.
pub const CRATES: &[&str] = &["actions", "clinical", "fhir", "gateway", "hl7v2", "store"];

/// Rows whose defect stands elsewhere: its tests put it in themselves (`actions::intake::Seeded`).
pub const PUT_IN_BY_ITS_TEST: &[&str] = &["person-remembered"];

/// The names of all defects that can be put in.
#[must_use]
pub fn names() -> BTreeSet<String> {
    let elsewhere = PUT_IN_BY_ITS_TEST.iter().map(ToString::to_string);
    Defect::ALL.iter().map(ToString::to_string).chain(elsewhere).collect()
}

/// A test that must fail with a defect and pass without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What is put in.
    pub defect: Defect,
    /// Name of the test's function.
    pub test: String,
    /// The crate it stands in.
    pub krate: String,
    /// The file of tests under `tests/`; `None` beside the code.
    pub target: Option<String>,
}

/// The trials of these defects.
///
/// # Errors
/// A defect for which no test is named, or one that stands nowhere or in a crate without defects.
pub fn trials(defects: &[Defect], rows: &[Row], tests: &[Test]) -> Result<Vec<Trial>, String> {
    let mut trials = Vec::new();
    for defect in defects {
        let row = rows.iter().find(|row| row.id == defect.to_string() && !row.defect.is_empty());
        let row = row.ok_or_else(|| format!("no test is named for {defect}"))?;
        for name in &row.defect {
            let test = tests.iter().find(|test| test.name == *name);
            let test = test.ok_or_else(|| format!("{name}, named for {defect}, is no test"))?;
            let (krate, target) =
                place_of(&test.path).ok_or_else(|| format!("{} has no defects", test.path))?;
            trials.push(Trial { defect: *defect, test: name.clone(), krate, target });
        }
    }
    Ok(trials)
}

/// Crate and file of tests of a path.
fn place_of(path: &str) -> Option<(String, Option<String>)> {
    let (krate, rest) = path.strip_prefix("crates/")?.split_once('/')?;
    CRATES.contains(&krate).then_some(())?;
    let target = rest.strip_prefix("tests/").and_then(|rest| rest.split(['/', '.']).next());
    Some((krate.to_owned(), target.map(str::to_owned)))
}

/// What cargo is asked to build for these trials: all crates, since a feature is asked of a crate that is built.
#[must_use]
pub fn build(trials: &[Trial]) -> Vec<String> {
    let targets: BTreeSet<Option<&str>> = trials.iter().map(|trial| trial.target.as_deref()).collect();
    let words = ["test", "--no-run", "--locked", "--message-format=json-render-diagnostics"];
    let of_crates = CRATES.iter().map(|krate| format!("--package={krate}"));
    let with_defects = CRATES.iter().map(|krate| format!("--features={krate}/defects"));
    let of_targets = targets.into_iter().map(|target| match target {
        Some(target) => format!("--test={target}"),
        None => "--lib".to_owned(),
    });
    words.map(str::to_owned).into_iter().chain(of_crates).chain(with_defects).chain(of_targets).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(test: &str) -> Vec<Row> {
        let row =
            |defect: Defect| Row { id: defect.to_string(), defect: vec![test.into()], ..Row::default() };
        Defect::ALL.into_iter().map(row).collect()
    }

    fn standing(path: &str) -> Vec<Test> {
        vec![Test { name: "d01_x".into(), path: path.into(), ignored: false }]
    }

    #[test]
    fn a_test_is_built_where_it_stands() {
        let place = |path| trials(&[Defect::Routine], &named("d01_x"), &standing(path)).unwrap().remove(0);
        let inside = place("crates/store/tests/conformance/failures.rs");
        assert_eq!((inside.krate.as_str(), inside.target.as_deref()), ("store", Some("conformance")));
        let words = build(&[inside]).join(" ");
        assert!(
            words.contains("--features=gateway/defects") && words.contains("--test=conformance"),
            "{words}"
        );
        assert_eq!(place("crates/actions/tests/referrals.rs").target.as_deref(), Some("referrals"));
        let beside = place("crates/fhir/src/time.rs");
        assert!(beside.target.is_none() && build(&[beside]).contains(&"--lib".to_owned()));
    }

    #[test]
    fn a_defect_that_nothing_can_find_is_said() {
        let of = |rows: &[Row], tests: &[Test]| trials(&[Defect::Routine], rows, tests).unwrap_err();
        assert!(of(&[], &[]).contains("no test is named for routine"));
        assert!(of(&named("d01_x"), &[]).contains("is no test"));
        assert!(of(&named("d01_x"), &standing("crates/opor/tests/x.rs")).contains("has no defects"));
    }
}
