//! Every message others wrote, from ../shared/data: nothing is lost, nothing panics.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use hl7v2::{Message, Place, batch};

/// All HL7 files of the shared sets, or nothing where they are not laid beside the project.
fn files() -> Vec<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let mut found = Vec::new();
    let Ok(sets) = std::fs::read_dir(&data) else {
        println!("skipped: ../shared not laid beside the project");
        return found;
    };
    for set in sets.flatten() {
        if set.file_name().to_string_lossy().starts_with("hl7v2-") {
            collect(&set.path(), &mut found);
        }
    }
    found.sort();
    assert!(found.len() > 400, "only {} files", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "hl7") {
            found.push(path);
        }
    }
}

/// Calls `each` with every message of the shared sets.
fn each_message(mut each: impl FnMut(&Path, &[u8])) -> usize {
    let mut count = 0;
    for path in files() {
        let bytes = std::fs::read(&path).unwrap();
        for member in batch::split(&bytes).members {
            count += 1;
            each(&path, member.bytes);
        }
    }
    count
}

fn leaves(message: &Message) -> Vec<(Place, String)> {
    let mut all = Vec::new();
    message.for_each_leaf(|place, leaf| all.push((place, leaf.text().into_owned())));
    all
}

#[test]
fn every_message_prints_as_it_came() {
    let mut unreadable = Vec::new();
    let count = each_message(|path, bytes| match Message::parse(bytes) {
        Ok(message) => {
            assert_eq!(message.print(), bytes, "{}", path.display());
            assert_eq!(message.bytes(), bytes);
        }
        Err(why) => unreadable.push(format!("{}: {why}", path.file_name().unwrap().to_string_lossy())),
    });
    if count == 0 {
        return;
    }
    println!("{count} messages, {} unreadable:\n{}", unreadable.len(), unreadable.join("\n"));
    assert!(count > 950, "only {count} messages");
    // Broken on purpose: MSH-2 that repeats, and segments left without their MSH.
    assert!(unreadable.len() <= 8, "{unreadable:#?}");
}

#[test]
fn every_byte_of_a_file_is_in_a_message_or_an_envelope() {
    for path in files() {
        let bytes = std::fs::read(&path).unwrap();
        let contents = batch::split(&bytes);
        let text = |part: &[u8]| part.iter().filter(|b| b.is_ascii_graphic()).count();
        let mut kept: usize = contents.members.iter().map(|member| text(member.bytes)).sum();
        for envelope in contents.batches.iter().chain(&contents.file) {
            kept += text(envelope.header.unwrap_or(&[])) + text(envelope.trailer.unwrap_or(&[]));
        }
        // A second header of the same file is the one thing that is not handed out.
        if !path.ends_with("hl7.samples.19.L291.hl7") {
            assert_eq!(kept, text(&bytes), "{}", path.display());
        }
    }
}

#[test]
fn simulated_hospital_stream_is_474_messages() {
    let Some(path) = files().into_iter().find(|path| path.ends_with("hl7v2-simhospital/stream.hl7")) else {
        return;
    };
    let bytes = std::fs::read(path).unwrap();
    let contents = batch::split(&bytes);
    assert_eq!(contents.members.len(), 474);
    assert!(contents.problems.is_empty());
}

#[test]
fn walking_the_tree_and_scanning_give_the_same_leaves() {
    each_message(|path, bytes| {
        let Ok(message) = Message::parse(bytes) else { return };
        let mut walked = Vec::new();
        for segment in message.segments() {
            for (f, field) in segment.fields().enumerate() {
                for (r, rep) in field.reps().enumerate() {
                    for (c, comp) in rep.comps().enumerate() {
                        for (s, leaf) in comp.subs().enumerate().filter(|(_, leaf)| !leaf.is_empty()) {
                            let (segment, field, rep) = (segment.index(), f + 1, r + 1);
                            let place = Place { segment, field, rep, comp: c + 1, sub: s + 1 };
                            walked.push((place, leaf.text().into_owned()));
                        }
                    }
                }
            }
        }
        assert_eq!(walked, leaves(&message), "{}", path.display());
    });
}

#[test]
fn changing_one_leaf_leaves_all_other_bytes() {
    let mut number = 0usize;
    each_message(|path, bytes| {
        let Ok(message) = Message::parse(bytes) else { return };
        // One leaf of each message, another one each time.
        number += 1;
        let all = leaves(&message);
        let candidates: Vec<_> = all.iter().filter(|(place, _)| place.segment > 0).collect();
        let Some((place, _)) = candidates.get(number * 7 % candidates.len().max(1)) else { return };
        let segment = message.segment(place.segment);
        let raw = {
            let rep = segment.field(place.field).rep(place.rep - 1);
            rep.comp(place.comp).sub(place.sub).raw()
        };
        let start = raw.as_ptr() as usize - message.bytes().as_ptr() as usize;
        let occurrence =
            message.all_named(segment.name()).position(|other| other.index() == place.segment).unwrap() + 1;
        let target = hl7v2::Path {
            segment: segment.name().to_owned(),
            occurrence,
            field: place.field,
            rep: Some(place.rep),
            comp: Some(place.comp),
            sub: Some(place.sub),
        };
        let target = if message.delimiters().subcomponent.is_none() {
            hl7v2::Path { sub: None, ..target }
        } else {
            target
        };
        let expected = [&bytes[..start], b"CHANGED", &bytes[start + raw.len()..]].concat();
        let mut changed = message.clone();
        changed.set(&target, "CHANGED").unwrap();
        assert_eq!(changed.print(), expected, "{} {target}", path.display());
    });
}

/// Random bytes thrown at every message: whatever still parses prints as it came, and nothing panics.
#[test]
fn mutated_messages_never_panic() {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as usize
    };
    let special = b"|^~\\&#\r\n\x0B\x1C\0 MSHXZ.0\"\xFF\xC3\xE9\xEF\xBB\xBF";
    each_message(|_, bytes| {
        for _ in 0..4 {
            let mut bytes = bytes[..bytes.len().min(6000)].to_vec();
            for _ in 0..=next() % 6 {
                // Half of the changes go to the header, where everything is decided.
                let span = if next() % 2 == 0 { bytes.len().min(120) } else { bytes.len() };
                let at = next() % span.max(1);
                let byte = special[next() % special.len()];
                match next() % 4 {
                    0 if !bytes.is_empty() => bytes[at] = byte,
                    1 => bytes.insert(at.min(bytes.len()), byte),
                    2 if !bytes.is_empty() => drop(bytes.remove(at)),
                    _ => bytes.truncate(bytes.len().saturating_sub(next() % 40)),
                }
            }
            exercise(&bytes);
        }
    });
}

fn exercise(bytes: &[u8]) {
    for member in batch::split(bytes).members {
        match Message::parse(member.bytes) {
            Ok(message) => {
                assert_eq!(message.print(), member.bytes);
                for (_, text) in leaves(&message) {
                    let _ = hl7v2::time::Hl7Time::parse(&text);
                    let _ = hl7v2::time::TimeOfDay::parse(&text);
                }
                let answer = hl7v2::ack::Ack::first(&message, hl7v2::ack::Outcome::Accept).build("1", "2026");
                let back = Message::parse(answer.clone());
                assert!(back.is_ok(), "{back:?}\n{:?}\n{:?}", String::from_utf8_lossy(bytes), answer);
            }
            Err(why) => {
                let answer = hl7v2::ack::Ack::refuse(member.bytes, &why).build("1", "2026");
                let read = hl7v2::ack::AckRead::parse(answer).unwrap();
                assert_eq!(read.code.outcome(), hl7v2::ack::Outcome::Reject);
            }
        }
    }
}
