//! Dialects and code maps against messages of our own: `testdata/dialects/<sender>/*.hl7` as the mapper reads them, what
//! is filed of them, and which codes become a task stand in the `.txt` beside each.

#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

use clinical::codes::CodeMap;
use clinical::dialect::{Dialect, FileProblem, Mapping, Sort, attest, compare, translate};
use clinical::intake::{Interpretation, Sender, interpret};
use fhir::{Instant, Json, Kind, Object};
use hl7v2::Message;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/dialects")
}

fn senders() -> Vec<(String, Dialect, CodeMap)> {
    let mut all: Vec<_> = std::fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let text = |name: &str| std::fs::read_to_string(path.join(name)).expect("a file");
            let dialect = Dialect::from_toml(&text("dialect.toml"));
            let codes = CodeMap::from_toml(&text("codes.toml"));
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            (
                name.clone(),
                dialect.unwrap_or_else(|problem| panic!("{name}/dialect.toml: {problem}")),
                codes.unwrap_or_else(|problem| panic!("{name}/codes.toml: {problem}")),
            )
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn sender(dialect: &Dialect) -> Sender {
    Sender {
        link: "TEST".to_owned(),
        default_authority: "TEST".to_owned(),
        time_zone: dialect.time_zone.clone().unwrap_or_else(|| "Etc/UTC".to_owned()),
        custodian: "TEST".to_owned(),
        message_reference: "urn:opor:message:1".to_owned(),
        received: Instant(1_795_356_300_000_000),
    }
}

fn messages(name: &str) -> Vec<(PathBuf, Message)> {
    let mut all: Vec<_> = std::fs::read_dir(folder().join(name))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "hl7"))
        .map(|path| {
            let message = Message::parse(std::fs::read(&path).expect("a file")).expect("a message");
            (path, message)
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn codings(object: &Object) -> String {
    let all = object.get("code").and_then(|code| code.get("coding")).map(Json::items).unwrap_or_default();
    let text = |one: &Json, key: &str| one.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    all.iter()
        .map(|one| format!("{} {}", text(one, "system"), text(one, "code")))
        .collect::<Vec<_>>()
        .join(" + ")
}

fn said(said: &Interpretation) -> String {
    let mut out = String::new();
    for chart in &said.charts {
        let numbers: Vec<String> = chart
            .claim
            .identifiers
            .iter()
            .map(|one| format!("{:?} {} {}", one.sort, one.authority, one.value))
            .collect();
        let _ = writeln!(out, "patient {}", numbers.join(", "));
        for one in chart.resources.iter().filter(|one| one.key.kind == Kind::Observation) {
            let value = ["valueQuantity", "valueString"].into_iter().find_map(|key| one.resource.get(key));
            let value = value.map(|value| String::from_utf8_lossy(&value.to_bytes()).into_owned());
            let at = one.resource.get("effectiveDateTime").and_then(Json::as_str).unwrap_or_default();
            let _ = writeln!(out, "  {} = {} at {at}", codings(&one.resource), value.unwrap_or_default());
        }
        for report in &chart.reports {
            let to: Vec<String> =
                report.addressees.iter().map(|one| format!("{:?} {}", one.part, one.family)).collect();
            let _ = writeln!(out, "  report {} {:?} to {}", report.title, report.flag, to.join(", "));
        }
    }
    out
}

#[test]
fn x05_every_message_of_every_dialect_is_read_as_written_beside_it() {
    let mut wrong = String::new();
    for (name, dialect, codes) in senders() {
        for (path, message) in messages(&name) {
            let read = translate(&message, Some(&dialect), Some(&codes)).expect("readable");
            let mut out = String::from_utf8_lossy(read.message.bytes()).replace('\r', "\n");
            for one in &read.unmapped {
                let _ = writeln!(
                    out,
                    "task: {} {} {} \"{}\" {}",
                    one.place, one.system, one.code, one.text, one.why
                );
            }
            out.push_str(&said(&interpret(&read.message, &sender(&dialect))));
            let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
            if out != expected {
                let _ = writeln!(wrong, "=== {} says\n{out}=== instead of\n{expected}", path.display());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// GUARANTEES X-05: every row by what the sender writes, in each of its units, and back from every target.
#[test]
fn x05_h54_every_row_of_every_map_leads_there_and_back() {
    let (mut rows, mut back) = (0, 0);
    for (name, _, codes) in senders() {
        for row in &codes.rows {
            let units = if row.units.is_empty() { vec![String::new()] } else { row.units.clone() };
            for unit in units {
                let found = codes.forward(&row.system, &row.code, &unit);
                assert_eq!(found, Some(row), "{name}: {} in {unit}", row.code);
                rows += 1;
            }
            let (system, code) = codes.back(row.target, &row.to).expect("a way back");
            let again =
                codes.rows.iter().find(|one| one.system == system && one.code == code && one.to == row.to);
            assert_eq!(again.map(|one| (one.target, one.to.as_str())), Some((row.target, row.to.as_str())));
            if row.back {
                assert_eq!((system, code), (row.system.as_str(), row.code.as_str()), "{name}");
                back += 1;
            }
        }
    }
    println!("{rows} codes forward, {back} back");
    assert!(rows >= 12 && back >= 11);
}

/// HAZARDS H22, H23: numbers, units as sent and the count of results never change; the sender's code stays first.
#[test]
fn h22_h23_no_value_changes_and_the_senders_code_stays_first() {
    for (name, dialect, codes) in senders() {
        for (path, message) in messages(&name) {
            let read = translate(&message, Some(&dialect), Some(&codes)).expect("readable").message;
            let values = |message: &Message| -> Vec<(String, String)> {
                let text = |segment: hl7v2::Segment<'_>, n: usize| segment.field(n).decoded().into_owned();
                message.all_named("OBX").map(|obx| (text(obx, 3), text(obx, 5))).collect()
            };
            let (before, after) = (values(&message), values(&read));
            assert_eq!(before.len(), after.len(), "{}", path.display());
            for ((code, value), (coded, same)) in before.iter().zip(&after) {
                assert_eq!(value, same, "{}", path.display());
                let first = |text: &str| text.split('^').take(2).collect::<Vec<_>>().join("^");
                assert_eq!(first(code), first(coded), "{}", path.display());
            }
        }
    }
}

#[test]
fn a_message_is_read_the_same_way_every_time_and_twice_is_once() {
    for (name, dialect, codes) in senders() {
        for (path, message) in messages(&name) {
            let once = translate(&message, Some(&dialect), Some(&codes)).expect("readable").message;
            let again = translate(&message, Some(&dialect), Some(&codes)).expect("readable").message;
            assert_eq!(once.bytes(), again.bytes());
            let twice = translate(&once, Some(&dialect), Some(&codes)).expect("readable").message;
            let text = |message: &Message| String::from_utf8_lossy(message.bytes()).into_owned();
            assert_eq!(text(&twice), text(&once), "{}", path.display());
        }
    }
}

#[test]
fn in14_a_defect_in_a_map_shows_as_a_difference_by_resource_and_field() {
    let (_, dialect, codes) =
        senders().into_iter().find(|(name, ..)| name == "meditech-style").expect("a sender");
    let (_, message) = messages("meditech-style")
        .into_iter()
        .find(|(path, _)| path.ends_with("result.hl7"))
        .expect("a message");
    let text = std::fs::read_to_string(folder().join("meditech-style/codes.toml")).expect("a file");
    // Potassium as sodium: a number that is a LOINC number, and the wrong one.
    let defect = CodeMap::from_toml(&text.replace("2823-3", "2951-2")).expect("a map");
    let read = |codes: &CodeMap| {
        let translated = translate(&message, Some(&dialect), Some(codes)).expect("readable");
        interpret(&translated.message, &sender(&dialect))
    };
    assert!(compare(&read(&codes), &read(&codes)).is_empty());
    let found = compare(&read(&codes), &read(&defect));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].kind, found[0].path.as_str()), ("Observation", "code.coding.code"));
    assert_eq!((found[0].before.as_str(), found[0].after.as_str()), ("2823-3", "2951-2"));
}

#[test]
fn provenance_says_by_which_files_a_message_was_read() {
    let (_, dialect, _) = senders().into_iter().next().expect("a sender");
    let (_, message) = messages("cerner-style").into_iter().next().expect("a message");
    let mut said = interpret(&message, &sender(&dialect));
    let used = clinical::dialect::Used {
        sort: Sort::Dialect,
        name: "cerner-style".to_owned(),
        version: 3,
        digest: "ab12".to_owned(),
    };
    attest(&mut said, &[used]);
    let all = said.charts.iter().flat_map(|chart| &chart.resources);
    let texts: Vec<String> =
        all.filter(|one| one.key.kind == Kind::Provenance).map(|one| one.resource.to_string()).collect();
    assert!(
        !texts.is_empty() && texts.iter().all(|text| text.contains("dialect/cerner-style/3/ab12")),
        "{texts:?}"
    );
}

#[test]
fn what_is_not_known_or_not_safe_is_refused_with_its_line() {
    let head = "name = \"x\"\nversion = 1\nsenders = [\"A|B\"]\n";
    for (rule, says) in [
        ("[[rule]]\ndo = \"sing\"\nat = \"PID-8\"", "line 4"),
        ("[[rule]]\ndo = \"drop\"\nat = \"PID-8\"\nloudly = true", "line 4"),
        ("\n[[rule]]\ndo = \"drop\"\nat = \"OBX-5\"", "line 5: OBX-5 says what was found"),
        ("[[rule]]\ndo = \"map\"\nat = \"PID-3.1\"\ncodes = { a = \"b\" }", "whose it is"),
        ("[[rule]]\ndo = \"default\"\nat = \"PID-7\"\ntext = \"19000101\"", "whose it is"),
        ("[[rule]]\ndo = \"lift\"\nfrom = \"ZAA-2\"\nto = \"PID-3\"", "whose it is"),
        ("[[rule]]\ndo = \"lift\"\nfrom = \"OBX-2\"\nto = \"PID-8\"", "a lift goes from a Z segment"),
        ("[[rule]]\ndo = \"rename\"\nsegment = \"OBX\"\nto = \"NTE\"", "only a Z segment"),
        ("[[rule]]\ndo = \"move\"\nfrom = \"PID-8\"\nto = \"PV1-8\"", "different segments"),
        ("[[rule]]\ndo = \"move\"\nfrom = \"PID-3\"\nto = \"PID-2\"", "stays where it is"),
        ("[[rule]]\ndo = \"copy\"\nfrom = \"PID-9\"\nto = \"PID-5\"", "whose it is"),
        ("[[rule]]\ndo = \"move\"\nfrom = \"OBX-3\"\nto = \"OBX-5\"", "what was found"),
        (
            "[[rule]]\ndo = \"rename\"\nsegment = \"ZPI\"\nto = \"PID\"",
            "line 4: ZPI to PID: no file makes a PID",
        ),
        ("[[rule]]\ndo = \"rename\"\nsegment = \"ZMS\"\nto = \"MSH\"", "no file makes a MSH"),
        ("colour = \"red\"", "line 4"),
        ("time_zone = \"Mars/Base\"", "no time zone"),
        ("tolerates = [\"everything\"]", "line 4"),
    ] {
        let problem = Dialect::from_toml(&format!("{head}{rule}\n")).expect_err(rule);
        assert!(problem.to_string().contains(says), "{rule}: {problem}");
    }
    assert!(matches!(Dialect::from_toml("name = \"x\"\nversion = 1\n"), Err(FileProblem::Whole(_))));
    for (row, says) in [
        (
            "[[code]]\nsystem = \"L\"\ncode = \"K\"\nto = \"2823-4\"",
            "line 4: LN 2823-4: it is no LOINC number",
        ),
        (
            "[[code]]\nsystem = \"L\"\ncode = \"G\"\nto = \"2345-7\"\nunits = [\"mg/dL\", \"mmol/L\"]",
            "measure different things",
        ),
        (
            "[[code]]\nsystem = \"L\"\ncode = \"K\"\nto = \"2823-3\"\n[[code]]\nsystem = \"L\"\ncode = \"K\"\nto = \"2951-2\"",
            "line 8: code K of \"L\" stands twice",
        ),
        (
            "[[code]]\nsystem = \"L\"\ncode = \"K\"\nto = \"2823-3\"\n[[code]]\nsystem = \"L\"\ncode = \"KA\"\nto = \"2823-3\"",
            "two codes both stand for LN 2823-3",
        ),
        ("[[code]]\nsystem = \"L\"\ncode = \"K\"\nto = \"2823-3\"\nback = false", "leads back to no code"),
        ("[[code]]\nsystem = \"L\"\ncode = \"D\"\ntarget = \"DIN\"\nto = \"2242903\"", "eight digits"),
        ("[[unit]]\nsent = \"mg/dl\"\nucum = \"mg%\"", "no UCUM unit"),
        ("[[unit]]\nsent = \"mg/dL\"\nucum = \"mmol/L\"", "means something else"),
    ] {
        let problem = CodeMap::from_toml(&format!("{head}{row}\n")).expect_err(row);
        assert!(problem.to_string().contains(says), "{row}: {problem}");
    }
    assert!(Mapping::read(Sort::Codes, head).is_ok());
}
