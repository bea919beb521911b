//! Reading messages as they come: delimiters, line ends, empty and null, escapes, continuation, character sets.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hl7v2::{Charset, Message, Path, ProblemKind, Unreadable};

fn parse(bytes: impl Into<Vec<u8>>) -> Message {
    let message = Message::parse(bytes).unwrap();
    assert_eq!(message.print(), message.bytes());
    message
}

fn kinds(message: &Message) -> Vec<ProblemKind> {
    message.problems().iter().map(|problem| problem.kind.clone()).collect()
}

const ORU: &str = "MSH|^~\\&|LAB|QE2|OPOR|NS|20260115||ORU^R01^ORU_R01|42|P^T|2.5.1^CAN|||AL|NE|CAN|UNICODE UTF-8\r\
PID|1||10^^^NS&2.16&ISO^JHN~77^^^QE2^MR||B\u{e9}langer^Zo\u{e9}||1961\rOBX|1|ST|1^a||x\rOBX|2|ST|2^b||\"\"\rZX1|local\r";

#[test]
fn header_and_tree() {
    let message = parse(ORU);
    let header = message.header();
    assert_eq!((header.sending_application(), header.sending_facility()), ("LAB".into(), "QE2".into()));
    assert_eq!((header.receiving_application(), header.receiving_facility()), ("OPOR".into(), "NS".into()));
    assert_eq!(
        (header.message_code(), header.trigger(), header.structure()),
        ("ORU".into(), "R01".into(), "ORU_R01".into())
    );
    assert_eq!(
        (header.control_id(), header.version(), header.processing_id()),
        ("42".into(), "2.5.1".into(), "P".into())
    );
    assert_eq!((header.accept_ack(), header.application_ack()), ("AL".into(), "NE".into()));
    assert_eq!(
        (header.charset(), header.country(), header.timestamp()),
        ("UNICODE UTF-8".into(), "CAN".into(), "20260115".into())
    );
    assert_eq!(message.segment(0).field(1).text(), "|");
    assert_eq!(message.segment(0).field(2).text(), "^~\\&");
    assert_eq!(message.segment(0).fields_len(), 18);

    let pid = message.segment_named("PID");
    assert_eq!((pid.name(), pid.index(), pid.fields_len()), ("PID", 1, 7));
    assert_eq!(pid.field(3).reps().count(), 2);
    assert_eq!(pid.field(3).rep(1).comp(5).text(), "MR");
    assert_eq!(pid.field(3).comp(4).sub(2).text(), "2.16");
    assert_eq!(pid.field(3).comp(4).subs().count(), 3);
    assert_eq!(pid.field(3).first().raw(), b"10^^^NS&2.16&ISO^JHN");
    assert_eq!(pid.field(5).text(), "B\u{e9}langer");
    assert_eq!(pid.field(5).comp(2).text(), "Zo\u{e9}");
    assert_eq!(message.all_named("OBX").count(), 2);
    assert_eq!(message.segment_named("ZX1").field(1).text(), "local");
    assert!(message.problems().is_empty());
}

#[test]
fn what_is_not_there_is_empty_and_null_is_not_empty() {
    let message = parse(ORU);
    assert!(message.segment_named("PV1").is_missing());
    assert!(message.segment_named("PV1").field(3).comp(1).text().is_empty());
    assert!(message.segment(99).field(99).rep(99).comp(99).sub(99).is_empty());
    assert!(message.segment_named("PID").field(2).reps().next().is_none());
    let null = message.all_named("OBX").nth(1).unwrap().field(5);
    assert!(null.is_null() && !null.is_empty());
    assert!(!message.segment_named("OBX").field(5).is_null());
}

#[test]
fn other_delimiters_and_the_truncation_character() {
    let message = parse("MSH$%~\\&$LAB$QE2\rPID$1$$10%a|b^c\\S\\\\F\\$x");
    assert_eq!(message.segment_named("PID").field(3).comp(2).text(), "a|b^c%$");
    let message = parse("MSH|^~\\&#|LAB\rNTE|1||a\\P\\b");
    assert_eq!(message.delimiters().truncation, Some(b'#'));
    assert_eq!(message.segment_named("NTE").field(3).text(), "a#b");
    let message = parse("MSH|^|LAB\rNTE|1||a~b\\F\\&c^d");
    assert_eq!(message.segment_named("NTE").field(3).text(), "a~b\\F\\&c");
    let message = parse("MSH|^~\\\\&|LAB\rNTE|1||a&b\\F\\");
    assert_eq!(message.segment_named("NTE").field(3).comp(1).sub(2).text(), "b|");
    assert_eq!(kinds(&message), [ProblemKind::DoubledEscapeCharacter]);
    let message = parse("MSH|^~\\&#!?|LAB\r");
    assert_eq!(kinds(&message), [ProblemKind::ExtraEncodingCharacters(2)]);
}

#[test]
fn any_line_end_and_leading_blanks() {
    for end in ["\r", "\n", "\r\n", "\r\n\r\n", "\n\n"] {
        for start in ["", "\u{feff}", "\r\n", "  ", "\x0B"] {
            let message = parse(format!("{start}MSH|^~\\&|A{end}PID|1{end}OBX|2{end}"));
            assert_eq!(message.len(), 3, "{end:?}");
            assert_eq!(message.segment(1).field(1).raw(), b"1");
            assert_eq!(message.segment(2).field(1).raw(), b"2");
        }
    }
    assert_eq!(parse("MSH|^~\\&|A\rPID|1\r\x1C\r").segment(1).field(1).raw(), b"1");
    assert_eq!(parse("MSH|^~\\&|A\rpid|1\rzZ9|2").len(), 3);
}

#[test]
fn h21_a_line_break_inside_a_text_loses_no_word() {
    let message = parse("MSH|^~\\&|A\rOBX|1|TX|||No sign of\nNOT\nNone seen\n\nEND|F\rOBX|2");
    let text = message.segment(1).field(5).text().into_owned();
    assert_eq!(text, "No sign of\nNOT\nNone seen\n\nEND");
    assert_eq!(message.segment(1).field(6).text(), "F");
    assert_eq!(message.len(), 3);
    assert!(kinds(&message).iter().all(|kind| *kind == ProblemKind::ContinuationLine));
    assert_eq!(
        message.problems()[0].to_string(),
        "segment 2, field 5: a line break inside the field was kept as text; send it as \\.br\\"
    );
    // Mixed line ends: a name of the standard after a bare LF is a segment.
    assert_eq!(parse("MSH|^~\\&|A\rPID|1\nOBX|1|ST|||x\nyes|F\nZX1|2\rNTE|1").len(), 5);
    // CR too, where what follows is no segment.
    let message = parse("MSH|^~\\&|A\rOBX|1|TX|||first\rsecond line|F\rNTE|1");
    assert_eq!(message.segment(1).field(5).text(), "first\rsecond line");
    assert_eq!(message.segment(2).name(), "NTE");
    // A bare name is a segment where CR or LF end segments, and printing keeps what follows it.
    assert_eq!(parse("MSH|^~\\&|A\rMSA\rPID|1\r").segment(1).name(), "MSA");
    assert_eq!(parse("MSH|^~\\&|A\nEVN\nmore words\nPID|1\n").len(), 3);
}

#[test]
fn h21_escapes() {
    let cases = [
        ("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"),
        ("\\H\\urgent\\N\\ today", "urgent today"),
        ("one\\.br\\two\\.sp 2\\three\\.sp\\four\\.sp+1\\", "one\ntwo\n\nthree\nfour\n"),
        ("\\.in+4\\in\\.ti-2\\dent\\.fi\\\\.nf\\ \\.ce\\mid", "indent \nmid"),
        ("\\X48656C6C6F\\ \\XC3A9\\ \\X0D\\", "Hello \u{e9} \r"),
        ("\\XC3\\\\XA9\\t\\XE9\\\\XZ\\\\T\\", "\u{e9}t\u{e9}\\XZ\\&"),
        ("\\Zlocal\\ \\C2842\\ \\M244A\\", "\\Zlocal\\ \\C2842\\ \\M244A\\"),
        ("none \\unknown\\ nothing", "none \\unknown\\ nothing"),
        ("C:\\lab \\T\\ x", "C:\\lab & x"),
        ("never ended \\F", "never ended \\F"),
        ("\\", "\\"),
        ("\\\\", "\\\\"),
        ("\\XZZ\\ \\X1\\ \\X\\", "\\XZZ\\ \\X1\\ \\X\\"),
        ("\\.zz\\ \\.\\", "\\.zz\\ \\.\\"),
        ("\\.sp99999999999999999999\\.", "\n."),
        ("\u{a0}\u{e9}\\T\\\u{4e2d}", "\u{a0}\u{e9}&\u{4e2d}"),
    ];
    for (raw, text) in cases {
        let message = parse(format!("MSH|^~\\&|A\rNTE|1||{raw}\rNTE|2"));
        assert_eq!(message.segment(1).field(3).text(), text, "{raw}");
    }
}

#[test]
fn unreadable_headers_name_field_and_fix() {
    let cases: Vec<(&[u8], &str, &str)> = vec![
        (b"", "MSH", "empty"),
        (b"\r\n \x0B\x1C\r", "MSH", "empty"),
        (b"PID|1", "MSH", "\"PID|1\""),
        (b"FHS|^~\\&|", "MSH", "FHS"),
        (b"\x00\x01garbage", "MSH", "MSH must stand"),
        (b"MSH", "MSH-2", "before MSH-2"),
        (b"MSH|", "MSH-2", "before MSH-2"),
        (b"MSH\r", "MSH-2", "before MSH-2"),
        (b"MSH||", "MSH-2", "before MSH-2"),
        (b"MSHA^~", "MSH-1", "0x41"),
        (b"MSH|^&&^|A", "MSH-2", "\"&\" twice"),
        (b"MSH|^a\\&|A", "MSH-2", "0x61"),
        (b"MSH|^~\\&|||||||||||||||8859/99\r", "MSH-18", "\"8859/99\""),
        (b"MSH|^~\\&|||||||||||||||||KLINGON", "", ""),
        (b"MSH|^~\\&||||||||||||||||KLINGON~ASCII\rPID|1", "MSH-18", "\"KLINGON\""),
    ];
    for (bytes, field, words) in cases {
        match Message::parse(bytes) {
            Err(why) => {
                assert_eq!(why.field(), field, "{why}");
                assert!(why.to_string().contains(words), "{why}");
            }
            Ok(message) => {
                assert!(field.is_empty() || field == "MSH-18" && message.header().charset().is_empty())
            }
        }
    }
    let why = Message::parse("MSH|^~\\&||||||||||||||||KLINGON").unwrap_err();
    assert_eq!(why, Unreadable::UnknownCharset { name: String::from("KLINGON") });
    assert!(why.to_string().contains("UNICODE UTF-8"), "{why}");
}

fn named(charset: &str) -> Vec<u8> {
    format!("MSH|^~\\&|LAB|Q||||||||||||||{charset}\rPID|1||||").into_bytes()
}

#[test]
fn character_sets() {
    let cases: Vec<(&str, &[u8], &str)> = vec![
        ("8859/1", b"B\xE9langer", "B\u{e9}langer"),
        ("ISO-8859-1", b"B\xE9langer", "B\u{e9}langer"),
        ("8859/2", b"\xB3\xF3d\xBC", "\u{142}\u{f3}d\u{17a}"),
        ("8859/5", b"\xB8\xD2\xD0\xDD", "\u{418}\u{432}\u{430}\u{43d}"),
        ("8859/9", b"\xDDzmir", "\u{130}zmir"),
        ("8859/15", b"\xA4 \xBDuvre", "\u{20ac} \u{153}uvre"),
        ("UNICODE UTF-8", "B\u{e9}langer \u{738b}".as_bytes(), "B\u{e9}langer \u{738b}"),
        ("UTF-8", "M\u{130}ra".as_bytes(), "M\u{130}ra"),
        ("ASCII", b"Belanger", "Belanger"),
        ("", "B\u{e9}langer".as_bytes(), "B\u{e9}langer"),
        ("", b"B\xE9langer", "B\u{e9}langer"),
        ("ASCII", b"B\xE9langer", "B\u{e9}langer"),
        ("UNICODE UTF-8", b"B\xE9langer", "B\u{e9}langer"),
        ("GB 18030-2000", b"\xCD\xF5", "\u{738b}"),
        ("BIG-5", b"\xA5\x7C", "\u{56db}"),
    ];
    for (charset, bytes, text) in cases {
        let message = parse([&named(charset)[..], bytes, b"^x"].concat());
        let field = message.segment_named("PID").field(5);
        assert_eq!(field.text(), text, "{charset}");
        assert_eq!(field.comp(2).text(), "x", "{charset}");
    }
}

#[test]
fn doubts_about_the_character_set_are_told() {
    let kinds_of = |charset: &str, name: &[u8]| kinds(&parse([&named(charset)[..], name].concat()));
    assert_eq!(kinds_of("", b"\xE9"), [ProblemKind::UndeclaredNotUtf8]);
    assert_eq!(kinds_of("", "\u{e9}".as_bytes()), []);
    assert_eq!(kinds_of("8859/1", "\u{e9}".as_bytes()), [ProblemKind::LooksLikeUtf8]);
    assert_eq!(kinds_of("8859/1~UNICODE UTF-8", b"\xE9"), [ProblemKind::AlternateCharsets]);
    let mismatch =
        |declared: &str, read_as| ProblemKind::CharsetMismatch { declared: declared.into(), read_as };
    assert_eq!(kinds_of("ASCII", "\u{e9}".as_bytes()), [mismatch("ASCII", "UTF-8")]);
    assert_eq!(kinds_of("UNICODE UTF-8", b"\xE9"), [mismatch("UNICODE UTF-8", "windows-1252")]);
    assert_eq!(kinds_of("UNICODE UTF-16", b"e"), [mismatch("UNICODE UTF-16", "UTF-8")]);
    // One leaf in Latin-1 does not spoil the leaves that are UTF-8.
    let message = parse([&named("")[..], b"B\xE9langer^", "Zo\u{e9}".as_bytes()].concat());
    assert_eq!(message.charset(), Charset::Guessed);
    assert_eq!(message.segment(1).field(5).text(), "B\u{e9}langer");
    assert_eq!(message.segment(1).field(5).comp(2).text(), "Zo\u{e9}");
}

#[test]
fn utf16_is_read_and_kept_byte_for_byte() {
    let text = "MSH|^~\\&|LAB||||||ORU^R01|7||2.5||||||UNICODE UTF-16\rPID|1||||B\u{e9}langer\\T\\^\u{1F600}\u{10B}\u{11C}\r";
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        for mark in ["\u{feff}", ""] {
            let wire: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(order).collect();
            let mut message = parse(wire.clone());
            assert_eq!(message.header().control_id(), "7");
            assert_eq!(message.segment(1).field(5).text(), "B\u{e9}langer&");
            assert_eq!(message.segment(1).field(5).comp(2).text(), "\u{1F600}\u{10B}\u{11C}");
            let mismatched =
                kinds(&message).iter().any(|kind| matches!(kind, ProblemKind::CharsetMismatch { .. }));
            assert!(!mismatched);
            message.set(&"PID-5.2".parse().unwrap(), "Zo\u{e9}").unwrap();
            let changed: Vec<u8> = format!("{mark}{}", text.replace("\u{1F600}\u{10B}\u{11C}", "Zo\u{e9}"))
                .encode_utf16()
                .flat_map(order)
                .collect();
            assert_eq!(message.print(), changed);
        }
    }
    // Half a surrogate pair is told and kept.
    let mut wire: Vec<u8> = "\u{feff}MSH|^~\\&|A\r".encode_utf16().flat_map(u16::to_le_bytes).collect();
    wire.extend([0x00, 0xD8, 0x41]);
    assert!(kinds(&parse(wire)).contains(&ProblemKind::UndecodableBytes));
}

#[test]
fn changing_a_leaf_writes_in_the_set_of_the_message() {
    let mut message = parse([&named("8859/1")[..], b"B\xE9langer|x\r"].concat());
    message.set(&"PID-6".parse().unwrap(), "Zo\u{e9}|").unwrap();
    assert_eq!(message.segment(1).raw(), b"PID|1||||B\xE9langer|Zo\xE9\\F\\");
    let why = message.set(&"PID-6".parse().unwrap(), "\u{738b}").unwrap_err();
    assert!(why.to_string().contains("8859") || why.to_string().contains("windows-1252"), "{why}");
    assert_eq!(message.segment(1).field(6).text(), "Zo\u{e9}|");
    let path = |text: &str| text.parse::<Path>().unwrap();
    assert!(message.set(&path("MSH-2"), "x").is_err());
    assert!(message.set(&path("OBX-5"), "x").is_err());
    assert!(message.set(&Path::segment("PID"), "x").is_err());
    assert_eq!(Path::segment("PID").to_string(), "PID");
    assert!(message.set(&path("MSH-18"), "KLINGON").is_err());
    message.set(&path("PID-9(2).3.2"), "deep").unwrap();
    assert_eq!(message.segment(1).field(9).raw(), b"~^^&deep");
    message.set(&path("PID-9(1).1"), "").unwrap();
    message.set(&path("PID-9(2).3.1"), "a").unwrap();
    assert_eq!(message.segment(1).field(9).raw(), b"~^^a&deep");
    assert_eq!(message.bytes().last(), Some(&b'\r'));
}

#[test]
fn a_huge_document_is_read_without_copying() {
    let document = "QUJD".repeat(1 << 20);
    let wire = format!("MSH|^~\\&|A\rOBX|1|ED|||^TEXT^^Base64^{document}||||||F\r").into_bytes();
    let place = wire.as_ptr();
    let message = parse(wire);
    assert_eq!(message.bytes().as_ptr(), place);
    let leaf = message.segment(1).field(5).comp(5).text();
    assert!(matches!(leaf, std::borrow::Cow::Borrowed(text) if text.len() == document.len()));
    assert_eq!(message.segment(1).field(11).text(), "F");
    let back = message.into_bytes();
    assert_eq!(back.as_ptr(), place);
}
