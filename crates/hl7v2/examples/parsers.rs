//! Our reader beside two others, over the corpora and over mutations of them: every difference falls into a class that
//! docs/mapping/parser-differences.md explains, or is printed as unexplained.
//!
//! `cargo run -p hl7v2 --example parsers -- FOLDER MUTATIONS [SEED [examples]]`
//!
//! With `leaves` in the place of `examples` it compares nothing and prints what ours reads, a line each, for a reader in
//! another language (crates/testkit/thirdparty/test_hl7apy_reads.py): the text in hexadecimal, the names of its segments
//! (`-` where it is refused), and each leaf as SEGMENT.FIELD.REPETITION.COMPONENT.SUBCOMPONENT=hexadecimal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a tool for the bench")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Segment number, field, repetition, component, sub-component.
type At = (usize, usize, usize, usize, usize);
/// What a reader says: segment names, and every leaf that is not empty, as it is written.
#[derive(PartialEq, Eq)]
struct Read {
    names: Vec<String>,
    leaves: BTreeMap<At, String>,
}

fn ours(text: &str) -> Option<Read> {
    let message = hl7v2::Message::parse(text.as_bytes()).ok()?;
    let names = message.segments().map(|segment| segment.name().to_owned()).collect();
    let mut leaves = BTreeMap::new();
    message.for_each_leaf(|at, leaf| {
        if at.segment == 0 && at.field <= 2 {
            return;
        }
        let raw = String::from_utf8_lossy(leaf.raw()).into_owned();
        if !raw.is_empty() {
            leaves.insert((at.segment, at.field, at.rep, at.comp, at.sub), raw);
        }
    });
    Some(Read { names, leaves })
}

fn hl7_2(text: &str) -> Option<Read> {
    let message = hl7_2::parse(text).ok()?;
    let raw = message.raw();
    let mut read = Read { names: Vec::new(), leaves: BTreeMap::new() };
    for (s, segment) in raw.segments.iter().enumerate() {
        read.names.push(segment.name.clone());
        for (f, field) in segment.fields.iter().enumerate() {
            if s == 0 && f < 2 {
                continue;
            }
            for (r, rep) in field.repetitions.iter().enumerate() {
                for (c, comp) in rep.components.iter().enumerate() {
                    for (n, leaf) in comp.subcomponents.iter().enumerate() {
                        if !leaf.raw.is_empty() {
                            read.leaves.insert((s, f + 1, r + 1, c + 1, n + 1), leaf.raw.clone());
                        }
                    }
                }
            }
        }
    }
    Some(read)
}

fn hl7_parser(text: &str) -> Option<Read> {
    let message = hl7_parser::Message::parse_with_lenient_newlines(text, true).ok()?;
    let mut read = Read { names: Vec::new(), leaves: BTreeMap::new() };
    for (s, segment) in message.segments.iter().enumerate() {
        read.names.push(segment.name.to_owned());
        for (f, field) in segment.fields.iter().enumerate() {
            if s == 0 && f < 2 {
                continue;
            }
            for (r, rep) in field.repeats.iter().enumerate() {
                for (c, comp) in rep.components.iter().enumerate() {
                    for (n, leaf) in comp.subcomponents.iter().enumerate() {
                        if !leaf.value.is_empty() {
                            read.leaves.insert((s, f + 1, r + 1, c + 1, n + 1), leaf.value.to_owned());
                        }
                    }
                }
            }
        }
    }
    Some(read)
}

/// The class of a difference; `None` when there is none.
fn class(text: &str, us: Option<&Read>, them: Option<&Read>) -> Option<&'static str> {
    let (us, them) = match (us, them) {
        (None, None) => return None,
        (Some(_), None) => return Some("we read what they refuse"),
        (None, Some(_)) => return Some("they read what we refuse"),
        (Some(us), Some(them)) => (us, them),
    };
    if us == them {
        return None;
    }
    let header = text.get(text.find("MSH").unwrap_or_default()..).unwrap_or_default();
    let encoding = header.get(4..).and_then(|rest| rest.split(header.chars().nth(3).unwrap_or('|')).next());
    let encoding = encoding.unwrap_or_default();
    let odd_header = encoding.chars().count() != 4
        || encoding.chars().any(char::is_alphanumeric)
        || encoding.chars().enumerate().any(|(n, c)| encoding.chars().skip(n + 1).any(|other| other == c))
        || !encoding.contains('\\');
    if odd_header {
        return Some("MSH-2 is not four different signs");
    }
    if us.names != them.names {
        let lower = us
            .names
            .iter()
            .map(|n| n.to_ascii_uppercase())
            .eq(them.names.iter().map(|n| n.to_ascii_uppercase()));
        return Some(if lower {
            "names of segments in small letters"
        } else {
            "lines that begin no segment"
        });
    }
    let second = |at: &At| at.0 > 0 && matches!(us.names[at.0].as_str(), "MSH" | "BHS" | "FHS");
    let differ = us
        .leaves
        .iter()
        .filter(|(at, raw)| them.leaves.get(at) != Some(raw))
        .chain(them.leaves.iter().filter(|(at, raw)| us.leaves.get(at) != Some(raw)));
    let mut differ = differ.peekable();
    if differ.clone().any(|(_, raw)| raw.contains(['\r', '\n'])) {
        return Some("lines that begin no segment");
    }
    if differ.clone().all(|(at, _)| second(at)) {
        return Some("a second header inside the message");
    }
    if differ.clone().all(|(_, raw)| raw.chars().all(|c| c.is_whitespace())) {
        return Some("blanks alone");
    }
    if differ.clone().any(|(_, raw)| raw.contains('\\')) {
        return Some("a delimiter behind an escape character");
    }
    if differ
        .clone()
        .any(|(_, raw)| raw.trim() != raw || raw.contains(['\u{b}', '\u{1c}', '\u{0}', '\u{feff}']))
    {
        return Some("control signs and blanks at an end");
    }
    differ.peek().map(|_| "unexplained")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut todo) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "hl7") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What ours reads of a text, on one line.
fn line(text: &str, us: Option<&Read>) -> String {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let Some(us) = us else { return format!("{}\t-\t", hex(text)) };
    let leaves: Vec<String> =
        us.leaves.iter().map(|((s, f, r, c, n), raw)| format!("{s}.{f}.{r}.{c}.{n}={}", hex(raw))).collect();
    let names: Vec<String> = us.names.iter().map(|name| hex(name)).collect();
    format!("{}\t{}\t{}", hex(text), names.join(","), leaves.join(" "))
}

struct Chance(u64);
impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }
}

const SIGNS: &[char] = &['|', '^', '~', '\\', '&', '\r', '\n', ' ', '"', 'A', '1', 'é', '\u{b}', '#'];

/// One to three small changes.
fn mutated(text: &str, chance: &mut Chance) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=chance.below(3) {
        let at = chance.below(chars.len());
        match chance.below(5) {
            0 => chars[at] = SIGNS[chance.below(SIGNS.len())],
            1 => chars.insert(at, SIGNS[chance.below(SIGNS.len())]),
            2 if chars.len() > 20 => drop(chars.remove(at)),
            3 => {
                let to = (at + chance.below(40)).min(chars.len());
                let piece: Vec<char> = chars[at..to].to_vec();
                let into = chance.below(chars.len());
                chars.splice(into..into, piece);
            }
            _ => {
                let to = (at + chance.below(20)).min(chars.len());
                if chars.len() - (to - at) > 20 {
                    chars.drain(at..to);
                }
            }
        }
    }
    chars.into_iter().collect()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder of messages"));
    let mutations: usize = arguments.next().map_or(1_000, |n| n.parse().expect("a number of mutations"));
    let seed = arguments.next().map_or(1, |n| n.parse().expect("a seed"));
    let more = arguments.next();
    let (examples, leaves) = (more.as_deref() == Some("examples"), more.as_deref() == Some("leaves"));
    let mut corpus = Vec::new();
    for path in files(&folder) {
        let bytes = std::fs::read(path).unwrap();
        for member in hl7v2::batch::split(&bytes).members {
            if let Ok(text) = std::str::from_utf8(member.bytes) {
                corpus.push(text.to_owned());
            }
        }
    }
    corpus.retain(|text| text.len() < 20_000);
    let mut chance = Chance(seed);
    let mut counts: BTreeMap<(&str, &str), (usize, String)> = BTreeMap::new();
    let mut compare = |text: &str| {
        let us = ours(text);
        if leaves {
            println!("{}", line(text, us.as_ref()));
            return;
        }
        for (who, them) in [("hl7-2", hl7_2(text)), ("hl7-parser", hl7_parser(text))] {
            if let Some(class) = class(text, us.as_ref(), them.as_ref()) {
                let slot = counts.entry((who, class)).or_default();
                slot.0 += 1;
                if slot.1.is_empty() || text.len() < slot.1.len() {
                    slot.1 = text.to_owned();
                }
            }
        }
    };
    for text in &corpus {
        compare(text);
    }
    if !leaves {
        println!("{} messages", corpus.len());
    }
    for _ in 0..mutations {
        let text = mutated(&corpus[chance.below(corpus.len())], &mut chance);
        compare(&text);
    }
    if !leaves {
        println!("{mutations} mutations, seed {seed}");
    }
    for ((who, class), (count, example)) in &counts {
        println!("{who:10} {count:8}  {class}");
        if *class == "unexplained" || examples {
            println!("           {:?}", example.chars().take(1500).collect::<String>());
        }
    }
}
