//! The command line as scripts use it: exit codes, totals, and errors that say what to do.

use crate::corpus::shared;
use crate::messages::{Person, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use testkit::folder::Folder;
use testkit::harness::{Setup, opor};

/// Our own cases.
fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clinical/testdata/hl7")
}

#[test]
fn commands_work_on_a_running_server() {
    let mut harness = Setup::new("commands").start();
    harness.others_send();
    let (http, mllp) = (harness.server().http.to_string(), harness.server().mllp.to_string());
    let said = opor(&["send", "--to", &mllp, &cases().display().to_string()]);
    assert!(said.code == 0 && said.out.contains("AE 0  AR 0  no answer 0"), "{}{}", said.out, said.err);
    let said = opor(&[
        "simulate",
        "--to",
        &mllp,
        "--rate",
        "0",
        "--messages",
        "120",
        "--senders",
        "4",
        "--seed",
        "7",
    ]);
    assert!(said.code == 0 && said.out.contains(" 120  "), "{}{}", said.out, said.err);
    let refused = harness.folder().join("refused.hl7");
    std::fs::write(&refused, "PID|1||42\r").unwrap();
    let said = opor(&["send", "--to", &mllp, &refused.display().to_string()]);
    assert!(said.code == 1 && said.out.contains("AR 1"), "{}{}", said.out, said.err);
    assert!(said.out.contains("refused.hl7 #1: AR") && said.out.contains("MSH"), "{}", said.out);

    let books = harness.drained();
    assert_eq!(books.refused, 1);
    let here = opor(&["census", "--data", &harness.data(), "--json"]);
    let url = format!("http://{http}");
    let token = opor(&["token", "--data", &harness.data(), "--role", "laboratory-desk"]);
    let there = opor(&["census", "--url", &url, "--token", token.out.trim(), "--json"]);
    let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    assert_eq!((here.code, there.code), (0, 0), "{}{}", here.err, there.err);
    assert_eq!(read(&here.out), read(&there.out));
    // Without a token the counts are told and no name of staff is.
    let anybody = opor(&["census", "--url", &url, "--json"]);
    assert_eq!(anybody.code, 0, "{}", anybody.err);
    assert_eq!(read(&anybody.out)["recipients"], Value::Array(Vec::new()));
    assert_eq!(read(&anybody.out)["messages"], read(&here.out)["messages"]);
    let said = opor(&["check", "--data", &harness.data()]);
    assert!(said.code == 0 && said.out.contains("sound"), "{}{}", said.out, said.err);
}

#[test]
fn commands_that_cannot_work_say_what_to_do() {
    let folder = std::env::temp_dir().join(format!("opor-{}-nothing-here", std::process::id()));
    let nothing = folder.display().to_string();
    let settings = std::env::temp_dir().join(format!("opor-{}-settings.toml", std::process::id()));
    std::fs::write(&settings, "data = \"x\"\nsynchronous = \"off\"\n").unwrap();
    let config = settings.display().to_string();
    // Arguments, exit code, and words of what is said.
    let table: [(&[&str], i32, &[&str]); 8] = [
        (&["serve", "--config", &config], 2, &["synchronous"]),
        (&["serve", "--config", &nothing], 2, &["Check --config"]),
        (&["census", "--data", &nothing], 2, &[&nothing]),
        (&["census", "--url", "http://127.0.0.1:1"], 2, &["opor serve"]),
        (&["send", "--to", "127.0.0.1:1", &nothing], 2, &["does not exist"]),
        (&["interpret", &nothing], 2, &["does not exist"]),
        (&["token", "--data", &nothing, "--role", "chief"], 2, &["chief", "laboratory-desk"]),
        (&["replay", "--url", "http://127.0.0.1:1", "--cause", "held"], 2, &["--data DIR"]),
    ];
    for (arguments, code, words) in table {
        let said = opor(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {}{}", said.out, said.err);
        for word in words {
            assert!(said.err.contains(word), "{arguments:?} does not say {word:?}: {}", said.err);
        }
    }
    assert!(!folder.exists(), "looking makes no data folder");
    std::fs::remove_file(settings).unwrap();
}

#[test]
fn one_message_is_replayed_by_its_number() {
    let mut harness = Setup::new("one").start();
    let person = Person::new("HRH", 3);
    harness.sender().accepted(&[Result::new("HRH", &person, "E1", String::new()).bytes()]);
    let _ = harness.drained();
    let report = harness.search("DiagnosticReport?identifier=E1").remove(0);
    let number = report["meta"]["source"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    harness.stop();
    let said = opor(&["replay", "--data", &harness.data(), "--id", &number]);
    assert!(
        said.code == 0 && said.out.contains("1 messages replayed, 0 with a change"),
        "{}{}",
        said.out,
        said.err
    );
    harness.restart();
    assert_eq!(harness.search("DiagnosticReport?identifier=E1").remove(0), report);
}

#[test]
fn h26_load_is_resumable_and_what_is_loaded_is_read_back() {
    let Some(shared) = shared() else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(shared.join("fhir-synthea-smart"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort_by_key(|path| path.metadata().unwrap().len());
    files.truncate(2);
    let mut harness = Setup::new("load").start();
    let url = format!("http://{}", harness.server().http);
    let token = opor(&["token", "--data", &harness.data(), "--role", "machine"]).out.trim().to_owned();
    let paths: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let said = opor(&["load", "--url", &url, "--token", &token, &paths[0]]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let first: Value = serde_json::from_slice(&std::fs::read(&files[0]).unwrap()).unwrap();
    let patient = first["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["resource"])
        .find(|resource| resource["resourceType"] == "Patient")
        .unwrap();
    let family = patient["name"][0]["family"].as_str().unwrap();
    let find = format!("Patient?family={}", testkit::http::percent_encoded(family));
    let on_file = harness.search(&find);
    assert_eq!(on_file.len(), 1, "{on_file:?}");
    assert_eq!(on_file[0]["birthDate"], patient["birthDate"]);
    // The first again and the second: what is there stays as it is.
    harness.stop();
    let data = harness.data();
    for _ in 0..2 {
        let said = opor(&["load", "--data", &data, &paths[0], &paths[1]]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    }
    harness.restart();
    assert_eq!(harness.search(&find), on_file);
}

#[test]
fn h26_lines_are_loaded_under_their_ids_and_one_that_is_not_taken_is_said() {
    let mut harness = Setup::new("lines").start();
    harness.stop();
    let folder = harness.folder().join("lines");
    std::fs::create_dir_all(&folder).unwrap();
    let (mut patients, mut observations) = (String::new(), String::new());
    for n in 0..40 {
        patients += &format!(
            "{{\"resourceType\":\"Patient\",\"id\":\"line-{n}\",\"name\":[{{\"family\":\"Testline{n}\"}}],\"birthDate\":\"19{:02}-05-05\"}}\n",
            20 + n
        );
        for m in 0..3 {
            observations += &format!(
                "{{\"resourceType\":\"Observation\",\"id\":\"o-{n}-{m}\",\"status\":\"final\",\"code\":{{\"text\":\"x\"}},\"subject\":{{\"reference\":\"Patient/line-{n}\"}}}}\n"
            );
        }
    }
    std::fs::write(folder.join("Patient.ndjson"), patients).unwrap();
    let wrong = format!("{observations}{{\"resourceType\":\"Observation\",\"status\":\"final\"}}\n");
    std::fs::write(folder.join("Observation.ndjson"), wrong).unwrap();
    let (data, from) = (harness.data(), folder.display().to_string());
    let said = opor(&["load", "--data", &data, &from]);
    let told = "160 loaded: 160 new, 0 on file before; 1 refused.";
    assert!(said.code == 1 && said.out.contains(told), "{}{}", said.out, said.err);
    assert!(said.out.contains("line 121: the resource has no id"), "{}", said.out);
    std::fs::write(folder.join("Observation.ndjson"), observations).unwrap();
    let said = opor(&["load", "--data", &data, &from]);
    let told = "160 loaded: 0 new, 160 on file before; 0 refused.";
    assert!(said.code == 0 && said.out.contains(told), "{}{}", said.out, said.err);
    harness.restart();
    let (status, one) = harness.fhir("Observation/o-7-2");
    assert_eq!((status, &one["subject"]["reference"]), (200, &Value::from("Patient/line-7")), "{one}");
    assert_eq!(harness.search("Observation?patient=Patient/line-7").len(), 3);
    assert_eq!(harness.search("Patient?family=Testline7").len(), 1);
}

#[test]
fn h26_a_load_that_was_killed_goes_on_and_counts_nothing_twice() {
    let folder = Folder::new("killed-load");
    let data = folder.display().to_string();
    let people = 3_000;
    let count = people.to_string();
    let binary = testkit::binary::opor_binary().unwrap();
    let arguments = ["load", "--data", &data, "--synthetic", &count, "--results", "4", "--workers", "2"];
    let mut child = std::process::Command::new(binary)
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let begun = testkit::patience::until(std::time::Duration::from_secs(60), || {
        let kept = std::fs::read(folder.join("load.position")).unwrap_or_default();
        let kept: Value = serde_json::from_slice(&kept).unwrap_or_default();
        let has_begun = kept.as_object().is_some_and(|all| all.values().any(|one| one["done"] != 0));
        has_begun || child.try_wait().unwrap().is_some()
    });
    let was_running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(begun && was_running, "the load was killed on its way");
    let said = opor(&arguments);
    let told = format!("{} loaded: ", people * 6);
    assert!(said.code == 0 && said.out.contains(&told), "{}{}", said.out, said.err);
    assert!(said.out.contains("going on after"), "{}", said.out);
    let said = opor(&arguments);
    let told = format!("0 new, {} on file before; 0 refused.", people * 6);
    assert!(said.code == 0 && said.out.contains(&told), "{}{}", said.out, said.err);
    let said = opor(&["check", "--data", &data]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

#[test]
fn demo_once_balances_and_a_second_start_goes_on() {
    let folder = Folder::new("demo");
    let data = folder.display().to_string();
    let run = || {
        let any = "127.0.0.1:0";
        opor(&["demo", "--data", &data, "--http", any, "--mllp", any, "--people", "200", "--once"])
    };
    let first = run();
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    for words in ["choose a person to sign in as", "Family doctor", "balanced: nothing is unaccounted for"] {
        assert!(first.out.contains(words), "{words}: {}", first.out);
    }
    let count = |of: &str| -> u64 {
        let said = opor(&["census", "--data", &data, "--json"]);
        let census: Value = serde_json::from_str(&said.out).unwrap();
        census["messages"][of].as_u64().unwrap()
    };
    let fed = (count("accepted"), count("filed"));
    assert!(fed.1 > 100, "{fed:?}");
    let again = run();
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    assert_eq!((count("accepted"), count("filed")), fed, "the same day is not fed twice");
    assert_eq!(opor(&["check", "--data", &data]).code, 0);
}
