//! What an operator sees at 03:00: the page, the command and the figures say the same, with and without a server.

use crate::messages::{Person, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use testkit::canary::Canary;
use testkit::harness::{Harness, Setup, opor};
use testkit::http;
use testkit::mllp::Behaviour;

/// Messages of a small record.
const MESSAGES: usize = 4;

/// What `opor status` says, as JSON, with its exit status.
fn status(place: &[&str]) -> (i32, Value) {
    let said = opor(&[&["status", "--json"], place].concat());
    let view = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}{}", said.out, said.err));
    (said.code, view)
}

fn findings(view: &Value) -> &[Value] {
    view["findings"].as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn of<'v>(view: &'v Value, kind: &str) -> Vec<&'v Value> {
    findings(view).iter().filter(|finding| finding["kind"] == kind).collect()
}

/// How grave the gravest is, as the exit status says it.
fn code(view: &Value) -> i32 {
    let levels: BTreeSet<&str> = findings(view).iter().map(|finding| text(&finding["level"])).collect();
    if levels.contains("now") { 2 } else { i32::from(levels.contains("soon")) }
}

fn sent(harness: &Harness, from: usize) -> Vec<Vec<u8>> {
    let orderer = harness.provider("alder");
    let one = |n: usize| {
        let person = Person::new("HRH", n);
        Result::new("HRH", &person, format!("S-{:03}", from + n), orderer.clone()).bytes()
    };
    (0..MESSAGES).map(one).collect()
}

#[test]
fn s111_the_page_the_command_and_the_figures_say_the_same_and_name_nobody() {
    let mut harness = Setup::new("status")
        .clinic("alder", |_, _| Behaviour::Accept)
        .setting("operations = \"127.0.0.1:0\"")
        .start();
    let messages = sent(&harness, 0);
    harness.sender().accepted(&messages);
    let _ = harness.drained();
    let data = harness.data();
    let url = format!("http://{}", harness.server().http);
    let token = |role: &str| opor(&["token", "--data", &data, "--role", role]).out.trim().to_owned();
    let (desk, script, system) = (token("laboratory-desk"), token("script"), token("system"));
    let ask = |token: &str| status(&["--url", &url, "--token", token]);

    let key = harness.folder().join("backup.key");
    std::fs::write(&key, "a key file of at least thirty-two bytes, kept elsewhere\n").unwrap();
    let (key, file) = (key.display().to_string(), harness.folder().join("a.backup").display().to_string());
    assert_eq!(of(&ask(&script).1, "backup")[0]["level"], "not-set-up");
    let made = opor(&["backup", "--data", &data, "--key", &key, "--quick", &file]);
    assert_eq!(made.code, 0, "{}", made.err);
    let reason = "Units of the new analyser";
    let paused = opor(&["feeds", "--pause", "LIS@HRH", "--reason", reason, "--url", &url, "--token", &desk]);
    assert_eq!(paused.code, 0, "{}", paused.err);
    let more = sent(&harness, MESSAGES);
    harness.sender().accepted(&more);

    // What is noted beside the server is seen within seconds; everything else at once.
    let seen = || of(&ask(&script).1, "backup")[0]["level"] == "fine";
    assert!(testkit::patience::until(testkit::harness::DRAIN_LIMIT, seen), "the backup is never seen");
    let (exit, told) = ask(&script);
    assert_eq!(exit, code(&told), "{told}");
    assert_eq!(of(&told, "drill")[0]["level"], "not-set-up", "a quick backup is no drill: {told}");
    let pause = of(&told, "pause")[0];
    assert_eq!((text(&pause["level"]), text(&pause["runbook"])), ("soon", "pause"));
    let says = text(&pause["says"]["en"]);
    assert!(
        says.starts_with("LIS@HRH has been paused for") && says.ends_with("; messages that wait: 4."),
        "{says}"
    );
    assert_eq!(of(&told, "writer")[0]["says"]["en"], "This process writes.");
    let refused = opor(&["status", "--url", &url, "--token", &system]);
    assert_eq!(refused.code, 2, "who may not read the books may not read this: {}", refused.out);

    // The page, by what is watched and by its words where no time passes in them.
    let page = harness.html("marram", "/status");
    let shown: BTreeSet<&str> =
        page.split("data-finding=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let known: BTreeSet<&str> = findings(&told).iter().map(|finding| text(&finding["kind"])).collect();
    assert_eq!(shown, known);
    for words in [
        "LIS@HRH has been paused for",
        "; messages that wait: 4.",
        "Resume it on /feeds when the reason is gone.",
        "A feed is paused by hand. Is the reason still true?",
        "href=\"/status/runbook#pause\"",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    let handbook = harness.html("marram", "/status/runbook");
    for section in ["pause", "backup", "books", "certificate-ends"] {
        assert!(handbook.contains(&format!("id=\"{section}\"")), "{section}");
    }

    // The figures name the section.
    let door = harness.server().operations.unwrap();
    let figures = http::get(door, "/metrics", &[]).unwrap().text();
    for line in [
        "opor_status{level=\"soon\",runbook=\"pause\"} 1",
        "opor_status{level=\"fine\",runbook=\"books\"} 1",
        "opor_status{level=\"fine\",runbook=\"backup\"} 1",
    ] {
        assert!(figures.lines().any(|found| found == line), "{line}\n{figures}");
    }
    assert!(!figures.contains("LIS@HRH"), "a feed is named by a sender");

    // The folder, beside the server: the same of the record, and what cannot be seen from there says so.
    let (exit, beside) = status(&["--data", &data]);
    assert_eq!(exit, code(&beside));
    assert_eq!(of(&beside, "pause").len(), 1, "{beside}");
    assert_eq!(of(&beside, "background")[0]["level"], "not-known");
    let config = harness.folder().join("opor.toml").display().to_string();
    let (_, by_settings) = status(&["--config", &config]);
    assert_eq!(of(&beside, "copies")[0]["level"], "not-known");
    assert_eq!(of(&by_settings, "copies")[0]["level"], "not-set-up");

    let human = opor(&["status", "--data", &data]);
    assert!(human.out.contains("Feeds paused by hand: LIS@HRH has been paused for"), "{}", human.out);
    let mut canary = Canary::default();
    messages.iter().chain(&more).for_each(|message| canary.hear(message));
    let all = [page, handbook, figures, told.to_string(), beside.to_string(), human.out];
    for said in &all {
        assert_eq!(canary.found(said), [], "a patient is named: {said}");
    }

    let resumed =
        opor(&["feeds", "--resume", "LIS@HRH", "--reason", reason, "--url", &url, "--token", &desk]);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    let _ = harness.drained();
    harness.stop();
    let at_server = std::path::Path::new(&data).join("store.url").exists();
    let (exit, dead) = status(&["--data", &data]);
    assert_eq!(exit, code(&dead));
    assert!(of(&dead, "pause").is_empty(), "{dead}");
    if !at_server {
        assert_eq!((exit, text(&of(&dead, "writer")[0]["level"])), (2, "now"), "{dead}");
    }
    let nothing = harness.folder().join("nothing").display().to_string();
    let (exit, gone) = status(&["--data", &nothing]);
    assert_eq!((exit, of(&gone, "record").len()), (2, 1), "{gone}");
    harness.restart();
}
