//! The security table: each requirement of OWASP ASVS 5.0.0 with the tests, modules or files that make it so, why it does
//! not apply, or what is not covered (docs/security/asvs.toml), and the pages that follow. Ids and levels are the
//! standard's; what each asks is in our own words.

use crate::safety::{Test, is_module, run_or_not};
use crate::sources::Source;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where table and pages lie.
pub const FOLDER: &str = "docs/security";
/// The rows.
const TABLE: &str = "docs/security/asvs.toml";
/// Longest sentence of what a requirement asks, in characters.
const LONGEST: usize = 140;

/// A chapter: number, title, and how many requirements it has of each level (HAZARDS.md 3.1).
pub const CHAPTERS: &[(u32, &str, [usize; 3])] = &[
    (1, "Encoding and sanitizing", [8, 19, 3]),
    (2, "Validation and business logic", [4, 7, 2]),
    (3, "Pages in browsers", [8, 11, 12]),
    (4, "Programming interfaces", [2, 8, 6]),
    (5, "Files", [4, 5, 4]),
    (6, "Who somebody is", [13, 22, 12]),
    (7, "Sessions", [6, 12, 1]),
    (8, "What somebody may", [4, 3, 6]),
    (9, "Self-contained tokens", [4, 3, 0]),
    (10, "OAuth and OpenID Connect", [5, 24, 7]),
    (11, "Cryptography", [3, 11, 10]),
    (12, "Lines", [3, 6, 3]),
    (13, "Settings", [1, 12, 8]),
    (14, "Protection of data", [2, 7, 4]),
    (15, "Code and architecture", [3, 10, 8]),
    (16, "Logs and errors", [0, 16, 1]),
    (17, "WebRTC", [0, 7, 5]),
];

/// Each section with the levels of its requirements in order.
const SECTIONS: &[(&str, &str)] = &[
    ("1.1", "22"),
    ("1.2", "1111122223"),
    ("1.3", "112222222223"),
    ("1.4", "222"),
    ("1.5", "123"),
    ("2.1", "122"),
    ("2.2", "112"),
    ("2.3", "12223"),
    ("2.4", "23"),
    ("3.1", "3"),
    ("3.2", "113"),
    ("3.3", "12223"),
    ("3.4", "11222233"),
    ("3.5", "11122333"),
    ("3.6", "3"),
    ("3.7", "22333"),
    ("4.1", "12233"),
    ("4.2", "23333"),
    ("4.3", "22"),
    ("4.4", "1222"),
    ("5.1", "2"),
    ("5.2", "112333"),
    ("5.3", "113"),
    ("5.4", "222"),
    ("6.1", "122"),
    ("6.2", "111111112222"),
    ("6.3", "11223333"),
    ("6.4", "112233"),
    ("6.5", "22222333"),
    ("6.6", "2223"),
    ("6.7", "33"),
    ("6.8", "2222"),
    ("7.1", "222"),
    ("7.2", "1111"),
    ("7.3", "22"),
    ("7.4", "11222"),
    ("7.5", "223"),
    ("7.6", "22"),
    ("8.1", "1233"),
    ("8.2", "1123"),
    ("8.3", "133"),
    ("8.4", "23"),
    ("9.1", "111"),
    ("9.2", "1222"),
    ("10.1", "22"),
    ("10.2", "223"),
    ("10.3", "22223"),
    ("10.4", "1111122222233333"),
    ("10.5", "22222"),
    ("10.6", "22"),
    ("10.7", "222"),
    ("11.1", "2233"),
    ("11.2", "22233"),
    ("11.3", "11233"),
    ("11.4", "1222"),
    ("11.5", "23"),
    ("11.6", "23"),
    ("11.7", "33"),
    ("12.1", "12233"),
    ("12.2", "11"),
    ("12.3", "22223"),
    ("13.1", "2333"),
    ("13.2", "222223"),
    ("13.3", "2233"),
    ("13.4", "1222233"),
    ("14.1", "22"),
    ("14.2", "12223333"),
    ("14.3", "122"),
    ("15.1", "12233"),
    ("15.2", "12233"),
    ("15.3", "1222222"),
    ("15.4", "3333"),
    ("16.1", "2"),
    ("16.2", "22222"),
    ("16.3", "2222"),
    ("16.4", "222"),
    ("16.5", "2223"),
    ("17.1", "23"),
    ("17.2", "22223333"),
    ("17.3", "22"),
];

/// Every requirement with its level, in the standard's order: `("1.2.10", 3)`.
#[must_use]
pub fn requirements() -> Vec<(String, usize)> {
    let of_section = |(section, levels): &(&str, &str)| {
        let level = |(n, digit): (usize, char)| {
            (format!("{section}.{}", n + 1), digit.to_digit(10).map_or(0, |level| level as usize))
        };
        levels.chars().enumerate().map(level).collect::<Vec<_>>()
    };
    SECTIONS.iter().flat_map(of_section).collect()
}

/// What is said of a requirement, or of a whole section or chapter that does not apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// `6.3.7`; `6.2` or `17` for all below.
    pub id: String,
    /// What it asks, in our words.
    pub asks: String,
    /// Tests that show it.
    pub tests: Vec<String>,
    /// Modules that make it so, as `portal::cookies`.
    pub code: Vec<String>,
    /// Files that say or set it, as `deny.toml`.
    pub files: Vec<String>,
    /// How they do.
    pub how: String,
    /// Why it does not apply.
    pub away: String,
    /// What is not covered, and what it would take.
    pub open: String,
}

/// How a requirement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A test shows it, and nothing is known to be missing.
    Tested,
    /// A place in code or settings makes it so; no test of its own.
    Placed,
    /// Something is there, and something is missing.
    Part,
    /// Not covered.
    Open,
    /// Does not apply.
    Away,
}

impl Standing {
    /// All, in the order of the page.
    pub const ALL: [Self; 5] = [Self::Tested, Self::Placed, Self::Part, Self::Open, Self::Away];

    fn words(self) -> &'static str {
        match self {
            Self::Tested => "shown by a test",
            Self::Placed => "made so",
            Self::Part => "in part",
            Self::Open => "not covered",
            Self::Away => "does not apply",
        }
    }
}

impl Row {
    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let has_place = !self.code.is_empty() || !self.files.is_empty();
        match (self.away.is_empty(), self.open.is_empty(), self.tests.is_empty()) {
            (false, ..) => Standing::Away,
            (true, true, false) => Standing::Tested,
            (true, true, true) => Standing::Placed,
            (true, false, has_no_test) if has_no_test && !has_place => Standing::Open,
            (true, false, _) => Standing::Part,
        }
    }

    /// Whether it speaks of a requirement.
    fn covers(&self, requirement: &str) -> bool {
        requirement
            .strip_prefix(self.id.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    fn set(&mut self, key: &str, value: &toml::Value) -> Option<()> {
        let text = || value.as_str().map(str::to_owned);
        let names = || {
            let list = value.as_array()?.iter();
            list.map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        match key {
            "asks" => self.asks = text()?,
            "how" => self.how = text()?,
            "away" => self.away = text()?,
            "open" => self.open = text()?,
            "tests" => self.tests = names()?,
            "code" => self.code = names()?,
            "files" => self.files = names()?,
            _ => return None,
        }
        Some(())
    }
}

/// The rows of a table.
///
/// # Errors
/// What cannot be read, and where.
pub fn rows(text: &str) -> Result<Vec<Row>, String> {
    let table: toml::Table = text.parse().map_err(|error| format!("no table: {error}"))?;
    let read = |(id, value): (String, toml::Value)| {
        let mut row = Row { id, ..Row::default() };
        let fields = value.as_table().ok_or_else(|| format!("{} is no table", row.id))?;
        for (key, value) in fields {
            row.set(key, value).ok_or_else(|| {
                format!("{}.{key}: a row has asks, tests, code, files, how, away, open", row.id)
            })?;
        }
        Ok(row)
    };
    table.into_iter().map(read).collect()
}

/// The rows of the repository.
///
/// # Errors
/// As [`rows`].
pub fn rows_of(sources: &[Source]) -> Result<Vec<Row>, String> {
    let source = sources.iter().find(|source| source.path == TABLE).ok_or(format!("{TABLE} is missing"))?;
    rows(&source.text).map_err(|error| format!("{TABLE}: {error}"))
}

/// Everything that is wrong with the table: a requirement without a row or with two, a row of nothing, tests that do not
/// exist or are not run, modules and files that are not there, rows without a reason, words in the wrong place.
#[must_use]
pub fn findings(rows: &[Row], tests: &[Test], sources: &[Source]) -> Vec<String> {
    let known = requirements();
    let mut found = Vec::new();
    for (id, _) in &known {
        match rows.iter().filter(|row| row.covers(id)).count() {
            1 => {}
            0 => found.push(format!("{id} has no row: write it in {TABLE}")),
            more => found.push(format!("{id} has {more} rows: keep one")),
        }
    }
    let runs = run_or_not(tests);
    for row in rows {
        let id = &row.id;
        if !known.iter().any(|(known, _)| row.covers(known)) {
            found.push(format!("{id} is no requirement of ASVS 5.0.0"));
        } else if row.away.is_empty() && !known.iter().any(|(known, _)| known == id) {
            found.push(format!("{id} stands for several, which is for what does not apply"));
        }
        found.extend(unfounded(row, &runs, sources).into_iter().map(|why| format!("{id} {why}")));
        found.extend(misworded(row).into_iter().map(|why| format!("{id} {why}")));
    }
    found
}

/// What a row names and is not there, and what it should say and does not.
fn unfounded(row: &Row, runs: &BTreeMap<&str, bool>, sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for test in &row.tests {
        match runs.get(test.as_str()) {
            Some(true) => {}
            Some(false) => found.push(format!("claims {test}, which is not run")),
            None => found.push(format!("claims {test}: there is no such test")),
        }
    }
    for module in row.code.iter().filter(|module| !is_module(module, sources)) {
        found.push(format!("names {module}: there is no such module"));
    }
    for file in row.files.iter().filter(|file| !sources.iter().any(|source| source.path == **file)) {
        found.push(format!("names {file}: there is no such file"));
    }
    let has_place = !row.code.is_empty() || !row.files.is_empty();
    let is_bare = row.tests.is_empty() && !has_place;
    let is_alone = is_bare && row.how.is_empty() && row.open.is_empty();
    if !row.away.is_empty() && !is_alone {
        found.push("does not apply and is made so: keep one".to_owned());
    }
    if row.away.is_empty() && is_bare && row.open.is_empty() {
        found
            .push("says neither what makes it so, nor why it does not apply, nor what is missing".to_owned());
    }
    if row.tests.is_empty() && has_place && row.how.is_empty() {
        found.push("names a place and no test, and does not say how".to_owned());
    }
    found
}

/// Sentences that are none, and words of the standard.
fn misworded(row: &Row) -> Vec<String> {
    let mut found = Vec::new();
    if row.asks.is_empty() || row.asks.chars().count() > LONGEST {
        found.push(format!("asks nothing, or more than {LONGEST} characters"));
    }
    if row.asks.contains("Verify") {
        found.push("asks in the words of the standard".to_owned());
    }
    for (name, text) in [("asks", &row.asks), ("how", &row.how), ("away", &row.away), ("open", &row.open)] {
        let begins = text.chars().next().is_none_or(|first| !first.is_lowercase());
        if !begins || !(text.is_empty() || text.ends_with('.')) || text.contains(['\n', '|']) {
            found.push(format!("has under {name} no sentence of one line"));
        }
    }
    found
}

/// The pages: file name and text.
#[must_use]
pub fn pages(rows: &[Row]) -> Vec<(String, String)> {
    vec![("README.md".to_owned(), first_page(rows)), ("asvs.md".to_owned(), whole(rows))]
}

fn row_of<'r>(rows: &'r [Row], requirement: &str) -> Option<&'r Row> {
    rows.iter().find(|row| row.covers(requirement))
}

/// How many of these requirements stand how.
fn sums(rows: &[Row], of: &[(String, usize)]) -> [usize; 5] {
    Standing::ALL.map(|standing| {
        of.iter().filter(|(id, _)| row_of(rows, id).is_some_and(|row| row.standing() == standing)).count()
    })
}

fn of_chapter(chapter: u32) -> Vec<(String, usize)> {
    let first = format!("{chapter}.");
    requirements().into_iter().filter(|(id, _)| id.starts_with(&first)).collect()
}

fn line(out: &mut String, name: &str, of: &[(String, usize)], rows: &[Row]) {
    let [tested, placed, part, open, away] = sums(rows, of);
    let _ = writeln!(out, "| {name} | {} | {tested} | {placed} | {part} | {open} | {away} |", of.len());
}

fn first_page(rows: &[Row]) -> String {
    let mut out = String::from(
        "# Security\n\n\
         Every requirement of the [OWASP Application Security Verification Standard](https://owasp.org/asvs) 5.0.0, all three\n\
         levels, and what this product does about it. Written by its own makers and checked by nobody else: it is no\n\
         certificate. The whole table is [asvs.md](asvs.md); what the standard wants written down is in\n\
         [inventory.md](inventory.md).\n\n\
         | | requirements | shown by a test | made so | in part | not covered | does not apply |\n|---|---|---|---|---|---|---|\n",
    );
    for (chapter, title, _) in CHAPTERS {
        line(&mut out, &format!("V{chapter} {title}"), &of_chapter(*chapter), rows);
    }
    let all = requirements();
    for level in 1..=3 {
        let of: Vec<_> = all.iter().filter(|(_, known)| *known == level).cloned().collect();
        line(&mut out, &format!("level {level}"), &of, rows);
    }
    line(&mut out, "all", &all, rows);
    out.push_str(
        "\n*Shown by a test*: at least one test that every run executes, and nothing known to be missing. *Made so*: a module or\n\
         a file that makes or says it, read and not tried by a test of its own. *In part* and *not covered* say what is missing.\n",
    );
    for (title, standing) in [("Not covered", Standing::Open), ("In part", Standing::Part)] {
        let _ =
            write!(out, "\n## {title}\n\n| | level | what is asked | what is missing |\n|---|---|---|---|\n");
        for (id, level) in &all {
            if let Some(row) = row_of(rows, id).filter(|row| row.standing() == standing) {
                let _ = writeln!(out, "| {id} | {level} | {} | {} |", row.asks, row.open);
            }
        }
    }
    let _ = write!(
        out,
        "\n## How it is kept true\n\n\
         `{TABLE}` is written by hand. `crates/testkit/tests/asvs.rs` fails when a requirement has no row or two, when a row\n\
         names a test, module or file that does not exist or a test that is not run, when it gives no reason, and when these\n\
         pages are not those that follow. They are made anew by\n\n```\n{}\n```\n",
        crate::safety::COMMAND
    );
    out
}

fn whole(rows: &[Row]) -> String {
    let mut out = String::from(
        "# OWASP ASVS 5.0.0\n\n\
         Generated from `asvs.toml` ([how](README.md)). What is asked is said in our own words; the standard's are what counts.\n",
    );
    for (chapter, title, _) in CHAPTERS {
        let _ = write!(
            out,
            "\n## V{chapter} {title}\n\n| | level | what is asked | how it stands |\n|---|---|---|---|\n"
        );
        for (id, level) in of_chapter(*chapter) {
            if let Some(row) = row_of(rows, &id) {
                let _ = writeln!(out, "| {id} | {level} | {} | {} |", row.asks, told(row));
            }
        }
    }
    out
}

fn told(row: &Row) -> String {
    let standing = row.standing();
    let quoted =
        |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut parts = vec![format!("**{}**", standing.words())];
    let missing = match standing {
        Standing::Part => format!("Missing: {}", row.open),
        _ => row.open.clone(),
    };
    let said = [
        row.how.clone(),
        row.away.clone(),
        quoted(&row.tests),
        quoted(&row.code),
        quoted(&row.files),
        missing,
    ];
    parts.extend(said.into_iter().filter(|part| !part.is_empty()));
    parts.join(" · ")
}
