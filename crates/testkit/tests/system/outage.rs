//! After the worst: a record that is lost is restored and made whole by what senders send again, or from the second place of
//! its log as of any moment; a ward reads its copy while nothing runs.

use crate::messages::{Person, Result};
use std::path::Path;
use testkit::canary::Canary;
use testkit::folder::Folder;
use testkit::harness::{Books, DRAIN_LIMIT, Harness, Setup, opor};
use testkit::http;
use testkit::mllp::{Behaviour, verdict};
use testkit::patience::until;

/// Points in time that the record is brought back to; 20 in the campaign (HAZARDS D13).
const POINTS: usize = 3;
/// Messages before a point; behind it come as many more as its number.
const BEFORE: usize = 6;

#[expect(clippy::disallowed_methods, reason = "how many points is the runner's to say")]
fn points() -> usize {
    std::env::var("OPOR_RESTORE_POINTS").ok().and_then(|text| text.parse().ok()).unwrap_or(POINTS)
}

#[test]
fn d13_after_a_restore_what_senders_send_again_makes_it_whole() {
    let mut harness = Setup::new("restore-drill").clinic("alder", |_, _| Behaviour::Accept).start();
    if Path::new(&harness.data()).join("store.url").exists() {
        println!("skipped: what is lost here is the folder with the database of SQLite");
        return;
    }
    let orderer = harness.provider("alder");
    let key = harness.folder().join("backup.key");
    std::fs::write(&key, "a key file of at least thirty-two bytes, kept elsewhere\n").unwrap();
    let (data, key) = (harness.data(), key.display().to_string());
    let mut sent: Vec<Vec<u8>> = Vec::new();
    let mut more = |count: usize| {
        let from = sent.len();
        let one = |n: usize| {
            Result::new("HRH", &Person::new("HRH", n % 4), format!("O-{n:04}"), orderer.clone()).bytes()
        };
        sent.extend((from..from + count).map(one));
        sent.clone()
    };
    let mut known = 0;
    for point in 0..points() {
        let all = more(BEFORE);
        harness.sender().accepted(&all[known..]);
        let file = harness.folder().join(format!("{point}.backup")).display().to_string();
        let said = opor(&["backup", "--data", &data, "--key", &key, &file]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        // Acknowledged behind the point: a backup cannot know of them.
        let behind = all.len();
        let all = more(point + 1);
        harness.sender().accepted(&all[behind..]);
        harness.kill();
        std::fs::rename(&data, harness.folder().join(format!("lost-{point}"))).unwrap();

        #[expect(clippy::disallowed_methods, reason = "the time until it serves again is what is told")]
        let begun = std::time::Instant::now();
        let said = opor(&["restore", &file, "--data", &data, "--key", &key]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        harness.restart();
        let took = begun.elapsed();
        // Senders send everything since then again; what is there already is answered and not filed twice.
        for answer in harness.sender().send_all(&all) {
            assert_eq!(verdict(&answer).0, "AA");
        }
        let books = harness.drained();
        assert_eq!((books.accepted, books.filed), (all.len() as u64, all.len() as u64), "{books:?}");
        assert_eq!(harness.census()["balanced"], true);
        known = all.len();
        println!(
            "point {point}: {} acknowledged messages behind it, 0 missing after senders sent again; serving after {took:?}",
            point + 1
        );
    }
    harness.stop();
    let said = opor(&["check", "--data", &data]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

/// Microseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "moments of a running server are those of the machine's clock")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}

/// Waits until everything that was committed by now is in the second place, as the figures say; when that was asked.
fn shipped(harness: &Harness) -> i64 {
    let (asked, door) = (now(), harness.server().operations.unwrap());
    let is_there = || {
        let figures = http::get(door, "/metrics", &[]).unwrap().text();
        let lag = figures.lines().find_map(|line| line.strip_prefix("opor_second_place_lag_seconds "));
        // The figures were counted after this moment, and so the oldest commit that is missing is younger.
        let begun = now();
        let lag: f64 = lag.unwrap_or_else(|| panic!("no lag: {figures}")).parse().unwrap();
        begun - (lag * 1e6) as i64 > asked + 1_000
    };
    assert!(until(DRAIN_LIMIT, is_there), "the second place does not catch up");
    asked
}

#[test]
fn d13_h65_the_log_in_a_second_place_brings_back_what_nobody_sends_again_as_of_any_moment() {
    if option_env!("OPOR_SYSTEM_POSTGRESQL").is_some() {
        println!("skipped: a PostgreSQL ships its own log");
        return;
    }
    let folder = std::env::temp_dir().join(format!("opor-{}-second", std::process::id()));
    let place = folder.join("place");
    std::fs::create_dir_all(&place).unwrap();
    let key = folder.join("log.key");
    std::fs::write(&key, "a key file of at least thirty-two bytes, kept elsewhere\n").unwrap();
    let (place, key) = (place.display().to_string(), key.display().to_string());
    let setting =
        format!("log = {{ second_place = {place:?}, key = {key:?} }}\noperations = \"127.0.0.1:0\"");
    let mut harness =
        Setup::new("second").clinic("alder", |_, _| Behaviour::Accept).setting(&setting).start();
    let (data, orderer) = (harness.data(), harness.provider("alder"));
    let one = |n: usize| {
        Result::new("HRH", &Person::new("HRH", n % 4), format!("L-{n:04}"), orderer.clone()).bytes()
    };
    let messages: Vec<_> = (0..2 * BEFORE).map(one).collect();
    // From here on there is a copy of the database that a moment can rest on.
    shipped(&harness);
    harness.sender().accepted(&messages[..BEFORE]);
    let before = harness.drained();
    let moment = shipped(&harness);
    harness.sender().accepted(&messages[BEFORE..]);
    let books = harness.drained();
    shipped(&harness);
    harness.kill();
    let lost = harness.folder().join("lost");
    std::fs::rename(&data, &lost).unwrap();

    let restore = |more: &[&str]| opor(&[&["restore", "--from", &place, "--key", &key], more].concat());
    let checked = restore(&["--check"]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    assert!(checked.out.contains("moments      2"), "{}", checked.out);
    let then = harness.folder().join("then").display().to_string();
    let said = restore(&["--data", &then, "--at", &fhir::Instant(moment).to_string()]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("are sound; the books balance"), "{}", said.out);
    let census = opor(&["census", "--data", &then, "--json"]);
    assert_eq!(Books::of(&serde_json::from_str(&census.out).unwrap()), before);
    let early = restore(&["--data", &folder.join("early").display().to_string(), "--at", "2020-01-01 00:00"]);
    assert!(early.code == 2 && early.err.contains("the oldest moment"), "{}", early.err);

    let begun = now();
    let said = restore(&["--data", &data]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let read = |folder: &Path| std::fs::read(folder.join("token.key")).unwrap();
    assert!(read(Path::new(&data)) == read(&lost), "it comes with its keys");
    harness.restart();
    println!("serving again after {} ms, nothing sent again", (now() - begun) / 1_000);
    assert_eq!(harness.drained(), books);
    assert_eq!(harness.census()["balanced"], true);
    // It ships on, in a chain of its own; and what is damaged afterwards is named.
    shipped(&harness);
    harness.stop();
    let log = Path::new(&place).join("chain-000001/0000000001-0000000001.log");
    let mut bytes = std::fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    let checked = restore(&["--check"]);
    let name = log.display().to_string();
    assert!(checked.code == 1 && checked.out.contains(&name), "{}{}", checked.out, checked.err);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn h66_a_copy_outlives_the_server_and_opens_by_its_passphrase() {
    let folder = Folder::new("downtime");
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (phrase, other) = (
        file("phrase", "harbour salt lantern nine gulls\n"),
        file("other", "harbour salt lantern ten gulls\n"),
    );
    let copies = folder.join("copies");
    let place = |id: &str, ward: &str| {
        format!("{{ id = {id:?}, name = \"Ward {id}\", ward = {ward:?}, passphrase = {phrase:?} }}")
    };
    let settings = format!(
        "downtime = {{ folder = {:?}, every_minutes = 1, place = [{}, {}] }}",
        copies.display().to_string(),
        place("hrh-6n", "HRH, 6N"),
        place("hrh-5s", "HRH, 5S")
    );
    let mut harness = Setup::new("downtime").setting(&settings).start();
    let person = Person::new("HRH", 1);
    let admitted = format!(
        "MSH|^~\\&|ADT|HRH|OPOR|NS|20261122080000||ADT^A01^ADT_A01|A1|P|2.5.1\rEVN|A01|20261122080000\r{}\rPV1|1|I|6N^12^A^HRH||||||||||||||||V1^^^HRH^VN|||||||||||||||||||||||||20261122080000\r",
        person.pid()
    )
    .into_bytes();
    harness.sender().accepted(std::slice::from_ref(&admitted));
    let _ = harness.drained();
    let (north, south) = (copies.join("hrh-6n.html"), copies.join("hrh-5s.html"));
    // What is gone is made anew, from what is on file by then; one that was under way before tells of nobody yet.
    let bytes = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let has_somebody = || {
        let (somebody, nobody) = (bytes(&north), bytes(&south));
        if nobody > 0 && somebody <= nobody {
            let _ = std::fs::remove_file(&north);
        }
        nobody > 0 && somebody > nobody
    };
    assert!(until(DRAIN_LIMIT, has_somebody), "no copy is made");
    harness.kill();

    let (north, south) = (north.display().to_string(), south.display().to_string());
    let said = opor(&["downtime", "--passphrase", &phrase, &north, &south]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(
        said.out.contains("Ward hrh-6n") && said.out.matches("the passphrase opens it").count() == 2,
        "{}",
        said.out
    );
    assert_eq!(opor(&["downtime", "--passphrase", &other, &north]).code, 1);
    let text = std::fs::read_to_string(&north).unwrap();
    assert!(
        text.len() > std::fs::read_to_string(&south).unwrap().len(),
        "somebody is in the one and nobody in the other"
    );
    let mut canary = Canary::default();
    canary.hear(&admitted);
    assert_eq!(canary.found(&text), [], "a closed copy names a patient");
    let half = file("half.html", &text[..text.len() / 2]);
    let said = opor(&["downtime", "--passphrase", &phrase, &half]);
    assert!(said.code == 2 && said.err.contains("not a whole one"), "{}", said.err);
    harness.restart();
}
