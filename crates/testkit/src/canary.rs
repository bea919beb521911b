//! What names a patient must not stand in a log (docs/logging.md): the harness keeps what its senders said of patients
//! and searches the product's whole log for it, at the most talkative level.
//!
//! Words are compared whole and without regard to case: what is part of a longer word, such as a number inside a time,
//! is something else.

use std::collections::HashSet;

/// Shortest family name that is looked for: shorter ones are words of their own.
const NAME_CHARS: usize = 4;
/// Shortest number that is looked for: shorter ones are counts, ports and sizes.
const NUMBER_CHARS: usize = 6;
/// Families of published examples and of the province that are words of a log too ("an action took long").
const WORDS: [&str; 7] = ["patient", "person", "test", "message", "error", "unknown", "long"];

/// What was said of patients.
#[derive(Debug, Default)]
pub struct Canary {
    words: HashSet<String>,
}

impl Canary {
    /// Keeps what a message says of its patients: numbers (PID-2, PID-3, PID-4, MRG-1) and family names (PID-5, PID-9).
    pub fn hear(&mut self, message: &[u8]) {
        for line in message.split(|byte| matches!(byte, b'\r' | b'\n')) {
            let which: &[(usize, bool)] = match line.get(..4) {
                Some(b"PID|") => &[(2, true), (3, true), (4, true), (5, false), (9, false)],
                Some(b"MRG|") => &[(1, true)],
                _ => continue,
            };
            let fields: Vec<&[u8]> = line.split(|byte| *byte == b'|').collect();
            for (number, is_number) in which {
                let repetitions =
                    fields.get(*number).into_iter().flat_map(|field| field.split(|b| *b == b'~'));
                for text in repetitions.filter_map(|one| one.split(|b| *b == b'^').next()) {
                    let family = text.split(|b| *b == b'&').next().unwrap_or_default();
                    self.keep(&String::from_utf8_lossy(family), *is_number);
                }
            }
        }
    }

    fn keep(&mut self, text: &str, is_number: bool) {
        let word = text.trim().to_lowercase();
        // What the log's words are cut at cannot be found as one of them; its parts are looked for.
        for part in word.split(|char: char| !char.is_alphanumeric()) {
            let digits = part.chars().filter(char::is_ascii_digit).count();
            let long_enough = part.chars().count() >= if is_number { NUMBER_CHARS } else { NAME_CHARS };
            let is_sort = if is_number { digits > 0 } else { digits == 0 };
            if long_enough && is_sort && !WORDS.contains(&part) && !self.words.contains(part) {
                self.words.insert(part.to_owned());
            }
        }
    }

    /// Lines of a log that name a patient, each with the word.
    #[must_use]
    pub fn found<'l>(&self, log: &'l str) -> Vec<(String, &'l str)> {
        log.lines()
            .filter_map(|line| {
                let lower = line.to_lowercase();
                let word = lower
                    .split(|char: char| !char.is_alphanumeric())
                    .find(|word| self.words.contains(*word))?
                    .to_owned();
                Some((word, line))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_names_a_patient_is_found() {
        let mut canary = Canary::default();
        canary.hear(
            b"MSH|^~\\&|LIS|HRH\rPID|1||A100007^^^HRH^MR~1000000019^^^NS^JHN||Le Blanc-Zorul&x^Ann\rOBR|1|Zebra",
        );
        let log = "2026-11-22T10:00:01.1000000019Z INFO filed message=3-1845\n\
                   WARN nothing about 1000000019\n\
                   WARN held for ZORUL\nINFO path=/a100007/x\nINFO ann zebra le\n";
        let found: Vec<String> = canary.found(log).into_iter().map(|(word, _)| word).collect();
        assert_eq!(found, ["1000000019", "zorul", "a100007"]);
    }

    #[test]
    fn a_slow_machine_names_nobody() {
        let mut canary = Canary::default();
        canary.hear(b"MSH|^~\\&|LIS|HRH\rPID|1||A100007^^^HRH^MR||Long^Ann");
        assert!(canary.found("WARN an action took long milliseconds=2055").is_empty());
    }
}
