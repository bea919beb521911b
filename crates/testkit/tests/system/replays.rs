//! Replay is the same path again: it changes nothing.

use crate::corpus::{messages, shared};
use province::Province;
use testkit::harness::{Setup, opor};
use testkit::mllp::Behaviour;

/// Messages of the synthetic province.
const FEED: usize = 300;
/// When the synthetic province's history ends, microseconds UTC: 2026-11-20 12:00.
const START_US: i64 = 1_795_176_000_000_000;

#[test]
fn replay_changes_nothing() {
    let accept = |_: usize, _: &[u8]| Behaviour::Accept;
    let province = Province::new(1867, 200, START_US);
    let feed: Vec<Vec<u8>> = province.history(10).take(FEED).map(|message| message.bytes).collect();
    // The province's own directory names three clinics' addresses, which exist before the product does.
    let clinics = [(); 3].map(|()| testkit::mllp::Clinic::start(accept).unwrap());
    let addresses = clinics.each_ref().map(|clinic| clinic.address().to_string());
    let directory = province.directory(addresses.each_ref().map(String::as_str));
    let mut harness = Setup::new("replay").link("simhospital").directory(directory).start();
    let mut sent = feed.len();
    drop(harness.sender().send_all(&feed));
    if let Some(shared) = shared() {
        let stream = messages(&shared.join("hl7v2-simhospital"));
        sent += stream.len();
        drop(harness.sender_of("simhospital").send_all(&stream));
    }
    let before = harness.drained();
    println!("{sent} sent: {before:?}");
    assert!(before.filed > 100, "{before:?}");
    let census = harness.census();
    let links: Vec<String> =
        census["feeds"].as_array().unwrap().iter().map(|row| row[0].as_str().unwrap().to_owned()).collect();
    harness.stop();

    let data = harness.data();
    for dry in [true, false] {
        for link in &links {
            let mut arguments = vec!["replay", "--data", &data, "--link", link, "--since", "2000-01-01"];
            if dry {
                arguments.push("--dry-run");
            }
            let said = opor(&arguments);
            assert_eq!(said.code, 0, "{link}: {}", said.err);
            assert!(said.out.contains(" replayed, 0 with a change"), "{link}: {}", said.out);
        }
    }
    for cause in ["held", "kept"] {
        let said = opor(&["replay", "--data", &data, "--cause", cause, "--dry-run"]);
        assert!(said.out.contains(" replayed, 0 with a change"), "{cause}: {}", said.out);
    }
    harness.restart();
    let after = harness.drained();
    assert_eq!(after, before);
}
