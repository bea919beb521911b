//! Real input: every message of `../shared/data/hl7v2-*` through a running server, each set on a link of its own.

use crate::corpus::{SETS, messages, shared};
use serde_json::Value;
use std::collections::HashSet;
use testkit::harness::{Harness, Setup, opor};
use testkit::mllp::{field_text, verdict};

/// What a set's own sender saw.
struct Seen {
    name: &'static str,
    messages: Vec<Vec<u8>>,
    answers: Vec<Vec<u8>>,
}

impl Seen {
    fn is_accepted(answer: &[u8]) -> bool {
        matches!(verdict(answer).0.as_str(), "AA" | "CA")
    }

    fn refused(&self) -> u64 {
        self.answers.iter().filter(|answer| !Self::is_accepted(answer)).count() as u64
    }

    /// Messages accepted, the same bytes counted once.
    fn distinct(&self) -> u64 {
        let pairs = self.messages.iter().zip(&self.answers);
        pairs
            .filter(|(_, answer)| Self::is_accepted(answer))
            .map(|(message, _)| message)
            .collect::<HashSet<_>>()
            .len() as u64
    }
}

fn send_all(harness: &Harness, sets: &[(&'static str, Vec<Vec<u8>>)]) -> Vec<Seen> {
    let seen = |(name, messages): &(&'static str, Vec<Vec<u8>>)| {
        let answers = harness.sender_of(name).send_all(messages);
        Seen { name, messages: messages.clone(), answers }
    };
    sets.iter().map(seen).collect()
}

/// Counts of one feed in the census.
fn feed(census: &Value, name: &str, count: &str) -> u64 {
    let feeds = census["feeds"].as_array().unwrap();
    let row = feeds.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("no feed {name} in {census}"));
    row[1][count].as_u64().unwrap()
}

#[test]
fn real_input_ends_filed_kept_held_or_refused() {
    let Some(shared) = shared() else { return };
    let sets: Vec<(&'static str, Vec<Vec<u8>>)> =
        SETS.iter().map(|name| (*name, messages(&shared.join(name)))).collect();
    let total: usize = sets.iter().map(|(_, messages)| messages.len()).sum();
    assert!(total >= 1_000, "{total} messages");
    let mut setup = Setup::new("real");
    for name in SETS {
        setup = setup.link(name);
    }
    let mut harness = setup.start();

    let first = send_all(&harness, &sets);
    for seen in &first {
        for (message, answer) in seen.messages.iter().zip(&seen.answers) {
            let (code, control_id) = verdict(answer);
            let said = String::from_utf8_lossy(answer);
            match code.as_str() {
                "AA" | "CA" => {}
                "AE" | "AR" | "CE" | "CR" => {
                    let reason = field_text(answer, "MSA", 3) + &field_text(answer, "ERR", 8);
                    assert!(reason.len() > 10, "a refusal says why: {said}");
                }
                _ => panic!("{}: no answer to {control_id}: {said}", seen.name),
            }
            assert!(message.len() < 4 || !answer.is_empty());
        }
    }
    assert!(harness.is_alive());
    let books = harness.drained();
    let census = harness.census();
    println!(
        "{:<22} {:>5} {:>8} {:>8} {:>6} {:>5} {:>5}",
        "set", "sent", "refused", "accepted", "filed", "kept", "held"
    );
    for seen in &first {
        let of = |count: &str| feed(&census, seen.name, count);
        println!(
            "{:<22} {:>5} {:>8} {:>8} {:>6} {:>5} {:>5}",
            seen.name,
            seen.messages.len(),
            of("refused"),
            of("accepted"),
            of("filed"),
            of("kept"),
            of("held")
        );
        assert_eq!(of("refused"), seen.refused(), "{}", seen.name);
        assert_eq!(of("accepted"), seen.distinct(), "{}", seen.name);
        assert_eq!(of("accepted"), of("filed") + of("kept") + of("held"), "{}", seen.name);
    }

    // Everything again: the first answers again, nothing new but the refusals.
    let again = send_all(&harness, &sets);
    for (before, after) in first.iter().zip(&again) {
        for (old, new) in before.answers.iter().zip(&after.answers) {
            assert!(
                old == new || !Seen::is_accepted(old),
                "{}: {}",
                before.name,
                String::from_utf8_lossy(new)
            );
        }
    }
    let after = harness.drained();
    assert_eq!(after.refused, 2 * books.refused);
    assert_eq!(
        (after.accepted, after.filed, after.kept, after.held, after.due),
        (books.accepted, books.filed, books.kept, books.held, books.due)
    );

    harness.restart();
    assert_eq!(harness.drained(), after);
    let said = opor(&["check", "--data", &harness.data()]);
    assert!(said.code == 0 && said.out.contains("sound"), "{}{}", said.out, said.err);
}
