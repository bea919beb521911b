//! Bad input: each gets a clear answer that names the field and what to change, or is kept and somebody's, and the
//! server stands.

use crate::messages::{Person, Result};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;
use testkit::harness::{DRAIN_LIMIT, Harness, Setup};
use testkit::mllp::{Client, field_text, frame, verdict};
use testkit::patience::until;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the product may take for a frame that it refuses for its size, beyond what it has.
const FRAME_MEMORY_BYTES: u64 = 128 << 20;
/// Connections made before somebody is served in between.
const AT_ONCE: usize = 500;
/// What an idle connection may cost (HAZARDS D8).
const IDLE_CONNECTION_BYTES: u64 = 64 << 10;

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Writes bytes as they are, says that no more will come, and reads all that is answered.
fn exchange(to: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(to);
    stream.write_all(bytes).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn person() -> Person {
    Person::new("HRH", 5)
}

fn result(mark: &str) -> Vec<u8> {
    Result::new("HRH", &person(), mark, String::new()).bytes()
}

/// `message` with one text in place of another, which must be in it.
fn with(message: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    text.replace(from, to).into_bytes()
}

#[test]
fn d08_bad_input_that_is_refused_names_field_and_fix() {
    let header = "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120||ORU^R01|X1|P|2.5.1";
    let pid = person().pid();
    // What it is, the bytes on the wire, and words of the answer: the field or byte at fault, and what to do.
    let table: Vec<(&str, Vec<u8>, [&str; 2])> = vec![
        ("empty message", frame(b""), ["empty", "MSH first"]),
        ("blanks only", frame(b" \r\n "), ["empty", "MSH first"]),
        ("no MSH", frame(pid.as_bytes()), ["MSH must stand", "send MSH as the first segment"]),
        ("MSH and nothing else", frame(b"MSH"), ["MSH-2", "declare the delimiters"]),
        (
            "delimiters repeat",
            frame(&with(header.as_bytes(), "^~\\&", "^^\\&")),
            ["MSH-2", "character of its own"],
        ),
        ("letters as delimiters", frame(b"MSHAB~\\&ALIS"), ["MSH-", "ASCII punctuation"]),
        (
            "unknown character set",
            frame(format!("{header}||||||EBCDIC\r{pid}\r").as_bytes()),
            ["MSH-18", "send one of ASCII"],
        ),
        ("no start block", result("X2"), ["outside a frame", "0x0B"]),
        ("no end block", frame(&result("X3"))[..100].to_vec(), ["not ended", "0x1C 0x0D"]),
        ("a new start inside", [b"\x0bMSH|^~\\&|", b"" as &[u8]].concat(), ["not ended", "0x1C 0x0D"]),
        ("another protocol", b"GET / HTTP/1.1\r\nHost: opor\r\n\r\n".to_vec(), ["outside a frame", "0x0B"]),
    ];
    let mut harness = Setup::new("refused").start();
    for (n, (name, bytes, words)) in table.iter().enumerate() {
        let answer = exchange(harness.server().mllp, bytes);
        assert!(answer.contains("MSA|AR"), "{name}: {answer:?}");
        for word in words {
            assert!(answer.contains(word), "{name} does not say {word:?}: {answer:?}");
        }
        assert_eq!(harness.books().refused, n as u64 + 1, "{name}");
    }
    assert!(harness.is_alive());
    assert_eq!(harness.books().accepted, 0);
    // A refusal spoils nothing: on the same connection the next message is taken.
    let mut line = harness.sender();
    line.client().write(&frame(pid.as_bytes())).unwrap();
    assert_eq!(verdict(&line.client().answer().unwrap().unwrap()).0, "AR");
    line.accepted(&[result("X9")]);
}

/// The numbers of messages, `link-number` as the product shows them, filed on a person of `family`.
fn observations(harness: &Harness, person: &Person) -> Vec<serde_json::Value> {
    let patients = harness.search(&format!("Patient?identifier={}&family={}", person.mrn, person.family));
    let id = patients.first().unwrap_or_else(|| panic!("{} is not on file", person.family))["id"].clone();
    harness.search(&format!("Observation?patient={}", id.as_str().unwrap()))
}

/// The message that a resource came from, as people see it.
fn message_page(harness: &Harness, resource: &serde_json::Value) -> String {
    let source = resource["meta"]["source"].as_str().unwrap();
    harness.page("marram", &format!("/messages/{}", source.rsplit(':').next().unwrap()))
}

#[test]
fn d08_bad_content_is_kept_and_somebodys_with_field_and_fix() {
    let harness = Setup::new("held").start();
    let without_numbers = with(&result("Y1"), &format!("|{}^^^HRH^MR|", person().mrn), "||");
    let without_pid = with(&result("Y2"), &format!("{}\r", person().pid()), "");
    let unborn = with(&result("Y3"), &format!("|{}|", person().birth), "|21990101|");
    let two_messages = [result("Y4"), result("Y5")].concat();
    let table: [(&str, Vec<u8>, [&str; 2]); 4] = [
        ("PID without identifiers", without_numbers, ["PID-3 has no usable number", "Send a record number"]),
        ("no PID", without_pid, ["no patient segment (PID)", "Send PID"]),
        ("birth date in the future", unborn, ["PID-7", "Send the true birth date"]),
        (
            "two messages in a frame",
            two_messages,
            ["MSH stands 2 times", "Send each message in a frame of its own"],
        ),
    ];
    let mut line = harness.sender();
    for (n, (name, bytes, words)) in table.iter().enumerate() {
        line.accepted(std::slice::from_ref(bytes));
        let books = harness.interpreted();
        assert_eq!((books.held, books.filed), (n as u64 + 1, 0), "{name}: {books:?}");
        let desk = harness.desk();
        for word in words {
            assert!(desk.contains(word), "{name}: the desk does not say {word:?}: {desk}");
        }
    }
    assert!(harness.search("Patient?birthdate=2199-01-01").is_empty());
}

#[test]
fn d08_odd_content_is_filed_as_sent_and_told_on_the_message_page() {
    let harness = Setup::new("odd").start();
    let mut line = harness.sender();
    let (late, bare) = (Person::new("HRH", 6), Person::new("HRH", 7));
    let future = Result::new("HRH", &late, "Z1", String::new()).bytes();
    let future = with(&future, "|||F|||20261120093000-0400\r", "|||F|||21261120093000-0400\r");
    let valueless =
        with(&Result::new("HRH", &bare, "Z2", String::new()).bytes(), "||4.1|mmol/L|", "|||mmol/L|");
    line.accepted(&[future, valueless]);
    assert_eq!(harness.interpreted().filed, 2);
    let observation = observations(&harness, &late).remove(0);
    let page = message_page(&harness, &observation);
    assert!(page.contains("OBX-14") && page.contains("is in the future"), "{page}");
    let observation = observations(&harness, &bare).remove(0);
    assert!(
        observation["dataAbsentReason"].is_object() && observation.get("valueQuantity").is_none(),
        "{observation}"
    );
    let page = message_page(&harness, &observation);
    assert!(page.contains("OBX-5"), "{page}");
}

#[test]
fn d08_two_patients_in_one_message_are_two_charts() {
    let harness = Setup::new("two").clinic("alder", |_, _| testkit::mllp::Behaviour::Accept).start();
    let orderer = harness.provider("alder");
    let (one, other) = (Person::new("HRH", 8), Person::new("HRH", 9));
    let first = Result::new("HRH", &one, "T1", orderer.clone()).bytes();
    let second = Result { value: "5.5".to_owned(), ..Result::new("HRH", &other, "T2", orderer) }.bytes();
    let end_of_header = second.iter().position(|byte| *byte == b'\r').unwrap() + 1;
    harness.sender().accepted(&[[&first[..], &second[end_of_header..]].concat()]);
    let books = harness.drained();
    assert_eq!((books.filed, books.acknowledged), (1, 2), "{books:?}");
    for (person, value) in [(&one, "4.1"), (&other, "5.5")] {
        let found = observations(&harness, person);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["valueQuantity"]["value"].to_string(), value);
    }
    // Each delivery is about one of them (need to know).
    for message in harness.clinic("alder").received() {
        let text = String::from_utf8_lossy(&message).into_owned();
        assert!(text.contains(&one.mrn) != text.contains(&other.mrn), "{text}");
    }
}

#[test]
fn d08_a_control_id_twice_is_a_repeat_or_another_message() {
    let harness = Setup::new("reuse").start();
    let mut line = harness.sender();
    let message = result("R1");
    let first = line.send(&message).unwrap();
    assert_eq!(line.send(&message).unwrap(), first, "same content: the first answer");
    let books = harness.interpreted();
    assert_eq!((books.received, books.accepted, books.filed), (1, 1, 1), "{books:?}");

    let other = with(&with(&message, "|4.1|", "|7.7|"), "|R1|2823-3", "|R2|2823-3");
    assert_eq!(verdict(&line.send(&other).unwrap()), ("AA".to_owned(), "R1".to_owned()));
    let books = harness.interpreted();
    assert_eq!((books.accepted, books.filed), (2, 2), "other content: both processed: {books:?}");
    assert_eq!(observations(&harness, &person()).len(), 2);
    let desk = harness.desk();
    assert!(desk.contains("Control id R1 (MSH-10) was used again"), "{desk}");
    assert!(desk.contains("number its messages once"), "{desk}");
}

#[test]
fn d08_a_frame_of_64_mib_is_refused_with_the_limit_and_bounded_memory() {
    let harness = Setup::new("large").start();
    harness.sender().accepted(&[result("L0")]);
    let before = harness.server().resident_bytes();
    let stream = connect(harness.server().mllp);
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || {
        let head = with(&result("L1"), "|4.1|", "|");
        let chunk = vec![b'x'; 1 << 20];
        // The product hangs up on the way; that is the point.
        let _ = writer.write_all(&[b"\x0b", &head[..head.len() - 20]].concat());
        for _ in 0..64 {
            if writer.write_all(&chunk).is_err() {
                break;
            }
        }
    });
    let mut answer = Vec::new();
    let mut reader = stream;
    // Whether it ends with a close or a reset says nothing about the answer.
    let _ = reader.read_to_end(&mut answer);
    writing.join().unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.contains("MSA|AR|L1"), "{answer:?}");
    assert!(answer.contains("16777216 bytes") && answer.contains("smaller parts"), "{answer:?}");
    if let (Some(before), Some(after)) = (before, harness.server().resident_bytes()) {
        let grown = after.saturating_sub(before);
        println!("64 MiB offered, resident memory grew by {} KiB", grown >> 10);
        assert!(grown < FRAME_MEMORY_BYTES, "{grown} bytes");
    }
    harness.sender().accepted(&[result("L2")]);
    assert_eq!(harness.books().refused, 1);
}

/// Files this process may have open, as many as it is allowed to ask for; the product inherits the same.
fn descriptors() -> u64 {
    let limit = |column: usize| {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
        line.split_whitespace().nth(column).and_then(|number| number.parse().ok()).unwrap_or(1_024)
    };
    let (soft, hard) = (limit(3), limit(4));
    if soft < hard {
        // From within it takes unsafe code; where the program is not there, it stays as it is.
        let own = format!("--pid={}", std::process::id());
        let _ = Command::new("prlimit").args([own, format!("--nofile={hard}:")]).status();
    }
    limit(3)
}

#[test]
fn d08_ten_thousand_idle_connections_cost_little_and_stop_nobody() {
    let wanted = 10_000;
    let count = wanted.min(descriptors().saturating_sub(600)) as usize;
    if count < 10_000 {
        println!("scaled down to {count} connections: raise the limit of open files (ulimit -n 12000)");
    }
    let mut harness = Setup::new("idle").start();
    harness.sender().accepted(&[result("I0")]);
    let before = harness.server().resident_bytes();
    let mut idle: Vec<TcpStream> = Vec::with_capacity(count);
    while idle.len() < count {
        let some = AT_ONCE.min(count - idle.len());
        idle.extend((0..some).map(|_| connect(harness.server().mllp)));
        // Somebody who came after them is served, so they were taken.
        let mut last = Client::connect(harness.server().mllp).unwrap();
        last.set_patience(PATIENCE).unwrap();
        assert_eq!(verdict(&last.send(&result("I0")).unwrap()).0, "AA");
    }
    harness.sender().accepted(&[result("I1")]);
    if let (Some(before), Some(after)) = (before, harness.server().resident_bytes()) {
        let each = after.saturating_sub(before) / count as u64;
        println!("{count} idle connections at {each} bytes each");
        assert!(each <= IDLE_CONNECTION_BYTES, "{each} bytes each");
    }
    // Half of them are lost without a word, as when a network goes; the rest may still speak.
    let (gone, there) = idle.split_at(count / 2);
    for stream in gone {
        stream.shutdown(Shutdown::Both).unwrap();
    }
    let mut speaking = there[0].try_clone().unwrap();
    speaking.write_all(&frame(&result("I1"))).unwrap();
    let mut answer = [0; 4096];
    let length = speaking.read(&mut answer).unwrap();
    assert_eq!(field_text(&answer[1..length], "MSA", 1), "AA");
    drop(idle);
    assert!(until(DRAIN_LIMIT, || harness.books().filed == 2));
    assert!(harness.is_alive());
}
