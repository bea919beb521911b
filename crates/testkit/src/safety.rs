//! The safety case: rows of hazards, faults and guarantees (docs/safety-case/*.toml), the tests that carry their ids in
//! their names (found in the sources, never listed by hand), and the pages and the table that follow from both.
//!
//! Everything is a function of texts that are handed in, so that the check itself is tested on broken tables.

use crate::sources::Source;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Where rows, pages and the table lie.
pub const FOLDER: &str = "docs/safety-case";
/// How pages and table are made anew.
pub const COMMAND: &str = "cargo run -p testkit --bin safety_case";

/// A family of rows: one file of the folder, one letter.
#[derive(Debug)]
pub struct Family {
    /// Name of its `.toml` and of its page.
    pub file: &'static str,
    /// Letter of its ids.
    pub letter: char,
    /// What stands between letter and number.
    dash: &'static str,
    /// Figures of the number in an id.
    width: usize,
    /// Last number; the first is 1.
    last: u32,
    /// Numbers with a second row of their own, `a`.
    twice: &'static [u32],
    /// Title of its page.
    pub title: &'static str,
    /// Where the ids come from.
    pub source: &'static str,
}

/// All families, in the order in which they are printed.
pub const FAMILIES: &[Family] = &[
    Family {
        file: "hazards",
        letter: 'H',
        dash: "",
        width: 2,
        last: 90,
        twice: &[29, 42, 58, 71, 83],
        title: "Hazards",
        source: "HAZARDS.md section 7",
    },
    Family {
        file: "faults",
        letter: 'D',
        dash: "",
        width: 1,
        last: 15,
        twice: &[],
        title: "The fault campaign",
        source: "HAZARDS.md 2.4",
    },
    Family {
        file: "seed",
        letter: 'S',
        dash: "-",
        width: 3,
        last: 165,
        twice: &[],
        title: "Guarantees from the seed documents",
        source: "GUARANTEES.md section 6",
    },
    Family {
        file: "elsewhere",
        letter: 'X',
        dash: "-",
        width: 2,
        last: 26,
        twice: &[],
        title: "What went wrong elsewhere",
        source: "GUARANTEES.md section 3",
    },
    Family {
        file: "law",
        letter: 'L',
        dash: "-",
        width: 2,
        last: 23,
        twice: &[],
        title: "What the law asks",
        source: "GUARANTEES.md section 5",
    },
];

impl Family {
    /// Its ids in order: `H29`, `H29a`, `H30`.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for number in 1..=self.last {
            let id = format!("{}{}{number:0width$}", self.letter, self.dash, width = self.width);
            ids.push(id.clone());
            if self.twice.contains(&number) {
                ids.push(id + "a");
            }
        }
        ids
    }
}

/// One row: what is promised or feared, what stands against it, and what is not covered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its id, as `H01`, `S-110`.
    pub id: String,
    /// The hazard or the guarantee in our own words.
    pub says: String,
    /// Modules that guard it, as `clinical::plausibility`.
    pub guard: Vec<String>,
    /// Tests that do not carry the id in their name.
    pub tests: Vec<String>,
    /// Tests that find a defect that is put in on purpose, by themselves or by `./x defects`.
    pub defect: Vec<String>,
    /// What is not covered; empty when nothing is known to be missing.
    pub open: String,
}

/// A test of the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Name of its function.
    pub name: String,
    /// File it stands in.
    pub path: String,
    /// Whether it runs only when asked for.
    pub ignored: bool,
}

/// A row with the tests that carry its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The row.
    pub row: Row,
    /// Names of its tests, sorted, each once.
    pub tests: Vec<String>,
}

/// The rows of a file.
///
/// # Errors
/// What cannot be read, and where.
pub fn rows(text: &str) -> Result<Vec<Row>, String> {
    let table: toml::Table = text.parse().map_err(|error| format!("no table: {error}"))?;
    table.into_iter().map(|(id, value)| row(id, &value)).collect()
}

fn row(id: String, value: &toml::Value) -> Result<Row, String> {
    let table = value.as_table().ok_or_else(|| format!("{id} is no table"))?;
    let mut row = Row { id, ..Row::default() };
    for (key, value) in table {
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| format!("{}.{key} is no text", row.id));
        let names = || -> Result<Vec<String>, String> {
            let list = value.as_array().ok_or_else(|| format!("{}.{key} is no list", row.id))?;
            list.iter()
                .map(|name| {
                    name.as_str().map(str::to_owned).ok_or_else(|| format!("{}.{key}: no name", row.id))
                })
                .collect()
        };
        match key.as_str() {
            "says" => row.says = text()?,
            "open" => row.open = text()?,
            "guard" => row.guard = names()?,
            "tests" => row.tests = names()?,
            "defect" => row.defect = names()?,
            _ => return Err(format!("{} has {key}: a row has says, guard, tests, defect, open", row.id)),
        }
    }
    Ok(row)
}

/// The defects of HAZARDS.md 4.2 with the tests that put them in.
///
/// # Errors
/// As [`rows_of`].
pub fn defects_of(sources: &[Source]) -> Result<Vec<Row>, String> {
    rows_in("defects", sources)
}

fn rows_in(file: &str, sources: &[Source]) -> Result<Vec<Row>, String> {
    let path = format!("{FOLDER}/{file}.toml");
    let source =
        sources.iter().find(|source| source.path == path).ok_or_else(|| format!("{path} is missing"))?;
    rows(&source.text).map_err(|error| format!("{path}: {error}"))
}

/// The rows of all families from the repository's own files, in order of files and keys.
///
/// # Errors
/// A file that is not there or cannot be read.
pub fn rows_of(sources: &[Source]) -> Result<Vec<Row>, String> {
    let mut all = Vec::new();
    for family in FAMILIES {
        all.extend(rows_in(family.file, sources)?);
    }
    Ok(all)
}

/// The tests of the sources: functions marked `#[test]` or `#[tokio::test]`, also inside `proptest!`.
#[must_use]
pub fn tests_of(sources: &[Source]) -> Vec<Test> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".rs")) {
        let (mut marked, mut ignored, mut inside) = (false, false, false);
        for line in source.text.lines().map(str::trim) {
            if inside || line.starts_with("#[") {
                inside = !line.ends_with(']');
                marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
                ignored |= line.starts_with("#[ignore");
            } else if let Some(name) = function(line).filter(|_| marked) {
                found.push(Test { name: name.to_owned(), path: source.path.clone(), ignored });
                (marked, ignored) = (false, false);
            } else if !line.starts_with("//") && !line.is_empty() {
                (marked, ignored) = (false, false);
            }
        }
    }
    found.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    found
}

fn function(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    rest.split(['(', '<']).next()
}

/// The ids that a test carries: the words with figures that its name begins with, those of our letters
/// (`d01_h15_kill_…` carries D1 and H15, `h02_s099_…` H02 and S-099).
#[must_use]
pub fn ids_in(name: &str) -> Vec<String> {
    let is_id = |word: &&str| {
        let digits = word.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let letters = word.len() - digits.len();
        let figures = digits.trim_end_matches('a');
        letters > 0 && !figures.is_empty() && figures.bytes().all(|byte| byte.is_ascii_digit())
    };
    name.split('_').take_while(is_id).filter_map(id_of_word).collect()
}

fn id_of_word(word: &str) -> Option<String> {
    let letter = word.chars().next()?.to_ascii_uppercase();
    let family = FAMILIES.iter().find(|family| family.letter == letter)?;
    let rest = word.get(1..)?;
    let figures = rest.trim_end_matches('a');
    let number: u32 = figures.parse().ok()?;
    let again = if rest.ends_with('a') { "a" } else { "" };
    Some(format!("{letter}{}{number:0width$}{again}", family.dash, width = family.width))
}

/// Everything that is wrong with the case: rows that are missing or made up, tests and modules that are claimed and do not
/// exist, tests that are not run, ids that no row has, rows that say neither how they are shown nor what is missing.
#[must_use]
pub fn findings(rows: &[Row], tests: &[Test], sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    let known: BTreeSet<String> = FAMILIES.iter().flat_map(Family::ids).collect();
    for id in &known {
        match rows.iter().filter(|row| row.id == *id).count() {
            1 => {}
            0 => found.push(format!("{id} has no row: write it in {FOLDER}")),
            more => found.push(format!("{id} has {more} rows: keep one")),
        }
    }
    let mut carried: BTreeSet<String> = BTreeSet::new();
    for test in tests {
        for id in ids_in(&test.name) {
            if !known.contains(&id) {
                found.push(format!("{} ({}) carries {id}, which no row has", test.name, test.path));
            } else if test.ignored {
                found.push(format!("{} ({}) stands for {id} and is not run", test.name, test.path));
            } else {
                carried.insert(id);
            }
        }
    }
    let runs = run_or_not(tests);
    for row in rows {
        let id = &row.id;
        if !known.contains(id) {
            found.push(format!("{id} is no id of HAZARDS.md or GUARANTEES.md"));
        }
        if row.says.is_empty() {
            found.push(format!("{id} says nothing"));
        }
        found.extend(claims(row, &runs));
        for module in row.guard.iter().filter(|module| !is_module(module, sources)) {
            found.push(format!("{id} is guarded by {module}: there is no such module"));
        }
        let shown = carried.contains(id) || !row.tests.is_empty();
        if !shown && row.open.is_empty() {
            found.push(format!("{id} has neither a test nor a word of what is not covered"));
        }
        if shown && row.guard.is_empty() {
            found.push(format!("{id} has tests and names no module that guards it"));
        }
    }
    found
}

/// What is wrong with the tests that a row names.
fn claims(row: &Row, runs: &BTreeMap<&str, bool>) -> Vec<String> {
    let id = &row.id;
    let wrong = |claimed: &String| match runs.get(claimed.as_str()) {
        Some(true) => None,
        Some(false) => Some(format!("{id} claims {claimed}, which is not run")),
        None => Some(format!("{id} claims {claimed}: there is no such test")),
    };
    row.tests.iter().chain(&row.defect).filter_map(wrong).collect()
}

pub(crate) fn run_or_not(tests: &[Test]) -> BTreeMap<&str, bool> {
    tests.iter().map(|test| (test.name.as_str(), !test.ignored)).collect()
}

/// What is wrong with the list of defects: a test that is claimed and does not exist or is not run, a defect that is
/// neither put in nor said to be missing, and what differs from the defects that there are (`names`).
#[must_use]
pub fn defect_findings(defects: &[Row], names: &BTreeSet<String>, tests: &[Test]) -> Vec<String> {
    let runs = run_or_not(tests);
    let bare = |row: &&Row| row.defect.is_empty() && row.open.is_empty();
    let bare =
        defects.iter().filter(bare).map(|row| format!("{} is neither put in nor said to be missing", row.id));
    let listed: BTreeSet<String> =
        defects.iter().filter(|row| !row.defect.is_empty()).map(|row| row.id.clone()).collect();
    let unnamed = names.difference(&listed).map(|name| format!("{name} is put in, and no test is named"));
    let absent = listed.difference(names).map(|name| format!("{name} has a test and is not put in"));
    defects.iter().flat_map(|row| claims(row, &runs)).chain(bare).chain(unnamed).chain(absent).collect()
}

/// Whether a path of modules has a file: `clinical::intake` is `crates/clinical/src/intake.rs` or `…/intake/mod.rs`.
pub(crate) fn is_module(module: &str, sources: &[Source]) -> bool {
    let Some((krate, rest)) = module.split_once("::") else { return false };
    let at = format!("crates/{krate}/src/{}", rest.replace("::", "/"));
    let names = [format!("{at}.rs"), format!("{at}/mod.rs")];
    sources.iter().any(|source| names.contains(&source.path))
}

/// Each row with its tests, in the order of families and ids.
#[must_use]
pub fn shown(rows: &[Row], tests: &[Test]) -> Vec<Shown> {
    let mut carried: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for test in tests.iter().filter(|test| !test.ignored) {
        for id in ids_in(&test.name) {
            carried.entry(id).or_default().insert(test.name.clone());
        }
    }
    let one = |id: String| {
        let row = rows.iter().find(|row| row.id == id)?.clone();
        let mut tests = carried.get(&id).cloned().unwrap_or_default();
        tests.extend(row.tests.iter().cloned());
        Some(Shown { row, tests: tests.into_iter().collect() })
    };
    FAMILIES.iter().flat_map(Family::ids).filter_map(one).collect()
}

/// The table that the binary prints: one row a line, so that a change shows as the row that changed.
#[must_use]
pub fn table(shown: &[Shown]) -> String {
    let lines: Vec<String> = shown
        .iter()
        .map(|Shown { row, tests }| {
            json!({"id": row.id, "says": row.says, "guard": row.guard, "tests": tests, "defect": row.defect,
                   "open": row.open})
            .to_string()
        })
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

/// The pages: file name and text of the first page and of one for each family.
#[must_use]
pub fn pages(shown: &[Shown], defects: &[Row]) -> Vec<(String, String)> {
    let mut pages = vec![("README.md".to_owned(), first_page(shown) + &defects_part(defects))];
    pages.extend(FAMILIES.iter().map(|family| (format!("{}.md", family.file), page(family, shown))));
    pages
}

fn of_family<'a>(family: &Family, shown: &'a [Shown]) -> impl Iterator<Item = &'a Shown> {
    let letter = family.letter;
    shown.iter().filter(move |one| one.row.id.starts_with(letter))
}

fn first_page(shown: &[Shown]) -> String {
    let mut out = String::from(
        "# The safety case\n\n\
         **Unsigned.** No registered clinician has read and signed this. Until one does, it is what its writers say of their own\n\
         work, and no permission to use opor for anybody's care.\n\n\
         For each hazard, fault and guarantee: what it is, which module guards it, which tests show the guard, which test finds a\n\
         defect that is put in on purpose, to prove that the tests can fail, and what is **not covered**. `opor guarantees` prints the same;\n\
         `opor guarantees --uncovered` prints only what is missing.\n\n\
         | family | rows | shown by tests | shown in part | not shown |\n|---|---|---|---|---|\n",
    );
    let mut sum = [0; 4];
    for family in FAMILIES {
        let rows: Vec<&Shown> = of_family(family, shown).collect();
        let of = |tested: bool, open: bool| {
            rows.iter()
                .filter(|one| one.tests.is_empty() != tested && one.row.open.is_empty() != open)
                .count()
        };
        let counts = [rows.len(), of(true, false), of(true, true), of(false, true)];
        let [all, full, part, none] = counts;
        let _ = writeln!(
            out,
            "| [{} ({})]({}.md) | {all} | {full} | {part} | {none} |",
            family.title, family.letter, family.file
        );
        for (sum, count) in sum.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let [all, full, part, none] = sum;
    let defects = shown.iter().filter(|one| !one.row.defect.is_empty()).count();
    let _ = writeln!(out, "| all | {all} | {full} | {part} | {none} |");
    let _ = write!(
        out,
        "\n{defects} rows have a test that finds a defect that was put in on purpose.\n\n\
         ## What the words mean\n\n\
         *Shown by tests*: at least one test that every run executes, and nothing known to be missing. *In part*: tests, and a\n\
         sentence of what they do not show. *Not shown*: no test; the sentence says what is there, if anything. A test counts\n\
         because its name begins with the id (`h01_s110_…`); the few others are named in the row. Sizes are those of the tests: where\n\
         HAZARDS.md asks for more (10,000 kills, a million pairs) and nobody has run it, it is not shown, said in the row or not.\n\
         A test that needs a PostgreSQL server, a browser or the folder `../shared` says aloud when it was skipped; a table cannot\n\
         see that, so read the run.\n\n\
         ## How it is kept true\n\n\
         `{FOLDER}/*.toml` hold the rows, written by hand. `crates/testkit/tests/safety.rs` fails when an id of HAZARDS.md or\n\
         GUARANTEES.md has no row, when a row names a test or a module that does not exist, when a test that stands for a row is\n\
         not run, when a test's name carries an id that no row has, when a row says neither how it is shown nor what is missing,\n\
         and when these pages are not those that follow from rows and sources. They are made anew by\n\n\
         ```\n{COMMAND}\n```\n",
    );
    out
}

fn defects_part(defects: &[Row]) -> String {
    let mut out = String::from(
        "\n## Defects put in on purpose\n\nThose that HAZARDS.md 4.2 names and some more (`defects.toml`). `./x defects` builds the crates with them, puts each in, and fails\n\
         unless the tests named here pass without it and fail with it; `./x test` does the same. Others stand in the rows.\n\n\
         | defect | test that finds it, or what is missing |\n|---|---|\n",
    );
    for Row { says, defect, open, .. } in defects {
        let found = if defect.is_empty() { open.clone() } else { format!("`{}`", defect.join("`, `")) };
        let _ = writeln!(out, "| {says} | {found} |");
    }
    out
}

fn page(family: &Family, shown: &[Shown]) -> String {
    let mut out = format!(
        "# {}\n\nGenerated from `{}.toml` and the names of tests ([how](README.md)); ids of {}. Unsigned.\n",
        family.title, family.file, family.source
    );
    for Shown { row, tests } in of_family(family, shown) {
        let _ = write!(out, "\n## {}\n\n{}\n\n", row.id, row.says);
        let quoted =
            |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if !row.guard.is_empty() {
            let _ = writeln!(out, "- Guard: {}", quoted(&row.guard));
        }
        match tests.len() {
            0 => out.push_str("- Tests: none\n"),
            count => {
                let _ = writeln!(out, "- Tests ({count}): {}", quoted(tests));
            }
        }
        if !row.defect.is_empty() {
            let _ = writeln!(out, "- Seeded defect: {}", quoted(&row.defect));
        }
        if !row.open.is_empty() {
            let _ = writeln!(out, "- **Not covered:** {}", row.open);
        }
    }
    out
}
