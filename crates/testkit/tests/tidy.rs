//! The rules of ARCHITECTURE.md that a test can check, over `cargo metadata` and the sources.
//!
//! Each failure says what to do. A rule that is wrong is changed here, in a commit that says why.

#![allow(clippy::unwrap_used, reason = "a rule that cannot read the repository fails")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use testkit::sources::{Source, all, workspace_root};

/// The arrows: what each crate may depend on inside the workspace when it ships. Tests may use anything; `defects` is in no
/// build for use.
const ARROWS: &[(&str, &[&str])] = &[
    ("hl7v2", &[]),
    ("fhir", &[]),
    ("paper", &[]),
    ("mail", &[]),
    ("clinical", &["hl7v2", "fhir", "paper"]),
    ("store", &["fhir"]),
    ("actions", &["clinical", "store", "fhir", "hl7v2", "mail"]),
    ("gateway", &["actions", "hl7v2", "fhir", "mail"]),
    ("portal", &["actions", "fhir"]),
    ("province", &["hl7v2"]),
    ("opor", &["actions", "gateway", "portal", "province", "clinical", "fhir", "hl7v2", "store"]),
    (
        "testkit",
        &["actions", "gateway", "portal", "province", "clinical", "fhir", "hl7v2", "store", "defects"],
    ),
    ("defects", &[]),
    ("fuzz", &["actions", "clinical", "fhir", "hl7v2", "mail", "paper", "province", "store"]),
    ("faultdisk", &["fhir", "store"]),
];

/// Dependencies that belong to certain crates alone, with the reason.
const RESERVED: &[(&str, &[&str], &str)] = &[
    ("rusqlite", &["store", "faultdisk"], "SQL is in crates/store alone; faultdisk is a disk under it"),
    ("tokio", &["gateway", "portal", "province", "opor"], "the async world ends at the doors"),
    ("axum", &["gateway", "portal", "opor"], "HTTP is at the doors"),
    ("tower-http", &["gateway", "portal", "opor"], "HTTP is at the doors"),
    ("maud", &["portal"], "HTML is in the portal"),
    ("anyhow", &["opor"], "errors below the binary are enums that say what to do"),
    ("clap", &["opor"], "the command line is the binary's"),
    ("indicatif", &["opor"], "the command line is the binary's"),
    ("tracing-subscriber", &["opor"], "where the log goes is the binary's choice"),
];

/// Crates whose work is plain synchronous functions.
const SYNCHRONOUS: &[&str] = &["hl7v2", "fhir", "clinical", "store", "actions"];

/// Crates that are never shipped.
const NEVER_SHIPPED: &[&str] = &["testkit", "fuzz", "faultdisk"];

/// The one file with unsafe code, and its crate: SQLite asks a disk for functions of C.
const UNSAFE: (&str, &str) = ("faultdisk", "crates/faultdisk/src/vfs.rs");

/// Files that may read the wall clock, randomness or the environment.
const CLOCK_AND_SETTINGS: &[&str] = &[
    "crates/opor/src/clock.rs",
    "crates/opor/src/config.rs",
    // Not of the product: which defect a test is to find, and how long finding all of them took.
    "crates/defects/src/lib.rs",
    "crates/testkit/src/bin/seeded_defects.rs",
];

/// The route table of each door.
const ROUTE_TABLES: &[(&str, &str)] = &[("gateway", "ROUTES"), ("portal", "SCREENS")];

/// Longest file, in lines: beyond it, it no longer fits in a head.
const LONGEST_FILE_LINES: usize = 900;

/// Screens that are named otherwise than the domain of `actions` behind them: the file, and that domain or the reason.
const SCREENS_NAMED_OTHERWISE: &[(&str, &str)] = &[
    ("books", "census: people call it the books, and /census is the machines' own address"),
    ("desk", "deliveries: people call it the delivery desk"),
    ("reader", "reports: one report"),
    ("letters", "deliveries: those that a person posts"),
    ("privacy", "consent, corrections, breakglass, access_report: the privacy desk has one page for them"),
    ("reason", "access: why a chart is opened is asked at its door"),
    ("trace", "cases: where an item is, before a case is opened"),
    ("search", "patients: find them"),
    ("summary", "patients: the first page of a chart"),
    ("handling", "results and deliveries: the forms that change them"),
    ("first_patient", "accounts: the person who does not exist, after the first sign-in"),
    ("home", "the list of what a role can do"),
    ("display", "language and density of the pages"),
    ("states", "what a page says when there is nothing to show"),
    ("mod", "the table of screens"),
];

/// Fails with what was found and what to do about it.
fn report(rule: &str, remedy: &str, findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{rule}\n  {}\nwhat to do: {remedy}\n", findings.join("\n  "));
}

fn metadata(arguments: &[&str]) -> Result<Value, String> {
    let output = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .args(arguments)
        .current_dir(workspace_root())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// Members of the workspace: name, and (dependency, kind) with kind `normal`, `optional`, `dev` or `build`.
fn members() -> BTreeMap<String, Vec<(String, String)>> {
    let metadata = metadata(&["--no-deps"]).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("normal").to_owned();
    let kind = |d: &Value| if d["optional"] == true { "optional".to_owned() } else { text(&d["kind"]) };
    let dependencies = |package: &Value| {
        package["dependencies"].as_array().unwrap().iter().map(|d| (text(&d["name"]), kind(d))).collect()
    };
    metadata["packages"].as_array().unwrap().iter().map(|p| (text(&p["name"]), dependencies(p))).collect()
}

fn rust_sources() -> Vec<Source> {
    all().into_iter().filter(|source| source.path.ends_with(".rs")).collect()
}

fn shipped() -> Vec<Source> {
    all().into_iter().filter(Source::is_shipped_rust).collect()
}

/// Lines of `sources` outside comments and inline tests for which `wrong` says true.
fn lines_where(sources: &[Source], wrong: impl Fn(&Source, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        for (number, line) in source.code_lines().filter(|(_, line)| wrong(source, line)) {
            found.push(format!("{}:{number}: {}", source.path, line.trim()));
        }
    }
    found
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let members = members();
    let mut findings = Vec::new();
    for (name, dependencies) in &members {
        let Some((_, allowed)) = ARROWS.iter().find(|(crate_name, _)| crate_name == name) else {
            findings.push(format!("{name} is not in the table"));
            continue;
        };
        for (dependency, kind) in dependencies {
            let of_tests = dependency == DEFECTS && kind == "optional";
            let inside = members.contains_key(dependency) && !of_tests;
            if inside && kind != "dev" && !allowed.contains(&dependency.as_str()) {
                findings.push(format!("{name} -> {dependency}"));
            }
        }
    }
    report(
        "A crate depends on another against the arrows of ARCHITECTURE.md.",
        "take what you need through the crate between them (doors speak to actions only, and actions re-exports the \
         words they need); a new arrow needs a decision record and a line in ARROWS",
        findings,
    );
}

#[test]
fn doors_do_not_name_the_store() {
    let doors: Vec<Source> =
        shipped().into_iter().filter(|s| matches!(s.krate(), Some("gateway" | "portal"))).collect();
    let names_it = |_: &Source, line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').any(|word| {
            word.starts_with("store::") || word.starts_with("rusqlite::") || word.contains("::store::")
        })
    };
    report(
        "A door reaches for the store.",
        "write a look or an act in crates/actions: there the access check and the audit row are",
        lines_where(&doors, names_it),
    );
}

#[test]
fn reserved_dependencies_stay_where_they_belong() {
    let mut findings = Vec::new();
    for (name, dependencies) in members() {
        for (dependency, kind) in dependencies {
            let rule = RESERVED.iter().find(|(reserved, _, _)| *reserved == dependency);
            if let Some((_, crates, reason)) = rule
                && !matches!(name.as_str(), "testkit" | "fuzz")
                && kind != "dev"
                && !crates.contains(&name.as_str())
            {
                findings.push(format!("{name} uses {dependency}: {reason}"));
            }
        }
    }
    report(
        "A crate uses a library that is another's business.",
        "move the code to the crate it belongs to",
        findings,
    );
}

#[test]
fn nothing_ships_the_testkit() {
    let mut findings = Vec::new();
    for (name, dependencies) in members() {
        let ships = |dependency: &String| NEVER_SHIPPED.contains(&dependency.as_str());
        if dependencies.iter().any(|(dependency, kind)| ships(dependency) && kind != "dev") {
            findings.push(name);
        }
    }
    report("A crate that ships depends on one that never does.", "make it a dev-dependency", findings);
}

/// The crate and the feature of the defects that are put in on purpose.
const DEFECTS: &str = "defects";

#[test]
fn s131_defects_are_put_in_by_their_own_command_alone() {
    let mut findings = Vec::new();
    let mut crates = Vec::new();
    for source in all().iter().filter(|s| s.path.starts_with("crates/") && s.path.ends_with("/Cargo.toml")) {
        let krate = source.krate().unwrap_or_default();
        let manifest: toml::Table = source.text.parse().unwrap();
        let mut of = |wrong: String| findings.push(format!("{}: {wrong}", source.path));
        for (name, members) in manifest.get("features").and_then(toml::Value::as_table).into_iter().flatten()
        {
            let members: Vec<&str> =
                members.as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
            match name == DEFECTS {
                true if members == ["dep:defects"] => crates.push(krate.to_owned()),
                true => of(format!("{name} = {members:?}")),
                false if members.iter().any(|member| member.contains(DEFECTS)) => {
                    of(format!("{name} turns it on"))
                }
                false => {}
            }
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in manifest.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
                let is_optional = value.get("optional").and_then(toml::Value::as_bool) == Some(true);
                if name == DEFECTS && !(is_optional || krate == "testkit") {
                    of(format!("{section}: {name} is not optional"));
                }
                if value.get("features").is_some_and(|features| features.to_string().contains(DEFECTS)) {
                    of(format!("{section}: {name} is given its defects"));
                }
            }
        }
    }
    for source in all() {
        let builds = source.path.ends_with("build.rs")
            || source.path.starts_with(".cargo/")
            || source.path == "Cargo.toml";
        if builds && source.text.lines().any(|line| line.contains(DEFECTS) && line.contains("feature")) {
            findings.push(format!("{} turns it on", source.path));
        }
    }
    assert_eq!(
        crates,
        testkit::defects::CRATES,
        "crates with defects, and those that ./x defects builds with them"
    );
    report(
        "Something but ./x defects puts defects in.",
        "defects = [\"dep:defects\"], an optional dependency, and no other word of it",
        findings,
    );
    // A build for use lacks what asks for a defect, so that a crate with its defects does not compile there.
    let source = std::fs::read_to_string(workspace_root().join("crates/defects/src/lib.rs")).unwrap();
    assert!(
        source.contains("#[cfg(debug_assertions)]\n#[must_use]\npub fn is("),
        "put #[cfg(debug_assertions)] back"
    );
}

#[test]
fn manifests_share_versions_and_lints() {
    let mut findings = Vec::new();
    for source in all().iter().filter(|s| s.path.starts_with("crates/") && s.path.ends_with("/Cargo.toml")) {
        let manifest: toml::Table = source.text.parse().unwrap();
        let shares =
            |table: &toml::Value, key: &str| table.get(key).and_then(toml::Value::as_bool) == Some(true);
        let is_the_unsafe_one = source.krate() == Some(UNSAFE.0);
        if !is_the_unsafe_one && !manifest.get("lints").is_some_and(|lints| shares(lints, "workspace")) {
            findings.push(format!("{}: no [lints] workspace = true", source.path));
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            let field = manifest.get("package").and_then(|package| package.get(key));
            if !field.is_some_and(|field| shares(field, "workspace")) {
                findings.push(format!("{}: no {key}.workspace = true", source.path));
            }
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in manifest.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
                if !shares(value, "workspace") {
                    findings.push(format!("{}: {name} names a version of its own", source.path));
                }
            }
        }
    }
    report(
        "A manifest goes its own way.",
        "write NAME.workspace = true, and the version in the root Cargo.toml, so that there is one of each",
        findings,
    );
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let root: toml::Table =
        std::fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap().parse().unwrap();
    assert_eq!(
        root["workspace"]["lints"]["rust"]["unsafe_code"].as_str(),
        Some("forbid"),
        "put unsafe_code = \"forbid\" back into [workspace.lints.rust]"
    );
    let manifest = format!("crates/{}/Cargo.toml", UNSAFE.0);
    let own: toml::Table = std::fs::read_to_string(workspace_root().join(manifest)).unwrap().parse().unwrap();
    let (mut ours, mut theirs) = (root["workspace"]["lints"].clone(), own["lints"].clone());
    assert_eq!(theirs["rust"]["unsafe_code"].as_str(), Some("deny"), "a file lifts it, the crate does not");
    for lints in [&mut ours, &mut theirs] {
        lints["rust"].as_table_mut().unwrap().remove("unsafe_code");
    }
    assert_eq!(ours, theirs, "the lints of {} are those of the workspace", UNSAFE.0);
    let mark = concat!("allow(", "unsafe_code");
    let files: Vec<String> = rust_sources()
        .into_iter()
        .filter(|source| source.text.contains(mark))
        .map(|source| source.path)
        .collect();
    assert_eq!(files, [UNSAFE.1], "unsafe code stands in one file that is never shipped");
}

#[test]
fn h69_one_pinned_sqlite() {
    let lock: toml::Table =
        std::fs::read_to_string(workspace_root().join("Cargo.lock")).unwrap().parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    for name in ["rusqlite", "libsqlite3-sys"] {
        let count = packages.iter().filter(|package| package["name"].as_str() == Some(name)).count();
        assert_eq!(
            count, 1,
            "{count} versions of {name} in Cargo.lock: there must be one (docs/decisions/0001-sqlite.md)"
        );
    }
}

/// deny.toml, read here as well so that the licences and bans hold where cargo-deny is not installed.
fn deny() -> toml::Table {
    std::fs::read_to_string(workspace_root().join("deny.toml")).unwrap().parse().unwrap()
}

#[test]
fn licences_are_permissive() {
    let deny = deny();
    let allowed: BTreeSet<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
    let host = String::from_utf8(Command::new("rustc").arg("-vV").output().unwrap().stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned();
    let packages = match metadata(&["--filter-platform", &host]) {
        Ok(metadata) => metadata["packages"].as_array().unwrap().clone(),
        Err(error) => {
            println!("skipped: cargo metadata cannot see every dependency offline: {error}");
            return;
        }
    };
    let findings = packages
        .iter()
        .filter(|package| !permits(package["license"].as_str().unwrap_or_default(), &allowed))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    report(
        "A dependency has a licence that deny.toml does not allow.",
        "use another library, or allow the licence in deny.toml when it is permissive",
        findings,
    );
}

/// Whether an SPDX expression can be satisfied by allowed licences. `/` is the older way to write OR.
fn permits(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    // AND binds closer; parentheses in use today only group ORs beside one AND, so every AND side must have a way.
    expression.split(" AND ").all(|side| side.split(" OR ").any(|name| allowed.contains(name.trim())))
}

#[test]
fn spdx_expressions_are_read() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"]);
    for good in ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
        assert!(permits(good, &allowed), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0"] {
        assert!(!permits(bad, &allowed), "{bad}");
    }
}

#[test]
fn banned_crates_are_absent() {
    let deny = deny();
    let lock: toml::Table =
        std::fs::read_to_string(workspace_root().join("Cargo.lock")).unwrap().parse().unwrap();
    let locked: BTreeSet<&str> =
        lock["package"].as_array().unwrap().iter().filter_map(|package| package["name"].as_str()).collect();
    let findings = deny["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|ban| ban.get("deny-multiple-versions").is_none())
        .filter(|ban| ban["crate"].as_str().is_some_and(|name| locked.contains(name)))
        .map(|ban| format!("{}: {}", ban["crate"], ban["reason"]))
        .collect();
    report(
        "Cargo.lock has a crate that deny.toml bans.",
        "`cargo tree -i CRATE` shows who asks for it",
        findings,
    );
}

#[test]
fn no_file_is_called_common_or_utils() {
    const NAMES: &[&str] = &["common", "util", "utils", "helper", "helpers", "misc", "shared"];
    let findings = rust_sources()
        .iter()
        .map(|source| source.path.clone())
        .filter(|path| path.trim_end_matches(".rs").split('/').any(|part| NAMES.contains(&part)))
        .collect();
    report(
        "A file is named after nothing.",
        "name it after what it knows; a thing used twice lives in the lower of its two users",
        findings,
    );
}

#[test]
fn files_fit_in_the_head() {
    let findings = rust_sources()
        .iter()
        .map(|source| (source.text.lines().count(), &source.path))
        .filter(|(lines, _)| *lines > LONGEST_FILE_LINES)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    report("A file is too long.", "cut it where the domain word changes", findings);
}

#[test]
fn every_file_says_what_it_is_for() {
    let findings = shipped()
        .iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| source.path.clone())
        .collect();
    report(
        "A source file does not begin with `//!`.",
        "say in a line what it knows and what it does not",
        findings,
    );
}

#[test]
fn nothing_panics_on_purpose() {
    const WAYS: &[&str] = &[".unwrap()", ".expect(", "panic!(", "unreachable!("];
    let findings = lines_where(&shipped(), |source, line| {
        !source.path.contains("/benches/") && WAYS.iter().any(|way| line.contains(way))
    });
    report(
        "Code that ships can panic.",
        "return an error that says what to do, or make the case impossible by its type",
        findings,
    );
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here so that this file does not find itself.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("to", "do!"),
        concat!("unimpl", "emented!"),
    ];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut findings = Vec::new();
    for source in rust_sources() {
        for (number, line) in source.text.lines().enumerate() {
            let marked = marks.iter().any(|mark| {
                line.match_indices(mark).any(|(at, _)| {
                    !line[..at].ends_with(is_word)
                        && (mark.ends_with('!') || !line[at + mark.len()..].starts_with(is_word))
                })
            });
            if marked || line.contains(concat!("#[", "ignore]")) {
                findings.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    report(
        "Something is left for later, or a test is ignored without its reason.",
        "do it, or write an issue; `#[ignore = \"why, and how it is run\"]`",
        findings,
    );
}

#[test]
fn no_path_of_a_machine() {
    let places = ["work", "root", "farm"].map(|place| format!("/{place}/"));
    let mut findings = Vec::new();
    for source in
        all().iter().filter(|source| !source.path.ends_with(".lock") && !source.path.ends_with("-lock.json"))
    {
        for (number, line) in source.text.lines().enumerate() {
            let stands_alone =
                |at: usize| !line[..at].ends_with(|c: char| c.is_ascii_lowercase() || c == '.');
            if places.iter().any(|place| line.match_indices(place).any(|(at, _)| stands_alone(at))) {
                findings.push(format!("{}:{}", source.path, number + 1));
            }
        }
    }
    report(
        "A path of somebody's machine stands in the repository.",
        "use a path relative to the workspace",
        findings,
    );
}

#[test]
fn sql_is_in_the_store_alone() {
    let others: Vec<Source> =
        shipped().into_iter().filter(|source| source.krate() != Some("store")).collect();
    let mut findings = Vec::new();
    for source in &others {
        for (line, text) in source.literals() {
            let starts = |word: &str| text.trim_start().starts_with(word);
            if starts("INSERT INTO ")
                || starts("DELETE FROM ")
                || starts("CREATE TABLE ")
                || starts("PRAGMA ")
                || (starts("SELECT ") && text.contains(" FROM "))
                || (starts("UPDATE ") && text.contains(" SET "))
            {
                findings.push(format!("{}:{line}: {text}", source.path));
            }
        }
    }
    report("SQL outside crates/store.", "give the store a method that says what is wanted", findings);
}

#[test]
fn the_middle_is_synchronous() {
    let middle: Vec<Source> =
        shipped().into_iter().filter(|s| s.krate().is_some_and(|name| SYNCHRONOUS.contains(&name))).collect();
    let findings = lines_where(&middle, |_, line| line.contains("async fn") || line.contains(".await"));
    report(
        "Async between the doors.",
        "make it a plain function; the door calls it from a blocking thread",
        findings,
    );
}

#[test]
fn time_and_settings_enter_at_one_place() {
    let findings: Vec<String> = rust_sources()
        .iter()
        .filter(|source| source.path.contains("/src/") && !CLOCK_AND_SETTINGS.contains(&source.path.as_str()))
        .filter(|source| {
            source.code_lines().any(|(_, line)| {
                (line.contains("allow(") || line.contains("expect(")) && line.contains("clippy::disallowed")
            })
        })
        .map(|source| source.path.clone())
        .collect();
    report(
        "A file lifts the ban on reading clock, randomness or environment.",
        "take it as an argument; crates/opor/src/clock.rs and config.rs are where it enters",
        findings,
    );
    let bans = std::fs::read_to_string(workspace_root().join("clippy.toml")).unwrap();
    for ban in ["SystemTime::now", "Instant::now", "Timestamp::now", "std::env::var", "thread::sleep"] {
        assert!(bans.contains(ban), "put the ban on {ban} back into clippy.toml");
    }
}

#[test]
fn pages_carry_no_inline_script_or_style() {
    let portal: Vec<Source> =
        shipped().into_iter().filter(|source| source.krate() == Some("portal")).collect();
    let mut findings = lines_where(&portal, |_, line| {
        let attribute = |name: &str| {
            line.match_indices(name).any(|(at, _)| at == 0 || line[..at].ends_with([' ', '(', '{', '"']))
        };
        ["style=\"", "style=(", "onclick=", "onchange=", "oninput=", "onload=", "onsubmit="]
            .iter()
            .any(|n| attribute(n))
            || line.contains("hx-on")
            || line.contains("javascript:")
    });
    for source in all().iter().filter(|s| s.path.starts_with("web/") && !s.path.starts_with("web/tests/")) {
        let is_asset = source.path.ends_with(".css") || source.path.ends_with(".js");
        for (number, line) in source.text.lines().enumerate().filter(|_| is_asset) {
            if line.contains("//cdn") || line.contains("url(http") || line.contains("@import") {
                findings.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    report(
        "Inline script or style, or something from another host.",
        "put it into web/, which the build embeds",
        findings,
    );
}

#[test]
fn one_domain_word_in_every_layer() {
    let stems = |folder: &str| -> BTreeSet<String> {
        std::fs::read_dir(workspace_root().join(folder))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().trim_end_matches(".rs").to_owned())
            .collect()
    };
    let actions = stems("crates/actions/src");
    let screens = stems("crates/portal/src/screens");
    let has_domain = |screen: &String| actions.contains(screen) || actions.contains(&format!("{screen}s"));
    let listed = |screen: &String| SCREENS_NAMED_OTHERWISE.iter().any(|(name, _)| name == screen);
    let mut findings: Vec<String> =
        screens.iter().filter(|screen| !has_domain(screen) && !listed(screen)).cloned().collect();
    let gone =
        SCREENS_NAMED_OTHERWISE.iter().filter(|(name, _)| !screens.is_empty() && !screens.contains(*name));
    findings.extend(gone.map(|(name, _)| format!("{name}: listed in SCREENS_NAMED_OTHERWISE and gone")));
    report(
        "A screen has another name than what stands behind it.",
        "name the screen's file after its domain in crates/actions/src, or list it with the reason",
        findings,
    );
}

#[test]
fn each_door_has_its_route_table() {
    let mut findings = Vec::new();
    for (door, table) in ROUTE_TABLES {
        let of_door = |source: &&Source| source.krate() == Some(*door);
        let declared =
            |source: &Source| source.code_lines().any(|(_, line)| line.contains(&format!("const {table}:")));
        let sources = shipped();
        if !sources.iter().filter(of_door).any(declared) {
            findings.push(format!("crates/{door} has no table {table}"));
        }
        // Routes are made from the table in one file; another file that makes routes goes round it.
        let makers: Vec<&str> = sources
            .iter()
            .filter(of_door)
            .filter(|source| source.code_lines().any(|(_, line)| line.contains(".route(")))
            .map(|source| source.path.as_str())
            .collect();
        if makers.len() > 1 {
            findings.push(format!("routes are made in {}", makers.join(" and ")));
        }
    }
    report(
        "A door's routes are not in one table.",
        "write the route into its table: permissions, audit verbs, menu and sweeps are read from there",
        findings,
    );
}

#[test]
fn the_two_commands_are_in_the_readme() {
    let read = |path: &str| std::fs::read_to_string(workspace_root().join(path)).unwrap();
    let readme = read("README.md");
    for command in ["./x demo", "./x test"] {
        assert!(readme.contains(command), "README.md does not name {command}");
    }
    assert!(read(".ci/run").contains("./x test"), ".ci/run does not call ./x test");
}

#[test]
fn links_between_pages_lead_somewhere() {
    let root = workspace_root();
    let mut findings = Vec::new();
    for page in
        all().iter().filter(|source| source.path.ends_with(".md") && !source.path.contains("testdata"))
    {
        let folder = root.join(&page.path).parent().map(Path::to_path_buf).unwrap_or_default();
        for target in page.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains(':') && !folder.join(file).exists() {
                findings.push(format!("{} -> {target}", page.path));
            }
        }
    }
    report(
        "A link leads nowhere.",
        "write the page, take the screenshot (`./x shots`), or mend the link",
        findings,
    );
}

#[test]
fn every_decision_is_in_the_list() {
    let folder = workspace_root().join("docs/decisions");
    let list = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let findings = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "README.md" && !list.contains(name.as_str()))
        .collect();
    report("A decision is not in docs/decisions/README.md.", "add its line", findings);
}
