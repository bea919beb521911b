//! Where other converters say otherwise: each dispute of docs/mapping is one that holds, and each that holds is listed there
//! with the row that settles it.

use super::{bundle, hl7_files, interpret, sender, shared};
use crate::intake::Handling;
use fhir::{Json, Object};
use hl7v2::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Sets with whole bundles of another converter: folder, and its heading on the page.
const SETS: [(&str, &str); 4] = [
    ("hl7v2-microsoft", "Microsoft"),
    ("hl7v2-reportstream", "ReportStream"),
    ("hl7v2-google-wstl", "Google (10), CDC newborn screening (11)"),
    ("hl7v2-cdc-newborn", "Google (10), CDC newborn screening (11)"),
];
/// The set with counts of resources.
const COUNTS: (&str, &str) = ("hl7v2-linuxforhealth", "LinuxForHealth");
/// Characters of a fact that are listed.
const FACT_CHARS: usize = 48;
/// Asks `hl7_facts.py` for each fact that another converter writes and we do not.
const MISSING: &str = "\
import os, sys
sys.stdout.reconfigure(encoding='utf-8')
sys.path.insert(0, sys.argv[1])
import hl7_facts as facts
golden, ours = sys.argv[2], sys.argv[3]
for folder, _, names in os.walk(golden):
    for name in sorted(names):
        path = os.path.join(folder, name)
        if not name.endswith('.hl7'): continue
        expected = facts.golden_of(path)
        expected = facts.load(expected) if expected else None
        at = os.path.relpath(path, golden)
        made = facts.load(os.path.join(ours, at + '.json'))
        if not expected or made is None: continue
        for fact in facts.compare(facts.read_message(path), expected, made)[1]:
            print(at + ' | ' + fact)
";

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mapping").join(name);
    std::fs::read_to_string(path).expect("a page of the documentation")
}

/// The rows of the tables under a heading, cell by cell; heads of tables left out.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let from = page.lines().skip_while(|line| {
        line.strip_prefix("## ")
            .is_none_or(|title| title.split(" (").next() != Some(heading) && title != heading)
    });
    let under = from.skip(1).take_while(|line| !line.starts_with("## "));
    let cells = |line: &str| -> Option<Vec<String>> {
        let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(inner.split(" | ").map(|cell| cell.trim().to_owned()).collect())
    };
    under.filter_map(cells).skip(1).filter(|cells| cells.iter().any(|cell| cell != "---")).collect()
}

/// What we make of every message of a set, beside its name: what is kept unread is left out.
fn made(set: &Path, mut each: impl FnMut(&str, &Object)) {
    for path in hl7_files(set) {
        let Ok(message) = Message::parse(std::fs::read(&path).expect("a message")) else { continue };
        let said = interpret(&message, &sender());
        if matches!(said.handling, Handling::Kept(_)) {
            continue;
        }
        let relative = path.strip_prefix(set).expect("inside").display().to_string();
        each(&relative, &bundle(&said));
    }
}

/// Listed facts by their row: `== ROW` begins a row, each line under it is a message and a fact.
fn listed(text: &str, set: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut by_row: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut row = None;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        if let Some(next) = line.strip_prefix("== ") {
            row = next.strip_prefix(set).and_then(|rest| rest.strip_prefix(" | ")).map(str::to_owned);
        } else if let Some(row) = &row {
            by_row.entry(row.clone()).or_default().insert(line.to_owned());
        }
    }
    by_row
}

/// Facts of a set that another converter writes and we do not: `messages/A.hl7 | loose Patient: x`.
fn missing(shared: &Path, set: &str, to: &Path) -> BTreeSet<String> {
    let from = shared.join("data").join(set);
    made(&from, |relative, bundle| {
        let file = to.join(format!("{relative}.json"));
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, bundle.to_bytes()).expect("written");
    });
    let output =
        Command::new("python3").args(["-c", MISSING]).arg(shared.join("tools")).args([&from, to]).output();
    let output = output.expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let facts = said.lines().filter_map(|line| line.split_once(" | "));
    facts
        .map(|(at, fact)| format!("{at} | {}", fact.chars().take(FACT_CHARS).collect::<String>().trim_end()))
        .collect()
}

/// What is listed and does not hold, and what holds and is not listed, as lines for whoever mends the list.
fn differences(holds: &BTreeSet<String>, listed: &BTreeSet<String>) -> String {
    let mut wrong = String::new();
    for line in holds.difference(listed) {
        let _ = writeln!(wrong, "not listed:  {line}");
    }
    for line in listed.difference(holds) {
        let _ = writeln!(wrong, "holds no more:  {line}");
    }
    wrong
}

#[test]
fn every_dispute_about_a_fact_holds_and_is_listed_with_the_row_that_settles_it() {
    let Some(shared) = shared() else { return };
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: python3 is not installed");
        return;
    }
    let (one_by_one, facts) = (page("disputes-one-by-one.md"), page("disputes-facts.txt"));
    let target = std::env::temp_dir().join(format!("opor-disputes-{}", std::process::id()));
    let mut wrong = String::new();
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    for (set, heading) in SETS {
        let holds = missing(&shared, set, &target.join(set));
        let by_row = listed(&facts, set);
        let all: BTreeSet<String> = by_row.values().flatten().cloned().collect();
        let twice = by_row.values().map(BTreeSet::len).sum::<usize>() - all.len();
        println!("{set}: {} disputes of {} rows", holds.len(), by_row.len());
        if twice > 0 {
            let _ = writeln!(wrong, "{set}: {twice} facts stand under two rows");
        }
        for line in differences(&holds, &all).lines() {
            let _ = writeln!(wrong, "{set}: {line}");
        }
        used.extend(by_row.into_keys().map(|row| (heading.to_owned(), row)));
    }
    let _ = std::fs::remove_dir_all(target);
    for heading in SETS.map(|(_, heading)| heading) {
        let known: BTreeSet<String> = rows(&one_by_one, heading)
            .into_iter()
            .filter(|cells| cells.len() == 3 && !cells[2].is_empty())
            .map(|cells| cells[0].clone())
            .collect();
        let of_it = |(of, row): &(String, String)| (of == heading).then(|| row.clone());
        let named: BTreeSet<String> = used.iter().filter_map(of_it).collect();
        for row in named.symmetric_difference(&known) {
            let _ = writeln!(wrong, "{heading}: the row \"{row}\" stands on one of the two pages only");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Rows of counts as the page has them: message, resource, asked, ours and contained.
fn count_rows(page: &str) -> BTreeSet<String> {
    rows(page, COUNTS.1)
        .into_iter()
        .filter(|cells| cells.len() == 4 && cells[0].starts_with('`'))
        .map(|cells| cells.join(" | ").replace('`', ""))
        .collect()
}

fn kind(resource: &Object) -> &str {
    resource.get("resourceType").and_then(Json::as_str).unwrap_or_default()
}

/// How many of each type there are, as entries and inside others.
fn counts(bundle: &Object) -> BTreeMap<String, (usize, usize)> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let objects = |json: Option<&Json>| -> Vec<Object> {
        json.map(Json::items).unwrap_or_default().iter().filter_map(Json::as_object).cloned().collect()
    };
    for entry in objects(bundle.get("entry")) {
        let Some(resource) = entry.get("resource").and_then(Json::as_object) else { continue };
        counts.entry(kind(resource).to_owned()).or_default().0 += 1;
        for part in objects(resource.get("contained")) {
            counts.entry(kind(&part).to_owned()).or_default().1 += 1;
        }
    }
    counts
}

/// Counts that another converter's tests ask for and ours are not, with the number asked for in all.
fn counted(set: &Path) -> (BTreeSet<String>, usize) {
    let mut ours: BTreeMap<PathBuf, BTreeMap<String, (usize, usize)>> = BTreeMap::new();
    made(set, |relative, bundle| {
        ours.insert(PathBuf::from(relative), counts(bundle));
    });
    let (mut differ, mut all) = (BTreeSet::new(), 0);
    for line in std::fs::read_to_string(set.join("expected.ndjson")).expect("what is asked").lines() {
        let asked: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let file = asked["file"].as_str().unwrap_or_default();
        let Some(counts) = ours.get(Path::new(file)) else { continue };
        let name = file.trim_start_matches("messages/").trim_end_matches(".hl7");
        for (kind, wanted) in asked["expected_resource_counts"].as_object().into_iter().flatten() {
            if kind == "TOTAL_ENTRIES" {
                continue;
            }
            all += 1;
            let (entries, contained) = counts.get(kind).copied().unwrap_or_default();
            let wanted = wanted.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
            if entries != wanted {
                let inside = if contained > 0 { format!(", {contained} contained") } else { String::new() };
                differ.insert(format!("{name} | {kind} | {wanted} | {entries}{inside}"));
            }
        }
    }
    (differ, all)
}

#[test]
fn every_dispute_about_a_count_holds_and_is_listed_with_the_row_that_settles_it() {
    let Some(shared) = shared() else { return };
    let (differ, all) = counted(&shared.join("data").join(COUNTS.0));
    println!("{} of {all} counts differ", differ.len());
    let wrong = differences(&differ, &count_rows(&page("disputes-one-by-one.md")));
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_dispute_that_holds_no_more_and_one_that_is_new_are_both_said() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(differences(&lines("a\nb"), &lines("b\nc")), "not listed:  a\nholds no more:  c\n");
    let by_row = listed("# a page\n== set | one\nm | x\nm | y\n== other | two\nm | z\n", "set");
    assert_eq!(by_row, BTreeMap::from([("one".to_owned(), lines("m | x\nm | y"))]));
    let table = "## Set (3 messages)\n| missing | in | settled by |\n|---|---|---|\n| a | b | c |\n## Other\n| d | e | f |\n";
    assert_eq!(rows(table, "Set"), [["a", "b", "c"]]);
}
